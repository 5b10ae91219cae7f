"""What advice and prerequisites look at: one render of the user's values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.support import manifests
from tests.support.manifests import Manifest
from tests.support.renderings import Rendered
from tests.support.value_paths import OF_COMPONENT, ComponentPaths


@dataclass(frozen=True)
class Component:
    """One component that is on: its key, its Deployment and where its values stand."""

    key: str
    deployment: Manifest
    paths: ComponentPaths

    @property
    def replicas(self) -> int:
        replicas: int = self.deployment["spec"].get("replicas", 1)
        return replicas

    @property
    def pod(self) -> Manifest:
        return manifests.pod_spec(self.deployment)


def components(rendered: Rendered) -> Iterator[Component]:
    """The components that are on."""
    for key, deployment in rendered.deployments.items():
        yield Component(key, deployment, OF_COMPONENT[key])


def mapping(value: Any) -> dict[str, Any]:
    """``value`` when it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}
