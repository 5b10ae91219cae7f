"""Whatever a pod mounts has somebody who writes it, and every mount has its volume."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from tests.invariants.relations.relation import Problem, Relation, place
from tests.support import manifests
from tests.support.manifests import Manifest
from tests.support.questions import of_each_component
from tests.support.renderings import Rendered
from tests.support.value_paths import OF_COMPONENT


def mounted_objects(volumes: Sequence[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """(kind, name) of each Secret and ConfigMap among ``volumes``, projected ones included."""
    for volume in volumes:
        if "secret" in volume:
            yield "Secret", volume["secret"].get("secretName", "")
        if "configMap" in volume:
            yield "ConfigMap", volume["configMap"].get("name", "")
        for source in volume.get("projected", {}).get("sources", []):
            if "secret" in source:
                yield "Secret", source["secret"]["name"]
            if "configMap" in source:
                yield "ConfigMap", source["configMap"]["name"]


@of_each_component
def the_serving_secret_has_the_writer_of_the_mode(
    rendered: Rendered, _: str, deployment: Manifest
) -> Iterator[Problem]:
    """No writer, and the pods never start; two, and they replace each other's certificate for ever."""
    written = {
        entry["spec"]["secretName"]
        for entry in manifests.all_of(rendered.own_objects, "Certificate")
        if not entry["spec"].get("isCA")
    }
    writer = rendered.combination.mode.writes_serving_secret
    named = rendered.flag("operator", "cert-secret-name")
    where = place(deployment)
    serving = manifests.volume(deployment, "certificates")["secret"]["secretName"]
    if (written == {serving}) != (writer == "cert-manager"):
        yield Problem(where, f"mounts Secret {serving}; cert-manager writes {sorted(written)}, {writer} should")
    if (named == [serving]) != (writer == "operator"):
        yield Problem(where, f"mounts Secret {serving}; the operator writes {named}, {writer} should")


@of_each_component
def no_pod_waits_for_an_object_that_nobody_writes(
    rendered: Rendered, _: str, deployment: Manifest
) -> Iterator[Problem]:
    """A pod whose Secret or ConfigMap never comes stays in ContainerCreating."""
    own = {
        (kind, entry["metadata"]["name"])
        for kind in ("Secret", "ConfigMap")
        for entry in manifests.all_of(rendered.objects, kind)
    }
    serving = manifests.volume(deployment, "certificates")["secret"]["secretName"]
    for kind, name in mounted_objects(manifests.pod_spec(deployment)["volumes"]):
        if name != serving and (kind, name) not in own and not rendered.names(name):
            yield Problem(place(deployment), f"mounts {kind} {name}, which nobody writes")


@of_each_component
def every_mount_has_its_volume_and_every_path_one_mount(
    _: Rendered, component: str, deployment: Manifest
) -> Iterator[Problem]:
    """The API server refuses the Deployment otherwise."""
    paths = OF_COMPONENT[component]
    where = place(deployment)
    volumes = Counter(volume["name"] for volume in manifests.pod_spec(deployment)["volumes"])
    for name in sorted(name for name, count in volumes.items() if count > 1):
        yield Problem(where, f"has two volumes named {name}", f"{paths.volumes}.extraVolumes", "rename one of them")
    own = manifests.container(deployment)
    if not own.get("volumeMounts"):
        raise LookupError(f"{where} mounts nothing")
    for container in manifests.all_containers(deployment):
        mounts = container.get("volumeMounts") or []
        path = (
            f"{paths.volumes}.extraVolumeMounts"
            if container is own
            else f"{paths.block}.extraContainers or {paths.block}.extraInitContainers"
        )
        for mount in mounts:
            if mount["name"] not in volumes:
                yield Problem(
                    where,
                    f"container {container['name']} mounts {mount['name']}, which is no volume",
                    path,
                    f"give it an entry in {paths.volumes}.extraVolumes",
                )
        places = Counter(mount["mountPath"].rstrip("/") for mount in mounts)
        for folder in sorted(folder for folder, count in places.items() if count > 1):
            yield Problem(
                where, f"container {container['name']} has two mounts at {folder}", path, "choose another folder"
            )


@of_each_component
def every_volume_of_the_chart_is_mounted(rendered: Rendered, component: str, deployment: Manifest) -> Iterator[Problem]:
    """A volume that nothing mounts holds the pod's start up and helps nobody."""
    extra = {volume["name"] for volume in rendered.setting(f"{OF_COMPONENT[component].volumes}.extraVolumes") or []}
    mounted = {
        mount["name"]
        for container in manifests.all_containers(deployment)
        for mount in container.get("volumeMounts") or []
    }
    for volume in manifests.pod_spec(deployment)["volumes"]:
        if volume["name"] not in mounted | extra:
            yield Problem(place(deployment), f"no container mounts its volume {volume['name']}")


RELATIONS: tuple[Relation, ...] = (
    the_serving_secret_has_the_writer_of_the_mode,
    no_pod_waits_for_an_object_that_nobody_writes,
    every_mount_has_its_volume_and_every_path_one_mount,
    every_volume_of_the_chart_is_mounted,
)
