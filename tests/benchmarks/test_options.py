"""A slip in the options is told at once, and not after minutes of work."""

from __future__ import annotations

import pytest

from tests.benchmarks import __main__ as benchmarks
from tests.support import in_process


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--rounds", "0"], "must be above 0"),
        (["--modes", "operator-generated"], "says what is measured with --cluster"),
        (["--cluster", "--modes", "nothing"], "invalid choice: 'nothing'"),
    ],
)
def test_the_benchmarks_need_usable_options(arguments: list[str], sentence: str) -> None:
    ended = in_process.run(benchmarks.main, *arguments)
    assert ended.code == 2
    assert sentence in ended.log
