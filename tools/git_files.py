"""Which files of a folder git knows, and which it does not."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


class NoCheckout(Exception):
    """git does not answer for the folder; the message says what it said."""


def known(folder: Path, *patterns: str) -> list[Path]:
    """Every file that git knows or would add, relative to ``folder``, in order; of ``patterns`` (git's), when there are any.

    What is deleted and not yet committed is left out, and so are links.
    """
    names = _listed(folder, "--cached", "--others", "--exclude-standard", "--", *patterns)
    return sorted(name for name in names if (folder / name).is_file() and not (folder / name).is_symlink())


def strangers(folder: Path) -> list[Path]:
    """Every file below ``folder`` that git does not know, those of .gitignore included; none where there is no checkout."""
    try:
        return _listed(folder, "--others", "--", ".")
    except NoCheckout:
        return []


def _listed(folder: Path, *arguments: str) -> list[Path]:
    command = ["git", "-C", str(folder), "ls-files", "-z", *arguments]
    # A hook of git's runs with variables that name another repository.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise NoCheckout("there is no git, and the files that belong to the repository are asked of it") from None
    if answer.returncode != 0:
        raise NoCheckout(f"`{' '.join(command)}` failed with exit code {answer.returncode}: {answer.stderr.strip()}")
    return [Path(name) for name in answer.stdout.split("\0") if name]
