"""The live tests: they boot real clusters, need root, and run when asked for (`-m cluster`).

One cluster serves a session (of each process, with pytest-xdist). What is installed in it is the business of ``Stage``; the
tests of one certificate mode run next to each other, so that they share an installation.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import figures
from tests.cluster.addons import cert_manager
from tests.cluster.continuity import results
from tests.cluster.harness import Cluster, images
from tests.cluster.harness.programs import DEFAULT_KUBERNETES, KUBERNETES_VERSIONS
from tests.cluster.probes import exists
from tests.cluster.releases import Installed
from tests.cluster.stage import Stage, usual
from tests.cluster.targets import EmbeddedTarget, ExistingTarget, Target
from tests.support.modes import APISERVICE, MODES, Mode


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("cluster")
    group.addoption(
        "--kubeconfig", type=Path, help="test on this cluster, which has no KEDA, instead of the embedded one"
    )
    group.addoption(
        "--kubernetes",
        choices=KUBERNETES_VERSIONS,
        default=DEFAULT_KUBERNETES,
        help="version of the embedded cluster (default: %(default)s)",
    )
    group.addoption("--record", type=Path, help="write what the continuity tests measure into this folder")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "cluster: boots a real Kubernetes on this machine; needs root and built programs"
    )
    config.addinivalue_line("markers", "continuity: the same, and puts load on it while certificates change; slow")
    if folder := config.getoption("--record", default=None):
        results.FOLDER.append(folder)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Within a mode, run the tests that share the usual installation before those that need another."""
    places = [number for number, item in enumerate(items) if "stage" in getattr(item, "fixturenames", ())]
    modes = list(MODES)

    def order(item: pytest.Item) -> tuple[int, bool]:
        row = (
            item.callspec.params.get("mode")
            if isinstance(item, pytest.Function) and hasattr(item, "callspec")
            else None
        )
        place = modes.index(row.name) if isinstance(row, Mode) else len(modes)
        return place, "installed" not in getattr(item, "fixturenames", ())

    for place, item in zip(places, sorted((items[number] for number in places), key=order), strict=True):
        items[place] = item


def _of_all_modes() -> list[Any]:
    return [pytest.param(row, id=name) for name, row in MODES.items()]


@pytest.fixture(scope="session", params=_of_all_modes())
def mode(request: pytest.FixtureRequest) -> Mode:
    """Each certificate mode. Of session scope, so that pytest runs the tests of a mode next to each other."""
    row: Mode = request.param
    return row


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """The cluster that KEDA is installed into; without KEDA when the session begins."""
    kubeconfig = request.config.getoption("--kubeconfig", default=None)
    if kubeconfig is not None:
        if not kubeconfig.is_file():
            pytest.exit(f"--kubeconfig {kubeconfig}: no such file", 4)
        existing = ExistingTarget(kubeconfig)
        if exists(existing, f"/apis/apiregistration.k8s.io/v1/apiservices/{APISERVICE}"):
            pytest.exit(f"{kubeconfig}: this cluster has an external metrics API already; its KEDA would be removed", 1)
        yield existing
        return
    version = request.config.getoption("--kubernetes", default=DEFAULT_KUBERNETES)
    with Cluster(kubernetes=version, load=(*images.KEDA, images.WORKLOAD, *cert_manager.IMAGES)) as cluster:
        figures.ALL.append(
            f"boot: node Ready after {cluster.phases['node Ready']:.1f} s, all after {cluster.phases['everything']:.1f} s"
        )
        yield EmbeddedTarget(cluster)


@pytest.fixture(scope="session")
def embedded(target: Target) -> EmbeddedTarget:
    """The embedded cluster, for what only the node can show; the test is skipped on any other."""
    if not isinstance(target, EmbeddedTarget):
        pytest.skip("only the embedded cluster lets tests look at its node and load images")
    return target


@pytest.fixture(scope="session")
def stage(target: Target) -> Iterator[Stage]:
    """What is installed in the cluster."""
    made = Stage(target)
    yield made
    made.clear()


@pytest.fixture
def installed(stage: Stage, mode: Mode) -> Installed:
    """KEDA, installed in the mode as its example says; see ``stage.usual`` for what is added. Tests must not change it."""
    return stage.ready(usual(mode.name))


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    figures.hand_over(session.config)
    yield


def pytest_testnodedown(node: Any) -> None:
    figures.take_over(node)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    figures.report(terminalreporter)
