"""Every flag of KEDA's three programs with its type and default: schemas/keda/flags.yaml.

The programs themselves are asked (`--help`), because half of the metrics API server's flags come from libraries.

    python -m tools.keda_flags                    write the file (builds the programs when they are missing)
    python -m tools.keda_flags --check            compare with the programs, or, when they are not built, the pins alone
    python -m tools.keda_flags --check --build    build them for it
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.keda_module import Generator, Unreadable

# `  -v, --v Level   number for the log level (default 0)`; pflag puts at least three spaces before the description.
_LINE = re.compile(r"^ +(?:-\w, )? *--(?P<name>\S+)(?: (?P<type>\S+))? {3,}(?P<usage>.*)$")
_DEFAULT = re.compile(r" \(default (?P<default>.*)\)$")
# pflag leaves a default out when it is the zero of the type.
_ZEROS = {"bool": "false", "string": "", "duration": "0s", **dict.fromkeys(("int", "uint", "float32"), "0")}
# A test library that is linked into the programs by accident; one of its defaults is the time of day.
_FOREIGN = "ginkgo."


def parse(usage: str) -> dict[str, dict[str, str]]:
    """Flag name -> ``type`` and ``default`` from the text of `--help`; the default is missing where the text has none.

    Types are pflag's words (bool, int, string, stringArray, duration, ...). A flag without a word is a bool.
    """
    found: dict[str, dict[str, str]] = {}
    lines = usage.splitlines()
    for line in lines:
        match = _LINE.match(line)
        if match is None:
            if line.lstrip().startswith("-"):
                raise Unreadable(f"no flag can be read from the line {line!r}")
            continue
        if match["name"].startswith(_FOREIGN):
            continue
        kind = match["type"] or "bool"
        default = _DEFAULT.search(match["usage"])
        entry = {"type": kind}
        if default is not None:
            entry["default"] = default["default"].removeprefix('"').removesuffix('"')
        elif kind in _ZEROS:
            entry["default"] = _ZEROS[kind]
        found[match["name"]] = entry
    if not found:
        raise Unreadable(f"no flag can be read from:\n{usage[:500]}")
    return dict(sorted(found.items()))


def usage_of(program: Path) -> str:
    """The text of `--help`; the environment is empty, because some defaults come from it."""
    answer = subprocess.run([program, "--help"], env={}, capture_output=True, text=True, check=False, timeout=60)
    if answer.returncode not in (0, 2) or "Usage of" not in answer.stdout + answer.stderr:
        raise Unreadable(f"`{program.name} --help` failed with exit code {answer.returncode}\n{answer.stderr[-2000:]}")
    return answer.stdout + answer.stderr


def content(programs: Mapping[str, Path]) -> dict[str, Any]:
    """Component -> flags, for ``Generator``."""
    return {component: parse(usage_of(program)) for component, program in programs.items()}


GENERATOR = Generator("keda_flags", "flags", content)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    return GENERATOR.main("every flag of KEDA's three programs", arguments)


if __name__ == "__main__":
    sys.exit(main())
