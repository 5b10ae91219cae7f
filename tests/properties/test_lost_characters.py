"""Characters that Helm's toYaml would drop, together with the block around them, are refused with the path of their value."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from tests.properties.profiles import percent
from tests.properties.strategies import hostile_text, lost_text
from tests.support import combinations, refusal_text
from tests.support.chart import refusal, render

# Values path -> the value around a text, and what is behind the path in a refusal.
_PLACES: dict[str, tuple[Any, str]] = {
    "additionalAnnotations": (lambda text: {"example.com/a": text}, ".example.com/a"),
    "podAnnotations.webhooks": (lambda text: {"b": text}, ".b"),
    "watchLabelSelector": (lambda text: text, ""),
    "clusterName": (lambda text: text, ""),
    "env": (lambda text: [{"name": "A", "value": "x"}, {"name": "B", "value": text}], ".1.value"),
    "webhooks.env": (lambda text: [{"name": "A", "value": text}], ".0.value"),
    "extraArgs.keda": (lambda text: {"flag": ["x", text]}, ".flag.1"),
    "tolerations": (lambda text: [{"key": "a", "value": text}], ".0.value"),
    "operator.extraContainers": (lambda text: [{"name": "a", "args": [text]}], ".0.args.0"),
    "extraObjects": (lambda text: [{"apiVersion": "v1", "kind": "A", "data": {text: "a"}}], ".0.data"),
    "affinity": (lambda text: {"nodeAffinity": {"a": {"b": {text: {}}}}}, ".nodeAffinity.a.b"),
    "global.dnsConfig": (lambda text: {"searches": [text]}, ".searches.0"),
    "volumes.keda.extraVolumes": (lambda text: [{"name": "a", "configMap": {"name": text}}], ".0.configMap.name"),
}


@percent(12)
@given(st.dictionaries(st.sampled_from(sorted(_PLACES)), lost_text(), min_size=1, max_size=3))
@example(dict.fromkeys(["env"], "a\x7fb"))
@example(dict.fromkeys(["clusterName"], "\x85"))
@example(dict.fromkeys(["additionalAnnotations"], "a\nb\u2028c"))
@example(dict.fromkeys(["extraObjects"], "\uffff"))
def test_no_block_vanishes_with_a_character_in_it(texts: dict[str, str]) -> None:
    """With one of them in a label, a pod had no environment at all, and KEDA watched every namespace."""
    values: dict[str, Any] = {}
    for path, text in texts.items():
        combinations.put(values, path, _PLACES[path][0](text))
    error = refusal(values)
    assert refusal_text.paths(error) == {path + _PLACES[path][1] for path in texts}
    assert "holds a character that would be lost" in error


@percent(6)
@given(hostile_text())
@example("a\u2028b")
@example("\\u2028\n")
def test_no_other_character_is_refused(text: str) -> None:
    values: dict[str, Any] = {"crds": {"install": False}}
    for path, (wrap, _) in _PLACES.items():
        # Kubernetes checks these two; other tests have them.
        if path not in ("clusterName", "global.dnsConfig"):
            combinations.put(values, path, wrap(text))
    assert render(values).objects


def test_what_a_parent_chart_shares_with_others_is_not_looked_at() -> None:
    """A key below ``global`` that this chart does not read is not rendered either."""
    assert render({"global": {"banner": "a\x7fb"}, "crds": {"install": False}}).objects
