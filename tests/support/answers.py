"""Answers of functions over a render, remembered by what they have read of it.

Most renders differ from an earlier one in a few documents and settings, and a relation reads some of them. What it reads goes
through a few doors (``Rendered.setting``, ``deployments``, ``own_objects``, ...): the first time it is asked with a ``_Watched``
render, which notes each door and what stood behind it. A later render with the same things behind the same doors has the same
answer, because a relation is a function of the render. Documents of equal text are one object (chart.Document), so the
identity of the objects tells.

tests/engine/test_answers.py holds remembered answers against fresh ones.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from tests.support.combinations import Combination
from tests.support.manifests import Manifest, Objects
from tests.support.rbac import KINDS, Rights
from tests.support.renderings import Rendered

Answer = TypeVar("Answer")
# A door: its name, and its argument where it has one.
Door = tuple[str, str]
# Beyond this many remembered answers everything is forgotten, so that memory stays flat over any number of renders.
_MOST_ANSWERS = 2_500


@dataclass
class _Step:
    """The next door that a function goes through, and where it goes on for each thing behind that door."""

    door: Door
    ways: dict[Hashable, _Step | _End] = field(default_factory=dict)


@dataclass
class _End:
    answer: tuple[Any, ...]
    # What the keys on the way refer to by identity: as long as it is held, no other object has its address.
    held: list[Any]


class Answers:
    """What functions have answered in this process."""

    def __init__(self) -> None:
        self._first: dict[Callable[[Rendered], Iterable[Any]], _Step | _End] = {}
        self._count = 0
        self.fresh = 0
        self.remembered = 0

    def ask(self, function: Callable[[Rendered], Iterable[Answer]], rendered: Rendered) -> tuple[Answer, ...]:
        """All that ``function`` yields for ``rendered``; what it raises is raised, and not remembered."""
        keys = _keys_of(rendered)
        place = self._first.get(function)
        while isinstance(place, _Step):
            place = place.ways.get(keys.behind(place.door))
        if place is not None:
            self.remembered += 1
            return place.answer
        self.fresh += 1
        watched = _Watched(rendered)
        answer = tuple(function(cast("Rendered", watched)))
        self._keep(function, watched.doors, _End(answer, keys.held), keys)
        return answer

    def _keep(
        self, function: Callable[[Rendered], Iterable[Any]], doors: Iterable[Door], end: _End, keys: _Keys
    ) -> None:
        if self._count >= _MOST_ANSWERS:
            self._first.clear()
            self._count = 0
        self._count += 1
        listed = list(doors)
        if not listed:
            self._first[function] = end
            return
        place = self._first.setdefault(function, _Step(listed[0]))
        for door, following in zip(listed, [*listed[1:], None], strict=True):
            assert isinstance(place, _Step), f"{function} reads more than it did from the same render"
            assert place.door == door, f"{function} reads {door} where it read {place.door} before: is it a function?"
            way = keys.behind(door)
            if following is None:
                place.ways[way] = end
            else:
                place = place.ways.setdefault(way, _Step(following))


class _Keys:
    """What is behind the doors of one render, as something that can be compared."""

    def __init__(self, rendered: Rendered) -> None:
        self._rendered = rendered
        self._known: dict[Door, Hashable] = {}
        self.held: list[Any] = []

    def behind(self, door: Door) -> Hashable:
        if door not in self._known:
            self._known[door] = self._look(*door)
        return self._known[door]

    def _look(self, name: str, argument: str) -> Hashable:
        rendered = self._rendered
        match name:
            case "setting":
                value = rendered.setting(argument)
                # 1, 1.0 and True are equal, and not the same to Kubernetes.
                return (type(value), value) if isinstance(value, str | int | float | None) else repr(value)
            case "kind":
                return self._identities(rendered.own_objects.of_kind(argument))
            case "any kind":
                return self._identities(rendered.objects_by_kind.of_kind(argument))
            case "own":
                return self._identities(rendered.own_objects)
            case "all":
                return self._identities(rendered.objects)
            case "deployments":
                return self._identities(rendered.deployments.values())
            case "rights":
                return self._identities(entry for kind in KINDS for entry in rendered.own_objects.of_kind(kind))
            case "notes":
                return rendered.rendering.notes
            case "combination":
                value = getattr(rendered.combination, argument)
                if isinstance(value, str | bool):
                    return value
                self.held.append(value)
                return id(value)
        raise KeyError(name)

    def _identities(self, objects: Iterable[Manifest]) -> tuple[int, ...]:
        listed = list(objects)
        self.held += listed
        return tuple(id(entry) for entry in listed)


def _keys_of(rendered: Rendered) -> _Keys:
    """The keys of a render, made once: they live in the instance, like its cached properties."""
    found = vars(rendered).get("_keys")
    if not isinstance(found, _Keys):
        found = _Keys(rendered)
        vars(rendered)["_keys"] = found
    return found


class _WatchedObjects(Objects):
    """A list of objects that tells whether one kind or all of it was read."""

    def __init__(self, objects: Objects, watched: _Watched, by_kind: str, whole: str) -> None:
        super().__init__(objects)
        self._objects, self._watched, self._kind_door, self._whole_door = objects, watched, by_kind, whole

    def of_kind(self, kind: str) -> list[Manifest]:
        self._watched.note(self._kind_door, kind)
        return self._objects.of_kind(kind)

    def __iter__(self) -> Iterator[Manifest]:
        self._watched.note(self._whole_door)
        return super().__iter__()

    def __len__(self) -> int:
        self._watched.note(self._whole_door)
        return super().__len__()

    def __bool__(self) -> bool:
        return len(self) > 0

    def __contains__(self, entry: object) -> bool:
        self._watched.note(self._whole_door)
        return super().__contains__(entry)

    def __getitem__(self, index: Any) -> Any:
        self._watched.note(self._whole_door)
        return super().__getitem__(index)


class _WatchedCombination:
    def __init__(self, combination: Combination, watched: _Watched) -> None:
        self._combination, self._watched = combination, watched

    def __getattr__(self, name: str) -> Any:
        self._watched.note("combination", name)
        return getattr(self._combination, name)


class _WatchedRendering:
    """Of the rendering itself, relations read the notes."""

    def __init__(self, rendered: Rendered, watched: _Watched) -> None:
        self._rendered, self._watched = rendered, watched

    @property
    def notes(self) -> str:
        self._watched.note("notes")
        return self._rendered.rendering.notes


class _Watched:
    """Answers like the render that it stands for, and notes what was asked, each door once. It has no other attributes: what
    would go past the doors is an AttributeError."""

    def __init__(self, rendered: Rendered) -> None:
        self._rendered = rendered
        self.doors: dict[Door, None] = {}

    def note(self, name: str, argument: str = "") -> None:
        self.doors[name, argument] = None

    def setting(self, path: str) -> Any:
        self.note("setting", path)
        return self._rendered.setting(path)

    @property
    def own_objects(self) -> Objects:
        return _WatchedObjects(self._rendered.own_objects, self, "kind", "own")

    @property
    def objects(self) -> Objects:
        return _WatchedObjects(self._rendered.objects_by_kind, self, "any kind", "all")

    @property
    def deployments(self) -> dict[str, Manifest]:
        self.note("deployments")
        return self._rendered.deployments

    @property
    def operator(self) -> Manifest:
        return self.deployments["operator"]

    def account(self, component: str) -> tuple[str, str]:
        self.note("deployments")
        return self._rendered.account(component)

    @property
    def rights(self) -> Rights:
        self.note("rights")
        return self._rendered.rights

    @property
    def combination(self) -> Combination:
        return cast("Combination", _WatchedCombination(self._rendered.combination, self))

    @property
    def rendering(self) -> _WatchedRendering:
        return _WatchedRendering(self._rendered, self)


ANSWERS = Answers()
