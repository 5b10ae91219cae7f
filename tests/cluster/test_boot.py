"""The embedded cluster itself: it is a real Kubernetes, it keeps to itself, and nothing of it stays."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster.harness import Cluster, ComponentFailed, images, keeper, preflight
from tests.cluster.harness.api import ApiError
from tests.cluster.harness.pki import Authority
from tests.cluster.traces import Traces, interfaces

pytestmark = pytest.mark.cluster

REPOSITORY = Path(__file__).resolve().parents[2]
PODS = "/api/v1/namespaces/default/pods"
SERVICES = "/api/v1/namespaces/default/services"
SECRETS = "/api/v1/namespaces/default/secrets"
API_SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster(load=[images.WORKLOAD]) as running:
        yield running


def until(seen: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait until ``seen`` says yes; fails with ``what`` after ``seconds``."""
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.1)


def workload(name: str, *arguments: str, secret: str | None = None) -> dict[str, object]:
    """A pod of the test workload; the Secret's keys become files in /secret."""
    container: dict[str, object] = {"name": "workload", "image": images.WORKLOAD.reference, "args": list(arguments)}
    pod: dict[str, object] = {"containers": [container], "restartPolicy": "Never", "terminationGracePeriodSeconds": 1}
    if secret is not None:
        container["volumeMounts"] = [{"name": "secret", "mountPath": "/secret"}]
        pod["volumes"] = [{"name": "secret", "secret": {"secretName": secret}}]
    return {"metadata": {"name": name, "labels": {"app": name}}, "spec": pod}


def service(name: str, port: int, target: int) -> dict[str, object]:
    return {
        "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": [{"port": port, "targetPort": target}]},
    }


def phase(cluster: Cluster, pod: str) -> str:
    return str(cluster.api.get(f"{PODS}/{pod}")["status"].get("phase"))


def run_pod(cluster: Cluster, name: str, *arguments: str, secret: str | None = None) -> None:
    """Create a pod and wait until it runs."""
    cluster.api.create(PODS, workload(name, *arguments, secret=secret))
    until(
        lambda: phase(cluster, name) == "Running", 30, f"pod {name} runs: {cluster.api.get(f'{PODS}/{name}')['status']}"
    )


def log(cluster: Cluster, pod: str) -> str:
    return cluster.api.text(f"{PODS}/{pod}/log")


def test_a_pod_reaches_another_by_its_service_name(cluster: Cluster) -> None:
    run_pod(cluster, "server", "serve")
    cluster.api.create(SERVICES, service("server", 80, 8080))
    cluster.api.create(PODS, workload("client", "get", "http://server.default.svc.cluster.local/"))
    until(lambda: phase(cluster, "client") in {"Succeeded", "Failed"}, 45, "pod client ends")
    assert phase(cluster, "client") == "Succeeded", log(cluster, "client")
    assert log(cluster, "client").splitlines()[-1] == "server", "the answer is the name of the pod behind the Service"


def test_a_service_address_answers_the_node_so_that_the_api_server_can_call_webhooks(cluster: Cluster) -> None:
    run_pod(cluster, "hook", "serve")
    cluster.api.create(SERVICES, service("hook", 443, 8080))
    address = cluster.api.get(f"{SERVICES}/hook")["spec"]["clusterIP"]

    def answers() -> bool:
        try:
            return cluster.network.request("GET", (address, 443), "/healthz", seconds=1).body == b"ok\n"
        except OSError:
            return False

    until(answers, 15, "the Service answers")


