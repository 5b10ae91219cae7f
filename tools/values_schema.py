"""The values contract: everything that is generated from schemas/values.schema.yaml.

    python -m tools.values_schema            writes charts/keda/values.schema.json and the tables of
                                             docs/values.md and docs/migrating.md
    python -m tools.values_schema --check    writes nothing, exits 1 when one of them is stale

In both cases it first checks the hand-written schema against schemas/values.meta.schema.yaml, and compares it with
charts/keda/values.yaml in both directions: each key of one must be in the other.

A closed object refuses unknown keys by an `additionalProperties` that no value fits: a constant whose text is the
message, and no message is allowed. `propertyNames` would do as well, but the validator in Helm 3 and 4 reports it at the
path of whatever it visited last.
"""

from __future__ import annotations

import argparse
import copy
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import yaml
from jsonschema import Draft202012Validator

REPOSITORY = Path(__file__).resolve().parent.parent
SOURCE = REPOSITORY / "schemas" / "values.schema.yaml"
META = REPOSITORY / "schemas" / "values.meta.schema.yaml"
VALUES = REPOSITORY / "charts" / "keda" / "values.yaml"
SCHEMA = REPOSITORY / "charts" / "keda" / "values.schema.json"
TABLE = REPOSITORY / "docs" / "values.md"
MIGRATING = REPOSITORY / "docs" / "migrating.md"

Schema: TypeAlias = dict[str, Any]

ASSERTIONS = (
    "type",
    "enum",
    "pattern",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "dependentRequired",
    "oneOf",
    "if",
    "then",
    "else",
)
MERGED = ("properties", "x-removed")
SHORTEST_SHARED = 60
MISSING = object()
# What every refusal's message is. Excluding the message itself would say each one twice, in every release's Secret.
A_MESSAGE: Schema = {"type": "string", "pattern": "^removed: "}


class SchemaProblem(Exception):
    """What is wrong with the schema, the values or a generated file, one sentence per line."""


@dataclass(frozen=True)
class Key:
    """One key that a values file may hold.

    path: dotted, with [] for the items of a list. schema: the resolved description of the key. default: what
    values.yaml holds, or the schema's own default; MISSING without either. required: null would take away a default
    that templates rely on. in_closed: the object around it refuses unknown keys. shared: the key comes out of a
    definition.
    """

    path: str
    schema: Schema
    default: Any
    required: bool
    in_closed: bool
    shared: bool

    @property
    def parent(self) -> str:
        return self.path.rpartition(".")[0]

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def types(self) -> set[str]:
        """JSON types that the key accepts."""
        if "type" in self.schema:
            declared = self.schema["type"]
            return {declared} if isinstance(declared, str) else set(declared)
        names = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
        return {names[type(value)] for value in self.schema["enum"]}


def read_yaml(path: Path) -> Any:
    return yaml.load(path.read_text(), Loader=yaml.CSafeLoader)


def resolve(node: Schema, definitions: Schema) -> Schema:
    """The node with its $ref, and all below it, replaced by what they name. Keywords beside a $ref win over it."""
    node = dict(node)
    reference = node.pop("$ref", None)
    if reference is not None:
        base = resolve(definitions[reference.rpartition("/")[2]], definitions)
        for keyword in MERGED:
            if keyword in base and keyword in node:
                inherited = {name: child for name, child in base[keyword].items() if name not in node[keyword]}
                node[keyword] = {**node[keyword], **inherited}
        node = {**base, **node, "x-shared": True}
    for keyword in ("properties", "patternProperties"):
        if keyword in node:
            node[keyword] = {name: resolve(child, definitions) for name, child in node[keyword].items()}
    if "items" in node:
        node["items"] = resolve(node["items"], definitions)
    return node


def closed(node: Schema) -> bool:
    return "properties" in node and "additionalProperties" not in node


def is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def child_default(default: Any, name: str) -> Any:
    return default.get(name, MISSING) if isinstance(default, dict) else MISSING


def must_stay(node: Schema, default: Any) -> bool:
    """Whether null for this key would take away a default that templates rely on."""
    return default is not MISSING and not is_empty(default) and "x-optional" not in node


