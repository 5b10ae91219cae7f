r"""Values given on the command line, as Helm's --set, --set-string, --set-file and --set-json read them (pkg/strvals).

a.b=1,c={x,y}    several at once; a list in braces
a[1].b=x         an item of a list; items in between are null
a\.b=x           a dot that belongs to the key; \, \= and \[ work alike
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.check.layers import Values

_HIGHEST_INDEX = 65536


class BadSet(Exception):
    """The text is no assignment that Helm takes."""


def apply(values: Values, kind: str, text: str, folder: Path) -> list[str]:
    """Put ``text`` into ``values``; ``kind`` is set, string, file or json. Returns the paths; raises BadSet or OSError.

    ``folder`` is where the relative paths of --set-file begin.
    """
    readers: dict[str, Callable[[str], Any]] = {
        "set": _typed,
        "string": lambda value: value,
        "file": lambda value: (folder / value).read_text(encoding="utf-8"),
    }
    if kind == "json":
        return _apply_json(values, text)
    parser = _Parser(text, readers[kind], lists=kind != "file")
    return parser.into(values)


def _apply_json(values: Values, text: str) -> list[str]:
    try:
        if text.lstrip().startswith("{"):
            from tools.check.layers import merged

            tree = json.loads(text)
            both = merged([values, tree])
            values.clear()
            values.update(both)
            return list(tree)
        name, found, value = text.partition("=")
        if not found:
            raise BadSet(f"{text!r} has no value")
        content = json.loads(value)
    except json.JSONDecodeError as error:
        raise BadSet(f"{text!r} is no JSON: {error}") from None
    parser = _Parser(f"{name}=x", lambda _: content, lists=False)
    return parser.into(values)


def _typed(value: str) -> Any:
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    if value.lower() == "null":
        return None
    if value == "0":
        return 0
    # A leading zero makes a string of it, so that a postcode stays what it is.
    if re.fullmatch(r"[-+]?[1-9][0-9]{0,18}", value) and -(2**63) <= int(value) < 2**63:
        return int(value)
    return value


class _Parser:
    """One pass over an assignment list. Each assignment changes the tree as soon as it is read, as Helm does."""

    def __init__(self, text: str, read: Callable[[str], Any], *, lists: bool) -> None:
        self._text, self._read, self._lists, self._at = text, read, lists, 0

    def into(self, values: Values) -> list[str]:
        paths: list[str] = []
        while self._at < len(self._text):
            steps, given = self._name()
            if not given:
                raise BadSet(f"key {'.'.join(map(str, steps))!r} has no value")
            _put(values, steps, self._value())
            from tools.check.layers import dotted

            paths.append(dotted(tuple(steps)))
        return paths

    def _name(self) -> tuple[list[str | int], bool]:
        steps: list[str | int] = []
        word, stop = self._until(".[=,")
        while True:
            if word or stop not in ("[", "."):
                steps.append(word)
            if stop == "[":
                index, closed = self._until("]")
                if closed != "]" or not re.fullmatch(r"\d+", index) or int(index) > _HIGHEST_INDEX:
                    raise BadSet(f"{index!r} is no index of a list in {self._text!r}")
                steps.append(int(index))
                stop = self._text[self._at : self._at + 1]
                self._at += 1
                if stop not in ("[", ".", "="):
                    raise BadSet(f"{self._text!r} has no value after [{index}]")
                if stop == "=":
                    return steps, True
                word, stop = ("", "[") if stop == "[" else self._until(".[=,")
                continue
            if stop == "=":
                return steps, True
            if stop != ".":
                return steps, False
            word, stop = self._until(".[=,")

    def _value(self) -> Any:
        if self._lists and self._text[self._at : self._at + 1] == "{":
            self._at += 1
            items: list[Any] = []
            while True:
                word, stop = self._until(",}")
                if not stop:
                    raise BadSet(f"a list without its closing brace in {self._text!r}")
                items.append(self._read(word))
                if stop == "}":
                    if self._text[self._at : self._at + 1] == ",":
                        self._at += 1
                    elif self._at < len(self._text):
                        raise BadSet(f"something follows the list in {self._text!r}")
                    return items
        word, _ = self._until(",")
        return self._read(word)

    def _until(self, stops: str) -> tuple[str, str]:
        word = ""
        while self._at < len(self._text):
            letter = self._text[self._at]
            self._at += 1
            if letter == "\\" and self._at < len(self._text):
                word += self._text[self._at]
                self._at += 1
            elif letter in stops:
                return word, letter
            else:
                word += letter
        return word, ""


def _put(values: Values, steps: list[str | int], value: Any) -> None:
    holder: Any = values
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        last = following is None
        empty: Any = [] if isinstance(following, int) else {}
        if isinstance(step, int) and step >= len(holder):
            holder.extend([None] * (step + 1 - len(holder)))
        if last:
            holder[step] = value
            return
        found = holder[step] if isinstance(step, int) else holder.get(step)
        fits = isinstance(found, type(empty))
        # Helm replaces an item of a list that is of another type, and gives up where it is the value of a key.
        if found is not None and not fits and not isinstance(step, int):
            raise BadSet(f"{steps} cannot be set: what is at {step!r} is no {'list' if empty == [] else 'map'}")
        if not fits:
            holder[step] = empty
        holder = holder[step]
