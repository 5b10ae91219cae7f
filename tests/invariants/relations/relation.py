"""What a relation is: a statement about the objects of one render that holds whatever the values are.

The suite asks every relation about every combination (../test_relations.py); ``tools.check`` asks them about a user's values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.support.manifests import Manifest
from tests.support.renderings import Rendered


@dataclass(frozen=True)
class Problem:
    """One place where a relation does not hold.

    ``where`` names the object (``Deployment keda/keda-operator``), ``what`` says what is wrong with it. ``path`` is the dotted
    values path that leads to it and ``fix`` the way out; both are empty when no value explains it: then the chart is wrong.
    """

    where: str
    what: str
    path: str = ""
    fix: str = ""

    def __str__(self) -> str:
        cause = f" ({self.path}: {self.fix})" if self.path else ""
        return f"{self.where}: {self.what}{cause}"


# Yields what is wrong. It raises LookupError when it finds nothing to look at although there must be something.
Relation = Callable[[Rendered], Iterable[Problem]]


def place(manifest: Manifest) -> str:
    """How a Problem names an object: kind, namespace when it has one, and name."""
    metadata = manifest["metadata"]
    namespace = f"{metadata['namespace']}/" if "namespace" in metadata else ""
    return f"{manifest['kind']} {namespace}{metadata['name']}"
