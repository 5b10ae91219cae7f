"""What a migration did to a key, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# removed: had no effect, or only a broken one. changed: written differently, the effect is the same. added: says what was
# silently so. decide: a choice that equals the official chart and that only the user can judge. note: nothing was changed.
Kind = Literal["removed", "changed", "added", "decide", "note"]
KINDS: tuple[Kind, ...] = ("removed", "changed", "added", "decide", "note")


@dataclass(frozen=True)
class Change:
    """One change. ``path``: dotted; ``source``, ``line``: where it stood, 0 when it is new; ``to``: the new path or value."""

    kind: Kind
    path: str
    reason: str
    source: str
    line: int = 0
    to: str = ""

    def sentence(self) -> str:
        """Place, path and reason in one line."""
        place = f"{self.source}:{self.line}" if self.line else self.source
        to = f" -> {self.to}" if self.to else ""
        return f"{place}: {self.path}{to}: {' '.join(self.reason.split())}"
