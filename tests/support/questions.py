"""Questions about one render that fall into smaller ones: one for each component, for each object, for each account.

To its caller such a question is a function of the render like any other. tests/support/answers.py asks the small ones by
themselves: most of them were answered for an earlier render, though the render as a whole is new.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any, Generic, TypeVar

from tests.support.manifests import Manifest
from tests.support.renderings import Rendered

Answer = TypeVar("Answer")
Item = TypeVar("Item", bound=Hashable)


class OfEach(Generic[Item, Answer]):
    """``judge`` asked of each of the ``items`` that a render has."""

    def __init__(
        self, items: Callable[[Rendered], Iterable[Item]], judge: Callable[[Rendered, Item], Iterable[Answer]]
    ) -> None:
        self.items, self.judge = items, judge
        functools.update_wrapper(self, judge)

    def __call__(self, rendered: Rendered) -> Iterator[Answer]:
        for item in self.items(rendered):
            yield from self.judge(rendered, item)


class OfEachObject(Generic[Answer]):
    """``judge`` asked of each object of the chart."""

    def __init__(self, judge: Callable[[Rendered, Manifest], Iterable[Answer]]) -> None:
        self.judge = judge
        functools.update_wrapper(self, judge)

    @staticmethod
    def subjects(rendered: Rendered) -> Iterable[Manifest]:
        """The objects of the chart; LookupError when there is nothing but Deployments."""
        if len(rendered.own_objects) <= len(rendered.deployments):
            raise LookupError("nothing but Deployments is rendered")
        return rendered.own_objects

    def __call__(self, rendered: Rendered) -> Iterator[Answer]:
        for manifest in self.subjects(rendered):
            yield from self.judge(rendered, manifest)


def of_each(
    items: Callable[[Rendered], Iterable[Item]],
) -> Callable[[Callable[[Rendered, Item], Iterable[Answer]]], OfEach[Item, Answer]]:
    """Decorator: the function judges one of the ``items``, which can be hashed and are the same for the same render."""
    return lambda judge: OfEach(items, judge)


def _components(rendered: Rendered) -> Iterator[str]:
    yield from rendered.deployments


def of_each_component(
    judge: Callable[[Rendered, str, Manifest], Iterable[Answer]],
) -> OfEach[str, Answer]:
    """Decorator: the function judges one component by its key and its Deployment."""

    @functools.wraps(judge)
    def of_one(rendered: Rendered, component: str) -> Iterable[Answer]:
        return judge(rendered, component, rendered.deployments[component])

    return OfEach(_components, of_one)


def of_each_object(judge: Callable[[Rendered, Manifest], Iterable[Answer]]) -> OfEachObject[Answer]:
    """Decorator: the function judges one object of the chart."""
    return OfEachObject(judge)


Question = Callable[[Rendered], Iterable[Any]] | OfEach[Any, Any] | OfEachObject[Any]
