"""The schemas that the suite judges by, in the form that kubeconform reads: one file a kind, with all that it refers to.

Those of kubernetes-validate share a file of definitions under a name on the internet; kubeconform is quickest, and asks no
network, when each kind stands alone, as in the collections made for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate

from tests.support import schemas

_BUILT_IN = Path(kubernetes_validate.__file__).resolve().parent / "kubernetes-json-schema"
_SHARED = "/api/_definitions.json#/$defs/"
_OWN = "#/$defs/"


def write(folder: Path) -> list[str]:
    """Write the schemas of all four Kubernetes versions and of custom resources; the flags that make kubeconform use them."""
    for version in schemas.KUBERNETES_VERSIONS:
        source = _BUILT_IN / f"v{version}.0-local-strict"
        target = folder / f"v{version}.0-strict"
        target.mkdir(parents=True)
        shared = json.loads((source / "_definitions.json").read_text())["$defs"]
        for file in source.glob("*.json"):
            if file.stem != "_definitions":
                (target / file.name).write_text(json.dumps(standing_alone(json.loads(file.read_text()), shared)))
    custom = folder / "custom-resources"
    custom.mkdir()
    for file in schemas.CUSTOM_RESOURCES.glob("*.json"):
        (custom / file.name.lower()).write_bytes(file.read_bytes())
    places = (
        f"{folder}/{{{{.NormalizedKubernetesVersion}}}}{{{{.StrictSuffix}}}}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json",
        f"{custom}/{{{{.Group}}}}_{{{{.ResourceAPIVersion}}}}_{{{{.ResourceKind}}}}.json",
    )
    return [flag for place in places for flag in ("-schema-location", place)]


def standing_alone(schema: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """``schema`` with the definitions that it refers to, directly or not, and without a name of its own."""
    own = json.loads(json.dumps(schema).replace(_SHARED, _OWN))
    own.pop("$id", None)
    found: dict[str, Any] = {}
    wanted = set(_referred(own))
    while wanted:
        name = wanted.pop()
        found[name] = shared[name]
        wanted |= set(_referred(shared[name])) - found.keys()
    return {**own, "$defs": found}


def _referred(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str):
            yield reference.rpartition("/")[2]
        for below in node.values():
            yield from _referred(below)
    elif isinstance(node, list):
        for below in node:
            yield from _referred(below)
