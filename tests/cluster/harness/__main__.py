"""Start, use and stop a cluster by hand.

    python -m tests.cluster.harness up                      run a cluster until Ctrl-C
    python -m tests.cluster.harness up --keep               leave it running in the background
    python -m tests.cluster.harness exec -- kubectl get pods -A
    python -m tests.cluster.harness exec -- bash            a shell inside; kubectl, helm and ctr are on its PATH
    python -m tests.cluster.harness down

A cluster lives in private namespaces: outside of `exec` its addresses do not exist.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from tests.cluster.harness import images, keeper
from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.preflight import PreflightFailed
from tests.cluster.harness.process import CommandFailed, ComponentFailed, tail
from tests.cluster.harness.programs import DEFAULT_KUBERNETES, KUBERNETES_VERSIONS
from tools.toolchain import ToolchainError

_MODULE = "tests.cluster.harness"
_RECORD = "running.json"
_SECONDS_TO_GO_DOWN = 30


def record_path(name: str) -> Path:
    """File that says how to reach the running cluster ``name``."""
    return Path(tempfile.gettempdir()) / f"{keeper.STATE_PREFIX}{name}" / _RECORD


def write_record(cluster: Cluster, name: str) -> None:
    """Say how to reach a cluster that this process holds, for ``exec`` and ``down``."""
    content = {
        "supervisor": os.getpid(),
        "enter": cluster.enter(Path("/"))[:-1],
        "environment": cluster.environment(),
    }
    partial = record_path(name).with_suffix(".partial")
    partial.write_text(json.dumps(content))
    partial.replace(record_path(name))


def read_record(name: str) -> dict[str, object]:
    """What ``up`` wrote; ends the program when no such cluster runs."""
    try:
        content: dict[str, object] = json.loads(record_path(name).read_text())
        os.kill(int(str(content["supervisor"])), 0)
    except (FileNotFoundError, ProcessLookupError):
        sys.exit(f"no cluster {name!r} is running; start one: python -m {_MODULE} up --keep")
    return content


def up(options: argparse.Namespace) -> int:
    """Run a cluster in the foreground until Ctrl-C or SIGTERM."""
    cluster = Cluster(kubernetes=options.kubernetes, load=images.KEDA if options.keda_images else (), name=options.name)
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    with cluster:
        seconds = cluster.phases
        print(
            f"Kubernetes {cluster.kubernetes}: node Ready after {seconds['node Ready']:.1f} s, "
            f"all up after {seconds['everything']:.1f} s"
        )
        if options.phases:
            for phase, second in sorted(seconds.items(), key=lambda item: item[1]):
                print(f"{second:7.2f} s  {phase}")
        print(f"logs and kubeconfig: {cluster.state}")
        print(f"use it:  python -m {_MODULE} exec --name {options.name} -- kubectl get pods --all-namespaces")
        print(f"stop it: python -m {_MODULE} down --name {options.name}", flush=True)
        write_record(cluster, options.name)
        while not over.wait(1):
            cluster.check()
    return 0


def background_log(name: str) -> Path:
    """What a cluster in the background says; outside of its state folder, to be read when it does not start."""
    return Path(tempfile.gettempdir()) / f"{keeper.STATE_PREFIX}{name}.log"


def up_in_background(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    """Start ``up`` as a process of its own and wait until its cluster runs."""
    log = background_log(options.name)
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", _MODULE, *(word for word in arguments if word != "--keep")],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        while process.poll() is None and not record_path(options.name).exists():
            time.sleep(0.1)
    except BaseException:
        process.terminate()
        process.wait()
        raise
    print(log.read_text(), end="")
    return process.poll() or 0


def execute(options: argparse.Namespace) -> int:
    """Become the command, inside the cluster's namespaces."""
    content = read_record(options.name)
    prefix, environment = content["enter"], content["environment"]
    assert isinstance(prefix, list)
    assert isinstance(environment, dict)
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        sys.exit(f"no command given: python -m {_MODULE} exec -- kubectl get pods --all-namespaces")
    os.execvpe(prefix[0], [*prefix, f"--chdir={Path.cwd()}", *command], environment)  # noqa: S606


def down(options: argparse.Namespace) -> int:
    """Stop a cluster and wait until nothing of it is left."""
    content = read_record(options.name)
    os.kill(int(str(content["supervisor"])), signal.SIGTERM)
    state = record_path(options.name).parent
    end = time.monotonic() + _SECONDS_TO_GO_DOWN
    while state.exists():
        if time.monotonic() > end:
            sys.exit(f"the cluster did not stop within {_SECONDS_TO_GO_DOWN} s: see process {content['supervisor']}")
        time.sleep(0.1)
    background_log(options.name).unlink(missing_ok=True)
    return 0


def main(arguments: Sequence[str]) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {_MODULE}", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    named = argparse.ArgumentParser(add_help=False)
    named.add_argument("--name", default="default", help="several clusters run side by side under different names")
    commands = parser.add_subparsers(dest="action", required=True, metavar="up|exec|down")
    starting = commands.add_parser("up", parents=[named], help="start a cluster")
    starting.add_argument("--kubernetes", choices=KUBERNETES_VERSIONS, default=DEFAULT_KUBERNETES)
    starting.add_argument("--keep", action="store_true", help="leave it running in the background")
    starting.add_argument("--keda-images", action="store_true", help="load KEDA's images, too")
    starting.add_argument("--phases", action="store_true", help="print when each phase of the boot was over")
    executing = commands.add_parser("exec", parents=[named], help="run a command inside")
    executing.add_argument("command", nargs=argparse.REMAINDER, metavar="-- command")
    commands.add_parser("down", parents=[named], help="stop it")
    options = parser.parse_args(arguments)
    try:
        if options.action == "up":
            return up_in_background(options, arguments) if options.keep else up(options)
        return execute(options) if options.action == "exec" else down(options)
    except (ComponentFailed, CommandFailed, PreflightFailed, ToolchainError) as error:
        print(tail(str(error)), file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
