"""The rights that the KEDA module asks for: schemas/keda/rights.yaml.

Its Go sources carry `+kubebuilder:rbac` markers; controller-gen turns those of one folder into rules. It sees them in a copy
without imports, so that none of KEDA's dependencies is needed. The sum of all folders must be what KEDA publishes in config/rbac,
where the markers of all folders are already mixed. For the metrics API server and the webhooks there are no markers; their
rights are those of the bindings in config/, as far as there are any.

    python -m tools.keda_rights            write the file
    python -m tools.keda_rights --check    write nothing, exit 1 when it is stale
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tools import keda_module, toolchain
from tools.keda_module import Generator, Unreadable

Rule = dict[str, Any]

_MARKER = re.compile(r"^\s*// \+kubebuilder:rbac:\S.*$", re.MULTILINE)
_PUBLISHED = "config/rbac/role.yaml"
_BINDINGS = ("config/rbac/role_binding.yaml", "config/metrics-server/role_binding.yaml")
# Which other files have roles differs from version to version.
_CONFIGURATION = "config/*/*.yaml"


def markers(folder: Path) -> dict[str, list[str]]:
    """Folder relative to ``folder`` -> its marker lines, in the order of files and lines; tests are left out."""
    found: dict[str, list[str]] = {}
    for file in sorted(folder.rglob("*.go")):
        if file.name.endswith("_test.go"):
            continue
        lines = [line.strip() for line in _MARKER.findall(file.read_text())]
        if lines:
            found.setdefault(str(file.parent.relative_to(folder)), []).extend(lines)
    if not found:
        raise Unreadable(f"no +kubebuilder:rbac marker in {folder}")
    return found


def rules(lines: Sequence[str]) -> list[Rule]:
    """What controller-gen makes of marker lines; ``namespace`` is there in the rules of a namespaced Role."""
    with tempfile.TemporaryDirectory() as directory:
        module = Path(directory)
        (module / "go.mod").write_text("module markers\n\ngo 1.26\n")
        (module / "markers.go").write_text("\n".join(["package markers", "", *lines, "", "var _ = 0", ""]))
        command = [str(toolchain.program("controller-gen")), "rbac:roleName=keda", "paths=./...", "output:rbac:stdout"]
        environment = toolchain.go_environment()
        environment["PATH"] = os.pathsep.join([str(toolchain.go().parent), environment.get("PATH", os.defpath)])
        answer = subprocess.run(command, cwd=module, env=environment, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise Unreadable(
            f"`{' '.join(command)}` failed with exit code {answer.returncode}\n{answer.stdout}{answer.stderr}"
        )
    return rules_of(yaml.load_all(answer.stdout, Loader=yaml.CSafeLoader))


def rules_of(roles: Iterable[Mapping[str, Any]]) -> list[Rule]:
    """The rules of Roles and ClusterRoles, those of Roles with their ``namespace``."""
    found = []
    for role in roles:
        scope = {"namespace": role["metadata"]["namespace"]} if role["kind"] == "Role" else {}
        found += [{**scope, **rule} for rule in role["rules"]]
    return found


def atoms(listed: Iterable[Rule]) -> set[tuple[str | None, str, str, str]]:
    """(namespace or None, group, resource, verb) of every rule: how rules are cut does not matter."""
    return {
        (rule.get("namespace"), group, resource, verb)
        for rule in listed
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def content(_: Mapping[str, Path]) -> dict[str, Any]:
    """The file's content, for ``Generator``: markers by folder, what KEDA's own bindings give, and its other roles."""
    source = keda_module.sources()
    by_folder = {folder: rules(lines) for folder, lines in markers(source).items()}
    published = atoms(rules_of(_manifests(source / _PUBLISHED)))
    generated = atoms(rule for listed in by_folder.values() for rule in listed)
    if generated != published:
        raise Unreadable(
            f"the markers are not what KEDA publishes in {_PUBLISHED}: {sorted(map(str, generated ^ published))}"
        )
    bindings: dict[str, list[str]] = defaultdict(list)
    for file in _BINDINGS:
        for binding in _manifests(source / file):
            role = f"{binding['roleRef']['kind']}/{binding['roleRef']['name']}"
            bindings[role] += [f"{subject['namespace']}/{subject['name']}" for subject in binding["subjects"]]
    roles = {
        role["metadata"]["name"]: role["rules"]
        for file in sorted(source.glob(_CONFIGURATION))
        if file != source / _PUBLISHED
        for role in _manifests(file)
        if role.get("kind") in ("ClusterRole", "Role")
    }
    if not roles:
        raise Unreadable(f"no role but that of {_PUBLISHED} in {_CONFIGURATION}")
    sections = [
        {
            "folder": folder,
            "programs": [component for component in keda_module.PROGRAMS if folder in keda_module.linked(component)],
            "rules": listed,
        }
        for folder, listed in by_folder.items()
    ]
    return {"markers": sections, "bindings": dict(bindings), "roles": roles}


def _manifests(file: Path) -> list[dict[str, Any]]:
    return [document for document in yaml.load_all(file.read_text(), Loader=yaml.CSafeLoader) if document]


GENERATOR = Generator("keda_rights", "rights", content, programs=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    return GENERATOR.main("the rights that KEDA asks for", arguments)


if __name__ == "__main__":
    sys.exit(main())
