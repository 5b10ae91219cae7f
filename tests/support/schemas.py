"""Validity of rendered documents: built-in kinds for each supported Kubernetes version, custom resources by closed schemas.

Built-in kinds use the strict JSON schemas inside the package kubernetes-validate. Its own ``validate`` loads two files
and builds a validator for each call (about 13 ms); here each schema is compiled once per process (about 0.01 ms a
call), and tests/engine/test_schemas_judge_alike.py proves that both judge alike. A kind without a schema is a problem,
never a skip.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema_rs
import kubernetes_validate
import yaml

from tests.support import strict_yaml
from tests.support.chart import Document, Rendering

KUBERNETES_VERSIONS = ("1.34", "1.35", "1.36", "1.37")
CUSTOM_RESOURCES = Path(__file__).resolve().parents[2] / "schemas" / "custom-resources"
_BUILT_IN = Path(kubernetes_validate.__file__).resolve().parent / "kubernetes-json-schema"


class InvalidManifest(AssertionError):
    """One or more documents are not valid; the message has one line for each problem."""


class UnknownKind(Exception):
    """There is no schema for a kind; a test must not take it for valid."""


@dataclass
class Tally:
    """What this process has validated: calls of a schema, and documents as the beginning of the SHA-256 of their text."""

    validations: int = 0
    documents: set[str] = field(default_factory=set)


TALLY = Tally()


@functools.cache
def _definitions(version: str) -> tuple[jsonschema_rs.Registry, Path]:
    folder = _BUILT_IN / f"v{version}.0-local-strict"
    shared = json.loads((folder / "_definitions.json").read_text())
    return jsonschema_rs.Registry([(shared["$id"], shared)]), folder


@functools.cache
def _built_in(api_version: str, kind: str, version: str) -> jsonschema_rs.Draft202012Validator:
    registry, folder = _definitions(version)
    # The file names of kubernetes-validate: the first label of the group, e.g. rbac.authorization.k8s.io/v1 -> rbac-v1.
    stem = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", api_version)
    path = folder / f"{kind.lower()}-{stem}.json"
    if not path.is_file():
        raise UnknownKind(f"Kubernetes {version} has no {kind} of {api_version}")
    return jsonschema_rs.Draft202012Validator(json.loads(path.read_text()), registry=registry, validate_formats=False)


@functools.cache
def _custom(group: str, version: str, kind: str) -> jsonschema_rs.Validator:
    path = CUSTOM_RESOURCES / f"{group}_{version}_{kind}.json"
    if not path.is_file():
        raise UnknownKind(f"no schema {path.name} in schemas/custom-resources for {kind} of {group}/{version}")
    return jsonschema_rs.validator_for(json.loads(path.read_text()))


def is_built_in(api_version: str) -> bool:
    """Whether Kubernetes itself serves the group: it has no dot, or ends in .k8s.io (a domain kept for Kubernetes)."""
    group = api_version.rpartition("/")[0]
    return "." not in group or group.endswith(".k8s.io")


def problems(manifest: Any, kubernetes: str) -> tuple[str, ...]:
    """What is wrong with one parsed document for one Kubernetes version ("1.36"), one sentence each; empty when valid."""
    if not isinstance(manifest, dict) or not {"apiVersion", "kind"} <= manifest.keys():
        return (f"not a Kubernetes object: {str(manifest)[:80]!r}",)
    api_version, kind = manifest["apiVersion"], manifest["kind"]
    TALLY.validations += 1
    try:
        if is_built_in(api_version):
            validator: jsonschema_rs.Validator = _built_in(api_version, kind, kubernetes)
        else:
            group, _, version = api_version.partition("/")
            validator = _custom(group, version, kind)
    except UnknownKind as unknown:
        return (str(unknown),)
    name = manifest.get("metadata", {}).get("name", "?")
    return tuple(
        f"{kind}/{name} at {'.'.join(map(str, error.instance_path)) or '(top)'}: {error.message} (Kubernetes {kubernetes})"
        for error in validator.iter_errors(manifest)
    )


def _judge(document: Document, kubernetes: str) -> tuple[str, ...]:
    """Problems of one document. A result belongs to the document's text and to this process: one that outlived it could hide
    what a changed schema refuses. Problems are kept like clean results, and raised again for each document with that text."""
    if kubernetes not in document.verdicts:
        TALLY.documents.add(hashlib.sha256(document.text.encode()).hexdigest()[:16])
        document.verdicts[kubernetes] = problems(document.object, kubernetes)
    return document.verdicts[kubernetes]


def validate(objects_or_documents: Iterable[dict[str, Any] | str], kubernetes: str) -> None:
    """Check parsed objects or document texts against one Kubernetes version; raises InvalidManifest with every problem."""
    found: list[str] = []
    for entry in objects_or_documents:
        if isinstance(entry, str):
            try:
                entry = strict_yaml.parse(entry)
            except yaml.YAMLError as error:
                found.append(f"not strict YAML: {error}")
                continue
        found += problems(entry, kubernetes)
    if found:
        raise InvalidManifest("\n".join(found))


def validate_rendering(rendering: Rendering, kubernetes: str) -> None:
    """Check every document of a rendering, each text once per version and process; raises InvalidManifest."""
    found = [problem for document in rendering.own_parts for problem in _judge(document, kubernetes)]
    if found:
        raise InvalidManifest("\n".join(found))
