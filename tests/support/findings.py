"""Collecting what is wrong over many combinations, so that one run tells it all and a loop over nothing fails."""

from __future__ import annotations

from types import TracebackType
from typing import Self

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
        self._subject = ""

    def of(self, subject: str) -> Self:
        """Statements about ``subject``: an AssertionError inside is kept, every other exception goes through."""
        # No context manager of its own for each subject: there are a hundred thousand of them. They are not nested.
        self._seen += 1
        self._subject = subject
        return self

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(failure, AssertionError):
            return False
        self._failures.append((self._subject, str(failure) or "an assertion without a message"))
        return True

    def settle(self) -> None:
        """Fails when something was wrong, naming the first subjects, and when nothing was looked at."""
        assert self._seen > 0, "the loop was empty: nothing was checked"
        if self._failures:
            shown = "\n".join(f"- {subject}\n    {text}" for subject, text in self._failures[:_SHOWN])
            hidden = len(self._failures) - _SHOWN
            more = f"\n... and {hidden} more" if hidden > 0 else ""
            raise AssertionError(f"{len(self._failures)} of {self._seen} are wrong:\n{shown}{more}")
