"""`helm lint --strict` of the pinned Helm 4 on the same values, beside the other work: it takes half a second."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools import toolchain
from tools.check.findings import Finding
from tools.check.schema import CHART

_LINE = re.compile(r"^\[(?P<level>ERROR|WARNING)\] (?P<what>.*)$")


class Lint:
    """One running `helm lint`. ``findings`` waits for it, ``stop`` ends it."""

    def __init__(self, files: list[Path], sets: list[str], kubernetes: str, namespace: str, folder: Path) -> None:
        self._home = tempfile.TemporaryDirectory()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HELM_", "KUBE"))}
        places = {f"HELM_{kind}_HOME": f"{self._home.name}/{kind.lower()}" for kind in ("CACHE", "CONFIG", "DATA")}
        command = [
            str(toolchain.program("helm4")),
            "lint",
            str(CHART),
            "--strict",
            "--quiet",
            "--kube-version",
            f"{kubernetes}.0",
            "--namespace",
            namespace,
            *(flag for file in files for flag in ("--values", str(file))),
            *sets,
        ]
        self._process = subprocess.Popen(
            command,
            env=kept | places | {"KUBECONFIG": f"{self._home.name}/no-cluster"},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )

    def findings(self) -> Iterator[Finding]:
        """What lint says; one finding that quotes all of it when it fails without saying a line of its own."""
        try:
            said, _ = self._process.communicate()
        finally:
            self._home.cleanup()
        if self._process.returncode == 0:
            return
        lines = [found["what"] for line in said.splitlines() if (found := _LINE.match(line))]
        for what in lines or [" ".join(said.split())]:
            yield Finding("problem", "lint", what)

    def stop(self) -> None:
        """End it: its answer is not needed, because the values were refused anyway."""
        self._process.kill()
        self._process.communicate()
        self._home.cleanup()
