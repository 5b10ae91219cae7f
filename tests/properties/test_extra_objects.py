"""extraObjects: an object comes out as it went in, beside the chart's own and apart from the next one; a string is a template."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from tests.properties.profiles import percent
from tests.properties.strategies import YAML_HOSTILE, documents, hostile_text, keys
from tests.properties.typed import typed
from tests.support import manifests
from tests.support.chart import render

_SMALL = {"crds": {"install": False}, "metricsServer": {"enabled": False}, "webhooks": {"enabled": False}}


def _object(number: int, content: dict[str, Any]) -> dict[str, Any]:
    """An object of a kind that nobody knows: Helm sorts such kinds by name and puts them last."""
    return {
        "apiVersion": "example.com/v1",
        "kind": f"Extra{number}",
        "metadata": {"name": f"extra-{number}", "namespace": "keda"},
        # "z": the last key of the document, at whose end a line end is easily lost.
        "z": content,
    }


@percent(12)
@given(st.lists(st.dictionaries(keys(), documents(), min_size=1, max_size=3), min_size=1, max_size=3))
@example([{f"{text}z": text} for text in YAML_HOSTILE])
@example([{"a": "x\n\n\n"}, {"a": "\n"}, {"a": "x\n"}])
@example([{"data": {"a": "---\napiVersion: v1\n---\n"}}])
@example([{"a": [1_000_000, -5, 0.25, 2**53, 1e6, True, "1"]}])
def test_no_object_is_changed_or_runs_into_the_next(contents: list[dict[str, Any]]) -> None:
    sent = [_object(number, content) for number, content in enumerate(contents)]
    rendered = render({**_SMALL, "extraObjects": sent}).objects
    assert len(rendered) == len(render(_SMALL).objects) + len(sent)
    for entry in sent:
        found = manifests.one(rendered, entry["kind"], entry["metadata"]["name"])
        assert typed(found) == typed(entry)


@percent(6)
@given(hostile_text())
@example("{{ .Release.Name }}")
def test_a_string_is_a_template_and_what_its_templates_read_is_not(text: str) -> None:
    """The values that a template reads are text, whatever is in them."""
    template = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-extra\n"
        "  namespace: {{ .Release.Namespace }}\ndata:\n  name: {{ .Values.watchLabelSelector | toJson }}\n"
    )
    rendered = render(
        {**_SMALL, "watchLabelSelector": text, "extraObjects": [template, template.replace("-extra", "-2")]}
    )
    for name in ("keda-extra", "keda-2"):
        assert manifests.one(rendered.objects, "ConfigMap", name)["data"] == {"name": text}
