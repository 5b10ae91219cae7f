"""How each program of the documents is tried: run, or at least asked whether it knows the command.

A judge raises AssertionError when a reader would run into a mistake. ``EXECUTED``: the command was run as it stands, with
files of the right kind in place of the reader's. ``CHECKED``: it needs a cluster, a registry or minutes, so that its program was
asked whether it knows the command and its flags. ``LISTED``: the program is not here, and a list in this file was asked.
"""

from __future__ import annotations

import configparser
import functools
import itertools
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import yaml

from tests.check import running as checks
from tests.docs.documents import ROOT
from tests.docs.shell import Command
from tests.migrate import running as migrations
from tests.support import helm, schemas, strict_yaml
from tools import toolchain

Outcome = Literal["executed", "checked", "listed"]
EXECUTED: Outcome = "executed"
CHECKED: Outcome = "checked"
LISTED: Outcome = "listed"
Judge = Callable[[Command, Path], Outcome]

KUBECTL = f"kubectl-{toolchain.DEFAULT_KUBERNETES}"
# Programs that are not here: (program, subcommand) -> flags that it knows, from the documentation of the program.
ELSEWHERE: dict[tuple[str, str], frozenset[str]] = {
    ("terraform", "init"): frozenset({"-chdir"}),
    ("terraform", "apply"): frozenset({"-chdir"}),
    ("helmfile", "apply"): frozenset({"--file", "--environment"}),
    ("cmctl", "renew"): frozenset({"-n"}),
    ("gpg", ""): frozenset({"--export-secret-keys"}),
    ("sha256sum", ""): frozenset({"--check"}),
    ("docker", "buildx"): frozenset(),
    ("git", "diff"): frozenset(),
    ("git", "ls-remote"): frozenset(),
    ("git", "init"): frozenset({"--quiet"}),
    ("git", "fetch"): frozenset({"-C", "--quiet", "--depth"}),
    ("git", "checkout"): frozenset({"-C", "--quiet"}),
    ("pre-commit", "install"): frozenset(),
}
# What readers are told to install with pip.
PACKAGES = frozenset({"tox", "pre-commit"})


