"""Probes in the templates: calls of ``covered`` that print nothing and tell which branches were taken.

``covered`` is a function of the suite runner, not of Helm: a chart with probes renders nowhere else, and exists only in
memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tools import template_scanner
from tools.template_scanner import Action, Block


@dataclass(frozen=True)
class Probe:
    """One direction of one action. ``start`` and ``end`` are the offsets of the text that runs when it is reached."""

    id: str
    file: str
    line: int
    what: str
    direction: str
    start: int
    end: int
    required: bool = True

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}: never {self.direction}"


@dataclass(frozen=True)
class Probed:
    """A template with its probes; ``text`` renders the same as without them."""

    text: str
    probes: tuple[Probe, ...]

    def around(self, offset: int) -> Probe:
        """The probe of the innermost body that holds ``offset``."""
        holding = [probe for probe in self.probes if probe.start <= offset < probe.end]
        return min(holding, key=lambda probe: probe.end - probe.start)


def probed(file: str, text: str) -> Probed:
    """Put a probe at every direction of every action of a template; ``file`` is its path below the chart."""
    found = list(template_scanner.actions(text))
    probes: list[Probe] = []
    insertions: list[tuple[int, str]] = []

    def add(line_at: int, what: str, direction: str, start: int, end: int) -> str:
        number = f"{file}#{len(probes)}"
        line = template_scanner.line_of(text, line_at)
        # Helm renders no file whose name begins with an underscore: there the file's own probe only frames the others.
        required = direction != "rendered" or not file.rpartition("/")[2].startswith("_")
        probes.append(Probe(number, file, line, what, direction, start, end, required))
        return number

    insertions.append((0, _standing(add(0, "the file", "rendered", 0, len(text) + 1), None)))
    for block in template_scanner.blocks(text, found):
        insertions += _of_block(text, block, add)
    for action in found:
        for token, end in template_scanner.calls(action, "include"):
            number = add(token.start, text[token.start : end], "evaluated", 0, 0)
            insertions.append((end, f' | covered "{number}"'))
    parts = []
    position = 0
    # Stable: what was found first stands first at one place.
    for offset, insertion in sorted(insertions, key=lambda entry: entry[0]):
        parts += [text[position:offset], insertion]
        position = offset
    return Probed("".join([*parts, text[position:]]), tuple(probes))


def _standing(number: str, behind: Action | None) -> str:
    """A probe that stands behind an action and passes on its trim."""
    trims = behind is not None and behind.trims_right
    return f'{{{{- covered "{number}" -}}}}' if trims else f'{{{{ covered "{number}" }}}}'


class _Add(Protocol):
    """Registers a probe and returns its id."""

    def __call__(self, line_at: int, what: str, direction: str, start: int, end: int) -> str: ...


def _of_block(text: str, block: Block, add: _Add) -> Sequence[tuple[int, str]]:
    insertions = []
    taken = {"range": "with an item", "define": "called"}.get(block.keyword, "taken")
    for branch in block.branches:
        what = text[branch.header.start : branch.header.end]
        if branch.conditional:
            number = add(branch.header.start, what, taken, branch.start, branch.end)
        else:
            number = add(branch.header.start, _last_condition(text, block), _not_taken(block), branch.start, branch.end)
        insertions.append((branch.start, _standing(number, branch.header)))
    closing = block.closing
    if block.keyword in {"if", "with", "range"} and not block.has_else and not _never_empty(block):
        last = [branch for branch in block.branches if branch.conditional][-1]
        number = add(last.header.start, _last_condition(text, block), _not_taken(block), 0, 0)
        opening = "{{- else }}" if closing.trims_left else "{{ else }}"
        insertions.append((closing.start, f'{opening}{{{{ covered "{number}" }}}}'))
    return insertions


def _never_empty(block: Block) -> bool:
    """Whether it is a range over a list or dict whose items stand in the template itself."""
    tokens = block.branches[0].condition
    assigned = [index for index, token in enumerate(tokens) if token.text == ":="]
    operand = tokens[assigned[0] + 1 :] if assigned else tokens
    written_out = len(operand) > 1 and operand[0].text in {"list", "dict"}
    return block.keyword == "range" and written_out and all(token.text != "|" for token in operand)


def _last_condition(text: str, block: Block) -> str:
    last = [branch for branch in block.branches if branch.conditional][-1]
    return text[last.header.start : last.header.end]


def _not_taken(block: Block) -> str:
    return "without an item" if block.keyword == "range" else "left out"