def walk(node: Schema, default: Any, path: str = "", shared: bool = False) -> Iterator[Key]:
    """All keys below a resolved node, parents first."""
    for name, child in node.get("properties", {}).items():
        below = child_default(default, name)
        key_path = f"{path}.{name}" if path else name
        yield Key(
            path=key_path,
            schema=child,
            default=child.get("default", below),
            required=must_stay(child, below),
            in_closed=closed(node),
            shared=shared,
        )
        yield from walk(child, below, key_path, shared or "x-shared" in child)
    if "items" in node:
        yield from walk(node["items"], MISSING, f"{path}[]", shared or "x-shared" in node["items"])


def removed_keys(node: Schema, path: str = "") -> Iterator[tuple[str, str]]:
    """(path, way out) of every key that is refused by name."""
    for name, way_out in node.get("x-removed", {}).items():
        yield (f"{path}.{name}" if path else name), way_out
    for name, child in node.get("properties", {}).items():
        yield from removed_keys(child, f"{path}.{name}" if path else name)
    if "items" in node:
        yield from removed_keys(node["items"], f"{path}[]")


# --- The JSON schema of the chart


def refusal(message: str) -> Schema:
    """A schema that no value fits, so that Helm prints the path of the value and this message."""
    return {"const": f"removed: {message}", "not": A_MESSAGE}


def emit(node: Schema, default: Any) -> Schema:
    """The JSON schema of a resolved node: assertions only, closed where it has to be."""
    out: Schema = {keyword: node[keyword] for keyword in ASSERTIONS if keyword in node}
    required = list(node.get("required", []))
    if "properties" in node:
        out["properties"] = {}
        for name, child in node["properties"].items():
            below = child_default(default, name)
            out["properties"][name] = emit(child, below)
            if must_stay(child, below) and name not in required:
                required.append(name)
        for name, way_out in node.get("x-removed", {}).items():
            out["properties"][name] = refusal(way_out)
    if closed(node):
        out["additionalProperties"] = refusal(f"no such key; the keys here are {', '.join(node['properties'])}")
    if "patternProperties" in node:
        out["patternProperties"] = {
            pattern: emit(child, MISSING) for pattern, child in node["patternProperties"].items()
        }
        out["additionalProperties"] = refusal(node["x-other-keys"])
    if "items" in node:
        out["items"] = emit(node["items"], MISSING)
    if required:
        out["required"] = required
    return out


def compact_text(schema: Schema) -> str:
    return json.dumps(schema, separators=(",", ":"), ensure_ascii=False)


def subschemas(schema: Schema) -> Iterator[tuple[Schema, str, Schema]]:
    """(container, key in it, subschema) for each schema directly below."""
    for keyword in ("properties", "patternProperties"):
        for name, child in schema.get(keyword, {}).items():
            yield schema[keyword], name, child
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            yield schema, keyword, schema[keyword]


def share_repeated(schema: Schema) -> Schema:
    """The same schema with each longer part that occurs more than once moved into $defs."""
    schema = copy.deepcopy(schema)
    counts: Counter[str] = Counter()

    def count(node: Schema) -> None:
        counts[compact_text(node)] += 1
        for _, _, child in subschemas(node):
            count(child)

    count(schema)
    names: dict[str, str] = {}
    definitions: Schema = {}

    def share(node: Schema) -> None:
        for container, name, child in list(subschemas(node)):
            text = compact_text(child)
            if counts[text] < 2 or len(text) < SHORTEST_SHARED:
                share(child)
                continue
            if text not in names:
                names[text] = f"d{len(names)}"
                definitions[names[text]] = child
                share(child)
            container[name] = {"$ref": f"#/$defs/{names[text]}"}

    share(schema)
    return {**schema, "$defs": definitions}


# --- Tables


def cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "\\<").replace("*", "\\*").replace("\n", " ")