def _run(command: Sequence[str | Path], folder: Path, reads: str = "") -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HELM_", "KUBE"))}
    return subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        input=reads,
        env=environment | {"KUBECONFIG": str(folder / "no-cluster"), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@functools.cache
def _help(*command: str) -> frozenset[str]:
    """Flags in the help of a command."""
    answer = _run(command, ROOT)
    assert answer.returncode == 0, f"{' '.join(command)}: {answer.stdout}{answer.stderr}"
    return frozenset(re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", answer.stdout + answer.stderr))


def _known(flags: Sequence[str], known: frozenset[str], what: str) -> None:
    unknown = [flag for flag in flags if flag not in known]
    assert unknown == [], f"{what} does not know {unknown}"


# --- helm

_VALUE_FLAGS = (
    "--values",
    "-f",
    "--set",
    "--set-string",
    "--set-file",
    "--set-json",
    "--namespace",
    "-n",
    "--show-only",
)


def judge_helm(command: Command, folder: Path) -> Outcome:
    """Flags from Helm's own help; what installs the chart of this repository is rendered with its values."""
    subcommand, arguments = command.arguments[0], command.arguments
    _known(command.flags, _help(str(toolchain.program("helm4")), subcommand, "--help"), f"helm {subcommand}")
    if command.inline or "./charts/keda" not in arguments:
        return CHECKED
    kept: list[str] = []
    words = iter(arguments[1:])
    for word in words:
        name, _, given = word.partition("=")
        if name in _VALUE_FLAGS:
            kept += [word] if given else [word, next(words)]
        elif not word.startswith("-"):
            kept.append(word)
    answer = _run([toolchain.program("helm4"), "template", *kept], folder)
    assert answer.returncode == 0, answer.stderr
    assert "kind: Deployment" in answer.stdout
    return EXECUTED


# --- kubectl


def judge_kubectl(command: Command, folder: Path) -> Outcome:
    """As far as it comes without a cluster: it must understand the command and only then find that nobody listens."""
    kubectl = toolchain.program(KUBECTL)
    if command.inline:
        # A namespace may stand before the subcommand.
        subcommand = command.arguments[2 if command.arguments[0] in ("-n", "--namespace") else 0]
        _known(
            command.flags,
            _help(str(kubectl), subcommand, "--help") | _help(str(kubectl), "options"),
            f"kubectl {subcommand}",
        )
        return CHECKED
    for manifest in _manifests(command, folder):
        assert not schemas.problems(manifest, toolchain.DEFAULT_KUBERNETES)
    reads = command.reads or "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
    answer = _run([kubectl, "--server=http://127.0.0.1:1", "--request-timeout=2s", *command.arguments], folder, reads)
    if "--dry-run=client" in command.arguments:
        assert answer.returncode == 0, answer.stderr
        return EXECUTED
    assert "refused" in answer.stderr, f"kubectl does not understand it: {answer.stdout}{answer.stderr}"
    return CHECKED


def _manifests(command: Command, folder: Path) -> list[dict[str, Any]]:
    """Objects that the command applies: those of its here document or of its file."""
    texts = [command.reads] if command.reads else []
    for flag, value in itertools.pairwise(command.arguments):
        if flag in ("--filename", "-f") and value != "-":
            texts.append((folder / value).read_text(encoding="utf-8"))
    documents = [strict_yaml.parse(part) for text in texts for part in re.split(r"^---$", text, flags=re.MULTILINE)]
    return [document for document in documents if document is not None]


# --- tox and Python


@functools.cache
def environments() -> dict[str, str]:
    """The commands of each environment in tox.ini, by name."""
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(ROOT / "tox.ini")
    found = {
        name.removeprefix("testenv:"): settings[name].get("commands", "")
        for name in settings.sections()
        if name.startswith("testenv:")
    }
    assert found
    return found


def judge_tox(command: Command, folder: Path) -> Outcome:
    """Environments exist; the check and the migration run with what follows ``--``, the others know the options there."""
    words = list(command.words)
    own, rest = (words[1 : words.index("--")], words[words.index("--") + 1 :]) if "--" in words else (words[1:], [])
    assert all(word in ("-q", "-qq", "-e", "run") or own[index - 1] == "-e" for index, word in enumerate(own)), own
    names = [name for flag, value in itertools.pairwise(own) if flag == "-e" for name in value.split(",")]
    assert set(names) <= environments().keys(), f"tox does not know {names}"
    if names in (["check"], ["migrate"]) and rest:
        with _Inside(folder):
            outcome = checks.check(*rest) if names == ["check"] else migrations.migration(*rest)
        assert outcome.code == 0, outcome
        return EXECUTED
    for name in names:
        module = re.search(r"python -m ([\w.]+) \{posargs\}", environments()[name])
        options = [word.partition("=")[0] for word in rest if word.startswith("--")]
        if options:
            known = _help(sys.executable, "-m", module[1], "--help") if module else _pytest_options()
            _known(options, known, f"tox -e {name}")
    return CHECKED


@functools.cache
def _pytest_options() -> frozenset[str]:
    """Options that the suite adds to pytest."""
    texts = [file.read_text(encoding="utf-8") for file in sorted((ROOT / "tests").rglob("conftest.py"))]
    found = frozenset(re.findall(r'addoption\(\s*"(--[\w-]+)"', "\n".join(texts)))
    assert found
    return found


class _Inside:
    """The folder that a command runs in."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._before = folder, Path.cwd()

    def __enter__(self) -> None:
        os.chdir(self._folder)

    def __exit__(self, *_: object) -> None:
        os.chdir(self._before)


def judge_python(command: Command, folder: Path) -> Outcome:
    """A module of this repository that has a help, and knows the flags."""
    del folder
    assert command.arguments[0] == "-m", command.words
    module = command.arguments[1]
    base = ROOT / module.replace(".", "/")
    assert base.with_suffix(".py").is_file() or (base / "__main__.py").is_file(), f"no module {module}"
    flags = [flag for flag in command.flags if flag != "-m"]
    _known(flags, _help(sys.executable, "-m", module, "--help"), module)
    return CHECKED


def judge_pip(command: Command, folder: Path) -> Outcome:
    """Packages that the repository knows."""
    del folder
    assert command.arguments[0] == "install", command.words
    assert set(command.arguments[1:]) <= PACKAGES, command.words
    return CHECKED


def judge_check_script(command: Command, folder: Path) -> Outcome:
    """tools/check/run.py, by whatever path: the check takes these arguments."""
    assert os.access(ROOT / "tools" / "check" / "run.py", os.X_OK)
    with _Inside(folder):
        outcome = checks.check(*command.arguments)
    assert outcome.code == 0, outcome
    return EXECUTED


# --- Others


def judge_openssl(command: Command, folder: Path) -> Outcome:
    """Run with a certificate; what needs a server knows its flags."""
    if command.arguments[0] == "s_client":
        _known(command.flags, _help("openssl", "s_client", "-help"), "openssl s_client")
        return CHECKED
    answer = _run(command.words, folder, (folder / "tls.crt").read_text(encoding="utf-8"))
    assert answer.returncode == 0, answer.stderr
    written = [folder / file for flag, file in itertools.pairwise(command.arguments) if flag == "-out"]
    assert answer.stdout or written
    assert all(file.read_text(encoding="utf-8").startswith("-----BEGIN") for file in written)
    return EXECUTED


def judge_filter(command: Command, folder: Path) -> Outcome:
    """base64, grep or sed at the end of a pipe, or echo: run on nothing, it has nothing to say against its flags."""
    answer = _run(command.words, folder)
    assert answer.stderr == ""
    return EXECUTED


def judge_cat(command: Command, folder: Path) -> Outcome:
    """Its files are those that the page's other commands leave."""
    answer = _run(command.words, folder)
    assert answer.returncode == 0, answer.stderr
    return EXECUTED


def judge_elsewhere(command: Command, folder: Path) -> Outcome:
    """A program that is not here: the list knows the subcommand and each flag."""
    del folder
    subcommands = [name for program, name in ELSEWHERE if program == command.program]
    subcommand = next((word for word in command.arguments if word in subcommands), "")
    assert (command.program, subcommand) in ELSEWHERE, f"{command.words}: add it to ELSEWHERE, with its flags"
    _known(command.flags, ELSEWHERE[command.program, subcommand], f"{command.program} {subcommand}".strip())
    return LISTED


JUDGES: dict[str, Judge] = {
    "helm": judge_helm,
    "kubectl": judge_kubectl,
    "tox": judge_tox,
    "python": judge_python,
    "pip": judge_pip,
    "openssl": judge_openssl,
    "base64": judge_filter,
    "grep": judge_filter,
    "sed": judge_filter,
    "echo": judge_filter,
    "cat": judge_cat,
    **dict.fromkeys({program for program, _ in ELSEWHERE}, judge_elsewhere),
}


def judge_of(command: Command) -> Judge | None:
    """Who judges the command; None: nobody, and that is an error of the documents or of this file."""
    if command.program.endswith("tools/check/run.py"):
        return judge_check_script
    return JUDGES.get(command.program)


# --- YAML blocks


def judge_yaml(text: str, folder: Path) -> tuple[Outcome, list[str]]:
    """(outcome, shell lines in it) of a block in YAML: objects, values of the chart, workflows, hooks."""
    content = yaml.load(text, Loader=yaml.CSafeLoader)
    assert isinstance(content, dict), "no mapping"
    if "apiVersion" in content:
        documents = [strict_yaml.parse(part) for part in re.split(r"^---$", text, flags=re.MULTILINE)]
        assert [problem for one in documents for problem in schemas.problems(one, toolchain.DEFAULT_KUBERNETES)] == []
        return CHECKED, []
    if "jobs" in content:
        steps = [step for job in content["jobs"].values() for step in job["steps"]]
        assert all("run" in step or "uses" in step for step in steps)
        return CHECKED, [step["run"] for step in steps if "run" in step]
    if "repos" in content:
        hooks = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
        assert {hook["id"] for repository in content["repos"] for hook in repository["hooks"]} <= hooks
        return CHECKED, []
    scripts = [job["script"] for job in content.values() if isinstance(job, dict) and "script" in job]
    if scripts:
        return CHECKED, [line for script in scripts for line in script]
    file = folder / "block.yaml"
    file.write_text(text, encoding="utf-8")
    answer = helm.run("helm4", ["template", "keda", str(ROOT / "charts" / "keda"), "--values", str(file)])
    assert answer.code == 0, answer.log
    return EXECUTED, []
