"""The pinned Helm programs as processes, cut off from the machine's own Helm settings, plugins and clusters."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.chart import CHART, values_text
from tools import toolchain


@dataclass(frozen=True)
class Printed:
    """What a Helm process left: exit code, standard output, standard error."""

    code: int
    out: str
    log: str

    @property
    def error(self) -> str:
        """The text after "Error: ", without the last line end; AssertionError when there is none."""
        _, found, error = self.log.partition("Error: ")
        assert found, f"no error in {self.log!r}"
        return error.removesuffix("\n")


def run(program: str, arguments: Sequence[str]) -> Printed:
    """Run ``program`` (helm4 or helm3) with ``arguments``."""
    with tempfile.TemporaryDirectory() as home:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HELM_", "KUBE"))}
        places = {f"HELM_{kind}_HOME": f"{home}/{kind.lower()}" for kind in ("CACHE", "CONFIG", "DATA")}
        answer = subprocess.run(
            [str(toolchain.program(program)), *arguments],
            env=kept | places | {"KUBECONFIG": f"{home}/no-cluster"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
    return Printed(answer.returncode, answer.stdout, answer.stderr)


def template(
    program: str,
    values: Mapping[str, Any] | None = None,
    *,
    files: Sequence[Path] = (),
    release: str = "keda",
    namespace: str = "keda",
    kubernetes: str = "1.36.0",
    api_versions: Sequence[str] = (),
    is_upgrade: bool = False,
    chart: Path = CHART,
) -> Printed:
    """`helm template` with the arguments of ``chart.render``."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as layer:
        layer.write(values_text(values))
        layer.flush()
        flags = [flag for file in (*files, layer.name) for flag in ("-f", str(file))]
        flags += [
            "--kube-version",
            kubernetes,
            *(flag for version in api_versions for flag in ("--api-versions", version)),
        ]
        if is_upgrade:
            flags.append("--is-upgrade")
        return run(program, ["template", release, str(chart), "--namespace", namespace, *flags])
