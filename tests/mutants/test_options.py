"""A slip in the options is told at once, and not after minutes of work."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import in_process
from tools.mutants import __main__ as mutants


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--sample", "0"], "must be above 0"),
        (["--jobs", "-1"], "must be above 0"),
        (["--results", "{folder}"], "is a folder; name a file"),
        (["--sample", "many"], "invalid int value"),
    ],
)
def test_the_mutants_need_usable_options(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    ended = in_process.run(mutants.main, *(argument.format(folder=tmp_path) for argument in arguments))
    assert ended.code == 2
    assert sentence in ended.log
