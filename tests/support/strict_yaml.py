"""Rendered YAML as Kubernetes reads it, with duplicate keys as errors.

Kubernetes reads YAML with Go's yaml.v2 rules, which differ from PyYAML's for plain scalars: ``y`` is a boolean,
``1e3`` a number, a date, ``12:30`` and ``=`` are strings. A label value that needs quotes must look wrong here too, so
the resolvers follow Go.
"""

from __future__ import annotations

import functools
import json
import math
import re
from typing import Any, ClassVar

import yaml

_BOOLEAN = "tag:yaml.org,2002:bool"
_INTEGER = "tag:yaml.org,2002:int"
_FLOAT = "tag:yaml.org,2002:float"
_MERGE = "tag:yaml.org,2002:merge"
_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_VALUE = "tag:yaml.org,2002:value"


class StrictLoader(yaml.CSafeLoader):
    """Safe loader; a key that stands twice in one mapping, or a merge key, is a yaml.YAMLError that names it."""

    bool_values: ClassVar[dict[str, bool]] = {**yaml.SafeLoader.bool_values, "y": True, "n": False}
    yaml_implicit_resolvers = {  # noqa: RUF012 (the stub of PyYAML says that it belongs to an instance)
        first: [
            (tag, pattern) for tag, pattern in resolvers if tag not in {_BOOLEAN, _INTEGER, _FLOAT, _TIMESTAMP, _VALUE}
        ]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        for key, _ in node.value:
            if key.tag == _MERGE:
                raise yaml.constructor.ConstructorError(
                    None, None, "a merge key: parsers disagree on it", key.start_mark
                )
        written = len(node.value)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        if len(mapping) != written:
            seen: set[Any] = set()
            for key, _ in node.value:
                value = self.construct_object(key, deep=True)
                if value in seen:
                    raise yaml.constructor.ConstructorError(
                        "in the mapping", node.start_mark, f"key {value!r} stands twice", key.start_mark
                    )
                seen.add(value)
        return mapping


def _number_that_go_can_hold(loader: StrictLoader, node: yaml.ScalarNode) -> float | str:
    """Go leaves what is too large for a float a string."""
    number: float = loader.construct_yaml_float(node)
    return str(node.value) if math.isinf(number) and "inf" not in node.value.lower() else number


StrictLoader.add_constructor(_FLOAT, _number_that_go_can_hold)
# As a value "<<" is a string.
StrictLoader.add_constructor(_MERGE, lambda _, node: str(node.value))
StrictLoader.add_implicit_resolver(
    _BOOLEAN,
    re.compile(r"^(?:y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$"),
    list("yYnNtTfFoO"),
)
StrictLoader.add_implicit_resolver(
    _INTEGER,
    re.compile(r"^[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]*|0[oO]_*[0-7][0-7_]*|[1-9][0-9_]*)$"),
    list("-+0123456789"),
)
StrictLoader.add_implicit_resolver(
    _FLOAT,
    re.compile(
        r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
    ),
    list("-+0123456789."),
)


def parse(document: str) -> Any:
    """One YAML document as Python data; yaml.YAMLError when it is not strict YAML.

    A long top-level value in compact JSON, like the spec of a CRD, is read once per process and shared: read only.
    """
    long_values: dict[str, Any] = {}

    def set_aside(found: re.Match[str]) -> str:
        try:
            long_values[found[1]] = _parse_json(found[2])
        except json.JSONDecodeError:
            return found[0]
        return f"{found[1]}: {{}}"

    content = yaml.load(_LONG_JSON.sub(set_aside, document), Loader=StrictLoader)  # noqa: S506 (a safe loader)
    if long_values:
        content.update(long_values)
    return content


# Such a line cannot be text inside a block scalar: that is indented.
_LONG_JSON = re.compile(r"^(\w+): (\{.{1000,}\})$", re.MULTILINE)


@functools.cache
def _parse_json(text: str) -> Any:
    def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        mapping = dict(pairs)
        if len(mapping) != len(pairs):
            raise yaml.YAMLError(f"a key stands twice among {[key for key, _ in pairs]}")
        return mapping

    return json.loads(text, object_pairs_hook=without_duplicates)
