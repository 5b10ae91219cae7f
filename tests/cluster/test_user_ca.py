"""A CA that the user brings for cert-manager: injected from the Certificate, or from its Secret if that allows it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from tests.cluster import releases
from tests.cluster.probes import availability, ca_bundles, certificates_in
from tests.cluster.releases import Installed, Scenario
from tests.cluster.stage import Stage
from tests.cluster.targets import REPOSITORY
from tests.cluster.waiting import NotYet, Waited, until
from tests.support.modes import ALLOW_DIRECT_INJECTION, CA_SECRET, CERT_MANAGER_USER_CA

pytestmark = pytest.mark.cluster

FROM_SECRET = json.dumps({"certificates": {"certManager": {"injectFrom": "secret"}}})
_SECONDS_FOR_CERT_MANAGER_TO_INJECT = 20


def ca_secret(*, allowed: bool) -> dict[str, Any]:
    """The CA Secret of the prerequisites with a ca.crt, which injection from a Secret reads, and leave to inject or none."""
    (found,) = yaml.safe_load_all((REPOSITORY / releases.prerequisites(CERT_MANAGER_USER_CA.name)).read_text())
    assert found["metadata"]["name"] == CA_SECRET
    found["stringData"]["ca.crt"] = found["stringData"]["tls.crt"]
    if allowed:
        found["metadata"]["annotations"] = {ALLOW_DIRECT_INJECTION: "true"}
    secret: dict[str, Any] = found
    return secret


def scenario(*, allowed: bool) -> Scenario:
    return Scenario(
        CERT_MANAGER_USER_CA.name,
        values=FROM_SECRET,
        prerequisites=json.dumps([ca_secret(allowed=allowed)]),
        works=allowed,
    )


def test_the_ca_is_injected_from_an_annotated_secret(stage: Stage) -> None:
    installed = stage.ready(scenario(allowed=True))
    expected = certificates_in(ca_secret(allowed=True)["stringData"]["ca.crt"])
    bundles = ca_bundles(installed.target)
    assert len(bundles) == 7, "the APIService and six webhooks"
    assert {who: certificates_in(pem) for who, pem in bundles.items()} == dict.fromkeys(bundles, expected)


def test_without_the_annotation_nothing_is_injected_and_external_metrics_stay_unavailable(stage: Stage) -> None:
    installed = stage.ready(scenario(allowed=False))

    def injected() -> None:
        if not any(ca_bundles(installed.target).values()):
            raise NotYet("no bundle")

    with pytest.raises(Waited, match="no bundle"):
        until(injected, _SECONDS_FOR_CERT_MANAGER_TO_INJECT, "a CA is injected")
    available, _ = availability(installed.target)
    assert not available


def test_the_annotation_added_later_is_all_that_was_missing(stage: Stage) -> None:
    installed: Installed = stage.ready(scenario(allowed=False))
    installed.target.kubectl(
        "annotate", "secret", CA_SECRET, f"--namespace={installed.namespace}", f"{ALLOW_DIRECT_INJECTION}=true"
    )
    stage.spoiled()
    releases.wait_until_available(installed.target)
