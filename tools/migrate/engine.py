"""From files of the official chart to files that this chart accepts: rules until nothing changes any more, then the proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.check import layers
from tools.check.arguments import KUBERNETES
from tools.check.findings import Finding, Verdict
from tools.migrate import contradictions, meanings, pins, schema_fixes
from tools.migrate.changes import Change
from tools.migrate.document import Document
from tools.migrate.proof import prove
from tools.migrate.workspace import Workspace

# Each round removes or rewrites something; a file that needs more than this has hundreds of mistakes in lists.
_ROUNDS = 500


class Unreadable(Exception):
    """A file that is no values file; one line for each thing that is wrong with it."""


@dataclass(frozen=True)
class Result:
    """``texts`` are the new files in the order of the old ones, ``verdict`` what the check says of them."""

    texts: tuple[str, ...]
    changes: tuple[Change, ...]
    verdict: Verdict

    @property
    def edits(self) -> list[Change]:
        """Changes without the notes."""
        return [change for change in self.changes if change.kind != "note"]

    @property
    def left(self) -> list[Finding]:
        """What the chart still has against the result."""
        return self.verdict.problems


def migrate(
    files: Sequence[Path], *, under: str = "", pin_defaults: bool = False, kubernetes: Sequence[str] = KUBERNETES
) -> Result:
    """Migrate ``files`` as layers. Unreadable for what is no values file, document.CannotEdit for what cannot be edited."""
    workspace = Workspace([_document(file, under) for file in files])
    rewrite(workspace)
    if pin_defaults:
        pins.apply(workspace)
    meanings.notes(workspace)
    verdict = prove(workspace.documents, kubernetes)
    return Result(tuple(document.text for document in workspace.documents), tuple(workspace.changes), verdict)


def rewrite(workspace: Workspace) -> None:
    """Apply every rule until none changes anything."""
    meanings.apply(workspace)
    for _ in range(_ROUNDS):
        if not schema_fixes.apply(workspace) and not contradictions.apply(workspace):
            break
    meanings.apply_last(workspace)


def _document(file: Path, under: str) -> Document:
    shown = str(file)
    layer = layers.read(file, shown)
    if layer.problems:
        raise Unreadable(
            "\n".join(f"{problem.place}: {_path(problem)}{problem.sentence()}" for problem in layer.problems)
        )
    document = Document(file.read_bytes().decode("utf-8"), shown, under)
    if under and not document.values:
        raise Unreadable(f"{shown}: there are no values below {under}")
    wrapped = document.values.get("keda")
    if not under and set(document.values) <= {"keda", "global"} and isinstance(wrapped, dict):
        raise Unreadable(f"{shown}: the values stand below keda, as in the file of a parent chart; use --under keda")
    return document


def _path(problem: Finding) -> str:
    return f"{problem.path}: " if problem.path else ""
