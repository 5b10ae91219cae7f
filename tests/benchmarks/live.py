"""What the chart costs on a real Kubernetes: the node of tests/cluster, with an audit log that tells Helm's requests."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.cluster import releases
from tests.cluster.addons import cert_manager
from tests.cluster.harness import Cluster, images
from tests.cluster.harness.api import ApiError
from tests.cluster.harness.programs import DEFAULT_KUBERNETES
from tests.cluster.probes import COMPONENTS, availability
from tests.cluster.releases import CHART, NAMESPACE, RELEASE, Scenario
from tests.cluster.targets import EmbeddedTarget
from tests.support.modes import MODES
from tools.progress import ProgressBar

TIMES = 3
_SECONDS_BETWEEN_LOOKS = 0.1
# What is looked for while Helm installs.
_SEEN = frozenset({"created", "ready", "available"})


def measure(modes: Sequence[str] | None = None) -> dict[str, Any]:
    """Boot a cluster and install each of ``modes`` (all when None); ValueError for a mode that there is not."""
    wanted = list(modes or MODES)
    if unknown := set(wanted) - set(MODES):
        raise ValueError(f"no such mode: {', '.join(sorted(unknown))}; there are {', '.join(MODES)}")
    progress = ProgressBar("benchmarks")
    steps = len(wanted) + 1
    progress.show(0, steps, "the cluster boots (programs that are missing are built first)")
    cluster = Cluster(load=(*images.KEDA, *cert_manager.IMAGES), audit=True)
    cluster.start()
    found = []
    try:
        target = EmbeddedTarget(cluster)
        cert_manager.install(target)
        for number, mode in enumerate(wanted):
            progress.show(number + 1, steps, f"on the cluster: {mode}")
            found.append(_of_mode(target, mode))
            releases.clear(target)
    finally:
        cluster.stop()
    progress.close()
    return {
        "taken": datetime.datetime.now(tz=datetime.UTC).strftime("%Y-%m-%d"),
        "kubernetes": DEFAULT_KUBERNETES,
        "times": TIMES,
        "modes": found,
    }


def _of_mode(target: EmbeddedTarget, mode: str) -> dict[str, Any]:
    scenario = Scenario(mode)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        releases.make_namespace(target)
        releases.apply_prerequisites(target, mode)
        arguments = [RELEASE, CHART, *releases.value_arguments(scenario, folder)]
        dry = [_timed(target, "install", *arguments, "--dry-run=server") for _ in range(TIMES)]
        before = len(requests_of_helm(target.cluster))
        with _phases(target) as phases:
            started = time.monotonic()
            releases.put(target, "install", scenario, folder)
            phases["helm"] = time.monotonic() - started
            requests = requests_of_helm(target.cluster)[before:]
            releases.wait_until_available(target)
        upgrades = [
            _timed(target, "upgrade", *arguments, f"--set=podLabels.keda.run=r{number}") for number in range(TIMES)
        ]
    secret = target.get(f"/api/v1/namespaces/{NAMESPACE}/secrets/sh.helm.release.v1.{RELEASE}.v1")
    return {
        "mode": mode,
        "dry_run_seconds": round(statistics.median(dry), 3),
        "upgrade_seconds": round(statistics.median(upgrades), 3),
        "requests": len(requests),
        "requests_by_verb": {verb: requests.count(verb) for verb in sorted(set(requests))},
        "phases": {phase: round(seconds, 2) for phase, seconds in phases.items()},
        "release_bytes_in_api": len(secret["data"]["release"]),
        "load": round(load, 2),
    }


def _timed(target: EmbeddedTarget, *arguments: str) -> float:
    started = time.monotonic()
    releases.helm(target, *arguments, stdin="{}")
    return time.monotonic() - started


@contextlib.contextmanager
def _phases(target: EmbeddedTarget) -> Iterator[dict[str, float]]:
    """Seconds from here to: all Deployments there, all their pods ready, the APIService Available. It ends with the last one."""
    found: dict[str, float] = {}
    started = time.monotonic()
    over = threading.Event()

    def look() -> None:
        while not over.wait(_SECONDS_BETWEEN_LOOKS) and not found.keys() >= _SEEN:
            # What is not there yet, or does not answer yet, is looked for again.
            with contextlib.suppress(ApiError, OSError, KeyError):
                items = target.get(f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments")["items"]
                names = {item["metadata"]["name"] for item in items}
                if names >= {component.deployment for component in COMPONENTS}:
                    found.setdefault("created", time.monotonic() - started)
                    if all(item["status"].get("readyReplicas") == item["spec"]["replicas"] for item in items):
                        found.setdefault("ready", time.monotonic() - started)
                if availability(target)[0]:
                    found.setdefault("available", time.monotonic() - started)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield found
        # Everything is there: one more look sees it.
        thread.join(60)
    finally:
        over.set()
        thread.join()
    if missing := _SEEN - found.keys():
        raise TimeoutError(f"never seen: {', '.join(sorted(missing))}")


def requests_of_helm(cluster: Cluster) -> list[str]:
    """The verbs of all requests that Helm has made so far, in their order."""
    # Metrics API and discovery answers are written when they are complete, as all others are.
    lines = cluster.audit_log.read_text().splitlines()
    events = [json.loads(line) for line in lines if '"ResponseComplete"' in line]
    return [event["verb"] for event in events if str(event.get("userAgent", "")).startswith("Helm/")]
