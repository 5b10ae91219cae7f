"""See KEDA run with certificates of your choice: a cluster, the mode's prerequisites, a real `helm install`, and proof.

    python -m tests.cluster.trial                              the default mode, operator-generated, in the embedded cluster
    python -m tests.cluster.trial cert-manager-user-ca         another mode
    python -m tests.cluster.trial --keep                       leave the cluster up, and say how to reach it
    python -m tests.cluster.trial --kubeconfig ~/.kube/config  your own cluster; what is installed is removed at the end,
                                                               with --keep it stays

Exit code 1 when any proof fails.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.cluster import admission, proofs, releases
from tests.cluster.addons import cert_manager
from tests.cluster.harness import Cluster, images
from tests.cluster.harness.__main__ import background_log, record_path, write_record
from tests.cluster.harness.api import ApiError
from tests.cluster.harness.preflight import PreflightFailed
from tests.cluster.harness.process import CommandFailed, ComponentFailed
from tests.cluster.harness.programs import DEFAULT_KUBERNETES, KUBERNETES_VERSIONS
from tests.cluster.probes import exists
from tests.cluster.proofs import Proof
from tests.cluster.releases import NAMESPACE, Installed, Scenario
from tests.cluster.targets import REPOSITORY, EmbeddedTarget, ExistingTarget, Target
from tests.cluster.waiting import Waited
from tests.support.modes import APISERVICE, MODES, OPERATOR_GENERATED
from tools.toolchain import ToolchainError

NAME = "try"
_MODULE = "tests.cluster.trial"
_OUTCOME = "proven.json"
_MARKS = {True: "ok", False: "FAILED", None: "-"}


def main(arguments: Sequence[str]) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="tox -e try --", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("mode", nargs="?", choices=list(MODES), default=OPERATOR_GENERATED.name, metavar="MODE",
                        help=f"certificate mode: {', '.join(MODES)} (default: %(default)s)")  # fmt: skip
    parser.add_argument("--keep", action="store_true", help="leave the cluster, or on your own cluster KEDA, running")
    parser.add_argument("--kubeconfig", type=Path, help="use this cluster instead of the embedded one")
    parser.add_argument("--kubernetes", choices=KUBERNETES_VERSIONS, default=DEFAULT_KUBERNETES,
                        help="version of the embedded cluster (default: %(default)s)")  # fmt: skip
    parser.add_argument("--hold", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.kubeconfig and not options.kubeconfig.is_file():
        parser.error(f"--kubeconfig {options.kubeconfig}: no such file")
    try:
        if options.kubeconfig:
            return on_existing(options)
        if options.keep and not options.hold:
            return in_background(arguments)
        return on_embedded(options)
    except (ApiError, ComponentFailed, CommandFailed, PreflightFailed, ToolchainError, Waited) as error:
        print("\n".join([str(error), *getattr(error, "__notes__", ())]), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


# --- Where -------------------------------------------------------------------------------------------------------------


def on_embedded(options: argparse.Namespace) -> int:
    """The trial in a cluster that this process holds; with ``--hold`` until SIGTERM."""
    mode = MODES[options.mode]
    wanted = (*images.KEDA, images.WORKLOAD, *(cert_manager.IMAGES if mode.by_cert_manager else ()))
    cluster = Cluster(kubernetes=options.kubernetes, load=wanted, name=NAME if options.hold else None)
    over = threading.Event()
    if options.hold:
        signal.signal(signal.SIGTERM, lambda *_: over.set())
    with step(f"a cluster boots: Kubernetes {options.kubernetes} (programs that are missing are built first)"):
        cluster.start()
    try:
        target = EmbeddedTarget(cluster)
        if mode.by_cert_manager:
            with step(f"cert-manager {cert_manager.VERSION} is installed and issues"):
                cert_manager.install(target)
        proven = show(install(target, options.mode), f"embedded Kubernetes {options.kubernetes}")
        if options.hold:
            print(f"""
