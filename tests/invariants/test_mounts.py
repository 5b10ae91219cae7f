"""Whatever a pod mounts has somebody who writes it, and every mount has its volume."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tests.support import manifests
from tests.support.findings import Findings
from tests.support.renderings import Rendered


def _mounted_objects(volumes: Sequence[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for volume in volumes:
        if "secret" in volume:
            yield "Secret", volume["secret"]["secretName"]
        if "configMap" in volume:
            yield "ConfigMap", volume["configMap"]["name"]


def _named_in_values(values: Any) -> set[str]:
    """Every string of a values tree: what a values file names, its author brings."""
    return {value for _, value in manifests.walk(values) if isinstance(value, str)}


def test_no_pod_waits_for_an_object_that_nobody_writes(chunk: Sequence[Rendered]) -> None:
    """The serving Secret has the writer that the mode names; everything else is rendered, or named by the values."""
    findings = Findings()
    for rendered in chunk:
        own = manifests.inventory(rendered.objects)
        named = _named_in_values(rendered.combination.values)
        written = {
            entry["spec"]["secretName"]
            for entry in manifests.all_of(rendered.objects, "Certificate")
            if not entry["spec"].get("isCA")
        }
        for component, deployment in rendered.deployments.items():
            with findings.of(f"{rendered.id} {component}"):
                serving = manifests.volume(deployment, "certificates")["secret"]["secretName"]
                writer = rendered.combination.mode.writes_serving_secret
                flags = manifests.flags(rendered.operator)
                assert ({serving} == written) == (writer == "cert-manager")
                assert (flags.get("cert-secret-name") == [serving]) == (writer == "operator")
                found = list(_mounted_objects(manifests.pod_spec(deployment)["volumes"]))
                assert ("Secret", serving) in found
                for kind, name in found:
                    assert name == serving or (kind, name) in own or name in named, f"nobody writes {kind}/{name}"
    findings.settle()


def test_every_mount_has_its_volume_and_every_path_one_mount(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        for component, deployment in rendered.deployments.items():
            with findings.of(f"{rendered.id} {component}"):
                names = [volume["name"] for volume in manifests.pod_spec(deployment)["volumes"]]
                assert len(set(names)) == len(names), f"two volumes of one name: {names}"
                mounts = manifests.container(deployment)["volumeMounts"]
                assert {mount["name"] for mount in mounts} <= set(names)
                paths = [mount["mountPath"].rstrip("/") for mount in mounts]
                assert len(set(paths)) == len(paths), f"two mounts at one path: {paths}"
    findings.settle()


def test_every_volume_is_mounted_somewhere(chunk: Sequence[Rendered]) -> None:
    findings = Findings()
    for rendered in chunk:
        for component, deployment in rendered.deployments.items():
            with findings.of(f"{rendered.id} {component}"):
                mounted = {
                    mount["name"]
                    for container in manifests.all_containers(deployment)
                    for mount in container.get("volumeMounts", [])
                }
                assert {volume["name"] for volume in manifests.pod_spec(deployment)["volumes"]} == mounted
    findings.settle()
