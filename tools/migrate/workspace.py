"""All values files of one migration: edits go to the file in which a key stands, and each is written down with its reason."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from typing import Any

from tools.check.judging import defaults
from tools.check.layers import Steps, Values, dotted, merged, over_defaults
from tools.migrate.changes import Change, Kind
from tools.migrate.document import Document

GONE = object()


class Workspace:
    """Files as layers, later ones win; ``changes`` is the log."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = tuple(documents)
        self.changes: list[Change] = []

    @property
    def values(self) -> Values:
        """All layers as one, a copy."""
        return merged([document.values for document in self.documents])

    @property
    def judged(self) -> Values:
        """What schema and templates see."""
        return over_defaults(defaults(), self.values)

    def get(self, path: str, default: Any = None) -> Any:
        """What the files say at a dotted path (without names that hold dots); ``default`` when they say nothing."""
        found: Any = self.values
        for step in path.split("."):
            if not isinstance(found, dict) or step not in found:
                return default
            found = found[step]
        return found

    def effective(self, path: str) -> Any:
        """The same with the chart's defaults below; None when there is none."""
        found: Any = self.judged
        for step in path.split("."):
            found = found.get(step) if isinstance(found, dict) else None
        return found

    def remove(self, steps: Steps, reason: str, kind: Kind = "removed", to: str = "") -> None:
        """Take a key out of every file that has it."""
        for document in self.documents:
            if document.has(steps):
                line = document.line(steps)
                document.delete(steps)
                self.changes.append(Change(kind, dotted(steps), reason, document.source, line, to))

    def put(self, steps: Steps, value: Any, reason: str, kind: Kind = "changed") -> None:
        """Another value in the strongest file that has the key; a new key when none has it."""
        for document in reversed(self.documents):
            if document.has(steps):
                line = document.line(steps)
                document.put(steps, copy.deepcopy(value))
                self.changes.append(Change(kind, dotted(steps), reason, document.source, line, _shown(value)))
                return
        self.add(steps, value, reason, kind=kind)

    def add(self, steps: Steps, value: Any, reason: str, *, kind: Kind = "added", comment: str = "") -> None:
        """A key that no file has, in the strongest file that has something of the same block; one that is there is replaced."""
        if any(document.has(steps) for document in self.documents):
            self.put(steps, value, reason, kind)
            return
        for depth in range(len(steps) - 1, -1, -1):
            for document in reversed(self.documents):
                if depth == 0 or document.has(steps[:depth]):
                    document.add(steps, copy.deepcopy(value), comment)
                    self.changes.append(Change(kind, dotted(steps), reason, document.source, 0, _shown(value)))
                    return

    def note(self, path: str, reason: str) -> None:
        """Something that the user should know, once."""
        steps = tuple(path.split("."))
        holders = [document for document in reversed(self.documents) if document.has(steps)] or self.documents[-1:]
        change = Change("note", path, reason, holders[0].source, holders[0].line(steps))
        if change not in self.changes:
            self.changes.append(change)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
