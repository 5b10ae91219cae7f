"""What a version of KEDA is to the chart, as texts that can be compared: flags, variables, rights, definitions, Kubernetes.

Everything is read from the generated files of a tree (schemas/keda/, charts/keda/templates/crds/) and from
tools/toolchain/keda/go.mod, so a tree of another version is read alike.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools import crds, keda_rights

# Keywords of a definition's schema that say what its field takes.
_SAID = (
    "type",
    "format",
    "enum",
    "default",
    "pattern",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
)
_CEL = "x-kubernetes-validations"


@dataclass(frozen=True)
class Facts:
    """The facts of one version; each mapping has a name and what is said of it.

    ``flags``: "operator --leader-elect" -> "bool, default false". ``variables``: name -> programs and type. ``rights``: right ->
    the programs whose sources ask for it. ``roles``: what KEDA publishes for others, and its bindings. ``fields``:
    "ScaledObject v1alpha1 spec.triggers[].type" -> type, default and limits. ``definitions``: the other parts of each definition.
    ``kubernetes``: the libraries that KEDA is built with.
    """

    version: str
    flags: Mapping[str, str]
    variables: Mapping[str, str]
    rights: Mapping[str, str]
    roles: Mapping[str, str]
    fields: Mapping[str, str]
    definitions: Mapping[str, str]
    kubernetes: Mapping[str, str]


def read(tree: Path) -> Facts:
    """The facts of the tree whose root is given."""
    flags, environment, rights = (
        _load(tree / "schemas/keda" / f"{name}.yaml") for name in ("flags", "environment", "rights")
    )
    definitions = crds.specs(tree / "charts/keda/templates/crds")
    return Facts(
        version=flags["keda"].removeprefix("v"),
        flags=dict(_flags(flags)),
        variables={name: _variable(entry) for name, entry in environment["variables"].items()},
        rights=_rights((section["rules"], " and ".join(section["programs"])) for section in rights["markers"]),
        roles={
            **_rights((rules, f"role {name}") for name, rules in rights["roles"].items()),
            **{f"binding of {role}": ", ".join(subjects) for role, subjects in rights["bindings"].items()},
        },
        fields={path: said for crd in definitions for path, said in _fields(crd)},
        definitions={
            f"{crd['names']['kind']} {place}": said
            for crd in definitions
            for place, said in _leaves(_without_schemas(crd), "")
        },
        kubernetes=_kubernetes((tree / "tools/toolchain/keda/go.mod").read_text()),
    )


def _kubernetes(module: str) -> dict[str, str]:
    """Versions of the libraries by which KEDA speaks to Kubernetes, as ``go.mod`` chooses them: a replacement wins."""
    names = r"(k8s\.io/(?:api|client-go)|sigs\.k8s\.io/controller-runtime)"
    required = re.findall(rf"^\s*(?:require )?{names} (v\S+)", module, re.MULTILINE)
    return dict(required) | dict(re.findall(rf"^\s*(?:replace )?{names} => \S+ (v\S+)", module, re.MULTILINE))


def _load(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(file.read_text(), Loader=yaml.CSafeLoader)
    return found


def _flags(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for component, flags in content.items():
        if isinstance(flags, dict):
            for name, entry in flags.items():
                default = f", default {entry['default'] or 'empty'}" if "default" in entry else ""
                yield f"{component} --{name}", f"{entry['type']}{default}"


def _variable(entry: Mapping[str, Any]) -> str:
    return ", ".join([*entry["programs"], *([entry["type"]] if "type" in entry else [])])


def _rights(rules: Iterable[tuple[Sequence[keda_rights.Rule], str]]) -> dict[str, str]:
    """ "get pods", "list deployments.apps in namespace keda" -> everybody who asks for it. Rules come with who asks."""
    asking: dict[str, set[str]] = {}
    for listed, who in rules:
        for namespace, group, resource, verb in keda_rights.atoms(rule for rule in listed if "resources" in rule):
            place = f" in namespace {namespace}" if namespace else ""
            asking.setdefault(f"{verb} {resource}{f'.{group}' if group else ''}{place}", set()).add(who)
    return {right: ", ".join(sorted(who)) for right, who in asking.items()}


def _fields(crd: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for version in crd["versions"]:
        yield from _schema(version["schema"]["openAPIV3Schema"], f"{crd['names']['kind']} {version['name']} ")


def _schema(schema: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    joint = "" if path.endswith(" ") else "."
    required = set(schema.get("required", []))
    for name, child in schema.get("properties", {}).items():
        said = [f"{key} {json.dumps(child[key])}" for key in _SAID if key in child]
        said += ["required"] if name in required else []
        said += [f"rule {json.dumps(rule['rule'])}" for rule in child.get(_CEL, [])]
        yield f"{path}{joint}{name}", ", ".join(said)
        yield from _schema(child, f"{path}{joint}{name}")
    for keyword, brackets in (("items", "[]"), ("additionalProperties", "{}")):
        if isinstance(schema.get(keyword), dict):
            yield from _schema(schema[keyword], f"{path}{brackets}")


def _without_schemas(crd: Mapping[str, Any]) -> dict[str, Any]:
    versions = [{key: value for key, value in version.items() if key != "schema"} for version in crd["versions"]]
    return {**crd, "versions": {version["name"]: version for version in versions}}


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _leaves(child, f"{path}/{key}")
    elif isinstance(value, list) and value and all(isinstance(item, dict) and "name" in item for item in value):
        for item in value:
            yield from _leaves({key: child for key, child in item.items() if key != "name"}, f"{path}/{item['name']}")
    else:
        yield path, json.dumps(value)