def code(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return f"`{text}`".replace("|", "\\|")


def type_text(key: Key) -> str:
    if "enum" in key.schema:
        return " or ".join(code(value) for value in key.schema["enum"])
    words = {"object": "map", "array": "list"}
    declared: list[str] = [key.schema["type"]] if isinstance(key.schema["type"], str) else key.schema["type"]
    return " or ".join(words.get(name, name) for name in declared)


def has_rows_below(key: Key) -> bool:
    """Whether the table describes the keys below one by one; a shape that values leave empty has its own sentence."""
    if "properties" not in key.schema:
        return False
    if "default" in key.schema:
        return False
    return "x-shared" not in key.schema or not (key.default is MISSING or is_empty(key.default))


def table_keys(root: Schema, values: Any) -> Iterator[Key]:
    """Keys that have a row of their own."""
    hidden: list[str] = []
    for key in walk(root, values):
        if any(key.path.startswith(f"{path}.") or key.path.startswith(f"{path}[]") for path in hidden):
            continue
        if has_rows_below(key):
            continue
        if "properties" in key.schema or "x-shared" in key.schema:
            hidden.append(key.path)
        yield key


def table_sections(keys: list[Key], blocks: list[str]) -> Iterator[tuple[list[str], list[Key]]]:
    """(top-level keys, rows) of each section: one for each block, and one for neighbours that are a single row."""
    names: list[str] = []
    rows: list[Key] = []
    for block in blocks:
        own = [key for key in keys if key.path == block or key.path.startswith((f"{block}.", f"{block}[]"))]
        if [key.path for key in own] == [block]:
            names.append(block)
            rows += own
            continue
        if names:
            yield names, rows
            names, rows = [], []
        yield [block], own
    if names:
        yield names, rows


def contents(sections: list[tuple[list[str], list[Key]]], root: Schema) -> Iterator[str]:
    """A table of the sections, each with a link and its first sentence; several keys that share one stand side by side."""
    yield "| section | rows | what it is about |"
    yield "|---|---|---|"
    for names, rows in sections:
        heading = ", ".join(names)
        anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        about = root["properties"][names[0]]["description"] if [key.path for key in rows] != names else "single keys"
        yield f"| [{heading}](#{anchor}) | {len(rows)} | {cell(re.split(r'(?<=[.])[ ]', about)[0])} |"


def values_table(root: Schema, values: Any) -> str:
    head = ["| key | type | default | what it does |", "|---|---|---|---|"]
    sections = list(table_sections(list(table_keys(root, values)), list(root["properties"])))
    lines = [*contents(sections, root), ""]
    for names, rows in sections:
        lines += [f"### {', '.join(names)}", ""]
        if [key.path for key in rows] != names:
            lines += [cell(root["properties"][names[0]]["description"]), ""]
        lines += head
        for key in rows:
            default = "" if key.default is MISSING else code(key.default)
            lines.append(f"| `{key.path}` | {type_text(key)} | {default} | {cell(key.schema['description'])} |")
        lines.append("")
    return "\n".join(lines)


def removed_table(root: Schema) -> str:
    rows = sorted(removed_keys(root))
    lines = ["| key | instead |", "|---|---|"]
    lines += [f"| `{path}` | {cell(way_out)} |" for path, way_out in rows]
    return "\n".join([*lines, ""])


def with_section(path: Path, name: str, body: str) -> str:
    """The text of a Markdown file with the part between the markers of `name` replaced."""
    begin = f"<!-- begin {name}: python -m tools.values_schema -->"
    end = f"<!-- end {name} -->"
    text = path.read_text()
    if text.count(begin) != 1 or text.count(end) != 1:
        raise SchemaProblem(f"{path.relative_to(REPOSITORY)}: must hold the lines {begin!r} and {end!r} once each")
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n\n{body}\n{end}{after}"


# --- Checks of the hand-written parts


def meta_problems(source: Schema) -> list[str]:
    validator = Draft202012Validator(read_yaml(META))
    return [
        f"schemas/values.schema.yaml, at {'.'.join(map(str, error.absolute_path)) or 'the top'}: {error.message[:300]}"
        for error in validator.iter_errors(source)
    ]


def reference_problems(source: Schema) -> list[str]:
    used: set[str] = set()

    def collect(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                used.add(node["$ref"].rpartition("/")[2])
            for child in node.values():
                collect(child)
        elif isinstance(node, list):
            for child in node:
                collect(child)

    collect(source)
    defined = set(source["$defs"])
    return [f"$defs.{name}: used, but not defined" for name in sorted(used - defined)] + [
        f"$defs.{name}: defined, but not used" for name in sorted(defined - used)
    ]


def removed_problems(root: Schema) -> list[str]:
    known = {key.path for key in walk(root, MISSING)}
    return [f"{path}: declared as a key and as removed" for path, _ in removed_keys(root) if path in known]


def agreement_problems(root: Schema, values: Any) -> list[str]:
    """Keys that only one of schema and values.yaml has."""
    problems: list[str] = []

    def compare(node: Schema, default: dict[str, Any], path: str) -> None:
        properties = node.get("properties", {})
        for name, value in default.items():
            key = f"{path}.{name}" if path else name
            if name not in properties:
                problems.append(f"{key}: in charts/keda/values.yaml, but not in schemas/values.schema.yaml")
            elif isinstance(value, dict) and value:
                compare(properties[name], value, key)
        for name, child in properties.items():
            key = f"{path}.{name}" if path else name
            if "x-no-default" in child and name in default:
                problems.append(f"{key}: has a default in charts/keda/values.yaml, so remove its x-no-default")
            if "x-no-default" not in child and name not in default:
                problems.append(
                    f"{key}: no default in charts/keda/values.yaml; add one, or say x-no-default with the reason"
                )

    compare(root, values, "")
    return problems


def default_problems(schema: Schema, root: Schema, values: Any) -> list[str]:
    validator = Draft202012Validator(schema)
    problems = [f"values.yaml, {error.json_path}: {error.message[:300]}" for error in validator.iter_errors(values)]
    for key in walk(root, values):
        if "default" in key.schema:
            errors = Draft202012Validator(emit(key.schema, MISSING)).iter_errors(key.default)
            problems += [f"default of {key.path}: {error.message[:300]}" for error in errors]
    return problems


@dataclass(frozen=True)
class Contract:
    """The schema, resolved, with the defaults, and the JSON schema made of both."""

    root: Schema
    values: dict[str, Any]
    schema: Schema

    def all_keys(self) -> list[Key]:
        return list(walk(self.root, self.values))

    def all_removed(self) -> list[tuple[str, str]]:
        return list(removed_keys(self.root))


def load() -> Contract:
    """Reads and checks schema and values. Raises SchemaProblem with everything that is wrong."""
    source = read_yaml(SOURCE)
    problems = meta_problems(source) or reference_problems(source)
    if problems:
        raise SchemaProblem("\n".join(problems))
    definitions = source.pop("$defs")
    dialect = source.pop("$schema")
    root = resolve(source, definitions)
    values = read_yaml(VALUES)
    schema = {"$schema": dialect, **share_repeated(emit(root, values))}
    problems = removed_problems(root) + agreement_problems(root, values) or default_problems(schema, root, values)
    if problems:
        raise SchemaProblem("\n".join(problems))
    return Contract(root, values, schema)


def generated(contract: Contract) -> dict[Path, str]:
    """Text of each generated file."""
    return {
        SCHEMA: compact_text(contract.schema) + "\n",
        TABLE: with_section(TABLE, "values", values_table(contract.root, contract.values)),
        MIGRATING: with_section(MIGRATING, "removed keys", removed_table(contract.root)),
    }


def stale_files(contract: Contract) -> list[Path]:
    return [path for path, text in generated(contract).items() if not path.exists() or path.read_text() != text]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tools.values_schema", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when a generated file is stale")
    options = parser.parse_args(arguments)
    try:
        contract = load()
        stale = stale_files(contract)
        texts = generated(contract)
    except SchemaProblem as problem:
        print(problem, file=sys.stderr)
        return 1
    if options.check:
        for path in stale:
            print(f"{path.relative_to(REPOSITORY)} is stale; run python -m tools.values_schema", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        path.write_text(texts[path])
        print(f"wrote {path.relative_to(REPOSITORY)} ({len(texts[path].encode())} bytes)")
    print(f"{len(contract.all_keys())} keys, {len(contract.all_removed())} removed keys")
    return 0


if __name__ == "__main__":
    sys.exit(main())
