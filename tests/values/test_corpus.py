"""Values files that people wrote for the official chart: each renders, or is refused by exactly its dead keys.

The files and INDEX.md, which says for each of them which keys the official chart ignores, are not part of this
repository. They are looked for in ../shared/values-corpus, or where KEDA_VALUES_CORPUS says; without them this module
is skipped.
"""

from __future__ import annotations

import copy
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.chart import refusal, render
from tests.support.schemas import KUBERNETES_VERSIONS, validate_rendering
from tests.values.documents import Values, steps

REPOSITORY = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("KEDA_VALUES_CORPUS", REPOSITORY.parent / "shared" / "values-corpus"))
if not (CORPUS / "INDEX.md").is_file():
    pytest.skip(f"no values corpus at {CORPUS}; KEDA_VALUES_CORPUS names another folder", allow_module_level=True)

FILES = sorted(CORPUS.glob("*.yaml"))

# --- The only exceptions from INDEX.md, each with its reason

# Ignored by the official chart, a setting here.
SUPPORTED_HERE = {
    "nameOverride": "base of the names",
    "fullnameOverride": "base of the names",
    "operator.serviceAccountTokens": "KEDA 2.21 reads it",
    "global.imageRegistry": "a key of other charts under global; NOTES say that this chart does not read it",
    "serviceAccount.annotations": "honoured; in files where it is empty INDEX.md calls it without effect",
}

# Refused beside the keys of INDEX.md, because Kubernetes or KEDA would refuse what comes of it.
ALSO_REFUSED = {
    "028": {
        # "myServiceAccount" is a placeholder of the docs: no account and no namespace may have capital letters.
        "permissions.operator.restrict.serviceAccountTokenCreationRoles.0.name",
        "permissions.operator.restrict.serviceAccountTokenCreationRoles.0.namespace",
    },
    "090": {
        # A container has no fsGroup: the API server refuses the Deployments.
        "securityContext.operator.fsGroup",
        "securityContext.metricServer.fsGroup",
        "securityContext.webhooks.fsGroup",
        # A word where the flag takes a number: the metrics API server does not start.
        "logging.metricServer.level",
    },
}

TWICE_SCRAPED = ["prometheus.operator: serviceMonitor and podMonitor are both enabled"]
DOUBLE_REGISTRY = "starts with ghcr.io, which image.{0}.registry puts in front once more"
DOUBLE_REGISTRIES = [
    f"image.{name}.repository: {DOUBLE_REGISTRY.format(name)}" for name in ("keda", "metricsApiServer", "webhooks")
]

# Values that contradict each other, told once the schema has nothing against the keys.
CONTRADICTORY = {
    "008": TWICE_SCRAPED,
    "009": TWICE_SCRAPED,
    # Own certificates without a source of trust, the one intended break: the sentence names the three ways.
    "010": ["certificates.caBundle", "certificates.caInjectionAnnotations", "certificates.caInjection: external"],
    # Files of the time when the registry was a part of the repository: ghcr.io/ghcr.io/kedacore/keda does not exist.
    "053": DOUBLE_REGISTRIES[:1],
    "061": DOUBLE_REGISTRIES[:2],
    "062": DOUBLE_REGISTRIES[:2],
    "063": DOUBLE_REGISTRIES,
}


def number(file: Path) -> str:
    return file.name[:3]


