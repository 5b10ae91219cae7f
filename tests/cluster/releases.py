"""The chart as a Helm release in a cluster: prerequisites, install, upgrade, rollback, uninstall, and a clean slate after.

One release exists at a time: the APIService, the CRDs and the webhook configuration have fixed names and are the cluster's.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.harness.api import ApiError
from tests.cluster.harness.process import CommandFailed
from tests.cluster.probes import COMPONENTS, availability, container_log, pods
from tests.cluster.targets import REPOSITORY, Target
from tests.cluster.waiting import NotYet, until
from tests.support.modes import MODES, SERVING_SECRET, Mode

CHART = "charts/keda"
EXAMPLES = REPOSITORY / "values-examples"
RELEASE = "keda"
# The prerequisites' files name it.
NAMESPACE = "keda"
_SECONDS_TO_INSTALL = 180
_SECONDS_TO_BECOME_AVAILABLE = 60


@dataclass(frozen=True)
class Scenario:
    """An installation: the mode's example values and prerequisites as they are in the repository, and what is added.

    ``layers`` are further values files such as ``environments/production``, ``values`` is a JSON text of values over all of them,
    ``set_files`` value path -> content (for ``--set-file``), ``objects`` a JSON list of objects to apply to the namespace
    beforehand. Instead of the mode's prerequisites, ``prerequisites`` (a JSON list) is applied, when given.
    """

    mode: str
    layers: tuple[str, ...] = ()
    values: str = "{}"
    set_files: tuple[tuple[str, str], ...] = ()
    objects: str = "[]"
    prerequisites: str | None = None
    namespace_labels: tuple[tuple[str, str], ...] = ()
    # Whether the chart can be expected to become Available: not in a negative case.
    works: bool = True

    @property
    def row(self) -> Mode:
        """The mode's row in the table of modes."""
        return MODES[self.mode]


@dataclass
class Installed:
    """A release that runs. Seconds are counted from the start of ``helm install``; None: it never came to that."""

    target: Target
    scenario: Scenario
    helm_seconds: float
    available_seconds: float | None = None
    # Until the operator's gRPC port took a connection.
    connected_seconds: float | None = None
    # The answer of the webhooks immediately after Helm returned; see admission.py.
    first_answers: dict[str, str] = field(default_factory=dict)
    namespace: str = NAMESPACE

    def values(self) -> dict[str, Any]:
        """The values that the release was installed with, as Helm merged them."""
        answer = self.target.run(
            ["helm", "get", "values", RELEASE, f"--namespace={self.namespace}", "--output=json", "--all"]
        )
        merged: dict[str, Any] = json.loads(answer.stdout)
        return merged


def example(name: str) -> Path:
    """The values file of a mode, or of an environment such as ``environments/production``, relative to the repository."""
    return (EXAMPLES / f"{name}.yaml").relative_to(REPOSITORY)


def prerequisites(mode: str) -> Path:
    """The prerequisites' file of a mode, relative to the repository."""
    return (EXAMPLES / "prerequisites" / f"{mode}.yaml").relative_to(REPOSITORY)


def prerequisites_with(mode: str, serving_secret: str) -> str | None:
    """The mode's prerequisites, for ``Scenario``, with the serving Secret under another name; None when they hold none."""
    items = [item for item in yaml.safe_load_all((REPOSITORY / prerequisites(mode)).read_text()) if item]
    renamed = [item for item in items if item["metadata"]["name"] == SERVING_SECRET]
    for item in renamed:
        item["metadata"]["name"] = serving_secret
    return json.dumps(renamed) if renamed else None


def make_namespace(target: Target, labels: Mapping[str, str] = {}, name: str = NAMESPACE) -> None:
    """Create a namespace."""
    target.create(
        "/api/v1/namespaces",
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": dict(labels)}},
    )


def apply_prerequisites(target: Target, mode: str) -> None:
    """``kubectl apply`` of the mode's prerequisites, then what its comment says to wait for: that issuers are Ready."""
    path = prerequisites(mode)
    objects = [item for item in yaml.safe_load_all((REPOSITORY / path).read_text()) if item]
    if not objects:
        return
    target.kubectl("apply", f"--filename={path}")
    for item in objects:
        if item["kind"] == "Issuer":
            target.kubectl(
                *("wait", "--for=condition=Ready", f"issuer/{item['metadata']['name']}"),
                *(f"--namespace={NAMESPACE}", "--timeout=60s"),
                seconds=70,
            )


def helm(target: Target, *arguments: str, stdin: str | None = None, seconds: float = 200) -> str:
    """Standard output of helm for the release's namespace."""
    return target.run(["helm", *arguments, f"--namespace={NAMESPACE}"], stdin=stdin, seconds=seconds).stdout


