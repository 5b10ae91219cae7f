"""watchNamespace, however it is spelled, gives KEDA exactly the namespaces that were meant; what names none is refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.properties.profiles import percent
from tests.properties.strategies import dns_labels, ill_names
from tests.support import manifests
from tests.support.chart import Rendering, refusal, render
from tests.support.manifests import Manifest
from tests.support.rbac import Account, Rights

_WITHOUT_CRDS = {"crds": {"install": False}}
_OPERATOR = Account("keda", "keda-operator")
_ELSEWHERE = "somewhere-else"


@st.composite
def spellings(draw: DrawFn, names: Sequence[str]) -> Any:
    """A string or a list that means ``names``: blanks, empty parts, repetitions and commas inside of a list's items."""
    repeated = [*names, *(draw(st.lists(st.sampled_from(names), max_size=2)) if names else [])]
    parts = [name for name in repeated for name in (*draw(st.lists(st.just(""), max_size=1)), name)]
    padded: list[str] = [draw(st.sampled_from(["{}", " {}", "{}  ", "  {} "])).format(part) for part in parts]
    as_text: bool = draw(st.booleans())
    if as_text:
        return ",".join(padded) + draw(st.sampled_from(["", ",", " , ,"]))
    items: list[str] = []
    for part in padded:
        together: bool = draw(st.booleans())
        if items and together:
            items[-1] += f",{part}"
        else:
            items.append(part)
    return items


@st.composite
def meant_and_spelled(draw: DrawFn) -> tuple[list[str], Any]:
    """Namespaces, each once, and a spelling of them."""
    names = draw(st.lists(st.one_of(dns_labels(), st.just("keda")), max_size=4, unique=True))
    return names, draw(spellings(names))


def bindings_of_the_watched_role(rendered: Rendering) -> list[Manifest]:
    """All bindings, of either kind, to the ClusterRole that holds the rights in watched namespaces."""
    objects = rendered.objects
    all_bindings = [*manifests.all_of(objects, "RoleBinding"), *manifests.all_of(objects, "ClusterRoleBinding")]
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "keda-operator"}
    return [binding for binding in all_bindings if binding["roleRef"] == reference]


@percent(12)
@given(meant_and_spelled())
@example((["app", "shop"], "app,shop"))
@example((["app", "shop"], " app ,shop, "))
@example((["app", "shop"], "app,,shop,app"))
@example((["app", "shop"], ["app", "shop", "app"]))
@example((["app", "shop"], ["app,shop"]))
@example((["app", "shop"], [" app", "shop "]))
@example(([], ""))
@example(([], " "))
@example(([], ","))
@example(([], []))
@example(([], [""]))
@example(([], None))
def test_no_spelling_changes_which_namespaces_are_watched(case: tuple[list[str], Any]) -> None:
    """Two bindings of one name, or one without a namespace, stop the installation; one too few, and KEDA sees nothing."""
    names, spelling = case
    rendered = render({**_WITHOUT_CRDS, "watchNamespace": spelling})
    for name in ("keda-operator", "keda-operator-metrics-apiserver"):
        watched = manifests.environment(manifests.one(rendered.objects, "Deployment", name))["WATCH_NAMESPACE"]
        assert watched is not None
        assert watched.split(",") == (names or [""])
    bindings = bindings_of_the_watched_role(rendered)
    # A ClusterRoleBinding has no namespace: with names there must be none of it, without names nothing else.
    where: list[str | None] = [binding["metadata"].get("namespace") for binding in bindings]
    expected: list[str | None] = [*names] or [None]
    assert sorted(where, key=str) == sorted(expected, key=str)
    rights = Rights(rendered.objects)
    may_read = {
        namespace: rights.can(_OPERATOR, "list", "keda.sh", "scaledobjects", namespace=namespace)
        for namespace in (*names, _ELSEWHERE)
    }
    assert may_read == {**dict.fromkeys(names, True), _ELSEWHERE: not names or _ELSEWHERE in names}


@percent(10)
@given(st.lists(ill_names(), min_size=1, max_size=3), st.booleans())
@example(["team a"], False)
@example(["-"], True)
@example(["x" * 64], False)
def test_nothing_that_is_no_namespace_reaches_a_binding(names: list[str], as_list: bool) -> None:
    """The API server would refuse the binding after half of the release is installed."""
    spelling: Any = names if as_list else ",".join(names)
    parts = {part.strip(" ") for name in names for part in name.split(",")} - {""}
    good = {part for part in parts if len(part) <= 63 and _is_label(part)}
    values = {**_WITHOUT_CRDS, "watchNamespace": spelling}
    if parts == good:
        assert len(bindings_of_the_watched_role(render(values))) == max(1, len(good))
        return
    error = refusal(values)
    assert "watchNamespace: " in error or "at '/watchNamespace" in error


def _is_label(text: str) -> bool:
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789-")
    return set(text) <= allowed and not text.startswith("-") and not text.endswith("-")


@pytest.mark.parametrize("spelling", [1, True, {"app": "shop"}, [1], [["app"]]], ids=repr)
def test_no_other_type_is_taken_for_a_namespace(spelling: Any) -> None:
    assert "at '/watchNamespace" in refusal({**_WITHOUT_CRDS, "watchNamespace": spelling})
