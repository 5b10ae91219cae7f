"""What a test run rendered and validated, summed over the processes of pytest-xdist and printed at its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.support import schemas

if TYPE_CHECKING:
    # tools.check imports this module, too, and does not wait for pytest.
    import pytest

_KEY = "keda_totals"


@dataclass
class Totals:
    """Counts of one process. ``rendered`` holds the number of objects by combination id, ``documents`` short hashes of texts.

    By id and by hash, because a test may render a combination that another one renders, too.
    """

    rendered: dict[str, int] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    documents: set[str] = field(default_factory=set)
    validations: int = 0

    def add(self, other: Totals) -> None:
        self.rendered |= other.rendered
        self.refused |= other.refused
        self.documents |= other.documents
        self.validations += other.validations


OWN = Totals()
_ALL = Totals()


def hand_over(config: pytest.Config) -> None:
    """At the end of a process: give the counts to the process that reports them."""
    OWN.documents = set(schemas.TALLY.documents)
    OWN.validations = schemas.TALLY.validations
    if hasattr(config, "workeroutput"):
        config.workeroutput[_KEY] = [OWN.rendered, sorted(OWN.refused), sorted(OWN.documents), OWN.validations]
    else:
        _ALL.add(OWN)


def take_over(node: Any) -> None:
    """In the reporting process: add the counts of an xdist process that ended."""
    counts = getattr(node, "workeroutput", {}).get(_KEY)
    if counts:
        rendered, refused, documents, validations = counts
        _ALL.add(Totals(rendered, set(refused), set(documents), validations))


def report(reporter: pytest.TerminalReporter) -> None:
    """Print the sums, when any combination was rendered."""
    if not _ALL.rendered and not _ALL.refused:
        return
    versions = ", ".join(schemas.KUBERNETES_VERSIONS)
    reporter.section("combinations")
    reporter.write_line(f"{len(_ALL.rendered):>8,} combinations rendered, {len(_ALL.refused):,} refused as expected")
    reporter.write_line(f"{sum(_ALL.rendered.values()):>8,} objects in {len(_ALL.documents):,} distinct documents")
    reporter.write_line(f"{_ALL.validations:>8,} validations, for Kubernetes {versions}")
