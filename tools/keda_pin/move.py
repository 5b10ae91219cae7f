"""Every place that has the version of KEDA, moved to another one in a tree.

go.mod is written anew: KEDA's own replacements, which count in KEDA's repository only, then `go mod tidy`, so that the version
alone decides the result. The rest is text that holds the version, and the generators.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import crds, toolchain
from tools.kubernetes_modules import go_command

MODULE = Path("tools/toolchain") / crds.GROUP
_SOURCES = Path("schemas/custom-resources/sources.yaml")
# What they say of a version beside MENTIONS comes from files that are looked at.
_GENERATED = (Path("charts/keda/Chart.yaml"), Path("docs/values.md"))
# What the generators build on; names of tools/toolchain.py.
PROGRAMS = ("controller-gen", "keda", "keda-adapter", "keda-admission-webhooks")
# In this order: the table of values and the annotations hold what the others have written.
GENERATORS = (
    ("tools.crds",),
    ("tools.custom_resource_schemas",),
    ("tools.keda_flags",),
    ("tools.keda_environment",),
    ("tools.keda_rights",),
    ("tools.images", "--offline"),
    ("tools.values_schema",),
    ("tools.artifact_hub",),
)


class CannotMove(Exception):
    """The pin cannot be moved; the message says why and what to do."""


@dataclass(frozen=True)
class Mention:
    """A text outside of generated files that holds the version at ``{version}``; every occurrence in ``files`` is moved."""

    files: str
    text: str

    def pattern(self, version: str) -> re.Pattern[str]:
        """The text with this version; no longer number that begins with it."""
        before, after = (re.escape(part) for part in self.text.split("{version}"))
        return re.compile(rf"({before}){re.escape(version)}(?![\w.-]*\d)({after})")


MENTIONS = (
    Mention("charts/keda/Chart.yaml", "appVersion: {version}"),
    Mention("README.md", "[KEDA](https://keda.sh) {version}"),
    Mention("charts/keda/README.md", "[KEDA](https://keda.sh) {version}"),
    Mention("values-examples/environments/*.yaml", "ghcr.io/kedacore/keda:{version}"),
    Mention("values-examples/recipes/*.yaml", "ghcr.io/kedacore/keda:{version}"),
)


@dataclass(frozen=True)
class Release:
    """A version of KEDA as the module proxy has it: ``number`` without v, the folder of its sources, its sum."""

    number: str
    folder: Path
    sum: str


def release(number: str) -> Release:
    """Download the module; CannotMove when there is none, with the versions that there are."""
    with tempfile.TemporaryDirectory() as directory:
        try:
            answer = json.loads(go_command(["mod", "download", "-json", f"{crds.MODULE}@v{number}"], Path(directory)))
        except toolchain.ToolchainError as error:
            try:
                known = go_command(["list", "-m", "-versions", crds.MODULE], Path(directory)).split()[1:]
            except toolchain.ToolchainError:
                known = []
            there = f"; versions there: {', '.join(known[-8:])}" if known else ""
            raise CannotMove(f"KEDA {number} cannot be had{there}\n{error}") from None
    return Release(number, Path(answer["Dir"]), answer["Sum"])


def module_text(present: dict[str, Any], upstream: dict[str, Any], number: str, oldest: tuple[int, ...]) -> str:
    """go.mod before `go mod tidy`. ``present`` and ``upstream`` (KEDA's) are what `go mod edit -json` says.

    ``oldest`` is the Go that this repository asks for. Dependencies are not carried over: KEDA's own go.mod names them all.
    """
    replaced = []
    for entry in upstream.get("Replace") or []:
        if "Version" not in entry["New"]:
            raise CannotMove(
                f"KEDA {number} replaces {entry['Old']['Path']} by a folder of its repository, which no module has"
            )
        # Without the version on the left: here another one may be chosen than there.
        replaced.append(f"{entry['Old']['Path']} => {entry['New']['Path']} {entry['New']['Version']}")
    asked = tuple(int(part) for part in upstream["Go"].split("."))
    lines = [f"module {present['Module']['Path']}", "", f"go {'.'.join(map(str, max(asked, oldest)))}", ""]
    if len(replaced) == 1:
        lines += [f"replace {replaced[0]}", ""]
    elif replaced:
        lines += ["replace (", *(f"\t{line}" for line in replaced), ")", ""]
    lines += [f"require {crds.MODULE} v{number}", "", "tool ("]
    lines += [f"\t{tool['Path']}" for tool in present["Tool"]]
    return "\n".join([*lines, ")", ""])


def move_module(tree: Path, target: Release) -> None:
    """Write go.mod and go.sum of the tree for the release."""
    folder = tree / MODULE
    present = json.loads(go_command(["mod", "edit", "-json"], folder))
    upstream = json.loads(go_command(["mod", "edit", "-json", str(target.folder / "go.mod")], folder))
    text = module_text(present, upstream, target.number, toolchain.OLDEST_GO)
    (folder / "go.mod").write_text(text)
    (folder / "go.sum").unlink()
    try:
        go_command(["mod", "tidy"], folder)
    except toolchain.ToolchainError as error:
        advice = ""
        if "requires go >=" in str(error):
            advice = "\nRaise GO_PACKAGE and OLDEST_GO in tools/toolchain.py first."
        raise CannotMove(f"no go.mod for KEDA {target.number}:\n{error}{advice}") from None


def move_mentions(tree: Path, before: str, after: str) -> list[Path]:
    """Change the version in MENTIONS; the files, relative to the tree. CannotMove when one is not found."""
    changed = []
    for mention in MENTIONS:
        pattern = mention.pattern(before)
        found = [file for file in sorted(tree.glob(mention.files)) if pattern.search(file.read_text())]
        if not found:
            raise CannotMove(
                f"{mention.files} does not say {mention.text.format(version=before)!r}; adapt MENTIONS in tools/keda_pin/move.py"
            )
        for file in found:
            file.write_text(pattern.sub(rf"\g<1>{after}\g<2>", file.read_text()))
            changed.append(file.relative_to(tree))
    return changed


def move_sources(tree: Path, target: Release) -> None:
    """Version, sum and files of KEDA's entry in schemas/custom-resources/sources.yaml."""
    file = tree / _SOURCES
    entry = re.compile(
        rf"(- module: {re.escape(crds.MODULE)}\n  version: )\S+(\n  sum: )\S+"
        r"(\n  patched: true\n  definitions:\n)(?:    - \S+\n)+"
    )
    bases = sorted(path.name for path in (target.folder / "config/crd/bases").glob("*.yaml"))
    if not bases:
        raise CannotMove(f"KEDA {target.number} has no definitions in config/crd/bases")
    listed = "".join(f"    - config/crd/bases/{name}\n" for name in bases)
    text, count = entry.subn(rf"\g<1>v{target.number}\g<2>{target.sum}\g<3>{listed}", file.read_text())
    if count != 1:
        raise CannotMove(f"{_SOURCES} must have one entry of {crds.MODULE} with version, sum, patched and definitions")
    file.write_text(text)


def generate(tree: Path) -> Iterator[tuple[str, int, int]]:
    """Build KEDA and run the generators in the tree; yields what is about to be done, its number and how many there are."""
    steps = [["tools.toolchain", *PROGRAMS], *map(list, GENERATORS)]
    for number, step in enumerate(steps, 1):
        yield f"python -m {' '.join(step)}", number, len(steps)
        # Standard error is the user's: the build tells there how far it is.
        answer = subprocess.run([sys.executable, "-m", *step], cwd=tree, stdout=subprocess.PIPE, text=True, check=False)
        if answer.returncode != 0:
            raise CannotMove(
                f"`python -m {' '.join(step)}` failed with exit code {answer.returncode}\n{answer.stdout}".rstrip()
            )


def mentions_left(tree: Path, files: list[Path], version: str) -> list[str]:
    """``file:line: text`` of lines that still name the version, or KEDA and its minor version: for a person to judge."""
    minor = version.rpartition(".")[0]
    pattern = re.compile(rf"(?<![\d.]){re.escape(version)}(?![\d.]*\d)|KEDA {re.escape(minor)}(?![\d.]*\d)")
    found = []
    for name in files:
        file = tree / name
        if (name.parts[0] == "charts" and "crds" in name.parts) or name.name in (
            "go.sum",
            "go.mod",
            "requirements.txt",
        ):
            continue
        if not file.is_file() or file.is_symlink():
            continue
        try:
            lines = file.read_text().splitlines()
        except UnicodeDecodeError:
            continue
        found += [
            f"{name}:{number}: {line.strip()[:100]}" for number, line in enumerate(lines, 1) if pattern.search(line)
        ]
    return found
