"""Answers of functions over a render, remembered by what they have read of it.

Most renders differ from an earlier one in a few parts of documents and a few settings, and a relation reads some of them. What it
reads goes through doors (tests/support/watching.py): the first time it is asked with a watched render, which notes each door. A
later render with the same things behind the same doors has the same answer, because a relation is a function of the render.
What is behind a door is compared as a number that stands for its content (tests/support/parts.py).

tests/engine/test_answers.py holds remembered answers against fresh ones.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from tests.support import parts
from tests.support.manifests import Manifest
from tests.support.parts import Numbers, Parts, Path
from tests.support.questions import OfEach, OfEachObject
from tests.support.rbac import KINDS, Account, Rights
from tests.support.renderings import Rendered, default
from tests.support.watching import Documents, Door, Doors, Notes, Watched

Answer = TypeVar("Answer")
# Beyond this many remembered answers, or characters of contents with a number, everything is forgotten, so that memory stays flat
# over any number of renders.
_MOST_ANSWERS = 8_000
_MOST_CHARACTERS = 1_500_000
# So many documents keep the numbers of their parts, and so many sets of roles and bindings their rights.
_MOST_DOCUMENTS = 400
_MOST_RIGHTS = 16


class _Known:
    """An answer, and the number that stands for it where another answer depends on it."""

    __slots__ = ("number", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        self.number: int | None = None


# What was read: a door of the render, or a path of the one document that is judged by itself.
Step = Door | Path
Get = Callable[[Any], Hashable]


class _Node:
    """Doors that a function goes through one after the other, and where it goes on for each thing behind them."""

    __slots__ = ("run", "ways")

    def __init__(self, run: Sequence[Step]) -> None:
        self.run = tuple(run)
        self.ways: dict[tuple[Hashable, ...], _Node | _Known] = {}

    def split(self, length: int) -> None:
        """Let the run end after ``length`` doors; what follows becomes nodes of their own."""
        ways, rest = self.ways, self.run[length:]
        self.run, self.ways = self.run[:length], {}
        for key, following in ways.items():
            below = self.ways.setdefault(key[:length], _Node(rest))
            assert isinstance(below, _Node)
            below.ways[key[length:]] = following


def _nodes(steps: Sequence[Step], get: Get, known: _Known) -> _Node | _Known:
    """The way through ``steps`` to an answer. Facts stand alone: they are looked for only when all before is as it was."""
    if not steps:
        return known
    facts = [place for place, step in enumerate(steps) if isinstance(step, Door) and step.name == "fact"]
    length = (facts[0] or 1) if facts else len(steps)
    node = _Node(steps[:length])
    node.ways[tuple(map(get, node.run))] = _nodes(steps[length:], get, known)
    return node


def _alike(run: Sequence[Step], steps: Sequence[Step]) -> int:
    """With how many doors both begin."""
    for place, (one, other) in enumerate(zip(run, steps, strict=False)):
        if one != other:
            return place
    return min(len(run), len(steps))


class _Singles:
    """Answers to the questions about single documents, by all that any of them ever read: one look for all of them."""

    def __init__(self) -> None:
        # In the order of the first time: as many stand for the same.
        self.doors: dict[Door, None] = {}
        self.paths: dict[Path, None] = {}
        self._said: dict[tuple[int, ...], dict[OfEachObject[Any], tuple[Any, ...]]] = {}

    def learn(self, steps: Iterable[Step]) -> None:
        """These were read, too."""
        for step in steps:
            if isinstance(step, Door):
                self.doors.setdefault(step)
            else:
                self.paths.setdefault(step)

    def context(self, keys: _Keys) -> int:
        """A number for what is behind the doors beside the documents, and for what is known of doors and paths."""
        known = len(self.doors), len(self.paths)
        if keys.context is None or keys.context[0] != known:
            keys.context = known, keys.numbers.of_row((*known, *map(keys.__getitem__, self.doors)))
        return keys.context[1]

    def of(self, document: Parts, context: int) -> dict[OfEachObject[Any], tuple[Any, ...]]:
        """What was answered about this document, or about one that is the same as far as anybody looks."""
        found = document.said.get(context)
        if found is None:
            row = (context, *map(document.__getitem__, self.paths))
            found = document.said[context] = self._said.setdefault(row, {})
        return found

    def __len__(self) -> int:
        return len(self._said)

    def forget(self) -> None:
        self._said.clear()


class Answers:
    """What functions have answered in this process."""

    def __init__(self) -> None:
        self._first: dict[Hashable, _Node | _Known] = {}
        self._count = 0
        self.doors = Doors()
        self.numbers = Numbers()
        self._parts: dict[int, Parts] = {}
        self._rights: dict[tuple[int, ...], _Granted] = {}
        self._defaults: dict[str, int] = {}
        self._singles = _Singles()
        self.fresh = 0
        self.remembered = 0

    def ask(self, question: Callable[[Rendered], Iterable[Answer]], rendered: Rendered) -> tuple[Answer, ...]:
        """All that ``question`` yields for ``rendered``; what it raises is raised, and not remembered."""
        keys = self._keys_of(rendered)
        keys.rendered = rendered
        try:
            return self._asked(question, keys)
        finally:
            del keys.rendered

    def _asked(self, question: Callable[[Rendered], Iterable[Answer]], keys: _Keys) -> tuple[Answer, ...]:
        if isinstance(question, OfEachObject):
            return self._of_each_object(question, keys)
        if isinstance(question, OfEach):
            found: tuple[Answer, ...] = ()
            for item in self._answer(question.items, (), keys).value:
                found += self._answer(question.judge, (item,), keys).value
            return found
        answer: tuple[Answer, ...] = self._answer(question, (), keys).value
        return answer

    def fact(self, function: Callable[..., Any], arguments: tuple[Hashable, ...], keys: _Keys) -> _Known:
        """What ``function`` returns for the render and ``arguments``."""
        return self._answer(function, arguments, keys, collect=lambda returned: returned)

    def _answer(
        self,
        function: Callable[..., Any],
        arguments: tuple[Hashable, ...],
        keys: _Keys,
        collect: Callable[[Any], Any] = tuple,
    ) -> _Known:
        question = (function, *arguments)
        get = keys.__getitem__
        known = self._recall(question, get)
        if known is None:
            known, _ = self._anew(question, get, keys, lambda: collect(function(keys.watched(), *arguments)))
        return known

    def _anew(
        self, question: Hashable, get: Get, keys: _Keys, evaluate: Callable[[], Any]
    ) -> tuple[_Known, list[Step]]:
        """A fresh answer, and what was read for it."""
        before = keys.notes.begin()
        try:
            value = evaluate()
        finally:
            steps = keys.notes.end(before)
        return self._keep(question, steps, get, value), steps

    def _of_each_object(self, question: OfEachObject[Answer], keys: _Keys) -> tuple[Answer, ...]:
        found: tuple[Answer, ...] = ()
        singles = self._singles
        context = singles.context(keys)
        for document in keys.subjects:
            answer = singles.of(document, context).get(question)
            if answer is None:
                answer = self._of_object(question, document, keys)
                # Doors and paths may have become more.
                context = singles.context(keys)
                singles.of(document, context)[question] = answer
            else:
                self.remembered += 1
            if answer:
                found += answer
        return found

    def _of_object(self, question: OfEachObject[Answer], document: Parts, keys: _Keys) -> tuple[Answer, ...]:
        def get(step: Step) -> Hashable:
            return document[step] if isinstance(step, tuple) else keys[step]

        known = self._recall(question, get)
        if known is None:
            known, steps = self._anew(
                question, get, keys, lambda: tuple(question.judge(keys.watched(), keys.documents.single(document)))
            )
            self._singles.learn(steps)
        answer: tuple[Answer, ...] = known.value
        return answer

    def _recall(self, question: Hashable, get: Get) -> _Known | None:
        node = self._first.get(question)
        while isinstance(node, _Node):
            node = node.ways.get(tuple(map(get, node.run)))
        if node is not None:
            self.remembered += 1
        return node

    def _keep(self, question: Hashable, steps: list[Step], get: Get, value: Any) -> _Known:
        self.fresh += 1
        if self._count + len(self._singles) >= _MOST_ANSWERS or self.numbers.characters > _MOST_CHARACTERS:
            self._forget()
        self._count += 1
        known = _Known(value)
        node = self._first.get(question)
        if node is None:
            self._first[question] = _nodes(steps, get, known)
            return known
        while True:
            assert isinstance(node, _Node), f"{question} reads more than it did from the same render"
            alike = _alike(node.run, steps)
            assert alike, f"{question} reads {steps[:1]} where it read {node.run[:1]} before: is it a function?"
            if alike < len(node.run):
                node.split(alike)
            key = tuple(map(get, node.run))
            steps = steps[alike:]
            if key not in node.ways:
                node.ways[key] = _nodes(steps, get, known)
                return known
            node = node.ways[key]

    def number_of(self, known: _Known) -> int:
        """A number for answers that depend on this one: of its content where that can be told, else of where it came from."""
        if known.number is None:
            try:
                known.number = self.numbers.of_plain(known.value)
            except ValueError:
                known.number = self.numbers.new()
        return known.number

    def _forget(self) -> None:
        # A number is never given again, so that what a render at hand knows by number stays right.
        self._first.clear()
        self._singles.forget()
        self.numbers.forget()
        self._parts.clear()
        self._rights.clear()
        self._defaults.clear()
        self._count = 0

    def _keys_of(self, rendered: Rendered) -> _Keys:
        """The keys of a render, made once: they live in the instance, like its cached properties."""
        found = vars(rendered).get("_keys")
        if not isinstance(found, _Keys) or found.answers is not self:
            if len(self._parts) > _MOST_DOCUMENTS:
                self._parts.clear()
            found = _Keys(self)
            vars(rendered)["_keys"] = found
        return found

    def parts_of(self, manifest: Manifest) -> Parts:
        """The parts of a document, which are held together with it: no other one has its address."""
        found = self._parts.get(id(manifest))
        if found is None:
            found = self._parts[id(manifest)] = Parts(manifest, self.numbers)
        return found

    def number_of_default(self, path: str) -> int:
        """The number of the chart's own default, which most combinations leave as it is."""
        if path not in self._defaults:
            self._defaults[path] = self.numbers.of(default(path))
        return self._defaults[path]

    def rights(self, keys: _Keys) -> _Granted:
        """The rights that the chart gives; renders with the same roles and bindings share them."""
        row = tuple(keys[self.doors["column", ("own", kind, parts.RIGHTS)]] for kind in KINDS)
        found = self._rights.get(row)
        if found is None:
            if len(self._rights) >= _MOST_RIGHTS:
                self._rights.clear()
            found = self._rights[row] = _Granted(keys.rendered.rights, self.numbers.of_row(row))
        return found


