"""Collecting what is wrong over many combinations, so that one run tells it all and a loop over nothing fails."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

_SHOWN = 8


class Findings:
    """Failures of one statement over many subjects.

    findings = Findings()
    for subject in subjects:
        with findings.of(subject.id):
            assert ...
    findings.settle()
    """

    def __init__(self) -> None:
        self._seen = 0
        self._failures: list[tuple[str, str]] = []

    @contextlib.contextmanager
    def of(self, subject: str) -> Iterator[None]:
        """Statements about ``subject``: an AssertionError inside is kept, every other exception goes through."""
        self._seen += 1
        try:
            yield
        except AssertionError as failure:
            self._failures.append((subject, str(failure) or "an assertion without a message"))

    def settle(self) -> None:
        """Fails when something was wrong, naming the first subjects, and when nothing was looked at."""
        assert self._seen > 0, "the loop was empty: nothing was checked"
        if self._failures:
            shown = "\n".join(f"- {subject}\n    {text}" for subject, text in self._failures[:_SHOWN])
            hidden = len(self._failures) - _SHOWN
            more = f"\n... and {hidden} more" if hidden > 0 else ""
            raise AssertionError(f"{len(self._failures)} of {self._seen} are wrong:\n{shown}{more}")
