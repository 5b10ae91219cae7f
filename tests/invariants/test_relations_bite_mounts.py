"""The relations about mounts are able to say no."""

from __future__ import annotations

from typing import Any

import pytest

from tests.invariants.bites import bite, changed, places, rendered
from tests.invariants.relations import mounts
from tests.support import manifests, modes

_OPERATOR = "Deployment keda/keda-operator"


@pytest.mark.parametrize("mode", modes.MODES.values(), ids=lambda mode: mode.name)
def test_a_pod_that_mounts_another_secret_than_the_one_that_is_written_is_named(mode: modes.Mode) -> None:
    before = rendered(mode.values)

    def another(it: dict[str, Any]) -> None:
        manifests.volume(it, "certificates")["secret"]["secretName"] = "somebody-elses"

    after = changed(before, "Deployment", "keda-operator", another)
    if mode.writes_serving_secret == "user":
        # The user's Secret has no writer among the objects: the next relation asks whether the values name it.
        assert not list(mounts.the_serving_secret_has_the_writer_of_the_mode(after))
        return
    assert places(bite(mounts.the_serving_secret_has_the_writer_of_the_mode, before, after)) == {_OPERATOR}


def test_a_user_provided_secret_that_cert_manager_writes_too_is_noticed() -> None:
    before = rendered(modes.CERT_MANAGER_USER_CA.values)
    name = modes.SERVING_CERTIFICATE[1]
    after = changed(before, "Certificate", name, lambda it: it["spec"].update(secretName="another"))
    assert len(places(bite(mounts.the_serving_secret_has_the_writer_of_the_mode, before, after))) == 3


def test_a_config_map_that_nobody_writes_is_named() -> None:
    before = rendered()
    volume = {"name": "lost", "configMap": {"name": "nobodys"}}
    after = changed(before, "Deployment", "keda-operator", lambda it: manifests.pod_spec(it)["volumes"].append(volume))
    (problem,) = bite(mounts.no_pod_waits_for_an_object_that_nobody_writes, before, after)
    assert problem.where == _OPERATOR
    assert "ConfigMap nobodys" in problem.what


def test_a_mount_without_a_volume_is_named() -> None:
    before = rendered()
    mount = {"name": "lost", "mountPath": "/lost"}
    after = changed(
        before, "Deployment", "keda-operator", lambda it: manifests.container(it)["volumeMounts"].append(mount)
    )
    (problem,) = bite(mounts.every_mount_has_its_volume_and_every_path_one_mount, before, after)
    assert (problem.where, problem.path) == (_OPERATOR, "volumes.keda.extraVolumeMounts")


def test_a_sidecar_that_mounts_what_is_not_there_leads_to_its_value() -> None:
    sidecar = {"name": "sidecar", "image": "a", "volumeMounts": [{"name": "lost", "mountPath": "/lost"}]}
    (problem,) = mounts.every_mount_has_its_volume_and_every_path_one_mount(
        rendered({"operator": {"extraContainers": [sidecar]}})
    )
    assert problem.where == _OPERATOR
    assert "operator.extraContainers" in problem.path


def test_two_mounts_at_one_path_and_two_volumes_of_one_name_are_named() -> None:
    before = rendered()

    def double(it: dict[str, Any]) -> None:
        volumes, own = manifests.pod_spec(it)["volumes"], manifests.container(it)
        volumes.append(volumes[0])
        own["volumeMounts"].append({**own["volumeMounts"][0], "mountPath": own["volumeMounts"][0]["mountPath"] + "/"})

    after = changed(before, "Deployment", "keda-operator", double)
    problems = bite(mounts.every_mount_has_its_volume_and_every_path_one_mount, before, after)
    assert places(problems) == {_OPERATOR}
    assert len(problems) == 2


def test_a_volume_that_nothing_mounts_is_named() -> None:
    before = rendered()
    volume = {"name": "idle", "emptyDir": {}}
    after = changed(before, "Deployment", "keda-operator", lambda it: manifests.pod_spec(it)["volumes"].append(volume))
    assert places(bite(mounts.every_volume_of_the_chart_is_mounted, before, after)) == {_OPERATOR}