The cluster stays up:
  python -m tests.cluster.harness exec --name {NAME} -- kubectl get pods --all-namespaces
  python -m tests.cluster.harness exec --name {NAME} -- bash
  python -m tests.cluster.harness down --name {NAME}""")
            (cluster.state / _OUTCOME).write_text(json.dumps(proven))
            write_record(cluster, NAME)
            sys.stdout.flush()
            while not over.wait(1):
                cluster.check()
    finally:
        cluster.stop()
    return 0 if proven else 1


def in_background(arguments: Sequence[str]) -> int:
    """The trial in a process that goes on holding the cluster; what it says is shown here until it has proven all."""
    record, log = record_path(NAME), background_log(NAME)
    if record.exists():
        sys.exit(f"a cluster is kept already; end it first: python -m tests.cluster.harness down --name {NAME}")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", _MODULE, *arguments, "--hold"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=REPOSITORY,
            start_new_session=True,
        )
    try:
        with log.open() as said:
            while True:
                over = process.poll() is not None or record.exists()
                print(said.read(), end="", flush=True)
                if over:
                    break
                time.sleep(0.2)
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if process.poll() is not None:
        return process.returncode or 1
    return 0 if json.loads((record.parent / _OUTCOME).read_text()) else 1


def on_existing(options: argparse.Namespace) -> int:
    """The trial in a cluster of the user's, which must have no KEDA and, for modes that need it, a cert-manager."""
    target = ExistingTarget(options.kubeconfig)
    for path, what in (
        (f"/apis/apiregistration.k8s.io/v1/apiservices/{APISERVICE}", "an external metrics API (KEDA or another)"),
        (f"/api/v1/namespaces/{NAMESPACE}", f"a namespace {NAMESPACE}"),
        (f"/api/v1/namespaces/{proofs.SCALED}", f"a namespace {proofs.SCALED}"),
        ("/apis/keda.sh", "CRDs of KEDA"),
    ):
        if exists(target, path):
            sys.exit(f"{options.kubeconfig}: the cluster has {what} already, which the trial would change or remove")
    if MODES[options.mode].by_cert_manager and not exists(target, "/apis/cert-manager.io/v1"):
        sys.exit(f"{options.kubeconfig}: mode {options.mode} needs cert-manager in the cluster")
    version = target.get("/version")["gitVersion"]
    try:
        proven = show(install(target, options.mode), f"your cluster, Kubernetes {version}")
    finally:
        if not options.keep:
            with step("what was installed is removed"):
                releases.clear(target, (proofs.SCALED,))
    return 0 if proven else 1


# --- What --------------------------------------------------------------------------------------------------------------


def install(target: Target, mode: str) -> Installed:
    """Prerequisites and ``helm install --wait`` with the mode's example, both as they are in the repository."""
    scenario = Scenario(mode)
    command = f"helm install keda charts/keda --namespace {NAMESPACE} --values {releases.example(mode)} --wait"
    with step(command), tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        installed = releases.install(target, scenario, Path(folder))
        installed.first_answers = admission.answers(target, installed.namespace)
        releases.wait_until_available(target)
        installed.available_seconds = time.monotonic() - started
    return installed


def show(installed: Installed, where: str) -> bool:
    """Print every proof as it is made, and say whether all hold."""
    print(
        f"\nmode {installed.scenario.mode} on {where}: helm took {installed.helm_seconds:.1f} s, "
        f"external metrics Available after {installed.available_seconds:.1f} s\n"
    )
    made: list[Proof] = []
    for prove in proofs.ALL:
        for proof in prove(installed):
            topic = "" if made and made[-1].topic == proof.topic else proof.topic
            print(f"  {topic:12} {_MARKS[proof.holds]:7} {proof.seen}", flush=True)
            made.append(proof)
    failed = [proof for proof in made if proof.holds is False]
    unproven = sum(proof.holds is None for proof in made)
    print(
        f"\n{len(made) - len(failed) - unproven} proofs hold, {len(failed)} fail"
        + (f", {unproven} cannot be shown here" if unproven else "")
    )
    if failed:
        print(releases.describe(installed.target))
    return not failed


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what goes on, and how long it took."""
    print(f"... {what}", flush=True)
    started = time.monotonic()
    yield
    print(f"    done in {time.monotonic() - started:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