def install(target: Target, scenario: Scenario, folder: Path) -> Installed:
    """Make the namespace, apply the prerequisites, ``helm install --wait``; ``folder`` takes files for ``--set-file``.

    Raises CommandFailed with the pods and their logs added when Helm gives up.
    """
    make_namespace(target, dict(scenario.namespace_labels))
    if scenario.prerequisites is None:
        apply_prerequisites(target, scenario.mode)
    else:
        target.apply(json.loads(scenario.prerequisites))
    if objects := json.loads(scenario.objects):
        target.apply(objects)
    started = time.monotonic()
    put(target, "install", scenario, folder)
    return Installed(target, scenario, time.monotonic() - started)


def put(target: Target, verb: str, scenario: Scenario, folder: Path, *flags: str) -> None:
    """``helm install`` or ``helm upgrade`` with ``--wait`` and the scenario's values; ``folder`` takes files for ``--set-file``.

    Raises CommandFailed with the pods and their logs added when Helm gives up.
    """
    with explained(target):
        helm(
            target,
            *(verb, RELEASE, CHART, *value_arguments(scenario, folder)),
            *("--wait", f"--timeout={_SECONDS_TO_INSTALL}s", *flags),
            stdin=scenario.values,
        )


def wait_until_rolled_out(target: Target, seconds: float = 120) -> None:
    """Wait until the pods of all three Deployments are as these say; raises CommandFailed."""
    for component in COMPONENTS:
        target.kubectl(
            *("rollout", "status", f"deployment/{component.deployment}"),
            *(f"--namespace={NAMESPACE}", f"--timeout={seconds:.0f}s"),
            seconds=seconds + 10,
        )


def value_arguments(scenario: Scenario, folder: Path) -> list[str]:
    """The arguments of ``helm install`` and ``helm upgrade`` that say the values; ``scenario.values`` is standard input."""
    arguments = [f"--values={example(name)}" for name in (scenario.mode, *scenario.layers)]
    arguments.append("--values=-")
    for number, (path, content) in enumerate(scenario.set_files):
        file = folder / f"set-file-{number}"
        file.write_text(content)
        arguments.append(f"--set-file={path}={file}")
    return arguments


def wait_until_available(target: Target, seconds: float = _SECONDS_TO_BECOME_AVAILABLE) -> None:
    """Wait until the aggregator has seen KEDA's external metrics API answer."""

    def look() -> None:
        available, message = availability(target)
        if not available:
            raise NotYet(message)

    until(look, seconds, "the APIService is Available")


def uninstall(target: Target, seconds: float = 60) -> None:
    """``helm uninstall --wait``."""
    helm(target, "uninstall", RELEASE, "--wait", f"--timeout={seconds:.0f}s", seconds=seconds + 10)


@contextlib.contextmanager
def explained(target: Target) -> Any:
    """Add to a failure of Helm what the pods say."""
    try:
        yield
    except CommandFailed as failure:
        failure.add_note(describe(target))
        raise


def describe(target: Target) -> str:
    """Pods of the release, their events and the ends of their logs, for a failure's message."""
    parts = []
    with contextlib.suppress(Exception):
        parts += [str(pod) for pod in pods(target, NAMESPACE)]
        parts.append(target.kubectl("get", "events", f"--namespace={NAMESPACE}", "--field-selector=type=Warning"))
    for component in COMPONENTS:
        with contextlib.suppress(CommandFailed):
            parts.append(f"--- {component.name}\n{container_log(target, NAMESPACE, component, 15)}")
    return "\n".join(parts)


def clear(target: Target, namespaces: Sequence[str] = ()) -> None:
    """Remove the release, KEDA's custom resources, its CRDs, its namespace and ``namespaces``, in any state they are in.

    KEDA's finalizer is taken off by hand: the operator that would do it may be gone.
    """
    with contextlib.suppress(CommandFailed):
        helm(target, "uninstall", RELEASE, "--ignore-not-found", "--no-hooks", seconds=90)
    for plural in ("scaledobjects", "scaledjobs"):
        _drop_finalizers(target, plural)
    names = target.kubectl("get", "crds", "--output=name").split()
    own = [name for name in names if name.endswith((".keda.sh", ".eventing.keda.sh"))]
    own += [f"namespace/{name}" for name in (NAMESPACE, *namespaces)]
    target.kubectl("delete", "--ignore-not-found", "--timeout=90s", *own, seconds=100)


def _drop_finalizers(target: Target, plural: str) -> None:
    try:
        items = target.get(f"/apis/keda.sh/v1alpha1/{plural}")["items"]
    except ApiError:
        return
    for item in items:
        metadata = item["metadata"]
        with contextlib.suppress(CommandFailed):
            target.kubectl(
                *("patch", f"{plural}.keda.sh", metadata["name"], f"--namespace={metadata['namespace']}"),
                *("--type=merge", '--patch={"metadata":{"finalizers":null}}'),
            )
