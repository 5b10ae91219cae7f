"""The difference between two versions of KEDA, and which of it the chart uses, as text for the chart's author."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tools.keda_pin.facts import Facts

# Where the chart may use a flag, a variable or a right.
_USERS = ("charts/keda/templates/**/*.tpl", "charts/keda/templates/**/*.yaml", "charts/keda/values.yaml")
_PLACES = 3

Kind = Literal["gone", "new", "changed"]


@dataclass(frozen=True)
class Change:
    """One fact that differs: its name, what was said of it and what is said now (None: there is none)."""

    name: str
    before: str | None
    after: str | None

    @property
    def kind(self) -> Kind:
        return "new" if self.before is None else "gone" if self.after is None else "changed"

    def __str__(self) -> str:
        if self.before is not None and self.after is not None:
            return f"changed {self.name}: {self.before or 'nothing said'} -> {self.after or 'nothing said'}"
        said = self.before or self.after
        return f"{self.kind:7} {self.name}{f' ({said})' if said else ''}"


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    """What is gone, new or changed, by name."""
    return [
        Change(name, before.get(name), after.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


def topmost(found: Sequence[Change]) -> list[tuple[Change, int]]:
    """Fields without those below another one that is gone or new alike, each with how many it stands for."""
    result: list[tuple[Change, int]] = []
    for change in found:
        if result:
            above, hidden = result[-1]
            below = change.name.startswith((f"{above.name}.", f"{above.name}[]", f"{above.name}{{}}"))
            if below and above.kind == change.kind != "changed":
                result[-1] = (above, hidden + 1)
                continue
        result.append((change, 0))
    return result


class Uses:
    """Where the chart of a tree uses something; texts are read once."""

    def __init__(self, tree: Path) -> None:
        files = sorted({file for pattern in _USERS for file in tree.glob(pattern) if "crds" not in file.parts})
        self._lines = [
            (f"{file.relative_to(tree)}:{number}", line)
            for file in files
            for number, line in enumerate(file.read_text().splitlines(), 1)
        ]

    @functools.cache  # noqa: B019  # one object per run
    def of(self, text: str) -> tuple[str, ...]:
        """``file:line`` of each line with this word."""
        word = re.compile(rf"(?<![\w-]){re.escape(text)}(?![\w-])")
        return tuple(place for place, line in self._lines if word.search(line))


@dataclass(frozen=True)
class Report:
    """``text`` for the author; ``must_change``: what is gone, or another, and the chart uses."""

    text: str
    must_change: tuple[str, ...]


def report(before: Facts, after: Facts, tree: Path, granted: Callable[[str], bool] | None = None) -> Report:
    """The difference. ``tree`` is the one whose chart is asked for uses; ``granted``: is a right among those of its defaults?"""
    uses = Uses(tree)
    must_change: list[str] = []
    lines = [f"KEDA {before.version} -> {after.version}"]

    def section(title: str, found: list[str]) -> None:
        lines.extend(["", f"{title}: {'no difference' if not found else len(found)}", *(f"  {line}" for line in found)])

    def used(change: Change, word: str) -> str:
        places = uses.of(word)
        if not places:
            return f"{change}"
        if change.kind != "new":
            must_change.append(f"{change.name} is {change.kind}: {', '.join(places)}")
        more = f" and {len(places) - _PLACES} more" if len(places) > _PLACES else ""
        return f"{change}\n          the chart has it: {', '.join(places[:_PLACES])}{more}"

    section("flags", [used(change, change.name.partition(" ")[2]) for change in changes(before.flags, after.flags)])
    section("variables", [used(change, change.name) for change in changes(before.variables, after.variables)])
    section("rights of the binaries", list(_rights(changes(before.rights, after.rights), granted, must_change)))
    section("roles for others", [str(change) for change in changes(before.roles, after.roles)])
    fields = topmost(changes(before.fields, after.fields))
    section("fields of definitions", [f"{change}{f', with {n} below it' if n else ''}" for change, n in fields])
    section(
        "definitions beside their fields", [str(change) for change in changes(before.definitions, after.definitions)]
    )
    section("built with", [str(change) for change in changes(before.kubernetes, after.kubernetes)])
    return Report("\n".join(lines), tuple(must_change))


def _rights(found: list[Change], granted: Callable[[str], bool] | None, must_change: list[str]) -> Iterator[str]:
    for change in found:
        if granted is None:
            yield str(change)
            continue
        given = granted(change.name)
        if change.kind == "gone" and given:
            must_change.append(f"the right to {change.name} is gone, and the chart grants it by default")
        if change.kind == "new" and not given:
            must_change.append(f"the right to {change.name} is new, and the chart does not grant it by default")
        yield f"{change}\n          the chart {'grants' if given else 'does not grant'} it by default"
