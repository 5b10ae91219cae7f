"""What the operator does with a CA in its Secret that it has not made: docs/certificates.md says which one it keeps."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives import serialization

from tests.cluster.continuity.renewals import KEDA_CA, replace, wait_until_rotated
from tests.cluster.probes import OPERATOR, ca_bundles, container_log, secret, service_names
from tests.cluster.releases import NAMESPACE
from tests.cluster.stage import Stage, usual
from tests.cluster.targets import Target
from tests.cluster.waiting import NotYet, until
from tests.support import certificates
from tests.support.modes import OPERATOR_GENERATED, SERVING_SECRET

pytestmark = pytest.mark.cluster

_DAYS, _TOO_FEW_DAYS = 3000, 80
_SECONDS = 60
_OTHER_FORM = "secret is not well-formed, cannot update webhook configurations"


@pytest.fixture
def changeable(stage: Stage) -> Target:
    """KEDA in mode operator-generated, for a test that changes its Secret."""
    stage.clear()
    stage.ready(usual(OPERATOR_GENERATED.name))
    stage.spoiled()
    return stage.target


def give(target: Target, ca: certificates.Pair, key: str = "") -> dict[str, str]:
    """Put a CA and a certificate of it into the operator's Secret, at once; ``key`` is the CA's in another form."""
    leaf = certificates.rsa_leaf(service_names(NAMESPACE), ca, _DAYS)
    content = {"ca.crt": ca.pem, "ca.key": key or ca.key_pem, "tls.crt": leaf.pem, "tls.key": leaf.key_pem}
    replace(target, SERVING_SECRET, content)
    return content


def test_a_ca_that_the_operator_would_have_made_is_kept(changeable: Target) -> None:
    given = give(changeable, certificates.rsa_authority(KEDA_CA, _DAYS))

    def trusted() -> None:
        bundles = ca_bundles(changeable)
        assert bundles
        if set(bundles.values()) != {given["ca.crt"]}:
            raise NotYet(json.dumps(bundles))

    until(trusted, _SECONDS, "the API server trusts the CA")
    assert secret(changeable, NAMESPACE, SERVING_SECRET) == given


@pytest.mark.parametrize(("name", "days"), [("company CA", _DAYS), (KEDA_CA, _TOO_FEW_DAYS)], ids=["name", "end"])
def test_a_ca_of_another_name_or_near_its_end_is_replaced(changeable: Target, name: str, days: int) -> None:
    given = give(changeable, certificates.rsa_authority(name, days))
    wait_until_rotated(changeable, {"ca.crt": given["ca.crt"]})


def test_a_key_that_is_not_in_pkcs_1_keeps_the_operator_from_passing_its_ca_on(changeable: Target) -> None:
    ca = certificates.rsa_authority(KEDA_CA, _DAYS)
    form = serialization.PrivateFormat.PKCS8
    key = ca.key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
    given = give(changeable, ca, key)

    def told() -> None:
        if _OTHER_FORM not in container_log(changeable, NAMESPACE, OPERATOR):
            raise NotYet("nothing of it in the log")

    until(told, _SECONDS, "the operator says what is wrong")
    assert given["ca.crt"] not in ca_bundles(changeable).values()
