"""``--kubeconfig``: the trial and the live tests in a cluster that somebody else made, and that is as it was afterwards."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import scaling
from tests.cluster.harness import Cluster, images
from tests.cluster.harness.images import Image
from tests.cluster.targets import REPOSITORY

pytestmark = pytest.mark.cluster

# A cluster elsewhere pulls it; what it does is what the pause program of this one does.
PAUSE = Image(scaling.PAUSE_ELSEWHERE, "pause", "/pause", user="65535:65535")
SECONDS = 240


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Cluster]:
    """A cluster of which the tests below know the kubeconfig, and nothing else."""
    with Cluster(load=(*images.KEDA, PAUSE)) as cluster:
        yield cluster


def everything(cluster: Cluster) -> set[str]:
    """Names of all that the trial could have left."""
    kinds = "namespaces,crds,clusterroles,clusterrolebindings,apiservices,validatingwebhookconfigurations"
    return set(cluster.kubectl("get", kinds, "--output=name").split())


def test_the_trial_proves_a_mode_and_leaves_nothing(elsewhere: Cluster) -> None:
    before = everything(elsewhere)
    command = [sys.executable, "-m", "tests.cluster.trial", "user-provided-secret"]
    answer = elsewhere.run([*command, f"--kubeconfig={elsewhere.kubeconfig}"], seconds=SECONDS)
    found = re.search(r"^(\d+) proofs hold, 0 fail, (\d+) cannot be shown here$", answer.stdout, re.MULTILINE)
    assert found is not None, answer.stdout
    assert int(found[1]) > 20
    assert everything(elsewhere) == before


def test_the_live_tests_run_and_leave_nothing(elsewhere: Cluster) -> None:
    before = everything(elsewhere)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-m", "cluster"]
    wanted = ["tests/cluster/test_tls.py", "tests/cluster/test_trust.py", "-k", "user-provided-secret"]
    answer = elsewhere.run([*command, f"--kubeconfig={elsewhere.kubeconfig}", *wanted], seconds=SECONDS)
    found = re.search(r"^=+ (\d+) passed, \d+ deselected", answer.stdout, re.MULTILINE)
    assert found is not None, answer.stdout
    assert int(found[1]) > 10
    assert everything(elsewhere) == before


def test_a_cluster_with_keda_is_left_alone(elsewhere: Cluster) -> None:
    elsewhere.kubectl("create", "namespace", "keda")
    try:
        command = [sys.executable, "-m", "tests.cluster.trial", f"--kubeconfig={elsewhere.kubeconfig}"]
        answer = elsewhere.run(command, seconds=SECONDS, check=False)
        assert answer.returncode == 1
        assert "the cluster has a namespace keda already" in answer.stderr
        assert "namespace/keda" in everything(elsewhere)
    finally:
        elsewhere.kubectl("delete", "namespace", "keda")


def test_a_kubeconfig_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "kubeconfig"
    command = [sys.executable, "-m", "tests.cluster.trial", f"--kubeconfig={missing}"]
    answer = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert f"--kubeconfig {missing}: no such file" in answer.stderr
