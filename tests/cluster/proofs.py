"""What a running installation proves about itself, as lines for one screen: each says what was seen, and whether it is right."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography import x509

from tests.cluster import admission, releases, scaling
from tests.cluster.handshakes import TLS12, TLS13, Refused, is_signed_by, refusal, shake_hands
from tests.cluster.harness.api import ApiError
from tests.cluster.probes import (
    COMPONENTS,
    OPERATOR,
    availability,
    ca_bundles,
    certificates_in,
    pair_of,
    pods,
    secret,
    service_host,
)
from tests.cluster.releases import Installed
from tests.cluster.targets import EmbeddedTarget
from tests.cluster.waiting import Waited
from tests.support.modes import SERVING_SECRET

SCALED = "keda-proof"


@dataclass(frozen=True)
class Proof:
    """One thing that was looked at: ``holds`` None means that this cluster cannot show it."""

    topic: str
    seen: str
    holds: bool | None


def of_pods(installed: Installed) -> Iterator[Proof]:
    """Every component runs, and did so from the start."""
    found = pods(installed.target, installed.namespace)
    for component in COMPONENTS:
        own = [pod for pod in found if pod.component == component]
        # KEDA's rotator ends its process after the first write, so that it starts anew with the files in place.
        allowed = int(installed.scenario.row.rotation and component is OPERATOR)
        reason = ", by design: it has written the certificates" if allowed else ""
        for pod in own:
            state = "Ready" if pod.ready else "not ready"
            seen = f"{pod.name}  {state}, restarts: {pod.restarts}{reason if pod.restarts else ''}"
            yield Proof("pods", seen, pod.ready and pod.restarts <= allowed)
        if not own:
            yield Proof("pods", f"{component.deployment}: no pod", False)


def of_trust(installed: Installed) -> Iterator[Proof]:
    """The serving certificate's issuer is the CA that the API server trusts."""
    content = secret(installed.target, installed.namespace, SERVING_SECRET)
    serving = certificates_in(content["tls.crt"])[0]
    yield Proof(
        "certificate",
        f"{_name(serving.subject)}, signed by {_name(serving.issuer)}, valid until {serving.not_valid_after_utc:%Y-%m-%d}",
        None if serving.issuer == serving.subject else True,
    )
    for who, pem in ca_bundles(installed.target).items():
        authorities = certificates_in(pem)
        signed = any(is_signed_by(serving, authority) for authority in authorities)
        names = ", ".join(_name(authority.subject) for authority in authorities) or "empty"
        yield Proof("caBundle", f"{who}: {names}", signed)
    available, message = availability(installed.target)
    yield Proof("APIService", "Available" if available else message, available)


def of_handshakes(installed: Installed) -> Iterator[Proof]:
    """The three TLS ports take TLS 1.3 and nothing older; the operator's takes no client without KEDA's certificate."""
    content = secret(installed.target, installed.namespace, SERVING_SECRET)
    pair = pair_of(content)
    for component in COMPONENTS:
        topic = f"TLS {component.port}"
        with installed.target.reach(installed.namespace, component.service, component.port) as connect:
            host = service_host(component, installed.namespace)
            try:
                served = shake_hands(connect, host, trusted=content["ca.crt"], minimum=TLS13, client=pair)
                yield Proof(topic, f"{host}: {served.version}, verified against ca.crt", True)
            except (Refused, OSError) as error:
                yield Proof(topic, f"{host}: TLS 1.3: {error}", False)
            yield _refused(topic, host, "TLS 1.2", lambda: refusal(connect, host, maximum=TLS12, client=pair))  # noqa: B023
            if component is OPERATOR:
                yield _refused(topic, host, "a client without certificate", lambda: refusal(connect, host))  # noqa: B023


def of_admission(installed: Installed) -> Iterator[Proof]:
    """The webhooks took and refused what they must, at the moment Helm said that all is installed."""
    wrong = admission.wrong(installed.first_answers)
    judged = len(installed.first_answers)
    yield Proof("webhooks", f"{judged - len(wrong)} of {judged} objects judged rightly right after --wait", not wrong)
    for question, said in wrong.items():
        yield Proof("webhooks", f"{question}: {said[:200]}", False)


def of_scaling(installed: Installed) -> Iterator[Proof]:
    """A ScaledObject scales a Deployment through the HPA and the external metrics API."""
    target = installed.target
    image = {} if isinstance(target, EmbeddedTarget) else {"image": scaling.PAUSE_ELSEWHERE, "arguments": ()}
    releases.make_namespace(target, name=SCALED)
    target.apply([scaling.deployment("app", namespace=SCALED, **image)])  # type: ignore[arg-type]
    before = scaling.replicas(target, "app", SCALED)
    started = time.monotonic()
    target.apply([scaling.by_clock("app", 2, SCALED)])
    try:
        scaling.wait_until_scaled(target, "app", 2, SCALED)
        value = scaling.metric_of(target, "app", SCALED)
    except (Waited, ApiError) as error:
        yield Proof("scaling", str(error), False)
    else:
        seconds = time.monotonic() - started
        yield Proof(
            "scaling", f"Deployment app: {before} -> 2 replicas by a cron ScaledObject, {seconds:.0f} s", before == 1
        )
        yield Proof("scaling", f"external metrics API answers {value:g}", value == 2)


def of_files(installed: Installed) -> Iterator[Proof]:
    """No process of KEDA can read the key of a CA."""
    target = installed.target
    if not isinstance(target, EmbeddedTarget):
        yield Proof("files", "not proven here: what lies in the pods' filesystems", None)
        return
    for pod in pods(target, installed.namespace):
        files = target.node.files(pod.uid)
        keys = [path for path in files if path.endswith("/ca.key")]
        certificates = sorted(path for path in files if path.startswith("/certs/") and path.count("/") == 2)
        seen = f"{pod.component.name}: {', '.join(certificates) or 'no certificates'}"
        yield Proof(
            "files", seen + (f"; {', '.join(keys)}" if keys else "; no ca.key"), bool(certificates) and not keys
        )


def _name(name: x509.Name) -> str:
    return name.rfc4514_string() or "(no name)"


def _refused(topic: str, host: str, what: str, attempt: object) -> Proof:
    assert callable(attempt)
    try:
        return Proof(topic, f"{host}: {what} refused ({attempt()})", True)
    except AssertionError as accepted:
        return Proof(topic, str(accepted), False)
    except OSError as error:
        return Proof(topic, f"{host}: {what}: {error}", False)


ALL = (of_pods, of_trust, of_handshakes, of_admission, of_files, of_scaling)
