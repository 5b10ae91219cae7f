"""What a mutant is: one file with one place changed."""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """``text[start:end]`` of ``file`` (path below the repository) becomes ``replacement``.

    ``line`` is that of ``start``, from 1; ``before`` and ``after`` are the lines that differ, without the space around them.
    """

    kind: str
    file: str
    line: int
    start: int
    end: int
    replacement: str
    before: str
    after: str

    @property
    def id(self) -> str:
        """The same in every run as long as the file does not change around the place."""
        content = "\0".join((self.file, str(self.start), str(self.end), self.replacement))
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def applied(self, text: str) -> str:
        return text[: self.start] + self.replacement + text[self.end :]

    def __str__(self) -> str:
        lines = [f"{self.file}:{self.line}: {self.kind}"]
        lines += [f"    - {_short(line)}" for line in self.before.splitlines()[:6]]
        lines += [f"    + {_short(line)}" for line in self.after.splitlines()[:6]]
        return "\n".join(lines)


def _short(line: str) -> str:
    return line if len(line) <= 240 else f"{line[:200]} ... {line[-30:]}"


def mutant(kind: str, file: str, text: str, start: int, end: int, replacement: str) -> Mutant:
    """The mutant of ``text`` with that place replaced."""
    changed = text[:start] + replacement + text[end:]
    old, new = text.splitlines(), changed.splitlines()
    # Only the lines around the place: comparing whole files a thousand times takes minutes.
    first = text.count("\n", 0, start)
    last_old = text.count("\n", 0, end) + 2
    last_new = last_old + len(new) - len(old)
    before, after = [], []
    for line in difflib.ndiff(old[first:last_old], new[first:last_new]):
        if line.startswith("- "):
            before.append(line[2:].strip())
        elif line.startswith("+ "):
            after.append(line[2:].strip())
    return Mutant(kind, file, first + 1, start, end, replacement, "\n".join(before), "\n".join(after))
