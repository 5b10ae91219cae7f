"""One values file as text that is edited in place: what is not edited stays as it was written, byte by byte.

PyYAML's nodes tell where each key and value stands. After each edit the new text is read again and compared with what the
edit was to make of the values, so that a place that was misjudged is an error and never a damaged file. A part that an
anchor shares between several places cannot be edited at one of them: that is an error with its line.
"""

from __future__ import annotations

import copy
import json
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from tools.check import layers
from tools.check.layers import Layer, Steps, Values, dotted

_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_PLAIN = re.compile(r"[A-Za-z0-9][\w./@-]*")
_WIDTH = 110
_MERGE = "tag:yaml.org,2002:merge"
_GONE = object()


class CannotEdit(Exception):
    """A place of the file that cannot be edited; the text says which and what to do."""


@dataclass(frozen=True)
class _Spot:
    """A node, the key node it belongs to (None for an item or the root), the collection around it and its place there.

    The root is in itself.
    """

    node: yaml.Node
    key: yaml.Node | None
    holder: yaml.CollectionNode
    index: int


class Document:
    """A values file. ``under``: the key that the values stand below, as in a parent chart; ``values``: what stands there."""

    def __init__(self, text: str, source: str, under: str = "") -> None:
        self.text = text
        self.source = source
        self.under = under
        self.original: Layer = layers.parse(text, source)
        self._under: Steps = tuple(under.split(".")) if under else ()
        self._whole: Values = self.original.values

    @property
    def values(self) -> Values:
        """The values of KEDA's chart in this file. Read only."""
        found: Any = self._whole
        for step in self._under:
            found = found.get(step) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else {}

    def has(self, steps: Steps) -> bool:
        """Whether the file has a value (null included) at ``steps``."""
        return _at(self.values, steps) is not _GONE

    def line(self, steps: Steps) -> int:
        """The line on which ``steps`` stood in the file as it was read; 0 when it did not."""
        place = self.original.places.get(dotted((*self._under, *steps)))
        return place.line if place else 0

    def delete(self, steps: Steps) -> None:
        """Take a key or an item away, its comment with it, and the map or list around it when nothing else is in there."""
        full = self._lonely((*self._under, *steps))
        spot = self._spot(full)
        holder = spot.holder
        if len(holder.value) == 1:
            text = self._without_all(holder)
        elif holder.flow_style:
            text = self._without_in_flow(spot)
        else:
            text = self._without_lines(spot)
        expected = copy.deepcopy(self._whole)
        del _at(expected, full[:-1])[full[-1]]
        self._accept(text, expected, full)

    def put(self, steps: Steps, value: Any) -> None:
        """Another value for a key that is there."""
        full = (*self._under, *steps)
        spot = self._spot(full)
        start, end = self._offset(spot.node.start_mark), self._end(spot.node)
        written = _written(value)
        before = self.text[:start]
        if start == end and before and not before.endswith((" ", "\n")):
            written = f" {written}"
        expected = copy.deepcopy(self._whole)
        _at(expected, full[:-1])[full[-1]] = copy.deepcopy(value)
        self._accept(f"{before}{written}{self.text[end:]}", expected, full)

    def add(self, steps: Steps, value: Any, comment: str = "") -> None:
        """A key that is not there, below its nearest map, with a comment above it."""
        full = (*self._under, *steps)
        depth = len(full) - 1
        while depth and not isinstance(_at(self._whole, full[:depth]), dict):
            depth -= 1
        expected = copy.deepcopy(self._whole)
        holder = _at(expected, full[:depth])
        for step in full[depth:-1]:
            holder[step] = {}
            holder = holder[step]
        holder[full[-1]] = copy.deepcopy(value)
        if depth < len(full) - 1 and self._present(full[: depth + 1]):
            # Null or something that is no map stands in the way; a map of one line takes its place.
            return self._replace_by_map(full, depth + 1, value, expected)
        if depth == 0 and not self._whole:
            lines = "\n".join(_block(full, value, comment, ""))
            kept = re.sub(r"^(\{\}|null|~)[ \t]*\n?", "", self.text, flags=re.MULTILINE)
            return self._accept(
                f"{kept}{'' if kept.endswith(chr(10)) or not kept else chr(10)}{lines}\n", expected, full
            )
        spot = self._spot(full[:depth])
        node = spot.node
        if isinstance(node, yaml.MappingNode) and node.flow_style:
            text = self._added_in_flow(node, spot.key or node, _nested(full[depth:], value), comment)
        else:
            indent = " " * _column(node)
            at = self._line_end(self._end(node))
            lines = "\n".join(_block(full[depth:], value, comment, indent))
            lead = "" if at == 0 or self.text[at - 1] == "\n" else "\n"
            text = f"{self.text[:at]}{lead}{lines}\n{self.text[at:]}"
        return self._accept(text, expected, full)

    # --- Places

    def _present(self, full: Steps) -> bool:
        return _at(self._whole, full) is not _GONE

    def _lonely(self, full: Steps) -> Steps:
        """``full``, or the outermost map or list around it that holds nothing else."""
        while len(full) > max(1, len(self._under)) and len(_at(self._whole, full[:-1])) == 1 and full[:-1]:
            full = full[:-1]
        return full

    def _spot(self, full: Steps) -> _Spot:
        root = layers.compose(self.text)
        if not isinstance(root, yaml.CollectionNode):
            raise CannotEdit(f"{self.source}: holds no values")
        shared = _shared(root)
        spot = _Spot(root, None, root, 0)
        for depth, step in enumerate(full):
            spot = self._below(spot, step, full[: depth + 1])
            if id(spot.node) in shared and isinstance(spot.node, yaml.CollectionNode):
                raise CannotEdit(self._anchor(spot.node, full))
        return spot

    def _below(self, spot: _Spot, step: str | int, steps: Steps) -> _Spot:
        node = spot.node
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            return _Spot(node.value[step], None, node, step)
        if isinstance(node, yaml.MappingNode):
            for index, (key, value) in enumerate(node.value):
                if key.tag != _MERGE and step in (str(key.value), _name(key)):
                    return _Spot(value, key, node, index)
        raise CannotEdit(
            f"{self.source}:{spot.node.start_mark.line + 1}: {dotted(steps)} must change, and comes out of an anchor; write it "
            "out there, and run this again"
        )

    def _anchor(self, node: yaml.Node, full: Steps) -> str:
        return (
            f"{self.source}:{node.start_mark.line + 1}: {dotted(full)} must change, and an anchor shares this part with another "
            "place; write it out at both, and run this again"
        )

    def _offset(self, mark: yaml.error.Mark) -> int:
        offset = 0
        for _ in range(mark.line):
            found = _BREAK.search(self.text, offset)
            if found is None:
                return len(self.text)
            offset = found.end()
        return offset + mark.column

    def _end(self, node: yaml.Node) -> int:
        """Where what the node holds ends, without comments and line ends behind it."""
        if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            return self._end(last[1] if isinstance(last, tuple) else last)
        end = self._offset(node.end_mark)
        if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
            start = self._offset(node.start_mark)
            return start + len(self.text[start:end].rstrip())
        return end

    def _line_start(self, offset: int) -> int:
        return self.text.rfind("\n", 0, offset) + 1

    def _line_end(self, offset: int) -> int:
        """Behind the line break of the line that ``offset`` is in."""
        found = self.text.find("\n", offset)
        return len(self.text) if found < 0 else found + 1

    # --- Texts

    def _without_all(self, holder: yaml.CollectionNode) -> str:
        """The last key of the whole document is taken away: what remains are comments, and the document is an empty map."""
        start, end = self._offset(holder.start_mark), self._end(holder)
        if holder.flow_style:
            return f"{self.text[:start]}{{}}{self.text[end:]}"
        return self._tidy(self._line_start(start), self._line_end(end))

    def _without_in_flow(self, spot: _Spot) -> str:
        parts = spot.holder.value
        starts = [self._offset((part[0] if isinstance(part, tuple) else part).start_mark) for part in parts]
        ends = [self._end(part[1] if isinstance(part, tuple) else part) for part in parts]
        if spot.index + 1 < len(parts):
            return self.text[: starts[spot.index]] + self.text[starts[spot.index + 1] :]
        return self.text[: ends[spot.index - 1]] + self.text[ends[spot.index] :]

    def _without_lines(self, spot: _Spot) -> str:
        first = spot.key or spot.node
        start = self._offset(first.start_mark)
        column = spot.holder.start_mark.column if spot.key is None else first.start_mark.column
        line_start = self._line_start(start)
        if spot.key is None:
            # The dash of an item may stand on a line before it.
            while self.text[line_start + column : line_start + column + 1] != "-":
                line_start = self._line_start(line_start - 1)
        elif self.text[line_start:start].strip():
            # "- key: value": the next key takes this one's place behind the dash, or this is the last of several.
            if spot.index == 0:
                following = self._offset(spot.holder.value[1][0].start_mark)
                return self.text[:start] + self.text[following:]
            line_start = start
        end = self._line_end(self._end(spot.node))
        end = self._with_comments_below(end, column)
        return self._tidy(self._with_comments_above(line_start, column), end)

    def _with_comments_above(self, line_start: int, column: int) -> int:
        """Where the comment that stands directly above a key begins; one at the very top is about the whole file."""
        begin = line_start
        while begin > 0:
            previous = self._line_start(begin - 1)
            line = self.text[previous:begin]
            if not line.startswith(" " * column + "#") or previous == 0:
                break
            begin = previous
        above = self.text[self._line_start(begin - 1) : begin] if begin else ""
        # Comments that reach to the top of the file stay.
        return line_start if above.lstrip().startswith("#") and self._line_start(begin - 1) == 0 else begin

    def _with_comments_below(self, end: int, column: int) -> int:
        """Past comments that are indented further than the key, and so belong to what it held."""
        while end < len(self.text):
            line = self.text[end : self._line_end(end)]
            if not re.match(rf" {{{column + 1},}}#", line):
                break
            end = self._line_end(end)
        return end

    def _tidy(self, start: int, end: int) -> str:
        """The text without a range of lines; of two empty lines that meet there one goes."""
        before, after = self.text[:start], self.text[end:]
        empty_before = not before or before.endswith(("\n\n", "\n \n"))
        if empty_before:
            after = re.sub(r"\A[ \t]*\n", "", after)
        return before + after

    def _added_in_flow(self, node: yaml.MappingNode, first: yaml.Node, added: Values, comment: str) -> str:
        pair = _written(added)[1:-1]
        if node.value:
            at = self._end(node.value[-1][1])
            text = f"{self.text[:at]}, {pair}{self.text[at:]}"
        else:
            start, end = self._offset(node.start_mark), self._end(node)
            text = f"{self.text[:start]}{{{pair}}}{self.text[end:]}"
        if not comment:
            return text
        line_start = self._line_start(self._offset(first.start_mark))
        indent = re.match(r"[ \t]*", self.text[line_start:])
        lines = "".join(f"{line}\n" for line in _comment(comment, indent[0] if indent else ""))
        return text[:line_start] + lines + text[line_start:]

    def _replace_by_map(self, full: Steps, depth: int, value: Any, expected: Values) -> None:
        value = _nested(full[depth:], value)
        spot = self._spot(full[:depth])
        start, end = self._offset(spot.node.start_mark), self._end(spot.node)
        lead = " " if start == end and not self.text[:start].endswith(" ") else ""
        self._accept(f"{self.text[:start]}{lead}{_written(value)}{self.text[end:]}", expected, full)

    def _accept(self, text: str, expected: Values, full: Steps) -> None:
        layer = layers.parse(text, self.source)
        if layer.problems or layer.values != expected:
            line = self.line(full[len(self._under) :]) or 1
            raise CannotEdit(
                f"{self.source}:{line}: {dotted(full)} must change, and the way it is written does not let this tool do it; "
                "change it by hand, and run this again"
            )
        self.text, self._whole = text, layer.values


