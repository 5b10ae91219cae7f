"""watchNamespace, however it is spelled, gives the operator exactly the namespaces that were meant."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import manifests
from tests.support.chart import render
from tests.support.rbac import Rights

_ONE_MEANING: list[Any] = [
    "app,shop",
    "app, shop",
    " app ,shop, ",
    "app,,shop",
    "app,shop,app",
    ["app", "shop"],
    ["app", "shop", "app"],
    ["app,shop"],
    [" app", "shop "],
]


@pytest.mark.parametrize("spelling", _ONE_MEANING, ids=repr)
def test_no_spelling_changes_which_namespaces_are_watched(spelling: Any) -> None:
    """Two bindings of one name, or one without a namespace, stop the installation."""
    rendered = render({"watchNamespace": spelling})
    bindings = [
        (entry["metadata"]["namespace"], entry["metadata"]["name"])
        for entry in manifests.all_of(rendered.objects, "RoleBinding")
        if entry["roleRef"] == {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "keda-operator"}
    ]
    assert bindings == [("app", "keda-operator"), ("shop", "keda-operator")]
    for name in ("keda-operator", "keda-operator-metrics-apiserver"):
        deployment = manifests.one(rendered.objects, "Deployment", name)
        assert manifests.environment(deployment)["WATCH_NAMESPACE"] == "app,shop"


@pytest.mark.parametrize("spelling", ["", " ", ",", [], [""], None], ids=repr)
def test_an_empty_spelling_watches_all_namespaces(spelling: Any) -> None:
    rendered = render({"watchNamespace": spelling})
    operator = manifests.one(rendered.objects, "Deployment", "keda-operator")
    assert manifests.environment(operator)["WATCH_NAMESPACE"] == ""
    cluster_wide = manifests.one(rendered.objects, "ClusterRoleBinding", "keda-operator")
    assert Rights(rendered.objects).role_of(cluster_wide)