def test_an_api_service_is_available_and_answers_through_the_api_server(cluster: Cluster, tmp_path: Path) -> None:
    authority = Authority("aggregated", tmp_path)
    pair = authority.issue("serving", "aggregated", names=["aggregated.default.svc"])
    files = {"tls.crt": pair.certificate, "tls.key": pair.key}
    encoded = {name: base64.b64encode(path.read_bytes()).decode() for name, path in files.items()}
    cluster.api.create(SECRETS, {"metadata": {"name": "aggregated"}, "data": encoded})
    run_pod(
        cluster,
        "aggregated",
        *("serve", "-listen", ":8443", "-certificate", "/secret/tls.crt", "-key", "/secret/tls.key"),
        secret="aggregated",
    )
    cluster.api.create(SERVICES, service("aggregated", 443, 8443))
    name = "v1.aggregated.example.com"
    specification = {
        "group": "aggregated.example.com",
        "version": "v1",
        "groupPriorityMinimum": 100,
        "versionPriority": 100,
        "service": {"name": "aggregated", "namespace": "default"},
        "caBundle": base64.b64encode(authority.certificate.read_bytes()).decode(),
    }
    cluster.api.create(API_SERVICES, {"metadata": {"name": name}, "spec": specification})
    try:
        until(lambda: available(cluster, name), 30, f"{name} is Available")
        assert cluster.api.text("/apis/aggregated.example.com/v1/anything").strip() == "aggregated"
    finally:
        cluster.api.delete(f"{API_SERVICES}/{name}")


def available(cluster: Cluster, name: str) -> bool:
    conditions = cluster.api.get(f"{API_SERVICES}/{name}")["status"].get("conditions", [])
    return any(entry["type"] == "Available" and entry["status"] == "True" for entry in conditions)


def test_extension_servers_can_check_who_the_api_server_is(cluster: Cluster) -> None:
    published = cluster.api.get("/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication")["data"]
    assert json.loads(published["requestheader-allowed-names"]) == ["front-proxy-client"]
    assert "BEGIN CERTIFICATE" in published["requestheader-client-ca-file"]
    assert "BEGIN CERTIFICATE" in published["client-ca-file"]


def test_kubelet_refreshes_secrets_as_slowly_as_anywhere_else(cluster: Cluster) -> None:
    configuration = cluster.api.get("/api/v1/nodes/node/proxy/configz")["kubeletconfig"]
    assert configuration["syncFrequency"] == "1m0s", "measurements of a rotation would be too good"


def test_clients_inside_find_the_cluster_without_the_configuration_of_the_user(cluster: Cluster) -> None:
    assert cluster.kubectl("get", "nodes", "--output=name") == "node/node\n"
    version = json.loads(cluster.kubectl("version", "--output=json"))
    assert version["serverVersion"]["gitVersion"].startswith(f"v{cluster.kubernetes}.")
    assert cluster.run(["helm", "list", "--output=json"]).stdout.strip() == "[]"


def test_no_component_has_a_way_to_the_network_of_the_host(cluster: Cluster) -> None:
    traces = Traces.of(cluster.state, cluster.pid)
    networks = [Path(f"/proc/{pid}/ns/net").readlink() for pid in traces.inside()]
    assert len(networks) > 8, "the components and the pods are seen"
    assert Path("/proc/self/ns/net").readlink() not in networks
    links = json.loads(cluster.run(["ip", "-json", "-details", "link"]).stdout)
    assert {"lo", "node0"} <= {link["ifname"] for link in links}
    # A pair's other end is inside, too, or in a pod, which is a namespace that was made inside.
    assert {link.get("linkinfo", {}).get("info_kind", "loopback") for link in links} == {"loopback", "veth"}
    assert not interfaces() & {"node0", "node0-peer"}
    with pytest.raises(TimeoutError):
        # An address for documentation: nothing outside answers.
        cluster.network.connect(("192.0.2.1", 80), seconds=2)


def test_a_component_that_ends_is_named_with_its_command_exit_code_and_log(cluster: Cluster) -> None:
    broken = cluster.spawn("broken", ["kubectl", "--no-such-flag"])
    try:
        broken.wait(20)
        with pytest.raises(ComponentFailed) as failure:
            cluster.check()
    finally:
        cluster.forget(broken)
    assert "broken ended with exit code 1" in str(failure.value)
    assert "command: kubectl --no-such-flag" in str(failure.value)
    assert "unknown flag: --no-such-flag" in str(failure.value)