def _nested(steps: Steps, value: Any) -> Any:
    for step in reversed(steps):
        value = {step: value}
    return value


def _at(values: Any, steps: Steps) -> Any:
    found: Any = values
    for step in steps:
        if isinstance(found, dict):
            found = found.get(step, _GONE)
        elif isinstance(found, list) and isinstance(step, int) and step < len(found):
            found = found[step]
        else:
            return _GONE
    return found


def _name(key: yaml.Node) -> str:
    """The name that Helm gives a key: the boolean ``on`` is called true."""
    return next(iter(layers.parse(f"{key.value}: 0", "").values), "") if _PLAIN.fullmatch(str(key.value)) else ""


def _shared(root: yaml.Node) -> set[int]:
    """Identities of the nodes that stand in more than one place."""
    seen: set[int] = set()
    twice: set[int] = set()

    def visit(node: yaml.Node) -> None:
        if id(node) in seen:
            twice.add(id(node))
            return
        seen.add(id(node))
        for child in _children(node):
            visit(child)

    visit(root)
    return twice


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _written(value: Any) -> str:
    """A value in one line of YAML that every parser reads alike."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and layers.parse(f"k: {value}", "").values == {"k": value}:
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_written(str(key))}: {_written(child)}" for key, child in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_written(child) for child in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _column(node: yaml.Node) -> int:
    """Where the keys of a map of several lines begin."""
    column: int = node.value[0][0].start_mark.column
    return column


def _comment(text: str, indent: str) -> list[str]:
    return [f"{indent}# {line}" for line in textwrap.wrap(text, max(40, _WIDTH - len(indent)))]


def _block(steps: Steps, value: Any, comment: str, indent: str) -> list[str]:
    lines = []
    for depth, step in enumerate(steps[:-1]):
        lines.append(f"{indent}{'  ' * depth}{_written(str(step))}:")
    inner = indent + "  " * (len(steps) - 1)
    return [*lines, *_comment(comment, inner), f"{inner}{_written({steps[-1]: value})[1:-1]}"]