class _Granted:
    """Rights with the number that stands for them, and for those of each account."""

    __slots__ = ("_of_accounts", "number", "rights")

    def __init__(self, rights: Rights, number: int) -> None:
        self.rights, self.number = rights, number
        self._of_accounts: dict[Account, int] = {}

    def of_account(self, account: Account, numbers: Numbers) -> int:
        found = self._of_accounts.get(account)
        if found is None:
            grants = [(grant.namespace, grant.rule, grant.origin) for grant in self.rights.grants(account)]
            found = self._of_accounts[account] = numbers.of(grants)
        return found


class _Keys(dict[Door, int]):
    """Door -> number of what is behind it in one render; each is looked at when it is asked for."""

    # While something is asked; the render holds its keys, not they the render.
    rendered: Rendered

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.numbers = answers.numbers
        self.notes = Notes()
        self.documents = Documents(self.notes, answers.doors, answers.parts_of)
        self._lists: dict[tuple[str, str], list[Parts]] = {}
        self._facts: dict[Door, _Known] = {}
        # See _Singles.context.
        self.context: tuple[tuple[int, int], int] | None = None

    def __missing__(self, door: Door) -> int:
        self[door] = number = _LOOKS[door.name](self, door.argument)
        return number

    def watched(self) -> Rendered:
        """The render for a function that is asked anew."""
        rights, fact = (lambda: self.rights.rights), (lambda door: self.fact(door).value)
        return cast("Rendered", Watched(self.rendered, self.documents, self.answers.doors, rights, fact))

    def fact(self, door: Door) -> _Known:
        """What is behind the door of a fact."""
        if door not in self._facts:
            function, arguments = cast("tuple[Callable[..., Any], tuple[Hashable, ...]]", door.argument)
            self._facts[door] = self.answers.fact(function, arguments, self)
        return self._facts[door]

    @functools.cached_property
    def subjects(self) -> list[Parts]:
        """The objects that are judged one by one."""
        return [self.answers.parts_of(manifest) for manifest in OfEachObject.subjects(self.rendered)]

    @functools.cached_property
    def rights(self) -> _Granted:
        return self.answers.rights(self)

    @functools.cached_property
    def deployments(self) -> dict[str, Parts] | None:
        """Component key -> the parts of its Deployment; None where they cannot be told."""
        try:
            return {name: self.answers.parts_of(entry) for name, entry in self.rendered.deployments.items()}
        except (AssertionError, LookupError):
            # Whoever reads them finds out.
            return None

    def column(self, scope: str, kind: str, path: Path) -> int:
        """The number of what all objects of a kind, or all objects, have at a path."""
        found = self._lists.get((scope, kind))
        if found is None:
            source = self.rendered.own_objects if scope == "own" else self.rendered.objects_by_kind
            objects = source.of_kind(kind) if kind else source
            found = self._lists[scope, kind] = [self.answers.parts_of(entry) for entry in objects]
        # One object's number is its own: no row has it.
        return found[0][path] if len(found) == 1 else self.numbers.of_row(tuple([entry[path] for entry in found]))