def test_two_clusters_side_by_side_leave_each_others_pods_alone(cluster: Cluster) -> None:
    run_pod(cluster, "neighbour", "serve")
    with Cluster(load=[images.WORKLOAD]) as other:
        run_pod(other, "neighbour", "serve")
        uids = [each.api.get(f"{PODS}/neighbour")["metadata"]["uid"] for each in (cluster, other)]
        assert uids[0] != uids[1]
        # kubelet looks for pods that it does not know every 2 s and kills them.
        time.sleep(7)
        assert phase(other, "neighbour") == phase(cluster, "neighbour") == "Running"
        with pytest.raises(ApiError):
            other.api.get(f"{PODS}/server")
    time.sleep(3)
    assert phase(cluster, "neighbour") == "Running", "the end of the other cluster took this one's pod along"


def test_stop_leaves_no_process_mount_interface_cgroup_or_file() -> None:
    before = interfaces()
    with Cluster(load=[images.WORKLOAD]) as short:
        run_pod(short, "pod", "serve")
        traces = Traces.of(short.state, short.pid)
        assert set(traces.left()) == {"processes", "cgroups", "state"}, "the check sees a running cluster"
    assert traces.left() == {}
    assert interfaces() <= before


@pytest.fixture
def run_to_be_killed() -> Iterator[tuple[subprocess.Popen[bytes], Traces]]:
    """A cluster in a process of its own, as a test run would have it, with a pod in it."""
    name = f"killed-{os.getpid()}"
    state = Path(tempfile.gettempdir()) / f"{keeper.STATE_PREFIX}{name}"
    command = [sys.executable, "-m", "tests.cluster.harness"]
    process = subprocess.Popen([*command, "up", "--name", name], cwd=REPOSITORY)
    try:
        record = state / "running.json"
        until(lambda: record.exists() or process.poll() is not None, 90, "the cluster runs")
        assert process.poll() is None, "the cluster did not start"
        inside = next(word for word in json.loads(record.read_text())["enter"] if word.startswith("--target="))
        yield process, Traces.of(state, int(inside.removeprefix("--target=")))
    finally:
        process.kill()
        process.wait()


def test_kill_9_of_the_test_run_leaves_nothing(run_to_be_killed: tuple[subprocess.Popen[bytes], Traces]) -> None:
    process, traces = run_to_be_killed
    assert len(traces.processes()) > 8, "the check sees the components"
    process.kill()
    process.wait()
    until(lambda: not traces.left(), 15, f"nothing is left, but {traces.left()} is")
    assert "node0" not in interfaces()


def test_kill_9_of_the_keeper_too_leaves_files_only_and_the_next_start_removes_them(
    run_to_be_killed: tuple[subprocess.Popen[bytes], Traces],
) -> None:
    process, traces = run_to_be_killed
    keepers = [pid for pid in traces.processes() if b"keeper.py" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    assert len(keepers) == 1
    os.kill(process.pid, signal.SIGSTOP)
    os.kill(keepers[0], signal.SIGKILL)
    until(lambda: not [pid for pid in traces.processes() if alive(pid)], 15, "no process is left")
    assert not traces.mounts()
    process.kill()
    process.wait()
    keeper.sweep(traces.state.parent)
    until(lambda: not traces.left(), 5, f"nothing is left, but {traces.left()} is")


def alive(pid: int) -> bool:
    """False for a process that has ended and waits for its parent to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_ctrl_c_during_the_boot_leaves_nothing() -> None:
    name = f"interrupted-{os.getpid()}"
    state = Path(tempfile.gettempdir()) / f"{keeper.STATE_PREFIX}{name}"
    # A shell that runs tests in the background has SIGINT ignored, and children inherit that.
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        f"from tests.cluster.harness import Cluster; Cluster(name={name!r}).start()"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=REPOSITORY, stderr=subprocess.PIPE)
    log_file = state / "logs" / "kube-apiserver.log"
    until(lambda: log_file.exists() or process.poll() is not None, 60, "the boot is under way")
    traces = Traces(state, "not known yet")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode != 0
    assert b"KeyboardInterrupt" in said
    assert traces.left() == {}


def test_preflight_names_the_debian_package_and_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    problems = list(preflight.missing([]))
    expected = "apt-get install --yes --no-install-recommends coreutils iproute2 mount nftables runc util-linux"
    assert [line for line in problems if expected in line], problems
