"""The parts of a document, each with a number that tells its content: two parts have one number only when they are the same.

Documents that differ in a label or an argument share nearly everything else. A document is cut at fixed levels (``_LEVELS``);
what is below them is a part as a whole.
"""

from __future__ import annotations

import itertools
import marshal
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from tests.support.manifests import Manifest, place_of
from tests.support.rbac import of_rights

Path = tuple[Hashable, ...]

# Key -> the levels below it. A list of mappings at a level is cut into its entries, and each entry into its keys.
_LEVELS: Mapping[str, Any] = {"metadata": {}, "spec": {}}
_LEVELS_OF_DEPLOYMENTS: Mapping[str, Any] = {
    "metadata": {},
    "spec": {"template": {"metadata": {"annotations": {}}, "spec": {"containers": {}}}},
}
# The number of a part that is not there.
ABSENT = 0
# The path of what is no part: which levels the document has, and how long its lists are.
SHAPE: Path = ("", "shape")
# Likewise, what tells one object from another.
PLACE: Path = ("", "place")
# And what a role or a binding says about rights.
RIGHTS: Path = ("", "rights")


class Numbers:
    """A number for each content. 1, 1.0, True and "1" have four; so have mappings that are written in another order."""

    def __init__(self) -> None:
        self._known: dict[Hashable, int] = {}
        self._next = itertools.count(ABSENT + 1)
        self.characters = 0

    def of(self, content: Any) -> int:
        """The number of this content; it was never another's and never will be."""
        try:
            return self.of_plain(content)
        except ValueError:
            # Read-only mappings of values.
            return self.of_plain(("written", repr(content)))

    def of_plain(self, content: Any) -> int:
        """The number of a content that is made of Python's own types; ValueError for any other."""
        # Version 0 writes the content and nothing of how the objects are shared.
        key = content if type(content) is str else marshal.dumps(content, 0)
        number = self._known.get(key)
        if number is None:
            number = self._known[key] = next(self._next)
            self.characters += len(key)
        return number

    def of_row(self, numbers: tuple[int, ...]) -> int:
        """The number of several numbers in their order."""
        number = self._known.get(numbers)
        if number is None:
            number = self._known[numbers] = next(self._next)
            self.characters += 8 * len(numbers)
        return number

    def new(self) -> int:
        """A number that nothing has."""
        return next(self._next)

    def forget(self) -> None:
        """The same content gets another number from now on."""
        self._known.clear()
        self.characters = 0


class Parts(dict[Path, int]):
    """Path -> number of the part of one document there; each is looked at when it is asked for. Holds the document."""

    __slots__ = ("_contents", "_numbers", "levels", "manifest", "said")

    def __init__(self, manifest: Manifest, numbers: Numbers) -> None:
        self.manifest, self._numbers = manifest, numbers
        wanted = _LEVELS_OF_DEPLOYMENTS if manifest.get("kind") == "Deployment" else _LEVELS
        # What stands at the levels that are mappings.
        self._contents: dict[Path, Mapping[Hashable, Any]] = {}
        # Path of each level -> how many entries it has when it is a list, -1 for a mapping.
        self.levels: dict[Path, int] = {}
        for path, content in _levels(manifest, wanted, ()):
            if isinstance(content, dict):
                self.levels[path], self._contents[path] = -1, content
            else:
                self.levels[path] = len(content)
        # Answers to questions about this document alone; tests/support/answers.py fills it.
        self.said: dict[int, Any] = {}

    def __missing__(self, path: Path) -> int:
        self[path] = number = self._look(path)
        return number

    def _look(self, path: Path) -> int:
        if path == SHAPE:
            return self._numbers.of(list(self.levels.items()))
        if path == PLACE:
            return self._numbers.of(list(place_of(self.manifest)))
        if path == RIGHTS:
            return self._numbers.of(of_rights(self.manifest))
        above = self._contents.get(path[:-1])
        if above is not None and path:
            return self._numbers.of(above[path[-1]]) if path[-1] in above else ABSENT
        found: Any = self.manifest
        for key in path:
            if isinstance(found, Mapping):
                if key not in found:
                    return ABSENT
            elif not (isinstance(found, list) and isinstance(key, int) and key < len(found)):
                return ABSENT
            found = found[key]
        return self._numbers.of(found)


def _levels(content: Any, wanted: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, Any]]:
    """What is cut further: mappings that hold something, and lists of such mappings."""
    yield path, content
    if isinstance(content, list):
        for index, entry in enumerate(content):
            yield from _levels(entry, wanted, (*path, index))
        return
    for key, below in wanted.items():
        found = content.get(key)
        if found and (isinstance(found, dict) or (isinstance(found, list) and all(map(_is_level, found)))):
            yield from _levels(found, below, (*path, key))


def _is_level(entry: Any) -> bool:
    return isinstance(entry, dict) and bool(entry)
