#!/usr/bin/env python3
"""The check from any folder, for pre-commit and CI: `python -m tools.check` in an environment that the first run makes.

    path/to/this/clone/tools/check/run.py values/prod.yaml

There is no package to install: the check reads the chart, the schemas and the suite's relations of the clone that this
file is in. Paths begin in the current folder. KEDA_CHECK_PYTHON names a Python that has the packages already.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OLDEST_PYTHON = (3, 11)
# What the check imports of requirements.txt, which pins the versions.
NEEDED = ("PyYAML", "covertable", "cryptography", "jsonschema_rs", "kubernetes-validate")


def python() -> Path:
    """The interpreter of the environment for this Python and these requirements; makes it when it is not there."""
    given = os.environ.get("KEDA_CHECK_PYTHON")
    if given:
        return Path(given)
    requirements = ROOT / "requirements.txt"
    basis = f"{sys.version}{NEEDED}".encode() + requirements.read_bytes()
    folder = ROOT / ".toolchain" / f"check-{hashlib.sha256(basis).hexdigest()[:16]}"
    interpreter, complete = folder / "bin" / "python", folder / "complete"
    folder.parent.mkdir(exist_ok=True)
    with (folder.parent / "check.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            print("check: the first run installs the check, which takes a few minutes", file=sys.stderr, flush=True)
            venv.create(folder, clear=True, with_pip=True)
            command = [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*command, "--constraint", str(requirements), *NEEDED], check=True, stdout=sys.stderr)
            complete.touch()
    return interpreter


def main() -> int:
    """Run the check with the arguments of this process; returns its exit code."""
    if sys.version_info < OLDEST_PYTHON:
        print(f"check: needs Python {'.'.join(map(str, OLDEST_PYTHON))} or later", file=sys.stderr)
        return 2
    try:
        interpreter = python()
    except subprocess.CalledProcessError as error:
        print(f"check: it cannot be installed; exit code {error.returncode}: {error.cmd}", file=sys.stderr)
        return 2
    # Git hooks run with variables that name the user's repository; Go would take them for its own.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment["PYTHONPATH"] = str(ROOT)
    command = [str(interpreter), "-m", "tools.check", *sys.argv[1:]]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
