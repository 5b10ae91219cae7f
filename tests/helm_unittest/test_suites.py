"""The helm-unittest suites of the chart as pytest tests, one for each test in a suite.

Ids begin with the suite's name, by which the scheduler of tests/conftest.py sends a suite to one process, so that the
program runs once for it. Any other scheduler is right, too, and slower.
"""

from __future__ import annotations

import pytest

from tests.support.helm_unittest import Suite, misspellings, report, suites

TESTS = [(suite, test) for suite in suites() for test in suite.tests]
by_suite = pytest.mark.parametrize("suite", suites(), ids=lambda suite: suite.name)


@pytest.mark.parametrize(("suite", "test"), TESTS, ids=[f"{suite.name}: {test}" for suite, test in TESTS])
def test_template_field(suite: Suite, test: str) -> None:
    messages = [message for name, message in report(suite).outcomes if name == test]
    assert len(messages) == 1, f"helm-unittest reported this test {len(messages)} times\n{report(suite).output}"
    assert not messages[0], messages[0]


@by_suite
def test_no_test_runs_that_pytest_does_not_show(suite: Suite) -> None:
    assert sorted(name for name, _ in report(suite).outcomes) == sorted(suite.tests), report(suite).output


@by_suite
def test_no_misspelt_assertion_holds_by_being_ignored(suite: Suite) -> None:
    assert not list(misspellings(suite))