def _part(keys: _Keys, argument: tuple[str, Path]) -> int:
    if keys.deployments is None:
        return keys.numbers.new()
    component, path = argument
    found = keys.deployments.get(component)
    return parts.ABSENT if found is None else found[path]


def _components(keys: _Keys, _: str) -> int:
    return keys.numbers.new() if keys.deployments is None else keys.numbers.of([*keys.deployments])


def _setting(keys: _Keys, path: str) -> int:
    value = keys.rendered.setting(path)
    if value is not None and value is default(path):
        return keys.answers.number_of_default(path)
    return keys.numbers.of(value)


def _fact(keys: _Keys, argument: tuple[Callable[..., Any], tuple[Hashable, ...]]) -> int:
    try:
        return keys.answers.number_of(keys.fact(keys.answers.doors["fact", argument]))
    except (AssertionError, LookupError, ValueError):
        # Whoever reads it finds out.
        return keys.numbers.new()


# Name of a door -> the number of what is behind it, by the door's argument.
_LOOKS: Mapping[str, Callable[[_Keys, Any], int]] = {
    "part": _part,
    "components": _components,
    "setting": _setting,
    "fact": _fact,
    "column": lambda keys, argument: keys.column(*argument),
    "places": lambda keys, scope: keys.column(scope, "", parts.PLACE),
    "granted": lambda keys, account: keys.rights.of_account(account, keys.numbers),
    "rights": lambda keys, _: keys.rights.number,
    "no rights": lambda keys, _: keys.numbers.of(keys.rights.rights.is_empty),
    "names": lambda keys, text: keys.numbers.of(keys.rendered.names(text)),
    "notes say": lambda keys, text: keys.numbers.of(text in keys.rendered.rendering.notes),
    "combination": lambda keys, name: keys.numbers.of(getattr(keys.rendered.combination, name)),
    "mode": lambda keys, name: keys.numbers.of(getattr(keys.rendered.combination.mode, name)),
}


ANSWERS = Answers()
