"""The command line of the check."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

OUTPUTS = ("text", "json", "junit", "sarif")
# As tests/support/schemas.py; not imported, so that --help does not wait for schemas.
KUBERNETES = ("1.34", "1.35", "1.36", "1.37")
NAMES = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
_LONGEST_RELEASE, _LONGEST_NAMESPACE = 53, 63

_EPILOG = """\
Values files are layers as in `helm install -f base.yaml -f prod.yaml`: later ones win, --set wins over all.

exit codes:
  0  the chart takes the values, and everything that is rendered is in order (there may be warnings)
  1  problems; with --strict also warnings
  2  bad usage: no such file, no such option

examples:
  tox -e check -- values/prod.yaml
  tox -e check -- values/base.yaml values/prod.yaml --set webhooks.replicaCount=3 --kubernetes 1.36
  path/to/clone/tools/check/run.py values/prod.yaml --output sarif > keda.sarif
"""


class BadUsage(Exception):
    """An option that cannot be understood; exit code 2."""


@dataclass(frozen=True)
class Options:
    """What was asked for. ``sets`` are (kind, text) in their order on the command line."""

    files: tuple[str, ...]
    sets: tuple[tuple[str, str], ...]
    kubernetes: tuple[str, ...]
    kubernetes_given: bool
    api_versions: tuple[str, ...]
    release: str
    namespace: str
    output: str
    strict: bool
    each: bool
    folder: Path


class _Set(argparse.Action):
    """Collects the --set options of all kinds in one list, because Helm's own order of them is applied later."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        del parser, option_string
        kind = "set" if self.dest == "set" else self.dest.removeprefix("set_")
        namespace.sets = [*(namespace.sets or []), (kind, values)]


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Options of the command line; SystemExit with code 2 and a sentence on standard error for bad usage."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.check",
        description="Would the KEDA chart take these values, is everything that comes of them in order, and what must you "
        "provide? Needs no cluster and no network.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="values files, later ones win; none: the chart's defaults"
    )
    parser.add_argument("--set", metavar="PATH=VALUE", action=_Set, help="one value, as with helm; may be repeated")
    parser.add_argument("--set-string", metavar="PATH=TEXT", action=_Set, help="the same, always a string")
    parser.add_argument("--set-file", metavar="PATH=FILE", action=_Set, help="the same, the content of a file")
    parser.add_argument("--set-json", metavar="PATH=JSON", action=_Set, help="the same, any JSON value")
    parser.add_argument(
        "--kubernetes",
        metavar="1.N",
        action="append",
        help=f"version to check for, may be repeated; default: all of {', '.join(KUBERNETES)}",
    )
    parser.add_argument(
        "--api-versions",
        metavar="GROUP/VERSION",
        action="append",
        default=[],
        help="an API of your cluster, as with helm",
    )
    parser.add_argument("--release", metavar="NAME", default="keda", help="name of the release (default: keda)")
    parser.add_argument("--namespace", "-n", metavar="NAME", default="keda", help="its namespace (default: keda)")
    parser.add_argument("--output", "-o", choices=OUTPUTS, default="text", help="form of the report (default: text)")
    parser.add_argument("--strict", action="store_true", help="exit with 1 for warnings, too")
    parser.add_argument(
        "--each", action="store_true", help="check each file by itself instead of as layers of one another"
    )
    parser.set_defaults(sets=[])
    given = parser.parse_intermixed_args(arguments)
    for file in given.files:
        wrong = no_values_file(Path(file)) if file else "the name of a file is empty"
        if wrong:
            parser.error(wrong)
    versions = [_version(text) for text in given.kubernetes or []]
    for version, text in zip(versions, given.kubernetes or [], strict=True):
        if version is None:
            parser.error(f"--kubernetes {text}: choose from {', '.join(KUBERNETES)}")
    for option, name, longest in (
        ("release", given.release, _LONGEST_RELEASE),
        ("namespace", given.namespace, _LONGEST_NAMESPACE),
    ):
        if not NAMES.fullmatch(name) or len(name) > longest:
            parser.error(f"--{option} {name}: must be lower-case letters, digits and hyphens, {longest} at most")
    return Options(
        files=tuple(given.files),
        sets=tuple(given.sets),
        kubernetes=tuple(dict.fromkeys(version for version in versions if version)) or KUBERNETES,
        kubernetes_given=bool(versions),
        api_versions=tuple(item for text in given.api_versions for item in text.split(",")),
        release=given.release,
        namespace=given.namespace,
        output=given.output,
        strict=given.strict,
        each=given.each,
        folder=Path.cwd(),
    )


def no_values_file(file: Path) -> str:
    """Why a path cannot be read as a values file; the empty text when it can. Files are read more than once."""
    if file.is_file():
        return "" if os.access(file, os.R_OK) else f"{file}: may not be read by this user"
    if file.is_dir():
        return f"{file}: is a folder; name the files in it"
    return f"{file}: {'no regular file; write it to one first' if file.exists() else 'no such file'}"


def _version(text: str) -> str | None:
    """ "1.36" for 1.36, v1.36 and 1.36.4; None for a version that there are no schemas for."""
    found = re.fullmatch(r"v?(1\.\d+)(\.\d+)?", text)
    return found[1] if found and found[1] in KUBERNETES else None
