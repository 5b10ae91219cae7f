"""Process 1 of the cluster's namespaces: makes the node's mounts and network, then collects orphans until it is killed.

Run by keeper.py, as a file of its own and without site packages, because its start is part of every boot:
``node.py STATE NAME ADDRESS``. All it does lies in private namespaces and is gone with this process.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

# kubelet insists on these settings of the whole machine and writes them when they differ; it reads copies instead.
_KUBELET_TUNABLES = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
}
# Folders that the programs write to, kept in memory. Image layers cannot lie on the overlay that /var becomes.
_IN_MEMORY = ("/var/lib/containerd", "/var/lib/kubelet", "/var/lib/etcd")


def run(*command: str, keep_open: Sequence[int] = ()) -> None:
    """Run a program that must succeed; it inherits the descriptors ``keep_open``."""
    subprocess.run(command, check=True, pass_fds=keep_open)


def make_mounts(state: Path) -> None:
    """Give the node a /run and a /var of its own; ``state`` stays where it is, wherever that is."""
    # A folder below /run or /var is hidden by what follows; an open folder is not.
    kept = os.open(state, os.O_PATH)
    run("mount", "-t", "tmpfs", "-o", "mode=755", "node", "/run")
    upper, work = Path("/run/var/upper"), Path("/run/var/work")
    upper.mkdir(parents=True)
    work.mkdir()
    run("mount", "-t", "overlay", "-o", f"lowerdir=/var,upperdir={upper},workdir={work}", "node", "/var")
    state.mkdir(parents=True, exist_ok=True)
    run("mount", "--bind", f"/proc/self/fd/{kept}", str(state), keep_open=[kept])
    os.close(kept)
    for folder in _IN_MEMORY:
        Path(folder).mkdir(parents=True, exist_ok=True)
        run("mount", "-t", "tmpfs", "-o", "mode=755", "node", folder)
    tunables = Path("/run/tunables")
    tunables.mkdir()
    for name, value in _KUBELET_TUNABLES.items():
        real = Path("/proc/sys") / name
        if real.exists():
            copy = tunables / name.replace("/", "-")
            copy.write_text(f"{value}\n")
            run("mount", "--bind", str(copy), str(real))


def make_network(address: str) -> None:
    """A loopback, one interface with the node's address, and a route for what kube-proxy redirects; no way out."""
    for command in (
        "link set lo up",
        # A pair of ends, both here, because a link needs two and the pod network needs this kind anyway.
        "link add node0 type veth peer name node0-peer",
        f"address add {address}/32 dev node0",
        "link set node0-peer up",
        "link set node0 up",
        "route add default dev node0",
    ):
        run("ip", *command.split())
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


def main() -> None:
    """Prepare, say so on standard output, and stay."""
    state, name, address = sys.argv[1:]
    socket.sethostname(name)
    make_mounts(Path(state))
    make_network(address)
    print("ready", flush=True)
    while True:
        # Orphans of the namespace become children of process 1. SIGCHLD stays pending while it is blocked.
        signal.sigwait({signal.SIGCHLD})
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    main()
