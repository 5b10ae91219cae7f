"""Holds the namespaces of one cluster for as long as the test run lives, then removes everything that belonged to it.

The keeper survives a test run that is killed: it sees the end of its standard input and cleans up. Were the keeper
itself killed, the kernel would still end all processes (``die_with_parent``, ``unshare --kill-child``), and with them
all mounts and interfaces; empty cgroups and the state folder would stay until ``sweep`` at the next start.

Run by namespaces.py as a file of its own: ``keeper.py STATE NAME ADDRESS``. On standard output it says ``ready PID``,
PID being process 1 of the namespaces as the host counts, or ``failed`` and the log of node.py as a JSON string.
"""

import ctypes
import fcntl
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

STATE_PREFIX = "keda-cluster-"
LOCK = "lock"
_CGROUPS = Path("/sys/fs/cgroup")
_PR_SET_PDEATHSIG = 1
_SECONDS_TO_PREPARE = 20
_SECONDS_TO_REMOVE = 5


def cgroup_hierarchies() -> list[Path]:
    """Where the controllers are: one folder per hierarchy (version 1), or the only one (version 2)."""
    found = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        mount, _, rest = line.partition(" - ")
        if rest.split(" ", 1)[0] in {"cgroup", "cgroup2"}:
            found.append(Path(mount.split(" ")[4]))
    return sorted(set(found))


def make_cgroups(name: str) -> None:
    """Make the cgroup that kubelet puts pods below; each cluster has its own, for kubelet removes unknown pods."""
    for hierarchy in cgroup_hierarchies():
        controllers = hierarchy / "cgroup.controllers"
        if controllers.exists():
            for controller in controllers.read_text().split():
                try:
                    (hierarchy / "cgroup.subtree_control").write_text(f"+{controller}")
                except OSError:
                    # One that cannot be delegated here; kubelet names it if it needs it.
                    continue
        group = hierarchy / name
        group.mkdir(exist_ok=True)
        for inherited in ("cpuset.cpus", "cpuset.mems"):
            # Version 1 only: nothing can run in a new cpuset before these are filled.
            if (group / inherited).exists() and not controllers.exists():
                (group / inherited).write_text((hierarchy / inherited).read_text())


def remove_cgroups(name: str) -> None:
    """Remove the cgroup and all below it; what is still in use after a few seconds is left."""
    for hierarchy in cgroup_hierarchies():
        group = hierarchy / name
        end = time.monotonic() + _SECONDS_TO_REMOVE
        while group.exists() and time.monotonic() < end:
            for folder, _, _ in os.walk(group, topdown=False):
                try:
                    Path(folder).rmdir()
                except OSError:
                    # The kernel lets go of a cgroup a moment after its last process.
                    time.sleep(0.05)


def sweep(parent: Path) -> None:
    """Remove what clusters left below ``parent`` whose keeper was killed: a held lock means that one still runs."""
    for state in parent.glob(f"{STATE_PREFIX}*"):
        try:
            with (state / LOCK).open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            continue
        remove_cgroups(state.name)
        shutil.rmtree(state, ignore_errors=True)


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def first_process(unshare: int) -> int:
    """Process number of the only child of ``unshare``, as the host counts."""
    return int(Path(f"/proc/{unshare}/task/{unshare}/children").read_text().split()[0])


def hold(state: Path, name: str, address: str, node_log: Path) -> None:
    """Start the namespaces, say so, wait for the end of standard input or of the namespaces, and kill what is left."""
    make_cgroups(state.name)
    with node_log.open("ab") as log:
        namespaces = ["--net", "--mount", "--uts", "--ipc", "--pid", "--fork", "--mount-proc", "--kill-child"]
        node = [sys.executable, "-I", "-S", str(Path(__file__).with_name("node.py"))]
        unshare = subprocess.Popen(
            ["unshare", *namespaces, "--", *node, str(state), name, address],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            # Safe: there are no threads here.
            preexec_fn=die_with_parent,
        )
    try:
        assert unshare.stdout is not None
        with selectors.DefaultSelector() as events:
            events.register(unshare.stdout, selectors.EVENT_READ)
            events.register(sys.stdin, selectors.EVENT_READ)
            events.select(_SECONDS_TO_PREPARE)
            os.set_blocking(unshare.stdout.fileno(), False)
            if unshare.stdout.readline() != b"ready\n":
                print("failed", json.dumps(node_log.read_text(errors="replace")), flush=True)
                return
            print(f"ready {first_process(unshare.pid)}", flush=True)
            # Its standard output ends with process 1.
            events.select()
    finally:
        if unshare.poll() is None:
            try:
                # Once its child is dead the kernel has ended every process of the namespaces, and unshare ends, too.
                os.kill(first_process(unshare.pid), signal.SIGKILL)
                unshare.wait(_SECONDS_TO_REMOVE)
            except (OSError, IndexError, subprocess.TimeoutExpired):
                unshare.kill()
                unshare.wait()


def main() -> None:
    """Hold the cluster, then clean up."""
    state, name, address = sys.argv[1:]

    def end(*_: object) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        hold(Path(state), name, address, Path(state) / "logs" / "node.log")
    finally:
        remove_cgroups(Path(state).name)
        shutil.rmtree(state, ignore_errors=True)


if __name__ == "__main__":
    main()
