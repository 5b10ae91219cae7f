"""The workflow and the hooks run what tox knows, and every file is as .editorconfig says."""

from __future__ import annotations

import configparser
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.documents import ROOT, files

# Taken over byte by byte from elsewhere, or written by programs that have their own ways.
_NOT_OURS = (".json", ".sum")


def _workflow() -> dict[str, Any]:
    (file,) = sorted((ROOT / ".github/workflows").glob("*"))
    found: dict[str, Any] = yaml.safe_load(file.read_text())
    return found


def _tox() -> configparser.ConfigParser:
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(ROOT / "tox.ini")
    return settings


def _environments() -> set[str]:
    return {name.removeprefix("testenv:") for name in _tox().sections() if name.startswith("testenv:")}


def _called(text: str) -> set[str]:
    """The environments that a script's tox commands name; those of the default list for a `tox` without."""
    found = {name for names in re.findall(r"\btox -e ([\w,-]+)", text) for name in names.split(",")}
    if re.search(r"^\s*tox(?: |$)(?!-)", text, re.MULTILINE):
        found |= _default()
    assert found
    return found


def _default() -> set[str]:
    return {name.strip() for name in _tox()["tox"]["envlist"].split(",")}


def test_the_workflow_runs_environments_that_there_are_and_all_of_the_default_ones() -> None:
    matrix = set(_workflow()["jobs"]["tox"]["strategy"]["matrix"]["environment"])
    assert _default() <= matrix <= _environments()


def test_the_workflow_runs_the_one_script_for_everything_which_can_be_run() -> None:
    commands = [step["run"] for step in _workflow()["jobs"]["everything"]["steps"] if "run" in step]
    assert commands == ["sudo .ci/run"]
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_the_script_for_everything_runs_what_the_workflow_runs_and_more() -> None:
    called = _called((ROOT / ".ci/run").read_text())
    assert set(_workflow()["jobs"]["tox"]["strategy"]["matrix"]["environment"]) < called <= _environments()


def test_the_workflow_can_write_nothing_to_the_repository() -> None:
    workflow = _workflow()
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert "permissions" not in job
        checkouts = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
        assert [step["with"]["persist-credentials"] for step in checkouts] == [False]


def test_no_action_of_the_workflow_is_one_that_somebody_can_exchange() -> None:
    used = re.findall(r"uses: (.+)", (ROOT / ".github/workflows/ci.yaml").read_text())
    assert len(used) > 4
    assert [text for text in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", text)] == []


def test_the_hooks_run_steps_and_environments_that_there_are() -> None:
    hooks = [
        hook
        for repo in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
        for hook in repo["hooks"]
    ]
    assert _called("\n".join(hook["entry"] for hook in hooks)) <= _environments()
    (lint,) = (hook["entry"] for hook in hooks if hook["id"] == "lint")
    names = re.findall(r'"([^"]+)"|(\S+)', lint.partition(" -- ")[2])
    source = (ROOT / "tools/lint.py").read_text()
    for quoted, word in names:
        kind, _, generator = (quoted or word).partition(" ")
        assert f'"{kind}' in source or f'f"{kind} ' in source
        assert not generator or (ROOT / "tools" / f"{generator}.py").is_file()
    (values,) = (hook["files"] for hook in hooks if hook["id"] == "example-values")
    examples = [str(file.relative_to(ROOT)) for file in (ROOT / "values-examples").rglob("*.yaml")]
    assert len([name for name in examples if re.search(values, name)]) > 10


def _text_files() -> list[Path]:
    found = [file for file in files() if not str(file).endswith(_NOT_OURS) and not file.is_symlink()]
    assert len(found) > 300
    return found


@pytest.mark.parametrize(
    ("setting", "fault"),
    [
        ("insert_final_newline = true", rb"[^\n]\Z"),
        ("trim_trailing_whitespace = true", rb"[ \t]+$"),
        ("end_of_line = lf", rb"\r"),
    ],
)
def test_no_file_differs_from_the_editor_configuration(setting: str, fault: bytes) -> None:
    assert setting in (ROOT / ".editorconfig").read_text().splitlines()
    pattern = re.compile(fault, re.MULTILINE)
    assert [str(file.relative_to(ROOT)) for file in _text_files() if pattern.search(file.read_bytes())] == []
