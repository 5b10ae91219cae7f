"""The cluster that KEDA is installed into: the embedded one, or any that a kubeconfig leads to.

Tests and the trial speak to both through ``Target``.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.cluster.harness import Cluster, images
from tests.cluster.harness.api import ApiError
from tests.cluster.harness.process import Finished, run
from tests.cluster.node import Node
from tools.toolchain import program

Connect = Callable[[], socket.socket]
REPOSITORY = Path(__file__).resolve().parents[2]
_FORWARDING = re.compile(r"Forwarding from 127\.0\.0\.1:(\d+)")


class Target(ABC):
    """A Kubernetes cluster with an administrator's rights."""

    @abstractmethod
    def run(
        self, command: Sequence[str], *, stdin: str | None = None, seconds: float = 300, check: bool = True
    ) -> Finished:
        """Run helm or kubectl against the cluster, in the repository's folder; raises CommandFailed."""

    @abstractmethod
    def get(self, path: str) -> Any:
        """The object or list at an API path such as ``/api/v1/nodes``; raises ApiError."""

    @abstractmethod
    def create(self, path: str, content: dict[str, Any]) -> Any:
        """Create an object in the collection at an API path and return it as stored; raises ApiError."""

    @abstractmethod
    def reach(self, namespace: str, service: str, port: int) -> contextlib.AbstractContextManager[Connect]:
        """A way to open TCP connections to ``port`` of a Service; each call of it opens a new one, or raises OSError."""

    def kubectl(self, *arguments: str, stdin: str | None = None, seconds: float = 60) -> str:
        """Standard output of kubectl; raises CommandFailed."""
        return self.run(["kubectl", *arguments], stdin=stdin, seconds=seconds).stdout

    def apply(self, manifests: Sequence[Mapping[str, Any]]) -> None:
        """Apply objects, client side; raises CommandFailed."""
        content = {"apiVersion": "v1", "kind": "List", "items": list(manifests)}
        self.kubectl("apply", "--filename=-", stdin=json.dumps(content))


class EmbeddedTarget(Target):
    """The embedded cluster, which must run. Its node shows what the API does not tell."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.node = Node(f"/{cluster.state.name}")

    def run(
        self, command: Sequence[str], *, stdin: str | None = None, seconds: float = 300, check: bool = True
    ) -> Finished:
        return self.cluster.run(command, stdin=stdin, seconds=seconds, check=check)

    def get(self, path: str) -> Any:
        return self.cluster.api.get(path)

    def create(self, path: str, content: dict[str, Any]) -> Any:
        return self.cluster.api.create(path, content)

    @contextlib.contextmanager
    def reach(self, namespace: str, service: str, port: int) -> Iterator[Connect]:
        address = self.get(f"/api/v1/namespaces/{namespace}/services/{service}")["spec"]["clusterIP"]
        yield lambda: self.cluster.network.connect((address, port))

    def load(self, *wanted: images.Image) -> None:
        """Import images into the node."""
        self.cluster.load(*wanted)


class ExistingTarget(Target):
    """A cluster of the user's own. The helm and kubectl are this repository's; images come from their registries."""

    def __init__(self, kubeconfig: Path) -> None:
        self._programs = {"helm": program("helm4"), "kubectl": _kubectl()}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HELM_")}
        self._environment = kept | {"KUBECONFIG": str(kubeconfig.resolve())}

    def _command(self, command: Sequence[str]) -> list[str]:
        return [str(self._programs.get(command[0], command[0])), *command[1:]]

    def run(
        self, command: Sequence[str], *, stdin: str | None = None, seconds: float = 300, check: bool = True
    ) -> Finished:
        return run(
            self._command(command),
            enter=(),
            environment=self._environment,
            stdin=stdin,
            seconds=seconds,
            check=check,
            directory=REPOSITORY,
        )

    def get(self, path: str) -> Any:
        return self._raw("get", path, None)

    def create(self, path: str, content: dict[str, Any]) -> Any:
        return self._raw("create", path, json.dumps(content))

    def _raw(self, verb: str, path: str, stdin: str | None) -> Any:
        source = [] if stdin is None else ["--filename=-"]
        answer = self.run(["kubectl", verb, f"--raw={path}", *source], stdin=stdin, seconds=60, check=False)
        if answer.returncode != 0:
            missing = "NotFound" in answer.stderr or "not found" in answer.stderr
            raise ApiError(f"{verb} {path}", 404 if missing else 500, answer.stderr)
        return json.loads(answer.stdout)

    @contextlib.contextmanager
    def reach(self, namespace: str, service: str, port: int) -> Iterator[Connect]:
        command = ["kubectl", f"--namespace={namespace}", "port-forward", f"service/{service}", f":{port}"]
        with tempfile.TemporaryFile("w+") as log:
            process = subprocess.Popen(
                self._command(command), env=self._environment, stdout=subprocess.PIPE, stderr=log, text=True
            )
            try:
                assert process.stdout is not None
                said = process.stdout.readline()
                found = _FORWARDING.match(said)
                if found is None:
                    log.seek(0)
                    raise ConnectionError(f"`{' '.join(command)}` does not forward: {said}{log.read()}")
                address = ("127.0.0.1", int(found[1]))
                yield lambda: socket.create_connection(address, timeout=5)
            finally:
                process.terminate()
                # Closes the pipe, too.
                process.communicate()


def _kubectl() -> Path:
    """The user's kubectl, which fits the cluster; else the embedded cluster's."""
    found = shutil.which("kubectl")
    return Path(found) if found else program("kubectl-1.36")
