"""The CRD templates of the chart, generated from the pinned KEDA module.

controller-gen reads the module's API packages and writes the CRDs without descriptions; KEDA's own kustomize patches
are read from the module and applied; each becomes one file of charts/keda/templates/crds/.

    python -m tools.crds            write the files
    python -m tools.crds --check    write nothing, exit 1 and tell what differs when one is stale

Both prove that the result is what KEDA publishes (config/crd/bases with its patches) but for descriptions, and that
each CRD as compact JSON stays below the limit of client-side apply.
"""

from __future__ import annotations

import argparse
import copy
import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from tools import openapi, toolchain

TEMPLATES = toolchain.REPOSITORY / "charts" / "keda" / "templates" / "crds"
GROUP = "keda"
MODULE = "github.com/kedacore/keda/v2"
PACKAGES = (f"{MODULE}/apis/keda/v1alpha1", f"{MODULE}/apis/eventing/v1alpha1")
# `kubectl apply` keeps the object in an annotation, and annotations end at 256 KiB.
LARGEST_CRD_BYTES = 262_144
# A duck type for KEDA's own Go code, no resource; KEDA's Makefile deletes it too.
_NOT_A_RESOURCE = "keda.sh_withtriggers.yaml"

Manifest = dict[str, Any]


class StaleOrWrong(Exception):
    """The generated CRDs are not what they must be; the message says where."""


def generated() -> dict[str, Manifest]:
    """CRDs by name, as controller-gen writes them from the pinned module without descriptions, patched as KEDA does."""
    options = "crd:crdVersions=v1,maxDescLen=0,generateEmbeddedObjectMeta=true"
    with tempfile.TemporaryDirectory() as directory:
        command = [
            str(toolchain.program("controller-gen")),
            options,
            *(f"paths={package}" for package in PACKAGES),
            f"output:crd:dir={directory}",
        ]
        environment = toolchain.go_environment()
        # controller-gen calls `go list`.
        environment["PATH"] = os.pathsep.join([str(toolchain.go().parent), environment.get("PATH", os.defpath)])
        answer = subprocess.run(
            command, cwd=toolchain.MODULES / GROUP, env=environment, capture_output=True, text=True, check=False
        )
        if answer.returncode != 0:
            raise toolchain.ToolchainError(
                f"`{' '.join(command)}` failed with exit code {answer.returncode}\n{answer.stdout}{answer.stderr}"
            )
        (Path(directory) / _NOT_A_RESOURCE).unlink()
        return patched(_by_name(Path(directory)))


def published() -> dict[str, Manifest]:
    """CRDs by name, as the pinned module carries them, with KEDA's patches and with descriptions."""
    return patched(_by_name(_crd_folder() / "bases"))


def patched(crds: dict[str, Manifest]) -> dict[str, Manifest]:
    """The same CRDs with the JSON patches of the module's config/crd/kustomization.yaml."""
    result = copy.deepcopy(crds)
    kustomization = yaml.load((_crd_folder() / "kustomization.yaml").read_text(), Loader=yaml.CSafeLoader)
    if not kustomization["patches"]:
        raise StaleOrWrong("KEDA's kustomization has no patches any more: drop the step that applies them")
    for patch in kustomization["patches"]:
        operations = yaml.load((_crd_folder() / patch["path"]).read_text(), Loader=yaml.CSafeLoader)
        for operation in operations:
            apply_operation(result[patch["target"]["name"]], operation)
    return result


def apply_operation(document: Any, operation: dict[str, Any]) -> None:
    """One JSON patch operation (RFC 6902) in place: ``add`` to an object or a list's end, ``remove`` from an object."""
    *parents, last = [step.replace("~1", "/").replace("~0", "~") for step in operation["path"].split("/")[1:]]
    for step in parents:
        document = document[int(step)] if isinstance(document, list) else document[step]
    match operation["op"], document:
        case "add", list() if last == "-":
            document.append(operation["value"])
        case "add", dict():
            document[last] = operation["value"]
        case "remove", dict():
            del document[last]
        case _:
            raise StaleOrWrong(f"KEDA's patch has an operation that is not known here: {operation}")


def template(crd: Manifest) -> str:
    """Text of the chart's template for one CRD."""
    name = crd["metadata"]["name"]
    # Everything else in metadata is the chart's; an unexpected key must not get lost.
    if set(crd["metadata"]) != {"annotations", "name"}:
        raise StaleOrWrong(f"{name}: metadata has {sorted(crd['metadata'])}, not only annotations and name")
    annotations = " ".join(
        f"{json.dumps(key)} {json.dumps(value)}" for key, value in crd["metadata"]["annotations"].items()
    )
    metadata = (
        f'include "keda.crd.metadata" (dict "root" $ "name" {json.dumps(name)} "annotations" (dict {annotations}))'
    )
    return "\n".join(
        [
            "{{- if .Values.crds.install }}",
            "{{- /* Generated by `python -m tools.crds` from " + MODULE + "; do not edit. */}}",
            f"apiVersion: {crd['apiVersion']}",
            f"kind: {crd['kind']}",
            "metadata:",
            "  {{- " + metadata + " | nindent 2 }}",
            f"spec: {compact(crd['spec'])}",
            "{{- end }}",
            "",
        ]
    )


