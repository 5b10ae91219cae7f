"""The webhooks, with failurePolicy Fail: an object that they cannot judge is an object that nobody can create."""

from __future__ import annotations

import pytest

from tests.cluster import admission
from tests.cluster.releases import Installed

pytestmark = pytest.mark.cluster


def test_webhooks_judge_rightly_from_the_moment_helm_wait_returns(installed: Installed) -> None:
    assert len(installed.first_answers) == 12, "each of the six webhooks was asked twice"
    assert admission.wrong(installed.first_answers) == {}


def test_webhooks_still_judge_rightly_later(installed: Installed) -> None:
    found = admission.answers(installed.target, installed.namespace)
    assert len(found) == 12, "each of the six webhooks was asked twice"
    assert admission.wrong(found) == {}
