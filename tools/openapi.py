"""Schemas of custom resource definitions: without prose, and as closed JSON schemas."""

from __future__ import annotations

from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]

_JUNCTORS = ("allOf", "anyOf", "oneOf")
# Said to the API server, not to a validator of one document.
_DROPPED = {
    "description",
    "title",
    "default",
    "example",
    "externalDocs",
    "nullable",
    "x-kubernetes-embedded-resource",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-map-type",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-validations",
}
_STRINGS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
# What a chart may set; the API server fills in the rest.
_METADATA: Schema = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 253},
        "namespace": {"type": "string", "minLength": 1, "maxLength": 63},
        "labels": _STRINGS,
        "annotations": _STRINGS,
        "finalizers": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["name"],
    "additionalProperties": False,
}


def without_descriptions(schema: Schema) -> Schema:
    """The same structural schema with no ``description`` keyword; a property of that name stays."""
    result: Schema = {}
    for keyword, value in schema.items():
        if keyword == "description":
            continue
        if keyword == "properties":
            result[keyword] = {name: without_descriptions(child) for name, child in value.items()}
        elif keyword in {"items", "additionalProperties", "not"} and isinstance(value, dict):
            result[keyword] = without_descriptions(value)
        elif keyword in _JUNCTORS:
            result[keyword] = [without_descriptions(branch) for branch in value]
        else:
            result[keyword] = value
    return result


def custom_resource(group: str, kind: str, version: Schema) -> Schema:
    """Closed JSON schema (2020-12) of a custom resource; ``version`` is an entry of the CRD's spec.versions."""
    result = closed(version["schema"]["openAPIV3Schema"])
    result["properties"] = {
        **result["properties"],
        "apiVersion": {"const": f"{group}/{version['name']}"},
        "kind": {"const": kind},
        "metadata": _METADATA,
    }
    result["required"] = sorted({*result.get("required", []), "apiVersion", "kind", "metadata"})
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **result}


def closed(schema: Schema) -> Schema:
    """A structural OpenAPI schema as JSON schema that refuses what the API server would prune or refuse as unknown.

    Kept: ``x-kubernetes-preserve-unknown-fields`` (stays open there), ``x-kubernetes-int-or-string``, ``nullable`` and
    the boolean ``exclusiveMinimum``/``exclusiveMaximum`` of OpenAPI. Not expressible and dropped: CEL rules, list keys.
    """
    result = {keyword: value for keyword, value in schema.items() if keyword not in _DROPPED}
    if "properties" in schema:
        result["properties"] = {name: closed(child) for name, child in schema["properties"].items()}
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            result[keyword] = closed(schema[keyword])
    # Branches only narrow what stands beside them: closing one would refuse properties that the others name.
    for junctor in _JUNCTORS:
        if junctor in schema:
            result[junctor] = [_branch(branch) for branch in schema[junctor]]
    if "not" in schema:
        result["not"] = _branch(schema["not"])
    if schema.get("x-kubernetes-embedded-resource"):
        result["properties"] = {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
        } | (result.get("properties", {}))
    open_here = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
    if schema.get("type") == "object" and not open_here:
        result["additionalProperties"] = False
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(schema.get(exclusive), bool):
            del result[exclusive]
            if schema[exclusive]:
                result[exclusive] = result.pop(bound)
    if schema.get("x-kubernetes-int-or-string"):
        result["type"] = ["integer", "string"]
    if schema.get("nullable"):
        return {"anyOf": [{"type": "null"}, result]}
    return result


def _branch(schema: Schema) -> Schema:
    result = {keyword: value for keyword, value in schema.items() if keyword not in _DROPPED}
    if "properties" in schema:
        result["properties"] = {name: _branch(child) for name, child in schema["properties"].items()}
    for keyword in ("items", "additionalProperties", "not"):
        if isinstance(schema.get(keyword), dict):
            result[keyword] = _branch(schema[keyword])
    for junctor in _JUNCTORS:
        if junctor in schema:
            result[junctor] = [_branch(branch) for branch in schema[junctor]]
    return result
