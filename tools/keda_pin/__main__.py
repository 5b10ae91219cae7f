"""Move the pinned version of KEDA in one go, and tell the chart's author what is different.

    python -m tools.keda_pin VERSION              move it
    python -m tools.keda_pin VERSION --dry-run    tell the difference, change nothing

Moved are the Go module of tools/toolchain/keda (and with it the embedded cluster's images), appVersion, the names in
charts/keda/images.yaml, the definitions, the facts of schemas/keda, the schemas of custom resources, and the documents that
name the version. The work is done in a copy of the tree, which is
taken over when all of it has succeeded; what the copy has built is kept. Building KEDA takes minutes.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools import crds, git_files, keda_module, toolchain
from tools.keda_pin import difference, facts, grants, move
from tools.keda_pin.move import CannotMove

ROOT = toolchain.REPOSITORY
_BUILT = toolchain.BUILT.name


@contextmanager
def copied(tree: Path, files: Sequence[Path]) -> Iterator[Path]:
    """A copy of the files beside the built programs, which it shares; what it builds is kept afterwards."""
    built = tree / _BUILT
    built.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".pin-", dir=built) as folder:
        copy = Path(folder)
        for name in files:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(tree / name, copy / name)
            shutil.copymode(tree / name, copy / name)
        shared = copy / _BUILT
        shared.mkdir()
        for entry in built.iterdir():
            if entry.is_dir() and not entry.name.startswith("."):
                (shared / entry.name).symlink_to(entry.resolve())
        try:
            yield copy
        finally:
            for entry in shared.iterdir():
                if entry.is_dir() and not entry.is_symlink() and not (built / entry.name).exists():
                    entry.rename(built / entry.name)


def changed(tree: Path, copy: Path, files: Sequence[Path]) -> list[Path]:
    """Files whose content differs, is new or gone in the copy, relative to both."""
    skipped = {_BUILT, "__pycache__"}
    present = {
        path.relative_to(copy)
        for path in copy.rglob("*")
        if path.is_file() and not skipped & set(path.relative_to(copy).parts)
    }
    return sorted(
        name
        for name in present | set(files)
        if name not in present
        or not (tree / name).is_file()
        or (tree / name).read_bytes() != (copy / name).read_bytes()
    )


def take_over(tree: Path, copy: Path, files: Sequence[Path], originals: dict[Path, bytes]) -> None:
    """Bring the changed files of the copy into the tree; CannotMove when one has been changed there meanwhile."""
    meanwhile = [
        str(name)
        for name in files
        if ((tree / name).read_bytes() if (tree / name).is_file() else None) != originals.get(name)
    ]
    if meanwhile:
        raise CannotMove(f"changed meanwhile: {', '.join(meanwhile)}; run it again, what was built is kept")
    for name in files:
        if (copy / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(copy / name, tree / name)
        else:
            (tree / name).unlink()


def run(number: str, *, dry_run: bool) -> int:
    """Move the pin to ``number`` (without v); returns the exit code."""
    before = toolchain.required_version(crds.GROUP, crds.MODULE).removeprefix("v")
    if number == before:
        print(f"KEDA {number} is pinned already")
        return 0
    target = move.release(number)
    files = git_files.known(ROOT)
    originals = {name: (ROOT / name).read_bytes() for name in files}
    with copied(ROOT, files) as copy:
        old = facts.read(copy)
        if old.version != before:
            raise CannotMove(
                f"schemas/keda is of KEDA {old.version}, pinned is {before}; run: python -m tools.keda_flags"
            )
        print(f"keda_pin: go.mod of KEDA {number}", file=sys.stderr, flush=True)
        move.move_module(copy, target)
        move.move_sources(copy, target)
        move.move_mentions(copy, before, number)
        for what, step, total in move.generate(copy):
            print(f"keda_pin: {step}/{total} {what}", file=sys.stderr, flush=True)
        new = facts.read(copy)
        found = difference.report(old, new, copy, grants.granted(copy))
        names = changed(ROOT, copy, files)
        left = move.mentions_left(copy, files, before)
        print(found.text)
        _list("the chart must change, or its author must say why not", found.must_change)
        _list(f"lines that name {before}, for a person to judge", left)
        _list("files that are other" if dry_run else "files that were changed", [str(name) for name in names])
        if dry_run:
            print("\nnothing was changed")
            return 0
        take_over(ROOT, copy, names, originals)
    print("\nnext: the lines above, the range of Kubernetes versions in NOTES, CHANGELOG.md, python -m tools.images;")
    print("then: tox, tox -e cluster")
    return 0


def _list(title: str, lines: Sequence[str]) -> None:
    print(f"\n{title}: {len(lines) or 'none'}")
    for line in lines:
        print(f"  {line}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.keda_pin",
        description="Move the pinned version of KEDA everywhere, and tell what is different. Builds KEDA: minutes.",
    )
    parser.add_argument("version", help="a version of KEDA, as X.Y.Z")
    parser.add_argument("--dry-run", action="store_true", help="tell the difference, change nothing")
    options = parser.parse_args(arguments)
    number = re.fullmatch(r"v?(\d+\.\d+\.\d+)", options.version)
    if number is None:
        parser.error(f"{options.version!r} is no version; it must be like X.Y.Z")
    try:
        return run(number[1], dry_run=options.dry_run)
    except (CannotMove, git_files.NoCheckout, toolchain.ToolchainError, keda_module.Unreadable) as error:
        print(f"keda_pin: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
