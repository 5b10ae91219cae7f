"""Where the actions and blocks of a Helm template stand in its text.

Follows the lexer of Go's text/template: an action ends at the first ``}}`` outside of a string, a comment at the first
``*/``. Nothing is evaluated. tests/mutants/test_template_scanner.py compares the blocks with those of Go's own parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<string>"(?:[^"\\\n]|\\.)*")
  | (?P<raw>`[^`]*`)
  | (?P<char>'(?:[^'\\\n]|\\.)*')
  | (?P<number>[+-]?\d[\w.]*)
  | (?P<field>\.[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
  | (?P<variable>\$\w*(?:\.[A-Za-z_]\w*)*)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<sign>:=|[=|,().])
    """,
    re.VERBOSE,
)
_OPENERS = ("if", "with", "range", "define", "block")


class UnreadableTemplate(Exception):
    """The text is not a template; the message tells the line."""


@dataclass(frozen=True)
class Token:
    """One word of an action; ``kind`` is a group of the pattern above, ``start`` and ``end`` are offsets in the file."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Action:
    """``{{ ... }}`` with its offsets; a comment has no tokens. The trims are its ``{{-`` and ``-}}``."""

    start: int
    end: int
    tokens: tuple[Token, ...]
    trims_left: bool
    trims_right: bool
    comment: bool = False

    @property
    def keyword(self) -> str:
        """if, else, end, range, with, define, block; else "" ."""
        first = self.tokens[0] if self.tokens else None
        if first is not None and first.kind == "word" and first.text in {*_OPENERS, "else", "end"}:
            return first.text
        return ""


@dataclass(frozen=True)
class Branch:
    """``header`` opens it (if, else if, else, range, with, define); the body is all between it and the next one."""

    header: Action
    start: int
    end: int

    @property
    def condition(self) -> tuple[Token, ...]:
        """The tokens behind the keywords; none for a plain else."""
        tokens = self.header.tokens
        behind = tokens[1:] if self.header.keyword != "else" else tokens[2:]
        return behind

    @property
    def conditional(self) -> bool:
        return bool(self.condition)


@dataclass
class Block:
    """An if, with, range or define with all its branches, from ``{{ if`` to the end of ``{{ end }}``."""

    keyword: str
    branches: list[Branch]
    # The action {{ end }}; until it is found, the one that opens the block.
    closing: Action

    @property
    def start(self) -> int:
        return self.branches[0].header.start

    @property
    def end(self) -> int:
        return self.closing.end

    @property
    def has_else(self) -> bool:
        return len(self.branches) > 1 and not self.branches[-1].conditional


def line_of(text: str, offset: int) -> int:
    """Line number, from 1."""
    return text.count("\n", 0, offset) + 1


def actions(text: str) -> Iterator[Action]:
    """All actions and comments in their order."""
    position = 0
    while (start := text.find("{{", position)) >= 0:
        trims_left = text[start + 2 : start + 3] == "-" and text[start + 3 : start + 4].isspace()
        inside = start + (3 if trims_left else 2)
        stripped = inside + len(text[inside:]) - len(text[inside:].lstrip())
        if text.startswith("/*", stripped):
            closed = text.find("*/", stripped)
            end = text.find("}}", closed)
            if closed < 0 or end < 0:
                raise UnreadableTemplate(f"line {line_of(text, start)}: a comment without an end")
            yield Action(start, end + 2, (), trims_left, text[end - 1] == "-", comment=True)
            position = end + 2
            continue
        tokens = []
        at = inside
        while not re.compile(r"(\s-)?\}\}").match(text, at):
            found = _TOKEN.match(text, at)
            if found is None:
                raise UnreadableTemplate(f"line {line_of(text, at)}: {text[at : at + 20]!r}")
            # Space in front of -}} is part of the trim.
            if found.lastgroup == "space":
                at = found.end() - 1 if text.startswith("-}}", found.end()) else found.end()
                if text.startswith("-}}", found.end()):
                    break
                continue
            tokens.append(Token(str(found.lastgroup), found[0], found.start(), found.end()))
            at = found.end()
        trims_right = text.startswith("-}}", at + 1)
        end = at + (4 if trims_right else 2)
        yield Action(start, end, tuple(tokens), trims_left, trims_right)
        position = end


def blocks(text: str, found: Sequence[Action] | None = None) -> list[Block]:
    """All blocks, an outer one before those inside of it; UnreadableTemplate when one is not closed."""
    result: list[Block] = []
    open_blocks: list[Block] = []
    for action in found if found is not None else list(actions(text)):
        keyword = action.keyword
        if keyword in _OPENERS:
            block = Block(keyword, [Branch(action, action.end, -1)], action)
            result.append(block)
            open_blocks.append(block)
        elif keyword in {"else", "end"}:
            if not open_blocks:
                raise UnreadableTemplate(f"line {line_of(text, action.start)}: {keyword} without a block")
            block = open_blocks[-1]
            last = block.branches[-1]
            block.branches[-1] = Branch(last.header, last.start, action.start)
            if keyword == "end":
                block.closing = action
                open_blocks.pop()
            else:
                block.branches.append(Branch(action, action.end, -1))
    if open_blocks:
        raise UnreadableTemplate(
            f"line {line_of(text, open_blocks[-1].start)}: {open_blocks[-1].keyword} without an end"
        )
    return result


def calls(action: Action, function: str) -> Iterator[tuple[Token, int]]:
    """Each call of ``function`` in an action, with the offset behind its last argument."""
    for index, token in enumerate(action.tokens):
        if token.kind != "word" or token.text != function:
            continue
        depth = 0
        end = token.end
        for following in action.tokens[index + 1 :]:
            if following.text == "(" and following.kind == "sign":
                depth += 1
            elif following.text == ")" and following.kind == "sign":
                depth -= 1
            if depth < 0 or (depth == 0 and following.kind == "sign" and following.text in {"|", ","}):
                break
            end = following.end
        yield token, end
