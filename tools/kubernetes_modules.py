"""Write tools/toolchain/kubernetes-<minor>/, one Go module per Kubernetes minor version of the embedded cluster.

Kubernetes' own go.mod points its staging modules (k8s.io/api, ...) at folders of its repository, which only count
there; here each is replaced by the version published with the release, so the programs are those of the release.

    python -m tools.kubernetes_modules                 write every folder anew (needs the Go module proxy)
    python -m tools.kubernetes_modules --check         exit 1 when a folder is not what would be written
    python -m tools.kubernetes_modules --minor 1.36    only this one
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.toolchain import KUBERNETES_PROGRAMS, KUBERNETES_RELEASES, MODULES, ToolchainError, go, go_environment

# Kubernetes does not import them: they are examples.
_NEVER_NEEDED = {"k8s.io/sample-cli-plugin", "k8s.io/sample-controller"}


def go_command(arguments: Sequence[str], directory: Path) -> str:
    """Standard output of ``go`` in ``directory``; raises ToolchainError with the command and what it said."""
    answer = subprocess.run(
        [str(go()), *arguments], cwd=directory, env=go_environment(), capture_output=True, text=True, check=False
    )
    if answer.returncode != 0:
        raise ToolchainError(f"`go {' '.join(arguments)}` failed with exit code {answer.returncode}\n{answer.stderr}")
    return answer.stdout


def module_text(minor: str, release: str, directory: Path) -> str:
    """go.mod of the folder for ``minor`` (``1.36``) before ``go mod tidy``, made from the go.mod of ``release``."""
    answer = json.loads(go_command(["mod", "download", "-json", f"k8s.io/kubernetes@{release}"], directory))
    upstream = json.loads(go_command(["mod", "edit", "-json", answer["GoMod"]], directory))
    staging_version = "v0." + release.removeprefix("v1.")
    replaced = []
    for replace in upstream["Replace"]:
        old, new = replace["Old"]["Path"], replace["New"]
        if old in _NEVER_NEEDED:
            continue
        target = (
            f"{old} {staging_version}" if new["Path"].startswith("./staging/") else f"{new['Path']} {new['Version']}"
        )
        replaced.append(f"\t{old} => {target}")
    lines = [f"module keda-chart/toolchain/kubernetes-{minor}", "", f"go {upstream['Go']}", ""]
    # A program takes these from its main module, which upstream is Kubernetes itself.
    lines += [f"godebug {setting['Key']}={setting['Value']}" for setting in upstream.get("Godebug") or []]
    lines += ["", f"require k8s.io/kubernetes {release}", "", "tool ("]
    lines += [f"\tk8s.io/kubernetes/cmd/{program}" for program in KUBERNETES_PROGRAMS]
    return "\n".join([*lines, ")", "", "replace (", *replaced, ")", ""])


def write_module(minor: str, release: str, directory: Path) -> None:
    """Write go.mod and go.sum for ``minor`` into ``directory``."""
    (directory / "go.mod").write_text(module_text(minor, release, directory))
    go_command(["mod", "tidy"], directory)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.kubernetes_modules", description="Write the Go modules of the Kubernetes programs."
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a folder is stale")
    parser.add_argument("--minor", action="append", choices=sorted(KUBERNETES_RELEASES), help="default: all")
    options = parser.parse_args(arguments)
    stale = []
    for minor in options.minor or sorted(KUBERNETES_RELEASES):
        target = MODULES / f"kubernetes-{minor}"
        with tempfile.TemporaryDirectory() as temporary:
            try:
                write_module(minor, KUBERNETES_RELEASES[minor], Path(temporary))
            except ToolchainError as error:
                print(f"kubernetes-{minor}: {error}", file=sys.stderr)
                return 1
            for name in ("go.mod", "go.sum"):
                fresh = Path(temporary) / name
                if not (target / name).is_file() or (target / name).read_bytes() != fresh.read_bytes():
                    stale.append(f"tools/toolchain/kubernetes-{minor}/{name}")
                    if not options.check:
                        target.mkdir(exist_ok=True)
                        shutil.copyfile(fresh, target / name)
    for path in stale:
        print(f"{path} {'is stale; run: python -m tools.kubernetes_modules' if options.check else 'written'}")
    return 1 if stale and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
