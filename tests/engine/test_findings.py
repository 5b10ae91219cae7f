"""A statement over many subjects names each one for which it does not hold, and does not hold for none at all."""

from __future__ import annotations

import pytest

from tests.support.findings import Findings


def _about(numbers: list[int]) -> Findings:
    findings = Findings()
    for number in numbers:
        with findings.of(f"number {number}"):
            assert number % 2 == 0, f"{number} is odd"
    return findings


def test_what_holds_for_all_is_settled() -> None:
    _about([2, 4]).settle()


def test_each_subject_that_is_wrong_is_named_with_the_reason() -> None:
    with pytest.raises(AssertionError) as failure:
        _about([1, 2, 3]).settle()
    assert "2 of 3 are wrong" in str(failure.value)
    assert "- number 1\n    1 is odd" in str(failure.value)
    assert "- number 3\n    3 is odd" in str(failure.value)
    assert "number 2" not in str(failure.value)


def test_a_statement_about_nothing_does_not_hold() -> None:
    with pytest.raises(AssertionError, match="nothing was checked"):
        _about([]).settle()


def test_an_error_of_the_test_itself_goes_through() -> None:
    findings = Findings()
    with pytest.raises(KeyError), findings.of("subject"):
        raise KeyError
