"""How charts are tested today: the tools, each on the same combinations.

Every function here takes combinations and the number of cores, does what its name says, checks that all was accepted, and returns
nothing: the caller measures. All start processes; the threads that do so wait for them.
"""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import kubernetes_validate
import yaml

from tests.benchmarks import kubeconform_schemas
from tests.support import chart, helm, manifests, schemas
from tests.support.combinations import Combination
from tools import toolchain


class PeerFailed(Exception):
    """A tool did not accept what it was given: then its time means nothing."""


def _template(combination: Combination) -> str:
    printed = helm.template("helm4", combination.values, **combination.arguments)
    if printed.code:
        raise PeerFailed(f"helm template of {combination.id}: {printed.log}")
    return printed.out


def _on_cores(work: Callable[[Combination], object], combinations: Sequence[Combination], cores: int) -> None:
    with ThreadPoolExecutor(cores) as threads:
        for _ in threads.map(work, combinations):
            pass


def helm_template(combinations: Sequence[Combination], cores: int) -> None:
    """`helm template`, a process each; nothing is looked at."""
    _on_cores(_template, combinations, cores)


def _validated_by_kubernetes_validate(combination: Combination) -> None:
    # The C loader, where PyYAML's usual one would take ten times as long.
    for manifest in yaml.load_all(_template(combination), Loader=yaml.CSafeLoader):
        # It knows no custom resources.
        if manifest and schemas.is_built_in(manifest["apiVersion"]):
            for version in schemas.KUBERNETES_VERSIONS:
                try:
                    kubernetes_validate.validate(manifest, version, strict=True)
                except kubernetes_validate.ValidationError as error:
                    raise PeerFailed(f"kubernetes-validate: {error}") from None


class KubernetesValidate:
    """`helm template`, a process each, and kubernetes-validate for each object and Kubernetes version; processes are kept."""

    def __init__(self) -> None:
        self._pools: dict[int, ProcessPoolExecutor] = {}

    def __call__(self, combinations: Sequence[Combination], cores: int) -> None:
        pool = self._pools.get(cores)
        if pool is None:
            pool = self._pools[cores] = ProcessPoolExecutor(cores, multiprocessing.get_context("spawn"))
        for _ in pool.map(_validated_by_kubernetes_validate, combinations):
            pass

    def close(self) -> None:
        for pool in self._pools.values():
            pool.shutdown()


class Kubeconform:
    """`helm template`, a process each, and kubeconform with local schemas for each Kubernetes version."""

    def __init__(self, folder: Path) -> None:
        """``folder`` takes the schemas in kubeconform's form."""
        self._flags = kubeconform_schemas.write(folder)
        self._program = str(toolchain.program("kubeconform"))

    def each(self, combinations: Sequence[Combination], cores: int) -> None:
        """A kubeconform a rendering and version, as a test of one combination would."""
        _on_cores(self._validate_one, combinations, cores)

    def _validate_one(self, combination: Combination) -> None:
        text = _template(combination)
        for version in schemas.KUBERNETES_VERSIONS:
            self._run(version, ["-n", "1", "-"], text)

    def all_together(self, combinations: Sequence[Combination], cores: int) -> None:
        """All renderings into files first, then one kubeconform a version over all of them: the quickest way to use it."""
        with tempfile.TemporaryDirectory() as folder:

            def save(numbered: tuple[int, Combination]) -> None:
                number, combination = numbered
                Path(folder, f"{number}.yaml").write_text(_template(combination))

            with ThreadPoolExecutor(cores) as threads:
                for _ in threads.map(save, enumerate(combinations)):
                    pass
            for version in schemas.KUBERNETES_VERSIONS:
                self._run(version, ["-n", str(cores), folder])

    def _run(self, version: str, arguments: Sequence[str], text: str | None = None) -> None:
        answer = subprocess.run(
            [self._program, "-strict", "-kubernetes-version", f"{version}.0", *self._flags, *arguments],
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode:
            raise PeerFailed(f"kubeconform for Kubernetes {version}: {answer.stdout[-1000:]}{answer.stderr[-1000:]}")


class HelmUnittest:
    """helm-unittest with suites that ask one of the relations: the selector of each Deployment is its name and nothing else.

    ``prepare`` writes the suites; running them is what is measured. More it cannot be asked: it knows no schemas, and no
    statement about two objects of one rendering.
    """

    RELATION = "selectors.an_upgrade_is_never_refused_over_a_changed_selector"
    _TEMPLATES = ("operator", "metrics-apiserver", "admission-webhooks")
    _TESTS_A_SUITE = 10

    @contextlib.contextmanager
    def prepare(self, combinations: Sequence[Combination], cores: int) -> Iterator[Callable[[], None]]:
        """Yields the call that runs the suites over ``combinations`` in ``cores`` processes."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            shutil.copytree(chart.CHART, folder / "keda", ignore=shutil.ignore_patterns("tests"))
            parts = [combinations[core::cores] for core in range(cores)]
            for core, part in enumerate(parts):
                self._write(folder / "keda", core, part)
            yield functools.partial(self._run, folder, cores)

    def _write(self, copy: Path, core: int, combinations: Sequence[Combination]) -> None:
        target = copy / "tests" / str(core)
        target.mkdir(parents=True)
        tests = []
        for number, combination in enumerate(combinations):
            values = target / f"{number}.yaml"
            values.write_text(chart.values_text(combination.values))
            deployments = manifests.all_of(
                chart.render(combination.values, **combination.arguments).objects, "Deployment"
            )
            tests.append(
                {
                    "it": combination.id,
                    "values": [str(values)],
                    "release": {"name": combination.release, "namespace": combination.namespace},
                    "capabilities": {
                        "majorVersion": combination.kubernetes.split(".")[0],
                        "minorVersion": combination.kubernetes.split(".")[1],
                    },
                    "asserts": [
                        {
                            "template": f"{deployment['metadata']['labels']['app.kubernetes.io/component']}/deployment.yaml",
                            "equal": {
                                "path": "spec.selector",
                                "value": {"matchLabels": {"app": deployment["metadata"]["name"]}},
                            },
                        }
                        for deployment in deployments
                    ],
                }
            )
        for first in range(0, len(tests), self._TESTS_A_SUITE):
            suite = {
                "suite": f"selectors {core} {first}",
                "templates": [f"{component}/deployment.yaml" for component in self._TEMPLATES],
                "tests": tests[first : first + self._TESTS_A_SUITE],
            }
            (target / f"{first:05d}_test.yaml").write_text(yaml.safe_dump(suite, sort_keys=False))

    def _run(self, folder: Path, cores: int) -> None:
        def run(core: int) -> None:
            command = [str(toolchain.program("helm-unittest")), "-f", f"tests/{core}/*_test.yaml", str(folder / "keda")]
            answer = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ})
            if answer.returncode:
                raise PeerFailed(f"helm-unittest: {answer.stdout[-2000:]}{answer.stderr[-1000:]}")

        with ThreadPoolExecutor(cores) as threads:
            list(threads.map(run, range(cores)))