def compact(content: Any) -> str:
    """Shortest JSON, which is YAML, too; it cannot hold an opening double brace, so Helm takes it as plain text."""
    return json.dumps(content, separators=(",", ":"), sort_keys=True)


def texts() -> dict[str, str]:
    """Text by file name of charts/keda/templates/crds/; raises StaleOrWrong when the CRDs are not KEDA's."""
    crds = generated()
    expected = {name: _without_prose(crd) for name, crd in published().items()}
    wrong = [*differences(expected, crds)]
    if wrong:
        raise StaleOrWrong("the generated CRDs are not those that KEDA publishes:\n" + "\n".join(wrong[:20]))
    for name, crd in crds.items():
        size = len(compact(crd))
        if size >= LARGEST_CRD_BYTES:
            raise StaleOrWrong(f"{name} has {size} bytes as compact JSON, {LARGEST_CRD_BYTES} or more")
    return {f"{name}.yaml": template(crd) for name, crd in sorted(crds.items())}


def differences(expected: Any, found: Any, path: str = "") -> Iterator[str]:
    """Sentences that name each place where two trees differ."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in sorted(expected.keys() | found.keys()):
            if key not in found:
                yield f"{path}/{key} is missing"
            elif key not in expected:
                yield f"{path}/{key} is too much"
            else:
                yield from differences(expected[key], found[key], f"{path}/{key}")
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for number, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from differences(one, other, f"{path}/{number}")
    elif expected != found:
        yield f"{path} is {str(found)[:80]!r}, expected {str(expected)[:80]!r}"


def _without_prose(crd: Manifest) -> Manifest:
    result = copy.deepcopy(crd)
    for version in result["spec"]["versions"]:
        version["schema"]["openAPIV3Schema"] = openapi.without_descriptions(version["schema"]["openAPIV3Schema"])
    return result


def _by_name(folder: Path) -> dict[str, Manifest]:
    crds = [yaml.load(file.read_text(), Loader=yaml.CSafeLoader) for file in sorted(folder.glob("*.yaml"))]
    if not crds:
        raise StaleOrWrong(f"no CRDs in {folder}")
    return {crd["metadata"]["name"]: crd for crd in crds}


@functools.cache
def _crd_folder() -> Path:
    return toolchain.module_directory(GROUP, MODULE) / "config" / "crd"


def _stale(expected: dict[str, str]) -> Iterator[str]:
    present = {file.name: file.read_text() for file in TEMPLATES.glob("*")}
    for name in sorted(expected.keys() | present.keys()):
        if name not in present:
            yield f"{name} is missing"
        elif name not in expected:
            yield f"{name} belongs to no CRD"
        elif present[name] != expected[name]:
            lines = zip(expected[name].splitlines(), present[name].splitlines(), strict=False)
            number, wanted, found = next(
                ((n, a, b) for n, (a, b) in enumerate(lines, 1) if a != b), (0, "the same lines", "more or fewer lines")
            )
            yield f"{name} line {number}: {_around(wanted, found)}"


def _around(wanted: str, found: str) -> str:
    """The first place where two lines differ, with a little of what surrounds it."""
    at = next((n for n, (a, b) in enumerate(zip(wanted, found, strict=False)) if a != b), min(len(wanted), len(found)))
    start = max(0, at - 30)
    return f"column {at + 1}: found {found[start : at + 40]!r}, expected {wanted[start : at + 40]!r}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.crds", description="Generate charts/keda/templates/crds/ from the pinned KEDA module."
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is stale")
    options = parser.parse_args(arguments)
    try:
        expected = texts()
    except (StaleOrWrong, toolchain.ToolchainError) as error:
        print(f"crds: {error}", file=sys.stderr)
        return 1
    if options.check:
        stale = list(_stale(expected))
        if stale:
            print(
                "charts/keda/templates/crds is stale; run: python -m tools.crds\n" + "\n".join(stale), file=sys.stderr
            )
        return 1 if stale else 0
    TEMPLATES.mkdir(parents=True, exist_ok=True)
    for file in TEMPLATES.glob("*"):
        if file.name not in expected:
            file.unlink()
    for name, text in expected.items():
        (TEMPLATES / name).write_text(text)
        print(f"{(TEMPLATES / name).relative_to(toolchain.REPOSITORY)}: {len(text)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
