"""Another folder than /certs and another Secret than kedaorg-certs, in every mode."""

from __future__ import annotations

import json

import pytest

from tests.cluster import admission, releases
from tests.cluster.handshakes import shake_hands
from tests.cluster.probes import COMPONENTS, certificates_in, pair_of, pods, secret, service_host
from tests.cluster.releases import Installed, Scenario
from tests.cluster.stage import Stage
from tests.cluster.targets import EmbeddedTarget
from tests.support.modes import MOUNT_PATH, PUBLISHED_KEYS, SERVING_SECRET, Mode

pytestmark = pytest.mark.cluster

FOLDER, SECRET = "/run/keda/tls", "keda-serving"


@pytest.fixture
def elsewhere(stage: Stage, mode: Mode) -> Installed:
    """KEDA with its certificates in ``FOLDER``, from the Secret ``SECRET``."""
    return stage.ready(
        Scenario(
            mode.name,
            values=json.dumps(
                {
                    "webhooks": {"failurePolicy": "Fail"},
                    "certificates": {"mountPath": FOLDER, "secretName": SECRET},
                }
            ),
            prerequisites=releases.prerequisites_with(mode.name, SECRET),
        )
    )


def test_everything_works_with_another_folder_and_another_secret(elsewhere: Installed) -> None:
    assert elsewhere.available_seconds is not None
    assert admission.wrong(elsewhere.first_answers) == {}
    content = secret(elsewhere.target, elsewhere.namespace, SECRET)
    for component in COMPONENTS:
        with elsewhere.target.reach(elsewhere.namespace, component.service, component.port) as connect:
            host = service_host(component, elsewhere.namespace)
            served = shake_hands(connect, host, trusted=content["ca.crt"], client=pair_of(content))
        assert served.certificate == certificates_in(content["tls.crt"])[0], component.name


def test_no_pod_reads_the_usual_places(embedded: EmbeddedTarget, elsewhere: Installed) -> None:
    found = {pod.component.name: embedded.node.files(pod.uid) for pod in pods(embedded, elsewhere.namespace)}
    assert set(found) == {component.name for component in COMPONENTS}
    for name, files in found.items():
        assert [path for path in files if path.startswith(f"{MOUNT_PATH}/")] == [], name
        assert {f"{FOLDER}/{key}" for key in PUBLISHED_KEYS} <= set(files), name
    names = {
        item["metadata"]["name"] for item in embedded.get(f"/api/v1/namespaces/{elsewhere.namespace}/secrets")["items"]
    }
    assert SECRET in names
    assert SERVING_SECRET not in names
