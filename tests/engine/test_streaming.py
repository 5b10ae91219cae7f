"""Long runs find what the tests would find, and name the smallest values that show it."""

from __future__ import annotations

import dataclasses
import itertools

import pytest

from tests.support import chart, combinations, modes, streaming
from tests.support.combinations import Combination
from tests.support.examination import REFUSAL, RENDERING, Failure, examine
from tests.support.shrinking import fewest, smallest, with_settings

_NO_KIND = [{"apiVersion": "v1", "kind": "Podd", "metadata": {"name": "x"}}]


def _one(number: int = 0) -> Combination:
    return next(combinations.drawn_combinations(number))


def _with(combination: Combination, **values: object) -> Combination:
    return dataclasses.replace(combination, values={**combination.values, **values})


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    for combination in (*combinations.sample(5), *combinations.refused()[:2], _one()):
        found = examine(combination, with_helm=True)
        assert found.failures == []
        assert (found.relations > 40 and found.validations == 4 * found.objects > 20) or found.refused


def test_each_kubernetes_that_rejects_a_document_is_named() -> None:
    failures = examine(_with(_one(), extraObjects=_NO_KIND)).failures
    assert [failure.statement for failure in failures] == [f"kubernetes 1.{minor}" for minor in (34, 35, 36, 37)]


def test_a_refusal_that_is_not_expected_and_one_that_does_not_come_are_found() -> None:
    refused = combinations.refused()[0]
    unexpected = examine(dataclasses.replace(refused, refusals=())).failures
    missing = examine(dataclasses.replace(_one(), refusals=("certificates: no",))).failures
    other = examine(dataclasses.replace(refused, refusals=("certificates: another sentence",))).failures
    assert [failure.statement for failure in (*unexpected, *missing, *other)] == [RENDERING, REFUSAL, REFUSAL]


def test_a_relation_that_does_not_hold_is_named() -> None:
    # The mode that the combination claims is not the one that its values select.
    wrong = dataclasses.replace(
        next(each for each in combinations.rendered() if each.mode.name == "operator-generated"),
        mode=modes.MODES["user-provided-secret"],
    )
    statements = [failure.statement for failure in examine(wrong).failures]
    assert "rights.only_the_operator_that_writes_the_serving_secret_may_write_it" in statements


def test_what_is_left_fails_and_nothing_of_it_can_be_taken_away() -> None:
    settings = [((str(number),), number) for number in range(40)]
    wanted = {3, 17, 18, 39}
    left = fewest(settings, lambda part: wanted <= {value for _, value in part})
    assert {value for _, value in left} == wanted
    assert fewest(settings, lambda _: True) == []


def test_the_values_that_are_printed_are_the_ones_to_blame(capsys: pytest.CaptureFixture[str]) -> None:
    spoiled = _with(_one(7), extraObjects=_NO_KIND)
    assert len(list(combinations.leaves(spoiled.values))) > 100
    small = smallest(spoiled, "kubernetes 1.36")
    assert small.values == {"extraObjects": _NO_KIND}
    streaming.report(spoiled, Failure("kubernetes 1.36", "no such kind"))
    printed = capsys.readouterr().out
    assert "kind: Podd" in printed
    assert f"helm template {spoiled.release} charts/keda --namespace {spoiled.namespace}" in printed


def test_a_failure_that_does_not_come_again_keeps_its_values() -> None:
    combination = _one(3)
    assert smallest(combination, "kubernetes 1.36") is combination


def test_settings_taken_apart_and_put_together_are_the_same() -> None:
    for combination in combinations.sample(12):
        again = with_settings(combination, list(combinations.leaves(combination.values)))
        assert chart.values_text(again.values) == chart.values_text(combination.values)


def test_a_number_draws_the_same_values_in_each_run() -> None:
    drawn = list(itertools.islice(combinations.drawn_combinations(), 30))
    assert drawn == list(itertools.islice(combinations.drawn_combinations(), 30))
    assert drawn[20] == _one(20)
    assert len({chart.values_text(combination.values) for combination in drawn}) == len(drawn)
    assert {combination.mode.name for combination in drawn} == set(modes.MODES)


def test_the_stream_begins_with_everything_that_the_tests_have() -> None:
    fixed = combinations.every()
    stream = itertools.islice(streaming.every_and_more(), len(fixed) + 1)
    assert [each.id for each in stream] == [*(each.id for each in fixed), _one().id]


def test_a_block_counts_and_keeps_its_failures() -> None:
    block = [*combinations.sample(3), combinations.refused()[0], _with(_one(), extraObjects=_NO_KIND)]
    done = streaming.examine_block(block, helm_each=1)
    assert (done.combinations, done.rendered, done.refused, done.compared) == (5, 4, 1, 5)
    assert {combination.id for combination, _ in done.failures} == {_one().id}
    assert list(streaming.blocks(block, 2)) == [block[:2], block[2:4], block[4:]]
