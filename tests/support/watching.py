"""A render that notes what is read of it.

What a function can read of a render is behind doors: a setting, a part of the operator's Deployment, the names of all Services,
the rights of an account. ``Watched`` answers like the render that it stands for and notes the doors;
tests/support/answers.py tells what is behind them. It has nothing but its doors: what would go past them is an
AttributeError or a TypeError.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

from tests.support import parts
from tests.support.manifests import Manifest, Objects, Place
from tests.support.parts import Parts, Path
from tests.support.rbac import Account, Grant, Permission, Rights
from tests.support.renderings import Rendered

Value = TypeVar("Value")


class Door:
    """One thing of a render that can be read. Two doors are the same when they are one object (``Doors.of``)."""

    __slots__ = ("argument", "name")

    def __init__(self, name: str, argument: Hashable) -> None:
        self.name, self.argument = name, argument

    def __repr__(self) -> str:
        return f"{self.name}:{self.argument}"


class Doors(dict[tuple[str, Hashable], Door]):
    """The doors by their names and arguments."""

    def __missing__(self, key: tuple[str, Hashable]) -> Door:
        self[key] = found = Door(*key)
        return found


Noted = dict["Door | Path", None]


class _Closed(Noted):
    """Where nothing may be noted: an answer was given, and would not know of it."""

    def __setitem__(self, door: Door | Path, _: None) -> None:
        raise RuntimeError(f"{door} is read when the answer is given: it must not keep what it was given")


class Notes:
    """What the function that is asked just now has read, in its order. One function may ask another."""

    __slots__ = ("noted",)

    def __init__(self) -> None:
        self.noted: Noted = _Closed()

    def begin(self) -> Noted:
        """A function begins; returns what ``end`` wants."""
        before, self.noted = self.noted, {}
        return before

    def end(self, before: Noted) -> list[Door | Path]:
        """It has ended; what it has read."""
        found, self.noted = self.noted, before
        return [*found]


_MISSING = object()


class _WatchedPart:
    """What stands at a path of a document. Whatever needs all of it notes all of it."""

    __slots__ = ("_door_to", "_notes", "_parts", "_path", "_plain")

    def __init__(self, plain: Any, path: Path, document: _Document) -> None:
        self._plain, self._path = plain, path
        self._notes, self._parts, self._door_to = document

    def _all(self) -> Any:
        self._notes.noted[self._door_to(self._path)] = None
        return self._plain

    def __eq__(self, other: object) -> bool:
        found: bool = self._all() == (other._all() if isinstance(other, _WatchedPart) else other)
        return found

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self._all())

    def __reduce_ex__(self, protocol: Any) -> str:
        raise TypeError("a watched document cannot be copied: read what is needed")


class _Level(_WatchedPart, Mapping[str, Any]):
    """A level of a document: reading a key notes the part there."""

    __slots__ = ("_known",)

    def __init__(self, plain: Mapping[str, Any], path: Path, document: _Document) -> None:
        super().__init__(plain, path, document)
        # Key -> its door, None for a level, and what stands there. The same key gives the same object: some compare by identity.
        self._known: dict[Hashable, tuple[Door | Path | None, Any]] = {}

    def _find(self, key: str) -> tuple[Door | Path | None, Any]:
        path = (*self._path, key)
        entries = self._parts.levels.get(path)
        if entries is None:
            return self._door_to(path), self._plain.get(key, _MISSING)
        # That there is such a level, and how many entries it has, is the shape of the document: it is noted with its beginning.
        document = self._notes, self._parts, self._door_to
        kind = _Level if entries < 0 else _Entries
        return None, kind(self._plain[key], path, document)

    def _read(self, key: str) -> Any:
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._find(key)
        if known[0] is not None:
            self._notes.noted[known[0]] = None
        return known[1]

    def __getitem__(self, key: str) -> Any:
        found = self._read(key)
        if found is _MISSING:
            raise KeyError(key)
        return found

    def get(self, key: str, default: Any = None) -> Any:
        found = self._read(key)
        return default if found is _MISSING else found

    def __contains__(self, key: object) -> bool:
        return self._read(cast("str", key)) is not _MISSING

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __bool__(self) -> bool:
        # An empty one is no level but a part.
        return True


class _Entries(_WatchedPart, Sequence[Any]):
    """A list of levels."""

    __slots__ = ("_below",)

    def __init__(self, plain: list[Any], path: Path, document: _Document) -> None:
        super().__init__(plain, path, document)
        self._below = [_Level(entry, (*path, index), document) for index, entry in enumerate(plain)]

    def __getitem__(self, index: Any) -> Any:
        return self._below[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._below)

    def __len__(self) -> int:
        return len(self._below)


# What all levels of a document share: where they note, its parts, and the door to a path.
_Document = tuple[Notes, Parts, Callable[[Path], "Door | Path"]]


class Documents:
    """The watched documents of one render; the functions that are asked about it share them."""

    def __init__(self, notes: Notes, doors: Doors, parts_of: Callable[[Manifest], Parts]) -> None:
        self.notes, self._doors, self._parts_of = notes, doors, parts_of
        self._columns: dict[tuple[str, str], list[Manifest]] = {}
        self._deployments: dict[str, Manifest] = {}
        self._single: dict[int, Manifest] = {}

    def _watched(self, document: Parts, door_to: Callable[[Path], Door | Path]) -> Manifest:
        return cast("Manifest", _Level(document.manifest, (), (self.notes, document, door_to)))

    def single(self, document: Parts) -> Manifest:
        """A document that is judged by itself: its doors are its paths."""
        found = self._single.get(id(document))
        if found is None:
            found = self._single[id(document)] = self._watched(document, lambda path: path)
        self.notes.noted[parts.SHAPE] = None
        return found

    def deployment(self, component: str, plain: Manifest) -> Manifest:
        """The Deployment of a component."""
        found = self._deployments.get(component)
        if found is None:
            doors = self._doors
            found = self._watched(self._parts_of(plain), lambda path: doors["part", (component, path)])
            self._deployments[component] = found
        self.notes.noted[self._doors["part", (component, parts.SHAPE)]] = None
        return found

    def column(self, scope: str, kind: str, plain: Iterable[Manifest]) -> list[Manifest]:
        """All objects of a kind, or all: a path in all of them is one door."""
        found = self._columns.get((scope, kind))
        if found is None:
            doors = self._doors
            found = [
                self._watched(self._parts_of(entry), lambda path: doors["column", (scope, kind, path)])
                for entry in plain
            ]
            self._columns[scope, kind] = found
        # Also of no object: that there is none was read.
        self.notes.noted[self._doors["column", (scope, kind, parts.SHAPE)]] = None
        return found


class _WatchedObjects(Sequence[Manifest]):
    """A list of objects. Its doors are columns: a path in all objects of a kind, or in all."""

    __slots__ = ("_documents", "_scope", "_source")

    def __init__(self, source: Objects, scope: str, documents: Documents) -> None:
        self._source, self._scope, self._documents = source, scope, documents

    def of_kind(self, kind: str) -> list[Manifest]:
        """As of Objects."""
        return self._documents.column(self._scope, kind, self._source.of_kind(kind))

    def _listed(self) -> list[Manifest]:
        return self._documents.column(self._scope, "", self._source)

    def __iter__(self) -> Iterator[Manifest]:
        return iter(self._listed())

    def __len__(self) -> int:
        return len(self._listed())

    def __getitem__(self, index: Any) -> Any:
        return self._listed()[index]


class _WatchedDeployments(Mapping[str, Manifest]):
    """Component key -> its Deployment."""

    __slots__ = ("_watched",)

    def __init__(self, watched: Watched) -> None:
        self._watched = watched

    def _plain(self) -> Mapping[str, Manifest]:
        self._watched.note("components")
        return self._watched.plain.deployments

    def __getitem__(self, component: str) -> Manifest:
        return self._watched.documents.deployment(component, self._plain()[component])

    def __iter__(self) -> Iterator[str]:
        return iter(self._plain())

    def __len__(self) -> int:
        return len(self._plain())


class _WatchedRights:
    """The rights of one account are one door; the bindings are another."""

    __slots__ = ("_watched",)

    def __init__(self, watched: Watched) -> None:
        self._watched = watched

    def _of(self, account: Account) -> Rights:
        self._watched.note("granted", account)
        return self._watched.plain_rights

    @property
    def is_empty(self) -> bool:
        self._watched.note("no rights")
        return self._watched.plain_rights.is_empty

    @property
    def bindings(self) -> list[Manifest]:
        self._watched.note("rights")
        return self._watched.plain_rights.bindings

    def role_of(self, binding: Manifest) -> list[dict[str, Any]] | None:
        self._watched.note("rights")
        return self._watched.plain_rights.role_of(binding)

    def accounts(self) -> set[Account]:
        self._watched.note("rights")
        return self._watched.plain_rights.accounts()

    def grants(self, account: Account) -> list[Grant]:
        return self._of(account).grants(account)

    def everything(self, account: Account) -> dict[Permission, str]:
        return self._of(account).everything(account)

    def paths(self, account: Account) -> dict[tuple[str, str], str]:
        return self._of(account).paths(account)

    def can_reach(self, account: Account, verb: str, path: str) -> bool:
        return self._of(account).can_reach(account, verb, path)

    def allowing(self, account: Account, *request: str, **target: Any) -> list[Grant]:
        return self._of(account).allowing(account, *request, **target)

    def can(self, account: Account, *request: str, **target: Any) -> bool:
        return self._of(account).can(account, *request, **target)


class _WatchedFields:
    """A combination or its mode: each text or truth is a door."""

    __slots__ = ("_door", "_source", "_watched")

    def __init__(self, source: object, door: str, watched: Watched) -> None:
        self._source, self._door, self._watched = source, door, watched

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._source, name)
        if not isinstance(found, str | bool):
            raise AttributeError(f"{name} has no door")
        self._watched.note(self._door, name)
        return found


class _WatchedCombination(_WatchedFields):
    __slots__ = ()

    @property
    def mode(self) -> Any:
        return _WatchedFields(self._source.mode, "mode", self._watched)  # type: ignore[attr-defined]


class _WatchedNotes:
    """Of the notes can be asked whether they say something: all of them are different in each render."""

    __slots__ = ("_watched",)

    def __init__(self, watched: Watched) -> None:
        self._watched = watched

    def __contains__(self, text: str) -> bool:
        self._watched.note("notes say", text)
        return text in self._watched.plain.rendering.notes


class _WatchedRendering:
    """Of the rendering itself the notes can be read."""

    __slots__ = ("notes",)

    def __init__(self, watched: Watched) -> None:
        self.notes = _WatchedNotes(watched)


class Watched:
    """Answers like the render that it stands for, and notes what was asked."""

    __slots__ = ("_doors", "_fact", "_rights", "documents", "plain")

    def __init__(
        self,
        plain: Rendered,
        documents: Documents,
        doors: Doors,
        rights: Callable[[], Rights],
        fact: Callable[[Door], Any],
    ) -> None:
        self.plain, self.documents = plain, documents
        self._doors, self._rights, self._fact = doors, rights, fact

    def note(self, name: str, argument: Hashable = "") -> Door:
        door = self._doors[name, argument]
        self.documents.notes.noted[door] = None
        return door

    @property
    def own_objects(self) -> _WatchedObjects:
        return _WatchedObjects(self.plain.own_objects, "own", self.documents)

    @property
    def objects(self) -> _WatchedObjects:
        return _WatchedObjects(self.plain.objects_by_kind, "any", self.documents)

    @property
    def deployments(self) -> Mapping[str, Manifest]:
        return _WatchedDeployments(self)

    @property
    def rights(self) -> _WatchedRights:
        return _WatchedRights(self)

    @property
    def combination(self) -> _WatchedCombination:
        return _WatchedCombination(self.plain.combination, "combination", self)

    @property
    def rendering(self) -> _WatchedRendering:
        return _WatchedRendering(self)

    @property
    def plain_rights(self) -> Rights:
        return self._rights()

    def setting(self, path: str) -> Any:
        self.note("setting", path)
        return self.plain.setting(path)

    @property
    def places(self) -> list[Place]:
        self.note("places", "any")
        return self.plain.places

    @property
    def own_places(self) -> list[Place]:
        self.note("places", "own")
        return self.plain.own_places

    def flags(self, component: str) -> dict[str, list[str]]:
        return Rendered.flags(cast("Rendered", self), component)

    def flag(self, component: str, name: str) -> list[str]:
        return Rendered.flag(cast("Rendered", self), component, name)

    def names(self, text: str) -> bool:
        self.note("names", text)
        return self.plain.names(text)

    def fact(self, function: Callable[..., Value], *arguments: Hashable) -> Value:
        found: Value = self._fact(self.note("fact", (function, arguments)))
        return found

    def environment(self, component: str) -> dict[str, str | None]:
        return Rendered.environment(cast("Rendered", self), component)

    @property
    def operator(self) -> Manifest:
        return self.deployments["operator"]

    def account(self, component: str) -> tuple[str, str]:
        return Rendered.account(cast("Rendered", self), component)
