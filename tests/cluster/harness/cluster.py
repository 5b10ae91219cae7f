"""The composition: one cluster from its namespaces up, as a context manager."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.cluster.harness import images, preflight
from tests.cluster.harness.api import Api, ApiError
from tests.cluster.harness.component import Component
from tests.cluster.harness.components.containerd import ContainerdConfig, containerd
from tests.cluster.harness.components.coredns import CorednsConfig, coredns, rights
from tests.cluster.harness.components.etcd import EtcdConfig, etcd
from tests.cluster.harness.components.kube_apiserver import ApiServerConfig, kube_apiserver
from tests.cluster.harness.components.kube_controller_manager import ControllerManagerConfig, kube_controller_manager
from tests.cluster.harness.components.kube_proxy import KubeProxyConfig, kube_proxy
from tests.cluster.harness.components.kube_scheduler import SchedulerConfig, kube_scheduler
from tests.cluster.harness.components.kubelet import KubeletConfig, kubelet
from tests.cluster.harness.credentials import Credentials, make_credentials
from tests.cluster.harness.layout import NODE_NAME
from tests.cluster.harness.namespaces import Namespaces, new_state
from tests.cluster.harness.network import PrivateNetwork
from tests.cluster.harness.process import (
    CommandFailed,
    ComponentFailed,
    Finished,
    NotReady,
    Process,
    run,
    tail,
    until_ready,
)
from tests.cluster.harness.programs import DEFAULT_KUBERNETES, program_names, programs
from tools.toolchain import build_missing

_SECONDS_TO_BECOME_READY = 90
# Commands that a person types, and the program that answers.
_CLIENTS = {"kubectl": "kubectl", "helm": "helm4", "ctr": "ctr"}


class Cluster:
    """A one-node cluster, running between ``start`` and ``stop`` or inside a ``with`` block.

    ``phases`` holds seconds since ``start`` at which each phase of the boot was over.
    """

    def __init__(
        self,
        *,
        kubernetes: str = DEFAULT_KUBERNETES,
        cluster_domain: str = "cluster.local",
        load: Sequence[images.Image] = (),
        name: str | None = None,
        audit: bool = False,
    ) -> None:
        """``kubernetes``: minor version; ``load``: images to import while it boots; ``name``: of its state folder; ``audit``:
        write all requests to ``audit_log``."""
        self.kubernetes = kubernetes
        self.cluster_domain = cluster_domain
        self.phases: dict[str, float] = {}
        self._load = (images.PAUSE, *load)
        self._name = name
        self._audit = audit
        self._processes: list[Process] = []
        self._namespaces: Namespaces | None = None

    # --- Life -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Boot until the node is Ready and Services, DNS and images work.

        Raises preflight.PreflightFailed, ToolchainError, ComponentFailed; nothing is left running then.
        """
        needed = [*program_names(self.kubernetes), *(image.program for image in self._load)]
        preflight.check(needed)
        build_missing(needed)
        self._programs = programs(self.kubernetes)
        self._started = time.monotonic()
        self.state = new_state(self._name)
        try:
            self._boot()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End every process inside; mounts, interfaces, cgroups and the state folder are gone afterwards."""
        if self._namespaces is not None:
            self._namespaces.close()
            for process in self._processes:
                process.kill()
        self._processes.clear()
        shutil.rmtree(self.state, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    # --- Use ------------------------------------------------------------------------------------------------------

    @property
    def kubeconfig(self) -> Path:
        """Kubeconfig of an administrator; the address in it exists inside the namespaces only."""
        return self._credentials.kubeconfigs["admin"]

    @property
    def credentials(self) -> Credentials:
        """Certificates and keys of the cluster's own."""
        return self._credentials

    @property
    def pid(self) -> int:
        """Process 1 of the namespaces, as the host counts."""
        return self._inside.pid

    def enter(self, directory: Path | None = None) -> list[str]:
        """Prefix that runs a command inside, in ``directory`` (default: the current one)."""
        return [*self._inside.enter, "env", f"--chdir={directory or Path.cwd()}"]

    def environment(self) -> dict[str, str]:
        """Environment of commands inside: kubectl, helm and ctr first on PATH, no configuration of the user's own."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HELM_", "KUBE", "XDG_"))}
        return kept | {
            "PATH": f"{self.state / 'bin'}:{os.environ['PATH']}",
            "KUBECONFIG": str(self.kubeconfig),
            "HOME": str(self.state / "home"),
        }

    @property
    def audit_log(self) -> Path:
        """Where the API server writes its requests, a line of JSON each."""
        return self.state / "audit.log"

    def _audit_files(self) -> tuple[Path, Path] | None:
        if not self._audit:
            return None
        policy = self.state / "audit-policy.json"
        rules = [{"level": "Metadata", "omitStages": ["RequestReceived"]}]
        policy.write_text(json.dumps({"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": rules}))
        return policy, self.audit_log

    def run(
        self,
        command: Sequence[str],
        *,
        stdin: str | bytes | Path | None = None,
        seconds: float = 300,
        check: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> Finished:
        """Run a command inside, to its end, in the current folder.

        Raises CommandFailed when it takes longer than ``seconds`` or, with ``check``, when its exit code is not 0, and
        ComponentFailed instead when a component of the cluster has ended.
        """
        try:
            return run(
                command,
                enter=self.enter(),
                environment=self.environment() | dict(environment or {}),
                stdin=stdin,
                seconds=seconds,
                check=check,
            )
        except CommandFailed:
            self.check()
            raise

    def spawn(self, name: str, command: Sequence[str]) -> Process:
        """Start a command inside that goes on; its log is ``logs/<name>.log`` in the state folder."""
        process = Process(name, command, log=self.log(name), enter=self.enter(), environment=self.environment())
        self._processes.append(process)
        return process

    def forget(self, process: Process) -> None:
        """Stop a command that ``spawn`` started, and no longer expect it to run."""
        process.stop()
        self._processes.remove(process)

    def kubectl(self, *arguments: str, stdin: str | None = None, seconds: float = 60) -> str:
        """Standard output of kubectl; raises like ``run``."""
        return self.run(["kubectl", *arguments], stdin=stdin, seconds=seconds).stdout

    def load(self, *wanted: images.Image) -> None:
        """Import images into the node's containerd."""
        for image in wanted:
            with images.archive(image, self.state) as path:
                self.run(
                    ["ctr", "--namespace=k8s.io", "images", "import", "--local", "--discard-unpacked-layers", str(path)]
                )

    def restart(self, name: str, seconds_away: float = 0) -> None:
        """Kill a component such as ``etcd``, and ``seconds_away`` later start it anew; returns when it is ready."""
        (process,) = [running for running in self._processes if running.name == name]
        self._processes.remove(process)
        process.kill()
        time.sleep(seconds_away)
        self._run_component(self._parts[name])

    def log(self, name: str) -> Path:
        """Log file of the component or command ``name``."""
        return self.state / "logs" / f"{name}.log"

    def check(self) -> None:
        """Raise ComponentFailed when a component has ended."""
        for process in self._processes:
            process.check()

    # --- Boot -----------------------------------------------------------------------------------------------------

    @property
    def _inside(self) -> Namespaces:
        if self._namespaces is None:
            raise RuntimeError("the cluster is not running")
        return self._namespaces

    def _boot(self) -> None:
        configuration = self.state / "config"
        for folder in (self.state / "bin", self.state / "home", self.state / "pki", configuration):
            folder.mkdir()
        for command, name in _CLIENTS.items():
            (self.state / "bin" / command).symlink_to(self._programs[name])
        self._namespaces = Namespaces(self.state)
        self._credentials = make_credentials(self.state / "pki", self.cluster_domain)
        self.network = PrivateNetwork(self.pid)
        self.api = Api(self.network, self._credentials.authority, self._credentials.admin)
        self._reached("namespaces and certificates")
        components = self._parts = self._components(configuration)
        with _parallel() as parallel:
            runtime = parallel(self._start_runtime, components["containerd"])
            self._run_component(components["etcd"])
            self._run_component(components["kube-apiserver"])
            waiting = [
                parallel(self._run_component, components[name])
                for name in ("kubelet", "kube-controller-manager", "kube-scheduler", "kube-proxy")
            ]
            for path, content in rights():
                self.api.create(path, content)
            waiting.append(parallel(self._run_component, components["coredns"]))
            self._wait("node Ready", self._node_ready)
            self._wait("service accounts", self._service_account)
            for future in [runtime, *waiting]:
                future.result()
        self._reached("everything")

    def _components(self, directory: Path) -> dict[str, Component]:
        made, found = self._credentials, self._programs
        kubeconfigs = made.kubeconfigs
        components = [
            etcd(EtcdConfig(found["etcd"])),
            containerd(ContainerdConfig(found["containerd"], found["ptp"].parent, directory)),
            kube_apiserver(
                ApiServerConfig(
                    found["kube-apiserver"],
                    made.authority,
                    made.api_serving,
                    made.admin,
                    made.kubelet_client,
                    made.front_proxy_authority,
                    made.front_proxy_client,
                    made.service_accounts,
                    self.cluster_domain,
                    self._audit_files(),
                )
            ),
            kube_controller_manager(
                ControllerManagerConfig(
                    found["kube-controller-manager"],
                    kubeconfigs["kube-controller-manager"],
                    made.authority,
                    made.health_serving,
                    made.service_accounts,
                )
            ),
            kube_scheduler(
                SchedulerConfig(
                    found["kube-scheduler"], kubeconfigs["kube-scheduler"], made.authority, made.health_serving
                )
            ),
            kube_proxy(KubeProxyConfig(found["kube-proxy"], kubeconfigs["kube-proxy"], directory)),
            kubelet(
                KubeletConfig(
                    found["kubelet"],
                    kubeconfigs["kubelet"],
                    made.authority,
                    made.kubelet_serving,
                    f"/{self.state.name}",
                    self.cluster_domain,
                    directory,
                )
            ),
            coredns(CorednsConfig(found["coredns"], kubeconfigs["coredns"], self.cluster_domain, directory)),
        ]
        return {component.name: component for component in components}

    def _start_runtime(self, component: Component) -> None:
        self._run_component(component)
        self.load(*self._load)
        self._reached("images")

    def _run_component(self, component: Component) -> None:
        """Start a component and wait until it is ready."""
        for path, text in component.files.items():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        process = Process(
            component.name,
            component.command,
            log=self.log(component.name),
            enter=self._inside.enter,
            environment={
                "PATH": f"{self._programs['containerd'].parent}:{os.environ['PATH']}",
                "HOME": str(self.state / "home"),
            },
        )
        self._processes.append(process)
        process.wait_ready(lambda: component.ready(self.network), _SECONDS_TO_BECOME_READY)
        self._reached(component.name)

    def _node_ready(self) -> None:
        conditions = self.api.get(f"/api/v1/nodes/{NODE_NAME}").get("status", {}).get("conditions", [])
        if not any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions):
            raise NotReady(next((entry["message"] for entry in conditions if entry["type"] == "Ready"), "no condition"))

    def _service_account(self) -> None:
        self.api.get("/api/v1/namespaces/default/serviceaccounts/default")

    def _wait(self, phase: str, probe: Callable[[], None]) -> None:
        """Wait for something that several components bring about together."""

        def look() -> None:
            try:
                probe()
            except ApiError as error:
                raise NotReady(str(error)) from error

        try:
            until_ready(look, self.check, _SECONDS_TO_BECOME_READY)
        except NotReady as seen:
            raise ComponentFailed(f"{phase}: not after {_SECONDS_TO_BECOME_READY} s: {seen}\n{self._logs()}") from None
        self._reached(phase)

    def _logs(self) -> str:
        """The tail of every component's log."""
        return "\n".join(f"--- {process.name}\n{tail(process.read_log())}" for process in self._processes)

    def _reached(self, phase: str) -> None:
        self.phases[phase] = time.monotonic() - self._started


@contextlib.contextmanager
def _parallel() -> Iterator[Callable[..., Future[None]]]:
    """A way to run functions side by side. A block that fails does not wait for them: their programs get killed."""
    pool = ThreadPoolExecutor(thread_name_prefix="boot")
    try:
        yield pool.submit
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
