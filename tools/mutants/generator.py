"""All mutants of the chart, in an order that a seed decides and that small changes of the chart leave alone."""

from __future__ import annotations

import fnmatch
import hashlib
from collections import Counter
from pathlib import Path

import yaml

from tools.mutants import schema_mutants, template_mutants, values_mutants
from tools.mutants.mutation import Mutant

TEMPLATES = "charts/keda/templates"


def mutants(root: Path) -> list[Mutant]:
    """All mutants of the repository at ``root``."""
    files = {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted((root / TEMPLATES).rglob("*"))
        if path.is_file()
    }
    helpers = template_mutants.helper_table(files)
    found = [entry for file, text in files.items() for entry in template_mutants.mutants(file, text, helpers)]
    schema = root / schema_mutants.FILE
    if schema.is_file():
        found += schema_mutants.mutants(schema.read_text(encoding="utf-8"))
    values = root / values_mutants.FILE
    if values.is_file():
        found += values_mutants.mutants(values.read_text(encoding="utf-8"), _words(schema))
    # One mutant may come about in two ways, as with a line that is a whole block.
    return list({entry.id: entry for entry in found}.values())


def chosen(found: list[Mutant], *, sample: int | None, seed: int, only: str) -> list[Mutant]:
    """Those whose file fits the pattern ``only``, shuffled; the first ``sample`` of them."""
    fitting = [entry for entry in found if not only or fnmatch.fnmatch(entry.file, only)]

    # By text and not by offset: a line added above must not choose another sample. Texts that stand in several places are
    # told apart by their order, or a sample would hold all of them or none.
    ranks: dict[str, str] = {}
    times: Counter[str] = Counter()
    for entry in sorted(fitting, key=lambda entry: (entry.file, entry.start, entry.replacement)):
        content = "\0".join((entry.kind, entry.file, entry.before, entry.after))
        times[content] += 1
        ranks[entry.id] = hashlib.sha256(f"{seed}\0{content}\0{times[content]}".encode()).hexdigest()
    return sorted(fitting, key=lambda entry: ranks[entry.id])[:sample]


def _words(schema: Path) -> dict[str, list[object]]:
    """Dotted path -> what its enum allows, as far as the schema says so in the place itself."""
    if not schema.is_file():
        return {}
    source = yaml.safe_load(schema.read_text(encoding="utf-8"))
    found: dict[str, list[object]] = {}

    def walk(node: dict[str, object], path: tuple[str, ...]) -> None:
        reference = node.get("$ref")
        if isinstance(reference, str):
            node = {**source["$defs"][reference.rpartition("/")[2]], **node}
        if isinstance(node.get("enum"), list):
            found[".".join(path)] = list(node["enum"])  # type: ignore[call-overload]
        properties = node.get("properties")
        for name, child in (properties if isinstance(properties, dict) else {}).items():
            walk(child, (*path, name))

    walk(source, ())
    return found
