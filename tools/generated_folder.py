"""A folder whose files one generator writes: told when one is stale, written anew, rid of what belongs to nothing any more."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import toolchain


@dataclass(frozen=True)
class GeneratedFolder:
    """``path`` with the files that match ``pattern``, made by ``python -m tools.<module>``.

    ``texts`` makes the text of each file, by name, or raises one of ``failures``, whose message is for the user. ``difference``
    tells in a few words where the expected text and the one found differ.
    """

    module: str
    path: Path
    texts: Callable[[], Mapping[str, str]]
    difference: Callable[[str, str], str]
    failures: tuple[type[Exception], ...]
    pattern: str = "*"

    def stale(self, expected: Mapping[str, str]) -> Iterator[str]:
        """What differs from what would be written, one sentence each."""
        present = {file.name: file.read_text() for file in self.path.glob(self.pattern)}
        for name in sorted(expected.keys() | present.keys()):
            if name not in present:
                yield f"{name} is missing"
            elif name not in expected:
                yield f"{name} belongs to nothing any more"
            elif present[name] != expected[name]:
                yield f"{name}: {self.difference(expected[name], present[name])}"

    def write(self, expected: Mapping[str, str]) -> None:
        """Write every file, and delete the others that match the pattern."""
        self.path.mkdir(parents=True, exist_ok=True)
        for file in self.path.glob(self.pattern):
            if file.name not in expected:
                file.unlink()
        for name, text in expected.items():
            (self.path / name).write_text(text)

    def main(self, description: str, arguments: Sequence[str] | None = None) -> int:
        """Command line of the generator; returns the exit code."""
        parser = argparse.ArgumentParser(prog=f"python -m tools.{self.module}", description=description)
        parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is stale")
        options = parser.parse_args(arguments)
        place = self.path.relative_to(toolchain.REPOSITORY)
        failures: tuple[type[Exception], ...] = (*self.failures, toolchain.ToolchainError)
        try:
            expected = self.texts()
        except failures as error:
            print(f"{self.module}: {error}", file=sys.stderr)
            return 1
        if options.check:
            stale = list(self.stale(expected))
            if stale:
                advice = f"{place} is stale; run: python -m tools.{self.module}\n"
                print(advice + "\n".join(stale), file=sys.stderr)
            return 1 if stale else 0
        self.write(expected)
        for name, text in expected.items():
            print(f"{place / name}: {len(text)} bytes")
        return 0
