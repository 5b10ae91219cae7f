"""The helm-unittest suites of the chart as pytest tests, one for each test in a suite."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.helm_unittest import Suite, misspellings, report, suites


def _of_suite(suite: Suite, *further: str) -> Any:
    # One process per suite, so that the program runs once for it.
    return pytest.param(suite, *further, id="-".join([suite.name, *further]), marks=pytest.mark.xdist_group(suite.name))


@pytest.mark.parametrize(("suite", "test"), [_of_suite(suite, test) for suite in suites() for test in suite.tests])
def test_template_field(suite: Suite, test: str) -> None:
    messages = [message for name, message in report(suite).outcomes if name == test]
    assert len(messages) == 1, f"helm-unittest reported this test {len(messages)} times\n{report(suite).output}"
    assert not messages[0], messages[0]


@pytest.mark.parametrize("suite", [_of_suite(suite) for suite in suites()])
def test_no_test_runs_that_pytest_does_not_show(suite: Suite) -> None:
    assert sorted(name for name, _ in report(suite).outcomes) == sorted(suite.tests), report(suite).output


@pytest.mark.parametrize("suite", [_of_suite(suite) for suite in suites()])
def test_no_misspelt_assertion_holds_by_being_ignored(suite: Suite) -> None:
    assert not list(misspellings(suite))
