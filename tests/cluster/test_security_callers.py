"""Whom KEDA's servers believe: nobody speaks for others on the metrics API server but the API server itself.

The port between the metrics API server and the operator is in test_tls.py. The node's CAs are needed to forge: the embedded
cluster only.
"""

from __future__ import annotations

import json
import ssl
from pathlib import Path

import pytest

from tests.cluster.handshakes import ClientPair
from tests.cluster.harness.network import Answer
from tests.cluster.harness.pki import KeyPair
from tests.cluster.probes import METRICS_APISERVER, WEBHOOKS, Component, pair_of, secret
from tests.cluster.releases import Installed
from tests.cluster.targets import EmbeddedTarget
from tests.support.certificates import foreign_authority, leaf
from tests.support.modes import SERVING_SECRET

pytestmark = pytest.mark.cluster

# A number that does not exist: whoever may ask is told that, others are told that they may not.
_METRIC = "/apis/external.metrics.k8s.io/v1beta1/namespaces/default/any?labelSelector=scaledobject.keda.sh%2Fname%3Dany"
# What the API server's front sends, and what an impostor would: a member of system:masters may do everything.
_FORGED = {"X-Remote-User": "admin", "X-Remote-Group": "system:masters"}
_REVIEW = {
    "apiVersion": "admission.k8s.io/v1",
    "kind": "AdmissionReview",
    "request": {
        "uid": "1",
        "operation": "CREATE",
        "namespace": "default",
        "object": {"apiVersion": "keda.sh/v1alpha1", "kind": "TriggerAuthentication", "spec": {"podIdentity": None}},
    },
}


def _ask(
    embedded: EmbeddedTarget,
    installed: Installed,
    component: Component,
    path: str,
    *,
    client: ClientPair | KeyPair | None = None,
    folder: Path,
    headers: dict[str, str] = _FORGED,
    body: bytes | None = None,
) -> Answer:
    """One request past the API server, straight to a component's Service."""
    context = ssl.create_default_context()
    # Whether the server is the right one is asked in test_trust.py.
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if isinstance(client, ClientPair):
        (folder / "client.crt").write_text(client.certificate)
        (folder / "client.key").write_text(client.key)
        client = KeyPair(folder / "client.crt", folder / "client.key")
    if client is not None:
        context.load_cert_chain(client.certificate, client.key)
    service = embedded.get(f"/api/v1/namespaces/{installed.namespace}/services/{component.service}")
    return embedded.cluster.network.request(
        "GET" if body is None else "POST",
        (service["spec"]["clusterIP"], component.port),
        path,
        tls=context,
        body=body,
        headers={"Content-Type": "application/json", **headers},
    )


def _message(answer: Answer) -> str:
    return str(json.loads(answer.body).get("message", ""))


def test_the_api_server_is_believed_whom_it_speaks_for(
    installed: Installed, embedded: EmbeddedTarget, tmp_path: Path
) -> None:
    front = embedded.cluster.credentials.front_proxy_client
    answer = _ask(embedded, installed, METRICS_APISERVER, _METRIC, client=front, folder=tmp_path)
    assert answer.status not in (401, 403), "the forged headers are those that are believed from the right client"
    plain = {"X-Remote-User": "nobody", "X-Remote-Group": "system:authenticated"}
    answer = _ask(embedded, installed, METRICS_APISERVER, _METRIC, client=front, folder=tmp_path, headers=plain)
    assert answer.status == 403
    assert 'User "nobody" cannot' in _message(answer)


def test_a_caller_without_certificate_is_anonymous_whatever_it_claims(
    installed: Installed, embedded: EmbeddedTarget, tmp_path: Path
) -> None:
    answer = _ask(embedded, installed, METRICS_APISERVER, _METRIC, folder=tmp_path)
    assert answer.status == 403
    assert 'User "system:anonymous" cannot' in _message(answer)


def test_a_certificate_of_a_foreign_ca_speaks_for_nobody(
    installed: Installed, embedded: EmbeddedTarget, tmp_path: Path
) -> None:
    foreign = leaf(["front-proxy-client"], foreign_authority())
    client = ClientPair(foreign.pem, foreign.key_pem)
    assert _ask(embedded, installed, METRICS_APISERVER, _METRIC, client=client, folder=tmp_path).status == 401


def test_a_certificate_of_the_right_ca_under_another_name_speaks_for_nobody(
    installed: Installed, embedded: EmbeddedTarget, tmp_path: Path
) -> None:
    stranger = embedded.cluster.credentials.front_proxy_stranger
    assert _ask(embedded, installed, METRICS_APISERVER, _METRIC, client=stranger, folder=tmp_path).status == 401


def test_a_user_of_the_cluster_is_only_himself(installed: Installed, embedded: EmbeddedTarget, tmp_path: Path) -> None:
    kubelet = embedded.cluster.credentials.kubelet_serving
    answer = _ask(embedded, installed, METRICS_APISERVER, _METRIC, client=kubelet, folder=tmp_path)
    assert answer.status == 403
    assert 'User "node" cannot' in _message(answer)


def test_kedas_own_certificate_speaks_for_nobody(
    installed: Installed, embedded: EmbeddedTarget, tmp_path: Path
) -> None:
    own = pair_of(secret(embedded, installed.namespace, SERVING_SECRET))
    assert _ask(embedded, installed, METRICS_APISERVER, _METRIC, client=own, folder=tmp_path).status == 401


def test_a_token_that_nobody_issued_is_refused(installed: Installed, embedded: EmbeddedTarget, tmp_path: Path) -> None:
    headers = _FORGED | {"Authorization": "Bearer forged"}
    answer = _ask(embedded, installed, METRICS_APISERVER, _METRIC, folder=tmp_path, headers=headers)
    assert answer.status == 401


def test_the_metrics_of_the_https_port_are_not_for_everybody(
    installed: Installed, embedded: EmbeddedTarget, tmp_path: Path
) -> None:
    assert _ask(embedded, installed, METRICS_APISERVER, "/metrics", folder=tmp_path).status == 403


def test_the_webhooks_answer_anybody_and_do_nothing_else(
    installed: Installed, embedded: EmbeddedTarget, tmp_path: Path
) -> None:
    """docs/security.md says so: the API server shows the webhooks no certificate, hence they cannot ask for one."""
    question = json.loads(json.dumps(_REVIEW))
    kind = {"group": "keda.sh", "version": "v1alpha1", "kind": "TriggerAuthentication"}
    question["request"] |= {"kind": kind, "resource": {**kind, "resource": "triggerauthentications"}, "name": "any"}
    path = "/validate-keda-sh-v1alpha1-triggerauthentication"
    body = json.dumps(question).encode()
    answer = _ask(embedded, installed, WEBHOOKS, path, folder=tmp_path, body=body, headers={})
    assert answer.status == 200
    assert json.loads(answer.body)["response"]["uid"] == "1"
    assert _ask(embedded, installed, WEBHOOKS, "/metrics", folder=tmp_path, headers={}).status == 404
