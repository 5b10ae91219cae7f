"""Are values, schemas, generated files and Python in order?

    python -m tools.lint                 every step
    python -m tools.lint ruff generated  the steps whose names begin so
    python -m tools.lint --list          the steps

Every step runs even when another has failed; what a step printed is shown when it fails.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import toolchain

ROOT = toolchain.REPOSITORY
CHART = ROOT / "charts" / "keda"
EXAMPLES = ROOT / "values-examples"
# Generators that lint does not run, with the reason.
NOT_HERE = {
    "images": "asks the registry of KEDA's images",
    "kubernetes_modules": "reads the modules of four Kubernetes releases: minutes and gigabytes",
}
_KUBERNETES = ".".join((*toolchain.HELM3_KUBERNETES, "0"))


@dataclass(frozen=True)
class Step:
    """One command; it succeeds with exit code 0."""

    name: str
    command: tuple[str, ...]


def steps() -> Iterator[Step]:
    """All steps, quick ones first."""
    python = sys.executable
    yield Step("ruff check", (python, "-m", "ruff", "check", "."))
    yield Step("ruff format", (python, "-m", "ruff", "format", "--check", "--diff", "."))
    yield Step("yamllint", (python, "-m", "yamllint", "--strict", "."))
    yield Step("mypy", (python, "-m", "mypy"))
    for name in generators():
        yield Step(f"generated {name}", (python, "-m", f"tools.{name}", "--check"))
    for helm in ("helm4", "helm3"):
        for files in layers():
            flags = [flag for file in files for flag in ("--values", str(file.relative_to(ROOT)))]
            names = "+".join(str(file.relative_to(EXAMPLES).with_suffix("")) for file in files)
            lint = [str(toolchain.program(helm)), "lint", str(CHART.relative_to(ROOT)), "--strict", "--quiet"]
            yield Step(f"{helm} {names or 'no values'}", (*lint, "--kube-version", _KUBERNETES, *flags))


def generators() -> list[str]:
    """Modules of tools/ that take --check and write files of the repository."""
    found = [
        file.stem
        for file in sorted(Path(__file__).parent.glob("*.py"))
        if _is_generator(file.read_text()) and file.stem not in {"lint", "toolchain", *NOT_HERE}
    ]
    if not found:
        raise RuntimeError("no generator in tools/ takes --check")
    return found


def _is_generator(text: str) -> bool:
    """A command that takes --check, by itself or through tools/keda_module.py."""
    return "__main__" in text and ('"--check"' in text or "GENERATOR.main(" in text)


def layers() -> Iterator[tuple[Path, ...]]:
    """Values files that are used together: none, each mode alone and under each environment, each recipe."""
    modes, environments = sorted(EXAMPLES.glob("*.yaml")), sorted(EXAMPLES.glob("environments/*.yaml"))
    recipes = sorted(EXAMPLES.glob("recipes/*.yaml"))
    if not (modes and environments and recipes):
        raise RuntimeError(f"modes, environments or recipes are missing in {EXAMPLES}")
    yield ()
    for mode in modes:
        yield (mode,)
        for environment in environments:
            yield mode, environment
    for recipe in recipes:
        yield (recipe,)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.lint", description="Are values, schemas, generated files and Python in order?"
    )
    parser.add_argument("names", nargs="*", metavar="name", help="only steps whose names begin with this")
    parser.add_argument("--list", action="store_true", help="print the names of the steps")
    options = parser.parse_args(arguments)
    chosen = [step for step in steps() if not options.names or step.name.startswith(tuple(options.names))]
    if not chosen:
        parser.error("no step has such a name")
    if options.list:
        print("\n".join(step.name for step in chosen))
        return 0
    failed = []
    for number, step in enumerate(chosen, 1):
        print(f"lint {number}/{len(chosen)} {step.name}: ", end="", flush=True)
        started = time.monotonic()
        answer = subprocess.run(step.command, cwd=ROOT, capture_output=True, text=True, check=False)
        seconds = time.monotonic() - started
        if answer.returncode == 0:
            print(f"ok, {seconds:.1f} s", flush=True)
        else:
            failed.append(step.name)
            print(f"FAILED with exit code {answer.returncode}: {' '.join(step.command)}", flush=True)
            print(answer.stdout + answer.stderr, flush=True)
    print(f"lint: {len(chosen) - len(failed)} of {len(chosen)} steps passed")
    if failed:
        print("failed: " + ", ".join(failed), file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except toolchain.ToolchainError as error:
        sys.exit(f"lint: {error}")
