"""What the kernel lets KEDA's processes do: asked of the running processes, not of their manifests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cluster.probes import COMPONENTS, Component, pods
from tests.cluster.releases import Installed
from tests.cluster.targets import EmbeddedTarget
from tests.support.modes import MOUNT_PATH

pytestmark = pytest.mark.cluster

_PROGRAMS = {"operator": "/keda", "metrics API server": "/keda-adapter", "webhooks": "/keda-admission-webhooks"}
_CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
_OF_THE_KERNEL = ("/proc", "/sys", "/dev")
# prctl(2): 2 is a filter.
_SECCOMP_FILTER = "2"


@dataclass(frozen=True)
class Running:
    """A process of KEDA: the fields of /proc/PID/status, and its mounts as (mount point, options)."""

    status: dict[str, str]
    mounts: tuple[tuple[str, frozenset[str]], ...]


@pytest.fixture(params=COMPONENTS, ids=lambda component: component.name)
def running(request: pytest.FixtureRequest, installed: Installed, embedded: EmbeddedTarget) -> Running:
    """The process of each component, as the node's kernel knows it."""
    component: Component = request.param
    (pod,) = [pod for pod in pods(installed.target, installed.namespace) if pod.component == component]
    (process,) = [
        folder
        for pid in embedded.node.processes(pod.uid)
        if (folder := Path(f"/proc/{pid}")).joinpath("cmdline").read_bytes().split(b"\0")[0].decode()
        == _PROGRAMS[component.name]
    ]
    lines = (line.partition(":") for line in (process / "status").read_text().splitlines())
    mounts = (line.split() for line in (process / "mountinfo").read_text().splitlines())
    # The options are field 6 of mountinfo, the mount point is field 5.
    return Running(
        {key: value.strip() for key, _, value in lines},
        tuple((fields[4], frozenset(fields[5].split(","))) for fields in mounts),
    )


def test_it_runs_as_a_user_and_group_without_a_name(running: Running) -> None:
    for kind in ("Uid", "Gid"):
        real, effective, saved, filesystem = running.status[kind].split()
        assert real != "0", kind
        assert real == effective == saved == filesystem
    assert "0" not in running.status["Groups"].split()


def test_it_has_no_capability_and_cannot_get_one(running: Running) -> None:
    assert {name: int(running.status[name], 16) for name in _CAPABILITIES} == dict.fromkeys(_CAPABILITIES, 0)
    assert running.status["NoNewPrivs"] == "1"


def test_its_system_calls_are_filtered(running: Running) -> None:
    assert running.status["Seccomp"] == _SECCOMP_FILTER


def test_it_can_write_to_no_file_of_its_image(running: Running) -> None:
    options = dict(running.mounts)
    assert "ro" in options["/"]
    assert "rw" not in options["/"]
    # The kernel's own, and files that kubelet makes, which belong to root; /tmp is the chart's emptyDir.
    writable = {point for point, flags in running.mounts if "rw" in flags and not point.startswith(_OF_THE_KERNEL)}
    assert writable <= {"/tmp", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"}  # noqa: S108


def test_it_cannot_write_its_certificates_and_its_token(running: Running) -> None:
    options = dict(running.mounts)
    secrets = [point for point in options if point == MOUNT_PATH or point.startswith("/var/run/secrets/")]
    assert MOUNT_PATH in secrets
    assert len(secrets) == 2, "the certificates and the token"
    assert [point for point in secrets if "rw" in options[point]] == []
