"""Mutants of one template: what a slip of the hand, or a change that went too far, would leave behind."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from tools import template_scanner
from tools.mutants.mutation import Mutant, mutant
from tools.template_scanner import Action, Block, Token

_SWAPPED = {
    "and": ("swap and/or", "or"),
    "or": ("swap and/or", "and"),
    "eq": ("swap comparison", "ne"),
    "ne": ("swap comparison", "eq"),
    "lt": ("swap comparison", "ge"),
    "ge": ("swap comparison", "lt"),
    "gt": ("swap comparison", "le"),
    "le": ("swap comparison", "gt"),
    "true": ("change truth", "false"),
    "false": ("change truth", "true"),
}
_SCALAR = re.compile(r"^(?P<head>\s*(?:- )?(?:[\w./\"-]+:\s+|(?<=- )))(?P<value>[^\s#{\[&*|>][^#\n]*?)\s*$")


class _Of(Protocol):
    """Makes a mutant of the text at hand."""

    def __call__(self, kind: str, start: int, end: int, replacement: str) -> Mutant: ...


def mutants(file: str, text: str, helpers: Mapping[str, Sequence[str]]) -> Iterator[Mutant]:
    """All mutants of a template. ``helpers``: name of each named template -> those that may be taken for it."""
    found = list(template_scanner.actions(text))
    blocks = template_scanner.blocks(text, found)

    def of(kind: str, start: int, end: int, replacement: str) -> Mutant:
        return mutant(kind, file, text, start, end, replacement)

    for block in blocks:
        yield from _of_block(of, block)
    for action in found:
        if not action.comment:
            yield from _of_action(of, action, helpers)
    yield from _of_lines(of, text, found, blocks)


def _of_block(of: _Of, block: Block) -> Iterator[Mutant]:
    if block.keyword not in {"if", "with", "range"}:
        return
    yield of(f"drop {block.keyword}", block.start, block.end, "")
    for branch in block.branches:
        if branch.condition and block.keyword == "if":
            first, last = branch.condition[0], branch.condition[-1]
            yield of("negate condition", first.start, last.end, f"not ({_source(branch.condition)})")
            yield of("force condition", first.start, last.end, "true")
        if not branch.conditional:
            # Without its else.
            yield of("drop else", branch.header.start, branch.end, "")


def _source(tokens: Sequence[Token]) -> str:
    """Tokens as one line that means the same: the space between two of them matters only where there was some."""
    parts = [tokens[0].text]
    for left, right in itertools.pairwise(tokens):
        parts += [" " if right.start > left.end else "", right.text]
    return "".join(parts)


def _of_action(of: _Of, action: Action, helpers: Mapping[str, Sequence[str]]) -> Iterator[Mutant]:
    if action.keyword == "define":
        return
    tokens = action.tokens
    for index, token in enumerate(tokens):
        previous = tokens[index - 1].text if index else ""
        if token.kind == "word" and token.text in _SWAPPED:
            kind, other = _SWAPPED[token.text]
            yield of(kind, token.start, token.end, other)
        elif token.kind in {"string", "raw"}:
            name = token.text[1:-1]
            if previous == "include":
                others = helpers.get(name, ())
                if others:
                    yield of("swap helpers", token.start, token.end, f'"{others[0]}"')
            else:
                # The last letter stays last, so that a format's verb is not broken.
                yield of("change literal", token.start + 1, token.start + 1, "Z")
        elif token.kind == "number":
            number = re.match(r"[+-]?\d+", token.text)
            if number is not None:
                end = token.start + number.end()
                # A block that stands alone below its key may be indented further without being another one.
                changed = int(number[0]) - 2 if previous in {"nindent", "indent"} else int(number[0]) + 1
                yield of("change number", token.start, end, str(max(changed, 0)))
        elif token.text == "default" and previous == "|":
            # "x | default y" -> "x"; the argument of default is one term.
            _, end = next(call for call in template_scanner.calls(action, "default") if call[0] is token)
            yield of("loosen default", tokens[index - 2].end, end, "")


def _of_lines(of: _Of, text: str, found: Sequence[Action], blocks: Sequence[Block]) -> Iterator[Mutant]:
    """A line dropped, and a literal of the text changed. A line that opens or closes a block is left to the block."""
    position = 0
    for line in text.splitlines(keepends=True):
        start, end = position, position + len(line)
        position = end
        if not line.strip() or line.strip() in {"---", "{}"} or line.lstrip().startswith("#"):
            continue
        inside = [action for action in found if action.start < end and action.end > start]
        if any(action.start < start or action.end > end for action in inside):
            continue
        if inside and all(action.comment for action in inside) and not _prose(line, start, inside).strip():
            continue
        edges = [
            block
            for block in blocks
            if not (block.end <= start or block.start >= end)
            and not (block.start >= start and block.end <= end)
            and any(start <= edge < end for branch in block.branches for edge in (branch.header.start, branch.end))
        ]
        if edges:
            continue
        yield of("drop line", start, end, "")
        plain = _SCALAR.match(line.rstrip("\n"))
        if plain is None or "{{" in line:
            continue
        value = plain["value"]
        at = start + plain.start("value")
        if re.fullmatch(r"-?\d+", value):
            yield of("change number", at, at + len(value), str(int(value) + 1))
        elif value in {"true", "false"}:
            yield of("change truth", at, at + len(value), "false" if value == "true" else "true")
        else:
            inner = at + 1 if value[0] in "\"'" else at
            yield of("change literal", inner, inner, "Z")


def _prose(line: str, start: int, inside: Sequence[Action]) -> str:
    for action in reversed(inside):
        line = line[: max(action.start - start, 0)] + line[action.end - start :]
    return line


def helper_table(files: Mapping[str, str]) -> dict[str, list[str]]:
    """Name of each named template -> the other names of its file, the next one first; of the same family where it is alone."""
    names = {file: re.findall(r'\{\{-?\s*define "([^"]+)"', text) for file, text in files.items()}
    table: dict[str, list[str]] = {}
    for own in names.values():
        for index, name in enumerate(own):
            table[name] = own[index + 1 :] + own[:index]
    for name, others in table.items():
        if not others:
            family = name.rpartition(".")[0]
            table[name] = [other for other in sorted(table) if other != name and other.rpartition(".")[0] == family]
    return table