def index() -> dict[str, list[tuple[str, str]]]:
    """(key, mark) of each key in the column "unknown keys", by file name; the mark stands in brackets, or is ""."""
    rows: dict[str, list[tuple[str, str]]] = {}
    for line in (CORPUS / "INDEX.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 6 and cells[0].endswith(".yaml"):
            rows[cells[0]] = re.findall(r"`([^`]+)`(?: \(([^)]*)\))?", cells[4])
    return rows


INDEX = index()


def dead_keys(file: Path) -> set[str]:
    """Keys of the file that this chart must refuse by name."""
    honoured = {"honoured", "legacy, honoured"}
    marks = {mark for keys in INDEX.values() for _, mark in keys}
    assert marks <= {"", "legacy, no effect", "has a side effect", *honoured}, (
        "INDEX.md has a mark that this test does not know"
    )
    listed = {key for key, mark in INDEX[file.name] if mark not in honoured and key not in SUPPORTED_HERE}
    return listed | ALSO_REFUSED.get(number(file), set())


def named_keys(message: str) -> set[str]:
    """Dotted paths that an error of the schema names, apart from the lines that only lead to another one."""
    found = re.findall(r"^\s*- at '(/[^']*)': (?!validation failed)", message, flags=re.MULTILINE)
    return {".".join(step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]) for path in found}


def read(file: Path) -> Values:
    values = yaml.load(file.read_text(), Loader=yaml.CSafeLoader) or {}
    assert isinstance(values, dict)
    return values


def without(values: Values, dead: set[str]) -> Values:
    """The values as their author would correct them: the refused keys taken out."""
    result = copy.deepcopy(values)
    for path in dead:
        holder: Any = result
        # The one name with dots of its own is the last step of its path.
        parts = re.split(r"\.(?=prometheus\.io/)", path)
        names = [*steps(parts[0]), *parts[1:]]
        for name in names[:-1]:
            holder = holder[int(name)] if isinstance(holder, list) else holder[name]
        del holder[names[-1]]
    return result


def assert_valid(values: Values) -> None:
    rendering = render(values)
    assert len(rendering.objects) > 10
    for version in KUBERNETES_VERSIONS:
        validate_rendering(rendering, version)


def ids(file: Path) -> str:
    return file.stem


def test_all_hundred_files_are_there_and_described() -> None:
    assert len(FILES) == 100
    assert {file.name for file in FILES} == set(INDEX)


@pytest.mark.parametrize("file", [file for file in FILES if dead_keys(file)], ids=ids)
def test_a_file_with_dead_keys_is_refused_by_exactly_these(file: Path) -> None:
    assert named_keys(refusal(read(file))) == dead_keys(file)


@pytest.mark.parametrize(
    "file", [file for file in FILES if not dead_keys(file) and number(file) not in CONTRADICTORY], ids=ids
)
def test_a_file_without_dead_keys_renders_as_it_stands(file: Path) -> None:
    assert_valid(read(file))


@pytest.mark.parametrize(
    "file", [file for file in FILES if dead_keys(file) and number(file) not in CONTRADICTORY], ids=ids
)
def test_a_refused_file_renders_once_the_named_keys_are_gone(file: Path) -> None:
    required = {"028": {"permissions.operator.restrict.serviceAccountTokenCreationRoles"}}
    assert_valid(without(read(file), required.get(number(file), dead_keys(file))))


@pytest.mark.parametrize("file", [file for file in FILES if number(file) in CONTRADICTORY], ids=ids)
def test_a_contradiction_is_told_with_its_path(file: Path) -> None:
    message = refusal(without(read(file), dead_keys(file)))
    problems = re.findall(r"^\s*- .*", message, flags=re.MULTILINE)
    expected = CONTRADICTORY[number(file)]
    assert all(any(words in problem for problem in problems) for words in expected), message
    assert len(problems) == (1 if number(file) == "010" else len(expected)), message


def test_no_exception_outlives_its_file() -> None:
    numbers = {number(file) for file in FILES}
    listed = {key for keys in INDEX.values() for key, _ in keys}
    assert ALSO_REFUSED.keys() | CONTRADICTORY.keys() <= numbers
    assert SUPPORTED_HERE.keys() <= listed


def test_a_registry_of_another_chart_is_pointed_out() -> None:
    (file,) = [file for file in FILES if number(file) == "071"]
    assert "global.imageRegistry is not read" in render(read(file)).notes
