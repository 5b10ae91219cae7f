"""The documents of the repository, their links and their commands."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools import git_files

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Place:
    """Something in a document: its text, the file, the line it stands on and, of a block, its language."""

    file: Path
    line: int
    text: str
    language: str = ""

    @property
    def id(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line}"


def files(*patterns: str) -> list[Path]:
    """Every file that git knows or would add, in order; of ``patterns``, when there are any."""
    return [ROOT / name for name in git_files.known(ROOT, *patterns)]


def documents() -> list[Path]:
    """Every Markdown file."""
    return files("*.md")


def links() -> list[Place]:
    """Targets of all links to places inside the repository."""
    return [
        Place(file, number, target)
        for file in documents()
        for number, line in _outside_of_fences(file)
        for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", line))
        if not re.match(r"[a-z]+:", target)
    ]


def blocks(*languages: str) -> list[Place]:
    """Each fenced block in one of the languages, or each at all; indented ones without their indentation."""
    found = []
    for file in documents():
        inside: list[str] | None = None
        start, language, indent = 0, "", 0
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            fence = re.match(r"(\s*)```(\w*)\s*$", line)
            if inside is None and fence:
                inside, start, indent, language = [], number + 1, len(fence[1]), fence[2]
            elif inside is not None and fence:
                if not languages or language in languages:
                    found.append(Place(file, start, "\n".join(inside), language))
                inside = None
            elif inside is not None:
                inside.append(line[indent:])
    return found


def inline_code() -> list[Place]:
    """Each piece of code between backticks, outside of blocks; one that is broken over two lines is one."""
    found = []
    for file in documents():
        text = "\n".join(line for line in _with_empty_fences(file))
        for piece in re.finditer(r"(?<!`)`([^`]+)`(?!`)", text):
            line = text.count("\n", 0, piece.start()) + 1
            found.append(Place(file, line, " ".join(piece[1].split())))
    return found


@functools.cache
def anchors(file: Path) -> frozenset[str]:
    """The anchors that GitHub makes of a file's headings."""
    found: set[str] = set()
    for _, line in _outside_of_fences(file):
        heading = re.match(r"#+\s+(.*?)\s*#*$", line)
        if heading:
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1])
            anchor = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            number = 0
            while (numbered := anchor if number == 0 else f"{anchor}-{number}") in found:
                number += 1
            found.add(numbered)
    return frozenset(found)


def _outside_of_fences(file: Path) -> Iterator[tuple[int, str]]:
    inside = False
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if line.lstrip().startswith("```"):
            inside = not inside
        elif not inside:
            yield number, line


def _with_empty_fences(file: Path) -> Iterator[str]:
    """The lines, with nothing in place of blocks, so that their numbers stay."""
    inside = False
    for line in file.read_text(encoding="utf-8").splitlines():
        fence = line.lstrip().startswith("```")
        yield "" if inside or fence else line
        inside = inside != fence
