"""What a check finds, apart from how it is printed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Level = Literal["problem", "warning"]


@dataclass(frozen=True)
class Place:
    """Where a value stands. ``line`` and ``column`` count from 1; ``line`` 0: the whole source, as with --set."""

    source: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.source}:{self.line}" if self.line else self.source


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong (problem), or works and may not be meant (warning).

    ``rule`` says who found it (``values-schema``, ``chart``, ``kubernetes``, ``lint``, ``yaml``, ``advice.*`` or the name of a
    relation), ``path`` is the dotted values path, ``where`` the rendered object, ``place`` the line in a values file.
    """

    level: Level
    rule: str
    what: str
    path: str = ""
    fix: str = ""
    where: str = ""
    place: Place | None = None

    def sentence(self) -> str:
        """What and fix in one line; texts of several lines are joined."""
        subject = f"{self.where}: " if self.where else ""
        return " ".join(f"{subject}{self.what}{f'; {self.fix}' if self.fix else ''}".split())


@dataclass(frozen=True)
class Rendered:
    """An object as the report lists it; ``namespace`` is "" for one that has none."""

    kind: str
    namespace: str
    name: str


@dataclass
class Verdict:
    """The whole answer. ``mode`` is "" and ``objects`` empty when nothing could be rendered.

    ``rules`` holds every rule that was asked, also those that found nothing; ``unjudged`` objects without a schema.
    """

    files: tuple[str, ...]
    release: str
    namespace: str
    kubernetes: tuple[str, ...]
    mode: str = ""
    mode_summary: str = ""
    objects: list[Rendered] = field(default_factory=list)
    provide: list[str] = field(default_factory=list)
    unjudged: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def problems(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.level == "problem"]

    @property
    def warnings(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.level == "warning"]
