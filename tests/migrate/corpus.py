"""The values files that people wrote for the official chart, as tests/values/test_corpus.py describes them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.docs.documents import ROOT

CORPUS = Path(os.environ.get("KEDA_VALUES_CORPUS", ROOT.parent / "shared" / "values-corpus"))


def files() -> list[Path]:
    """All of them, by number; the calling module is skipped when they are not there."""
    if not (CORPUS / "INDEX.md").is_file():
        pytest.skip(f"no values corpus at {CORPUS}; KEDA_VALUES_CORPUS names another folder", allow_module_level=True)
    found = sorted(CORPUS.glob("*.yaml"))
    assert len(found) == 100
    return found


def number(file: Path) -> str:
    """The three digits that a file is known by."""
    return file.name[:3]
