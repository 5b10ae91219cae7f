"""Values files as Helm reads and merges them, with the line on which each key stands.

Helm reads YAML with Go's yaml rules (tests/support/strict_yaml.py), makes every key a string, takes the first document
of a file, merges maps key by key, and lets anything else in a later layer replace what was there. A null stays until the
chart's defaults are put underneath: there it removes the default. Kept apart from Helm: a key that stands twice, which Helm
refuses in some places and takes the last of in others, and a second document, which Helm leaves out without a word.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.support import strict_yaml
from tools.check.findings import Finding, Place

Values = dict[str, Any]
Steps = tuple[str | int, ...]
_MERGE = "tag:yaml.org,2002:merge"


class _Loader(strict_yaml.StrictLoader):
    """Go's scalars; merge keys are allowed, as Helm allows them, and double keys are found on the nodes."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        return yaml.CSafeLoader.construct_mapping(self, node, deep=deep)


@dataclass
class Layer:
    """One values file, or what --set makes. ``places`` tells where each path stands, in ``dotted`` form."""

    source: str
    values: Values = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    problems: list[Finding] = field(default_factory=list)


def dotted(steps: Steps) -> str:
    """A path as people write it: ``imagePullSecrets[0].name``; keys may hold dots themselves."""
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def read(path: Path, shown: str) -> Layer:
    """A values file; what is wrong with it stands in ``problems``. OSError when it cannot be opened. ``shown``: its name."""
    content = path.read_bytes()
    try:
        return parse(content.decode("utf-8"), shown)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return Layer(shown, problems=[_unreadable("is not UTF-8 text", Place(shown, line, 1))])


def compose(text: str) -> yaml.Node | None:
    """The nodes of a text that ``parse`` takes; an alias is the very node that it names. None for an empty one."""
    loader = _Loader(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def parse(text: str, shown: str) -> Layer:
    """The text of a values file, as ``read``."""
    layer = Layer(shown)
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return layer
            layer.problems += _double_keys(node, shown, ())
            values = loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = str(error.problem or error.context)
        if "expected a single document" in str(error):
            what = "a second document: Helm reads only the first one"
        place = Place(shown, mark.line + 1, mark.column + 1) if mark else Place(shown)
        layer.problems.append(_unreadable(what, place))
        return layer
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        layer.problems.append(_unreadable(str(error), Place(shown, 1, 1)))
        return layer
    if values is None:
        return layer
    if not isinstance(values, dict):
        layer.problems.append(
            _unreadable("values must be a mapping of keys", Place(shown, node.start_mark.line + 1, 1))
        )
        return layer
    layer.values = _plain(values)
    layer.places = dict(_places(node, shown, (), 0))
    return layer


def _unreadable(what: str, place: Place) -> Finding:
    return Finding("problem", "yaml", f"cannot be read: {what}", place=place)


_DEEPEST = 100


def _plain(value: Any, depth: int = 0) -> Any:
    """Keys as strings, the way Go's JSON has them, and no object shared through an anchor."""
    if depth > _DEEPEST:
        raise ValueError("values are nested deeper than any key of the chart")
    if isinstance(value, dict):
        return {_key(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, depth + 1) for item in value]
    return value


def _key(key: Any) -> str:
    if isinstance(key, bool):
        return str(key).lower()
    return "null" if key is None else str(key)


def _double_keys(node: yaml.Node, source: str, steps: Steps) -> Iterator[Finding]:
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _double_keys(item, source, (*steps, index))
    if not isinstance(node, yaml.MappingNode):
        return
    first: dict[str, int] = {}
    for key, value in node.value:
        if key.tag == _MERGE:
            continue
        name = str(key.value)
        below = (*steps, name)
        line = key.start_mark.line + 1
        if name in first:
            what = f"the key stands twice, first on line {first[name]}"
            yield Finding(
                "problem", "yaml", what, dotted(below), "keep one", place=Place(source, line, key.start_mark.column + 1)
            )
        first.setdefault(name, line)
        yield from _double_keys(value, source, below)


def _places(node: yaml.Node, source: str, steps: Steps, depth: int) -> Iterator[tuple[str, Place]]:
    if depth > _DEEPEST:
        return
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            below = (*steps, index)
            yield dotted(below), Place(source, item.start_mark.line + 1, item.start_mark.column + 1)
            yield from _places(item, source, below, depth + 1)
    if not isinstance(node, yaml.MappingNode):
        return
    # What a merge key brings is weaker than the keys beside it, and comes first.
    for key, value in sorted(node.value, key=lambda pair: pair[0].tag != _MERGE):
        if key.tag == _MERGE:
            merged = value.value if isinstance(value, yaml.SequenceNode) else [value]
            for part in merged:
                yield from _places(part, source, steps, depth + 1)
            continue
        below = (*steps, str(key.value))
        yield dotted(below), Place(source, key.start_mark.line + 1, key.start_mark.column + 1)
        yield from _places(value, source, below, depth + 1)


def merged(layers: Sequence[Mapping[str, Any]]) -> Values:
    """Several layers as one, the later ones stronger; nothing is shared with them."""
    result: Values = {}
    for layer in layers:
        _put_over(result, layer)
    return result


def _put_over(below: Values, above: Mapping[str, Any]) -> None:
    for key, value in above.items():
        if isinstance(value, Mapping) and isinstance(below.get(key), dict):
            _put_over(below[key], value)
        else:
            below[key] = copy.deepcopy(value)


def over_defaults(defaults: Mapping[str, Any], values: Mapping[str, Any]) -> Values:
    """What templates and schema see: ``values`` over the chart's defaults; null takes a default away."""
    result: Values = copy.deepcopy(dict(defaults))
    for key, value in values.items():
        if value is None and key in result:
            del result[key]
        elif isinstance(value, Mapping) and isinstance(result.get(key), dict):
            result[key] = over_defaults(result[key], value)
        else:
            result[key] = copy.deepcopy(value)
    return result


def place_of(layers: Sequence[Layer], path: str) -> Place | None:
    """The line of the strongest layer that sets ``path``, or else the nearest key around it; None when no layer does."""
    while path:
        for layer in reversed(layers):
            if path in layer.places:
                return layer.places[path]
        cut = max(path.rfind("."), path.rfind("["))
        path = path[:cut] if cut > 0 else ""
    return None
