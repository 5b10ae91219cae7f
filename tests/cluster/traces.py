"""What a cluster leaves on its host: processes, mounts, interfaces, cgroups, files. Used to see that nothing stays."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.harness import keeper


def interfaces() -> set[str]:
    """Names of the network interfaces of the host."""
    return {name for _, name in socket.if_nameindex()}


@dataclass(frozen=True)
class Traces:
    """How to recognize one cluster: its state folder and its process namespace (a link such as ``pid:[4026532]``)."""

    state: Path
    process_namespace: str

    @classmethod
    def of(cls, state: Path, pid: int) -> Traces:
        """``pid``: any process of the cluster, as the host counts."""
        return cls(state, str(Path(f"/proc/{pid}/ns/pid").readlink()))

    def inside(self) -> list[int]:
        """Processes in the namespaces."""
        return [pid for pid in _processes() if _link(pid, "ns/pid") == self.process_namespace]

    def processes(self) -> list[int]:
        """Processes in the namespaces, and those outside that have the state folder in their arguments."""
        outside = [pid for pid in _processes() if pid != os.getpid() and str(self.state).encode() in _arguments(pid)]
        return sorted({*self.inside(), *outside})

    def mounts(self) -> list[str]:
        """Mounts of the host below the state folder, or whose source is."""
        return [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if str(self.state) in line]

    def cgroups(self) -> list[Path]:
        """Cgroups made for its pods."""
        return [path for hierarchy in keeper.cgroup_hierarchies() for path in hierarchy.glob(self.state.name)]

    def left(self) -> dict[str, object]:
        """All that is there now; empty when nothing is."""
        seen = {
            "processes": self.processes(),
            "mounts": self.mounts(),
            "cgroups": self.cgroups(),
            "state": [self.state] if self.state.exists() else [],
        }
        return {what: found for what, found in seen.items() if found}


def _processes() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]


def _link(pid: int, name: str) -> str:
    try:
        return str(Path(f"/proc/{pid}/{name}").readlink())
    except OSError:
        # It ended meanwhile.
        return ""


def _arguments(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
