"""What docs/checking-values.md tells people to paste is what the check takes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.check.running import ROOT
from tests.support import manifests
from tools.check import advice
from tools.check.arguments import OUTPUTS, parse

_TEXT = (ROOT / "docs/checking-values.md").read_text(encoding="utf-8")
_RUN = "tools/check/run.py"


def _blocks(language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```", _TEXT, flags=re.MULTILINE | re.DOTALL)
    assert found
    return found


def _commands() -> list[str]:
    """Arguments of each call of the check, in shell blocks and in the snippets for CI."""
    strings = [text for block in _blocks("yaml") for _, text in manifests.walk(yaml.safe_load(block))]
    lines = [text for text in strings if isinstance(text, str) and f"{_RUN} " in text]
    lines += [block.replace("\\\n", " ").strip() for block in _blocks("sh")]
    return [re.split(rf"{re.escape(_RUN)} |tox -e check -- ", line)[1].partition(" > ")[0] for line in lines]


def test_commands_are_found_in_every_snippet() -> None:
    assert len(_commands()) >= 5
    assert len(_blocks("yaml")) == 3


@pytest.mark.parametrize("command", _commands())
def test_no_command_has_an_option_that_the_check_does_not_know(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in re.findall(r"\S+\.yaml", command):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    assert parse(shlex.split(command)).files


def test_the_hook_of_the_snippet_is_offered() -> None:
    (snippet,) = [block for block in map(yaml.safe_load, _blocks("yaml")) if "repos" in block]
    offered: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert {hook["id"] for hook in snippet["repos"][0]["hooks"]} == {hook["id"] for hook in offered}
    assert (ROOT / offered[0]["entry"]).stat().st_mode & 0o111, "pre-commit starts it as a program"


def test_every_form_of_the_report_is_described() -> None:
    assert all(f"`{name}`" in _TEXT or f"--output {name}" in _TEXT for name in OUTPUTS)


def test_every_warning_says_what_its_damage_is() -> None:
    assert advice.ADVICE
    assert all(function.__doc__ for function in advice.ADVICE)
