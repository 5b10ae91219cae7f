"""Pods meet the restricted profile of the Pod Security Standards unless the values ask for less."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping
from typing import Any

from tests.invariants.relations.relation import Problem, Relation, place
from tests.support import manifests, pod_security
from tests.support.manifests import Manifest
from tests.support.questions import of_each_component
from tests.support.renderings import Rendered
from tests.support.value_paths import OF_COMPONENT

# Values with which a user leaves the profile, on purpose.
_LEAVING = ("securityContext", "podSecurityContext")


def _asked_for(rendered: Rendered, component: str) -> bool:
    """Whether the values set a security context of this component, an empty one or null included."""
    key = OF_COMPONENT[component].pod_settings
    blocks = [rendered.setting(block) for block in _LEAVING]
    return any(block is None or key in block for block in blocks)


def _own_part(rendered: Rendered, component: str, deployment: Manifest) -> Mapping[str, Any]:
    """The pod spec without the containers and volumes that the values bring."""
    paths = OF_COMPONENT[component]
    brought = {
        entry["name"]
        for key in (f"{paths.block}.extraContainers", f"{paths.block}.extraInitContainers")
        for entry in rendered.setting(key) or []
    }
    volumes = {volume["name"] for volume in rendered.setting(f"{paths.volumes}.extraVolumes") or []}
    spec = manifests.pod_spec(deployment)
    own = {
        "initContainers": [entry for entry in spec.get("initContainers", []) if entry["name"] not in brought],
        "containers": [entry for entry in spec["containers"] if entry["name"] not in brought],
        "volumes": [volume for volume in spec["volumes"] if volume["name"] not in volumes],
    }
    return ChainMap(own, spec)


@of_each_component
def no_other_value_takes_a_pod_out_of_the_restricted_profile(
    rendered: Rendered, component: str, deployment: Manifest
) -> Iterator[Problem]:
    """A namespace that enforces the profile would refuse every pod after an unrelated change of values."""
    if _asked_for(rendered, component):
        return
    spec = _own_part(rendered, component, deployment)
    # The node's network is the one thing that a value asks for by name.
    expected = ["hostNetwork is true"] if rendered.setting(f"{OF_COMPONENT[component].block}.useHostNetwork") else []
    for sentence in pod_security.violations(spec):
        if sentence not in expected:
            yield Problem(place(deployment), f"leaves the restricted profile: {sentence}")
    context = manifests.container(deployment).get("securityContext") or {}
    if context.get("readOnlyRootFilesystem") is not True:
        yield Problem(place(deployment), "may write to its root filesystem")


RELATIONS: tuple[Relation, ...] = (no_other_value_takes_a_pod_out_of_the_restricted_profile,)
