"""The helm-unittest suites of the chart: what their files hold, and what the pinned program says about each test.

A suite file is YAML below ``charts/keda/tests/``, named ``<subject>_test.yaml``, with one suite. The program runs once
per suite file and process; its report is read in Sonar's format, which keeps the line breaks of the messages.
"""

from __future__ import annotations

import functools
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from tests.support import strict_yaml
from tools.toolchain import program

REPOSITORY = Path(__file__).resolve().parents[2]
CHART = REPOSITORY / "charts" / "keda"
SUITES = CHART / "tests"

_BESIDE_THE_ASSERTION = {"template", "documentIndex", "documentSelector", "not"}
_SELECTOR = {"path", "value", "matchMany", "skipEmptyTemplates"}
# Per assertion: the parameters it cannot do without, and the others. The program ignores a parameter that it does not
# know, and a negative assertion without its content always holds.
_ASSERTIONS: Mapping[str, tuple[set[str], set[str]]] = {
    "contains": ({"path", "content"}, {"any", "count"}),
    "notContains": ({"path", "content"}, {"any"}),
    "equal": ({"path", "value"}, set()),
    "notEqual": ({"path", "value"}, set()),
    "equalRaw": ({"value"}, set()),
    "notExists": ({"path"}, set()),
    "failedTemplate": ({"errorMessage"}, set()),
    "notFailedTemplate": (set(), set()),
    "hasDocuments": ({"count"}, set()),
    "isAPIVersion": ({"of"}, set()),
    "isKind": ({"of"}, set()),
    "lengthEqual": ({"path", "count"}, set()),
    "matchRegex": ({"path", "pattern"}, {"decodeBase64"}),
    "notMatchRegex": ({"path", "pattern"}, {"decodeBase64"}),
    "matchRegexRaw": ({"pattern"}, set()),
    "notMatchRegexRaw": ({"pattern"}, set()),
}


class BrokenSuite(Exception):
    """A suite file that cannot be collected; the message names the file and what is wrong."""


@dataclass(frozen=True)
class Suite:
    """One suite file.

    ``name`` is the path below ``charts/keda/tests`` without ``_test.yaml``, ``tests`` holds the names of the tests.
    """

    name: str
    path: Path
    tests: tuple[str, ...]
    content: Mapping[str, Any] = field(compare=False)


@dataclass(frozen=True)
class Report:
    """What the program said about one suite: name and message ("" when it passed) of each test, and all its output."""

    outcomes: tuple[tuple[str, str], ...]
    output: str


@functools.cache
def suites() -> tuple[Suite, ...]:
    """All suites in the order of their names; raises BrokenSuite, also when there is none."""
    found = tuple(_read(path) for path in sorted(SUITES.rglob("*_test.yaml")))
    if not found:
        raise BrokenSuite(f"no *_test.yaml below {SUITES.relative_to(REPOSITORY)}")
    return found


@functools.cache
def report(suite: Suite) -> Report:
    """Run the program on one suite."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.xml"
        arguments = ["--strict", "--file", suite.path, "--output-type", "Sonar", "--output-file", file, CHART]
        command = [str(part) for part in (program("helm-unittest"), *arguments)]
        run = subprocess.run(command, check=False, cwd=REPOSITORY, capture_output=True, text=True)
        output = f"exit code {run.returncode}\n{run.stdout}{run.stderr}"
        if not file.is_file():
            return Report((), output)
        cases = ET.fromstring(file.read_text(encoding="utf-8")).iter("testCase")  # noqa: S314 (of our own program)
        outcomes = tuple((case.attrib["name"], _message(case)) for case in cases)
    if run.returncode != 0 and not any(message for _, message in outcomes):
        return Report((), output)
    return Report(outcomes, output)


def misspellings(suite: Suite) -> Iterator[str]:
    """What the program would ignore without a word: assertion parameters that it does not know, and missing ones."""
    for test in suite.content["tests"]:
        for number, written in enumerate(test["asserts"]):
            where = f"{test['it']}: asserts[{number}]"
            kinds = sorted(written.keys() - _BESIDE_THE_ASSERTION)
            if len(kinds) != 1 or kinds[0] not in _ASSERTIONS:
                yield f"{where}: {', '.join(kinds) or 'no assertion'}; known are {', '.join(sorted(_ASSERTIONS))}"
                continue
            needed, further = _ASSERTIONS[kinds[0]]
            given = (written[kinds[0]] or {}).keys()
            yield from (f"{where}: {kinds[0]} without {name}" for name in sorted(needed - given))
            yield from (f"{where}: {kinds[0]} knows no {name}" for name in sorted(given - needed - further))
            selector = written.get("documentSelector", {}).keys()
            yield from (f"{where}: documentSelector knows no {name}" for name in sorted(selector - _SELECTOR))


def _read(path: Path) -> Suite:
    where = path.relative_to(REPOSITORY)
    content = strict_yaml.parse(path.read_text(encoding="utf-8"))
    tests = tuple(test.get("it", "") for test in content.get("tests", []))
    repeated = [name for name, times in Counter(tests).items() if times > 1]
    if not all(tests) or not tests:
        raise BrokenSuite(f"{where}: no tests, or one without a name")
    if repeated:
        raise BrokenSuite(f"{where}: two tests have the name {repeated[0]!r}")
    name = path.relative_to(SUITES).as_posix().removesuffix("_test.yaml")
    if content.get("suite") != name:
        raise BrokenSuite(f"{where}: suite must be {name!r}, so that a failure names its file")
    return Suite(name, path, tests, content)


def _message(case: ET.Element) -> str:
    """The program's own words about a test that did not pass, "" for one that did."""
    found = [child for child in case if child.tag in {"error", "failure", "skipped"}]
    if not found:
        return ""
    text = found[0].text or ""
    # The program titles every assertion "... fail", also those that held; only a failed one has lines below its title.
    title = r"^[ \t]*- asserts\[\d+\][^\n]* fail[ \t]*\n"
    text = re.sub(rf"{title}(?={title[1:]}|\Z)", "", text, flags=re.MULTILINE)
    return f"{found[0].tag}: {found[0].attrib.get('message', '')}\n{text}".strip()
