"""Objects that KEDA's webhooks must accept and refuse, and the look at them that tests and trial share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.cluster.harness.api import ApiError
from tests.cluster.targets import Target

CRON = {
    "type": "cron",
    "name": "clock",
    "metadata": {"timezone": "Etc/UTC", "start": "0 0 * * *", "end": "59 23 * * *", "desiredReplicas": "2"},
}
_JOB = {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "example.com/job"}]}}}
_SECRET = {"secretTargetRef": [{"parameter": "password", "name": "any", "key": "any"}]}
_EMPTY_IDENTITY = {"podIdentity": {"provider": "azure-workload", "identityId": ""}}
_EVENTS = ["keda.scaledobject.ready.v1"]
_DESTINATION = {"http": {"uri": "http://events.example"}}


@dataclass(frozen=True)
class Question:
    """A kind that a webhook judges, with a spec that it must accept and one that it must refuse.

    The CRD's schema allows both: it takes KEDA's code in the webhook to refuse.
    """

    webhook: str
    kind: str
    collection: str
    accepted: Mapping[str, Any]
    refused: Mapping[str, Any]

    def manifest(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        group = self.collection.removeprefix("/apis/").partition("/")[0]
        return {
            "apiVersion": f"{group}/v1alpha1",
            "kind": self.kind,
            "metadata": {"name": "question"},
            "spec": dict(spec),
        }


def _questions(namespace: str) -> tuple[Question, ...]:
    keda, eventing = "/apis/keda.sh/v1alpha1", "/apis/eventing.keda.sh/v1alpha1"
    both = {"includedEventTypes": _EVENTS, "excludedEventTypes": _EVENTS}
    # Two triggers of one name can never be told apart.
    target, twice = {"scaleTargetRef": {"name": "question"}}, [CRON, CRON]
    events_accepted = {"destination": _DESTINATION, "eventSubscription": {"includedEventTypes": _EVENTS}}
    events_refused = {"destination": _DESTINATION, "eventSubscription": both}
    return (
        Question(
            *("vscaledobject.kb.io", "ScaledObject", f"{keda}/namespaces/{namespace}/scaledobjects"),
            accepted=target | {"triggers": [CRON]},
            refused=target | {"triggers": twice},
        ),
        Question(
            *("vscaledjob.kb.io", "ScaledJob", f"{keda}/namespaces/{namespace}/scaledjobs"),
            accepted={"jobTargetRef": _JOB, "triggers": [CRON]},
            refused={"jobTargetRef": _JOB, "triggers": twice},
        ),
        Question(
            *("vstriggerauthentication.kb.io", "TriggerAuthentication"),
            f"{keda}/namespaces/{namespace}/triggerauthentications",
            accepted=_SECRET,
            refused=_EMPTY_IDENTITY,
        ),
        Question(
            *("vsclustertriggerauthentication.kb.io", "ClusterTriggerAuthentication"),
            f"{keda}/clustertriggerauthentications",
            accepted=_SECRET,
            refused=_EMPTY_IDENTITY,
        ),
        Question(
            *("vcloudeventsource.kb.io", "CloudEventSource"),
            f"{eventing}/namespaces/{namespace}/cloudeventsources",
            accepted=events_accepted,
            refused=events_refused,
        ),
        Question(
            *("vclustercloudeventsource.kb.io", "ClusterCloudEventSource", f"{eventing}/clustercloudeventsources"),
            accepted=events_accepted,
            refused=events_refused,
        ),
    )


def answers(target: Target, namespace: str) -> dict[str, str]:
    """Have the API server and KEDA's webhooks judge the objects without storing any.

    "accepts" or "refuses" and the webhook's name -> what was said, "" for an acceptance.
    """
    found = {}
    for question in _questions(namespace):
        for word, spec in (("accepts", question.accepted), ("refuses", question.refused)):
            try:
                target.create(f"{question.collection}?dryRun=All", question.manifest(spec))
            except ApiError as error:
                found[f"{word} {question.webhook}"] = str(error)
            else:
                found[f"{word} {question.webhook}"] = ""
    return found


def wrong(found: Mapping[str, str]) -> dict[str, str]:
    """Those of ``answers`` that are not as they must be."""
    return {question: said for question, said in found.items() if not _is_right(question, said)}


def _is_right(question: str, said: str) -> bool:
    word, webhook = question.split()
    # A webhook that cannot be reached, or is not trusted, makes the server say "failed calling webhook" instead.
    # The answer is JSON, or what kubectl made of it.
    plain = said.replace('\\"', '"')
    return not said if word == "accepts" else f'admission webhook "{webhook}" denied the request' in plain
