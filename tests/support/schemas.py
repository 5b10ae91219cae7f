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
from collections.abc import Iterable, Mapping
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
    """What this process has judged: documents for a version, and documents as the beginning of the SHA-256 of their text."""

    validations: int = 0
    documents: set[str] = field(default_factory=set)


TALLY = Tally()


@dataclass(frozen=True)
class _Said:
    """What a schema says, as a hash, and the definitions that it refers to. Prose is left out, which judges nothing."""

    hash: bytes
    references: tuple[str, ...]

    @classmethod
    def by(cls, schema: Any) -> _Said:
        text = json.dumps(_without_prose(schema), sort_keys=True)
        references = tuple(found.rpartition("/")[2] for found in _REFERENCE.findall(text))
        return cls(hashlib.sha256(text.encode()).digest(), references)


_REFERENCE = re.compile(r'"\$ref": "([^"]*)"')


def _without_prose(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_prose(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    # A property may have this name: then it has a schema, not a text.
    return {
        key: _without_prose(entry)
        for key, entry in schema.items()
        if key != "description" or not isinstance(entry, str)
    }


@functools.cache
def _definitions(version: str) -> tuple[jsonschema_rs.Registry, Mapping[str, _Said], Path]:
    folder = _BUILT_IN / f"v{version}.0-local-strict"
    shared = json.loads((folder / "_definitions.json").read_text())
    said = {name: _Said.by(schema) for name, schema in shared["$defs"].items()}
    return jsonschema_rs.Registry([(shared["$id"], shared)]), said, folder


@functools.cache
def _built_in(api_version: str, kind: str, version: str) -> jsonschema_rs.Validator:
    """The schema of a kind; one object for all versions in which it says the same."""
    registry, definitions, folder = _definitions(version)
    # The file names of kubernetes-validate: the first label of the group, e.g. rbac.authorization.k8s.io/v1 -> rbac-v1.
    stem = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", api_version)
    path = folder / f"{kind.lower()}-{stem}.json"
    if not path.is_file():
        raise UnknownKind(f"Kubernetes {version} has no {kind} of {api_version}")
    schema = json.loads(path.read_text())
    all_said = _all_said(_Said.by(schema), definitions)
    if all_said not in _validators:
        _validators[all_said] = jsonschema_rs.Draft202012Validator(schema, registry=registry, validate_formats=False)
    return _validators[all_said]


# All that a schema says -> its validator.
_validators: dict[frozenset[tuple[str, bytes]], jsonschema_rs.Validator] = {}


def _all_said(schema: _Said, definitions: Mapping[str, _Said]) -> frozenset[tuple[str, bytes]]:
    """What a schema says, with all that it refers to, by the names of the definitions."""
    found = {"": schema}
    left = [*schema.references]
    while left:
        name = left.pop()
        if name not in found:
            found[name] = definitions[name]
            left += definitions[name].references
    return frozenset((name, said.hash) for name, said in found.items())


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
    return _problems(manifest, kubernetes, {})


def _problems(manifest: Any, kubernetes: str, known: dict[int, tuple[str, ...]]) -> tuple[str, ...]:
    """``known`` holds what the schema of another version found, where it says the same."""
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
    if id(validator) not in known:
        known[id(validator)] = tuple(
            f"at {'.'.join(map(str, error.instance_path)) or '(top)'}: {error.message}"
            for error in validator.iter_errors(manifest)
        )
    name = manifest.get("metadata", {}).get("name", "?") if known[id(validator)] else ""
    return tuple(f"{kind}/{name} {what} (Kubernetes {kubernetes})" for what in known[id(validator)])


def _judge(document: Document, kubernetes: str) -> tuple[str, ...]:
    """Problems of one document. A result belongs to the document's text and to this process: one that outlived it could hide
    what a changed schema refuses. Problems are kept like clean results, and raised again for each document with that text."""
    if kubernetes not in document.verdicts:
        if not document.verdicts:
            TALLY.documents.add(hashlib.sha256(document.text.encode()).hexdigest()[:16])
        document.verdicts[kubernetes] = _problems(document.object, kubernetes, document.found)
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
    found = [
        problem
        for document in rendering.own_parts
        # Most were judged before, and nothing was found.
        if document.verdicts.get(kubernetes) != ()
        for problem in _judge(document, kubernetes)
    ]
    if found:
        raise InvalidManifest("\n".join(found))
