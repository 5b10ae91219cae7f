"""The shell of the documents, taken apart: blocks into commands with their words and what they read."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from tests.docs.documents import Place

_HERE = re.compile(r"<<'?(\w+)'?")
_OPERATORS = frozenset({"|", "||", "&&", ";", "&"})
_REDIRECTIONS = frozenset({">", ">>", "<"})


@dataclass(frozen=True)
class Command:
    """One program with its words. ``reads``: the text of a here document; ``place``: where its block begins."""

    place: Place
    words: tuple[str, ...]
    reads: str = ""
    inline: bool = False

    @property
    def program(self) -> str:
        return self.words[0]

    @property
    def arguments(self) -> tuple[str, ...]:
        return self.words[1:]

    @property
    def flags(self) -> tuple[str, ...]:
        """Flags before a bare ``--``, without the values that ``=`` gives them."""
        own = self.words[1 : self.words.index("--")] if "--" in self.words else self.words[1:]
        return tuple(word.partition("=")[0] for word in own if re.match(r"--?[A-Za-z]", word))

    @property
    def id(self) -> str:
        return f"{self.place.id} {' '.join(self.words)[:60]}"


def commands_of(place: Place, *, inline: bool = False) -> Iterator[Command]:
    """The commands of a block or of an inline piece of code, in their order. Placeholders like <name> become words."""
    text = re.sub(r"<([a-z][a-z0-9-]*)>", r"\1", place.text).replace("\\\n", " ")
    lines = iter(text.splitlines())
    for line in lines:
        reads = ""
        here = _HERE.search(line)
        if here:
            body = []
            for inner in lines:
                if inner.strip() == here[1]:
                    break
                body.append(inner)
            reads = "\n".join(body) + "\n"
            line = line.replace(here[0], "")
        yield from (Command(place, words, reads, inline) for words in _words(line))


def _words(line: str) -> Iterator[tuple[str, ...]]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    words: list[str] = []
    skip = False
    for word in lexer:
        if skip:
            skip = False
        elif word in _REDIRECTIONS:
            skip = True
        elif word in _OPERATORS:
            if words:
                yield tuple(words)
            words = []
        else:
            words.append(word)
    if words:
        yield tuple(words)
