"""What a test run rendered and validated, summed over the processes of pytest-xdist and printed at its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support import schemas

_KEY = "keda_totals"


@dataclass
class Totals:
    """Counts of one process. ``documents`` holds a short hash for each distinct document text."""

    rendered: int = 0
    refused: int = 0
    objects: int = 0
    validations: int = 0
    documents: set[str] = field(default_factory=set)

    def add(self, other: Totals) -> None:
        self.rendered += other.rendered
        self.refused += other.refused
        self.objects += other.objects
        self.validations += other.validations
        self.documents |= other.documents


OWN = Totals()
_ALL = Totals()


def _snapshot() -> Totals:
    documents = {digest[:16] for digest in schemas.TALLY.documents}
    return Totals(OWN.rendered, OWN.refused, OWN.objects, schemas.TALLY.validations, documents)


def hand_over(config: pytest.Config) -> None:
    """At the end of a process: give the counts to the process that reports them."""
    own = _snapshot()
    if hasattr(config, "workeroutput"):
        config.workeroutput[_KEY] = [own.rendered, own.refused, own.objects, own.validations, sorted(own.documents)]
    else:
        _ALL.add(own)


def take_over(node: Any) -> None:
    """In the reporting process: add the counts of an xdist process that ended."""
    counts = getattr(node, "workeroutput", {}).get(_KEY)
    if counts:
        rendered, refused, objects, validations, documents = counts
        _ALL.add(Totals(rendered, refused, objects, validations, set(documents)))


def report(reporter: pytest.TerminalReporter) -> None:
    """Print the sums, when any combination was rendered."""
    if not _ALL.rendered and not _ALL.refused:
        return
    versions = ", ".join(schemas.KUBERNETES_VERSIONS)
    reporter.section("combinations")
    reporter.write_line(f"{_ALL.rendered:>8,} combinations rendered, {_ALL.refused:,} refused as expected")
    reporter.write_line(f"{_ALL.objects:>8,} objects in {len(_ALL.documents):,} distinct documents")
    reporter.write_line(f"{_ALL.validations:>8,} validations, for Kubernetes {versions}")
