"""Prometheus' own tools on rendered rules: promtool checks and tests them, its parser tells which series a query reads."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools.toolchain import program

_SECONDS = 120


@dataclass(frozen=True)
class Selector:
    """A series selector: its metric, and the value or pattern that it wants of each label."""

    metric: str
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Query:
    """What an expression reads, and the labels that it groups or joins by."""

    selectors: tuple[Selector, ...]
    grouping: frozenset[str]


def queries(expressions: Sequence[str]) -> list[Query]:
    """Each of the PromQL expressions as Prometheus' parser reads it; AssertionError names those that it does not accept."""
    answers: list[dict[str, Any]] = json.loads(_run(["queries"], json.dumps(list(expressions))).stdout)
    assert len(answers) == len(expressions)
    wrong = [
        f"{answer['error']}\n  {text}" for text, answer in zip(expressions, answers, strict=True) if answer["error"]
    ]
    if wrong:
        raise AssertionError("\n".join(wrong))
    return [
        Query(
            tuple(Selector(selector["metric"], selector["labels"]) for selector in answer["selectors"]),
            frozenset(answer["grouping"]),
        )
        for answer in answers
    ]


def complaints(groups: Sequence[Mapping[str, Any]]) -> str:
    """What `promtool check rules` says against rule groups, "" when nothing; every lint is on."""
    with tempfile.TemporaryDirectory() as folder:
        file = _write(Path(folder) / "rules.yaml", {"groups": list(groups)})
        answer = _run(["promtool", "check", "rules", "--lint=all", "--lint-fatal", str(file)])
    return "" if answer.returncode == 0 else answer.stdout + answer.stderr


def failures(groups: Sequence[Mapping[str, Any]], tests: Sequence[Mapping[str, Any]]) -> str:
    """What `promtool test rules` says against rule groups, "" when each of ``tests`` (its unit test format) passes.

    Rules are evaluated every other minute, which halves the time that it takes.
    """
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder) / "rules.yaml", {"groups": list(groups)})
        content = {"rule_files": ["rules.yaml"], "evaluation_interval": "2m", "tests": list(tests)}
        file = _write(Path(folder) / "tests.yaml", content)
        answer = _run(["promtool", "test", "rules", str(file)])
    return "" if answer.returncode == 0 else answer.stdout + answer.stderr


def _write(file: Path, content: Mapping[str, Any]) -> Path:
    file.write_text(yaml.dump(content, Dumper=yaml.CSafeDumper, allow_unicode=True))
    return file


def _run(command: Sequence[str], stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    answer = subprocess.run(
        [program(command[0]), *command[1:]],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    # 1: a test failed or a rule is wrong, 3: a lint; promtool says so in its output.
    assert answer.returncode in (0, 1, 3), f"{command[0]} ended with {answer.returncode}\n{answer.stderr}"
    return answer
