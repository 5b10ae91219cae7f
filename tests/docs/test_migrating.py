"""docs/migrating.md tells every default that is another one than in the official chart, and what it is here."""

from __future__ import annotations

import re

import pytest

from tests.docs.documents import ROOT
from tests.support.value_paths import OF_COMPONENT
from tests.values.documents import contract
from tools.migrate import official, pins
from tools.values_schema import MISSING, code

TEXT = (ROOT / "docs" / "migrating.md").read_text(encoding="utf-8")
PART = TEXT.partition("\n## What changed on purpose\n")[2].partition("\n## ")[0]
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PART.splitlines() if line.startswith("| `")]
OURS = {key.path: key.default for key in contract().all_keys()}
COMPONENTS = [paths.block for paths in OF_COMPONENT.values()]
# "" means derived, and what is derived is the official default: tests/invariants pin the names.
DERIVED = re.compile(r"^(operator|webhooks)\.name$|^serviceAccount\.\w+\.name$")
# The row is about one of the words that the value may have, not about the default.
WORD = re.compile(r"[tT]imeEncoding$")
# Values that the official chart has as null, and this one as a map of settings with their own defaults.
OPEN = {"certificates.operator"}


def _told() -> dict[str, str]:
    """Cell of this chart's default, by key."""
    told = {}
    for keys, _, here, _ in ROWS:
        for key in re.findall(r"`([^`]+)`", keys):
            for component in COMPONENTS if "<component>" in key else [""]:
                told[key.replace("<component>", component)] = here
    return told


DIFFERENT = [
    key
    for key, default in official.listed().items()
    if OURS.get(key, MISSING) is not MISSING and OURS[key] != default and key not in OPEN and not DERIVED.match(key)
]


DEFAULTS_TOLD = [key for key in _told() if key in OURS and OURS[key] not in (MISSING, {}, []) and not WORD.search(key)]


def test_differences_are_found() -> None:
    assert len(DIFFERENT) > 5
    assert len(ROWS) > 10


@pytest.mark.parametrize("key", DIFFERENT)
def test_no_default_changed_without_a_word(key: str) -> None:
    told = _told()
    assert key in told
    assert code(OURS[key]).strip("`").strip('"') in told[key].replace('""', "")


@pytest.mark.parametrize("key", DEFAULTS_TOLD)
def test_no_default_is_told_that_is_another_one_here(key: str) -> None:
    cell = _told()[key]
    literal = re.fullmatch(r"`([^`]*)`", cell)
    if literal:
        assert literal[1] == code(OURS[key]).strip("`").strip('"') or literal[1] == code(OURS[key]).strip("`")


@pytest.mark.parametrize(("path", "value"), [(path, value) for path, value, _ in pins.PINS])
def test_no_pin_is_what_the_chart_does_anyway(path: str, value: object) -> None:
    assert path in OURS
    assert OURS[path] != value
    if path in official.listed():
        assert official.listed()[path] == value


def test_every_default_that_can_be_pinned_is_pinned() -> None:
    pinned = {path for path, _, _ in pins.PINS}
    # Written in any case where they matter, or derived to the same.
    elsewhere = {"networkPolicy.flavor", "certificates.certManager.issuer.name"}
    assert {key for key in DIFFERENT if not key.endswith("dnsPolicy")} - pinned == elsewhere
