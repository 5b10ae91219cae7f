"""Which of the toolchain's programs a cluster of one Kubernetes version runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tools.toolchain import DEFAULT_KUBERNETES, KUBERNETES_PROGRAMS, KUBERNETES_RELEASES, program

_INDEPENDENT = (
    "etcd",
    "containerd",
    "containerd-shim-runc-v2",
    "ctr",
    "coredns",
    "ptp",
    "host-local",
    "loopback",
    "pause",
    "helm4",
)
KUBERNETES_VERSIONS = tuple(KUBERNETES_RELEASES)

__all__ = ["DEFAULT_KUBERNETES", "KUBERNETES_VERSIONS", "program_names", "programs"]


def program_names(kubernetes: str) -> list[str]:
    """Names in tools/toolchain.py; ``kubernetes`` is a minor version such as ``1.36``."""
    return [*(f"{name}-{kubernetes}" for name in KUBERNETES_PROGRAMS), *_INDEPENDENT]


def programs(kubernetes: str) -> Mapping[str, Path]:
    """Command name (``kubelet``) -> path; what is missing is built first, which takes minutes."""
    suffix = f"-{kubernetes}"
    return {name.removesuffix(suffix): program(name) for name in program_names(kubernetes)}
