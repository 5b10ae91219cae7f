"""The command line of the migration."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.check.arguments import no_values_file

_EPILOG = """\
The cleaned file goes to standard output or to -o, the report to standard error. Comments, order and spelling of everything
that need not change stay as they are. Several files are layers as in `helm install -f base.yaml -f prod.yaml`: they are
judged together and each is cleaned by itself, so they need a folder as -o.

exit codes:
  0  the chart accepts the result; with --check: there is nothing to change either
  1  something is left that the chart refuses, and the report says what; with --check: something must change
  2  bad usage, or a file that cannot be read or edited

examples:
  tox -qq -e migrate -- old-values.yaml -o values.yaml
  tox -qq -e migrate -- base.yaml prod.yaml -o migrated/
  tox -qq -e migrate -- umbrella/values.yaml --under keda --check
"""


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    files: tuple[Path, ...]
    output: Path | None
    under: str
    check: bool
    pin_defaults: bool


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Options of the command line; SystemExit with code 2 and a sentence on standard error for bad usage."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.migrate",
        description="Make a values file of KEDA's official chart fit for this one: what the official chart honoured keeps its "
        "effect, what it ignored goes, each with the reason. The result is proven by rendering it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="values files for the official chart, later ones win"
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="PATH", help="file for the result, or a folder (several files need one)"
    )
    parser.add_argument(
        "--under", default="", metavar="KEY", help="the values stand below this key, as in the file of a parent chart"
    )
    parser.add_argument("--check", action="store_true", help="write nothing, exit with 1 when something must change")
    parser.add_argument(
        "--pin-defaults",
        action="store_true",
        help="write defaults of the official chart that are others here into the result",
    )
    given = parser.parse_args(arguments)
    for file in given.files:
        wrong = no_values_file(file)
        if wrong:
            parser.error(wrong)
    if len({file.resolve() for file in given.files}) != len(given.files):
        parser.error("a file is named twice")
    if given.check and given.output:
        parser.error("--check writes nothing, so -o has no use with it")
    several = len(given.files) > 1
    if several and not given.check and (given.output is None or (given.output.exists() and not given.output.is_dir())):
        parser.error("several files need a folder: -o FOLDER")
    if several and len({file.name for file in given.files}) != len(given.files):
        parser.error("two of the files have the same name, so they would overwrite each other in the folder")
    for file in given.files if given.output else ():
        target = given.output / file.name if given.output.is_dir() else given.output
        if target.resolve() == file.resolve():
            parser.error(f"-o {given.output} would overwrite {file}: the old file stays as it is, so name another")
    return Options(tuple(given.files), given.output, given.under, given.check, given.pin_defaults)
