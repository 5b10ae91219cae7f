"""The relation about the restricted profile is able to say no, and leaves a user's own choice alone."""

from __future__ import annotations

from tests.invariants.bites import bite, changed, places, rendered
from tests.invariants.relations import pod_security
from tests.support import manifests

_RELATION = pod_security.no_other_value_takes_a_pod_out_of_the_restricted_profile


def test_a_pod_that_may_run_as_root_is_named() -> None:
    before = rendered()
    after = changed(
        before, "Deployment", "keda-operator", lambda it: manifests.pod_spec(it)["securityContext"].pop("runAsNonRoot")
    )
    assert places(bite(_RELATION, before, after)) == {"Deployment keda/keda-operator"}


def test_a_writable_root_filesystem_is_named() -> None:
    before = rendered()
    after = changed(
        before,
        "Deployment",
        "keda-admission-webhooks",
        lambda it: manifests.container(it)["securityContext"].pop("readOnlyRootFilesystem"),
    )
    assert places(bite(_RELATION, before, after)) == {"Deployment keda/keda-admission-webhooks"}


def test_the_nodes_network_is_accepted_where_a_value_asks_for_it_and_nowhere_else() -> None:
    asked = rendered({"metricsServer": {"useHostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"}})
    assert not list(_RELATION(asked))
    before = rendered()
    after = changed(before, "Deployment", "keda-operator", lambda it: manifests.pod_spec(it).update(hostNetwork=True))
    assert places(bite(_RELATION, before, after)) == {"Deployment keda/keda-operator"}


def test_a_security_context_of_the_user_is_the_users_choice() -> None:
    assert not list(
        _RELATION(rendered({"securityContext": {"operator": None}, "podSecurityContext": {"webhooks": {}}}))
    )


def test_a_sidecar_of_the_user_is_the_users_choice() -> None:
    assert not list(_RELATION(rendered({"operator": {"extraContainers": [{"name": "sidecar", "image": "a"}]}})))
