"""What a machine must have to run the embedded cluster, each with the command that gets it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.cluster.harness import keeper
from tools.toolchain import BUILT, PROGRAMS

# Program -> Debian package.
DEBIAN_PROGRAMS = {
    "runc": "runc",
    "nft": "nftables",
    "ip": "iproute2",
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "mount": "mount",
    "env": "coreutils",
}
# Bit numbers as in linux/capability.h: what namespaces, mounts, networks and containers of other users take.
_CAPABILITIES = {
    "CAP_CHOWN": 0,
    "CAP_DAC_OVERRIDE": 1,
    "CAP_FOWNER": 3,
    "CAP_KILL": 5,
    "CAP_SETGID": 6,
    "CAP_SETUID": 7,
    "CAP_SETPCAP": 8,
    "CAP_NET_BIND_SERVICE": 10,
    "CAP_NET_ADMIN": 12,
    "CAP_NET_RAW": 13,
    "CAP_SYS_CHROOT": 18,
    "CAP_SYS_PTRACE": 19,
    "CAP_SYS_ADMIN": 21,
    "CAP_MKNOD": 27,
}
_CGROUP_CONTROLLERS = {"cpu", "cpuset", "memory", "pids"}
_FILE_SYSTEMS = {"overlay", "tmpfs"}
_MEMORY_GIB = 3
_GO_CACHE_GIB_TO_BUILD = 12
_PROGRAMS_GIB_TO_BUILD = 2
_PRIVILEGED = "run on a machine or in a container with all capabilities (docker run --privileged)"


class PreflightFailed(Exception):
    """The machine lacks something; the message lists all of it with the way to get each."""


def check(programs: list[str]) -> None:
    """Raise PreflightFailed when the machine cannot run ``programs``, or not build those that are missing."""
    problems = list(missing(programs))
    if problems:
        raise PreflightFailed("the embedded cluster cannot run here:\n" + "\n".join(f"- {line}" for line in problems))


def missing(programs: list[str]) -> Iterator[str]:
    """One line per thing that is missing, with the way to get it."""
    if platform.system() != "Linux":
        yield "Linux is needed: use a Linux machine, or --kubeconfig with any cluster"
        return
    if os.geteuid() != 0:
        yield "root is needed for namespaces and mounts: sudo, or --kubeconfig with any cluster"
    else:
        yield from _missing_capabilities()
    packages = sorted({package for name, package in DEBIAN_PROGRAMS.items() if shutil.which(name) is None})
    if packages:
        names = sorted(name for name, package in DEBIAN_PROGRAMS.items() if package in packages)
        yield f"missing {', '.join(names)}: apt-get install --yes --no-install-recommends {' '.join(packages)}"
    yield from _missing_kernel_parts()
    available = _available_memory_gib()
    if available < _MEMORY_GIB:
        yield f"{available:.1f} GiB of memory are available, {_MEMORY_GIB} are needed: end other programs"
    yield from _missing_disk_space(programs)


def _missing_capabilities() -> Iterator[str]:
    status = Path("/proc/self/status").read_text()
    effective = int(next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff:")), 16)
    lacking = [name for name, bit in _CAPABILITIES.items() if not effective >> bit & 1]
    if lacking:
        yield f"missing capabilities {', '.join(lacking)}: {_PRIVILEGED}"


def _missing_kernel_parts() -> Iterator[str]:
    known = {line.split()[-1] for line in Path("/proc/filesystems").read_text().splitlines()}
    for name in sorted(_FILE_SYSTEMS - known):
        yield f"the kernel has no file system {name} loaded: modprobe {name}"
    found: set[str] = set()
    for hierarchy in keeper.cgroup_hierarchies():
        version_2 = hierarchy / "cgroup.controllers"
        found |= set(version_2.read_text().split() if version_2.exists() else hierarchy.name.split(","))
        if not os.access(hierarchy, os.W_OK):
            yield f"{hierarchy} cannot be written: {_PRIVILEGED}"
    lacking = sorted(_CGROUP_CONTROLLERS - found)
    if lacking:
        yield f"cgroup controllers {', '.join(lacking)} are not mounted below /sys/fs/cgroup: {_PRIVILEGED}"
    if not Path("/dev/kmsg").exists():
        yield f"/dev/kmsg is missing, kubelet reads it: mknod /dev/kmsg c 1 11, or {_PRIVILEGED}"


def _available_memory_gib() -> float:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) / 2**20
    return 0.0


def _missing_disk_space(programs: list[str]) -> Iterator[str]:
    to_build = [name for name in programs if not PROGRAMS[name].path.is_file()]
    if not to_build:
        return
    cache = Path(os.environ.get("GOCACHE") or Path.home() / ".cache" / "go-build")
    for folder, gib, what in (
        (cache, _GO_CACHE_GIB_TO_BUILD, "GOCACHE"),
        (BUILT, _PROGRAMS_GIB_TO_BUILD, "the folder of this repository"),
    ):
        there = next(path for path in (folder, *folder.parents) if path.exists())
        free = shutil.disk_usage(there).free / 2**30
        # What an earlier build left in the cache need not be written again.
        needed = gib if folder is not cache else gib - _size_gib(folder)
        if free < needed:
            yield (
                f"{free:.0f} GiB are free in {there}, about {needed:.0f} are needed to build "
                f"{len(to_build)} programs: free some, or set {what} to another disk"
            )


def _size_gib(folder: Path) -> float:
    if not folder.is_dir():
        return 0.0
    answer = subprocess.run(["du", "-s", "--block-size=1M", str(folder)], capture_output=True, text=True, check=False)
    return int(answer.stdout.split()[0]) / 1024 if answer.returncode == 0 else 0.0
