"""What KEDA's three binaries take, read and ask for: the facts of schemas/keda/, with the judgement of values that Go makes.

The files are generated from the pinned KEDA module (tools/keda_flags.py, keda_environment.py, keda_rights.py).
"""

from __future__ import annotations

import functools
import ipaddress
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tools import keda_module

# Types whose values add up when the flag stands several times; of all others the last one silently wins.
_REPEATABLE = frozenset({"stringArray", "stringSlice", "strings", "int32Slice", "namedCertKey"})
_BOOLS = frozenset({"1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"})
_DURATION = re.compile(r"[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)")
# controller-runtime's log flags fold case. Its --help says "nano", its code says nanos.
_ENCODERS = frozenset({"json", "console"})
_TIME_ENCODINGS = frozenset({"epoch", "millis", "nanos", "iso8601", "rfc3339", "rfc3339nano"})
_LEVELS = frozenset({"debug", "info", "error", "panic"})
_STACKTRACE_LEVELS = frozenset({"info", "error", "panic"})
_SEVERITIES = frozenset({"INFO", "WARNING", "ERROR", "FATAL"})


def _is_int(value: str) -> bool:
    return re.fullmatch(r"[-+]?(?:\d+|0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+)", value) is not None


def _is_float(value: str) -> bool:
    try:
        return not math.isnan(float(value)) and "_" not in value
    except ValueError:
        return False


def _is_ip(value: str) -> bool:
    try:
        return bool(ipaddress.ip_address(value))
    except ValueError:
        return False


# Type in the text of --help -> whether Go takes a value. "level" is two types of one name; see ``Flag.takes``.
_TAKES: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {
        "bool": lambda value: value in _BOOLS,
        "int": _is_int,
        "uint": lambda value: _is_int(value) and not value.startswith("-"),
        "float32": _is_float,
        "duration": lambda value: _DURATION.fullmatch(value) is not None,
        "string": lambda _: True,
        "stringArray": lambda _: True,
        "strings": lambda _: True,
        "ip": _is_ip,
        "int32Slice": lambda value: all(_is_int(part) for part in value.split(",")),
        "namedCertKey": lambda value: re.fullmatch(r"[^,:]+,[^,:]+(:.+)?", value) is not None,
        "encoder": lambda value: value.lower() in _ENCODERS,
        "time-encoding": lambda value: value.lower() in _TIME_ENCODINGS,
        "severity": lambda value: value.upper() in _SEVERITIES or _is_int(value),
        "Level": _is_int,
        "moduleSpec": lambda value: all(re.fullmatch(r"[^=]+=\d+", part) for part in value.split(",")),
        "traceLocation": lambda value: re.fullmatch(r"[^:]+:\d+", value) is not None,
    }
)


@dataclass(frozen=True)
class Flag:
    """A flag of one binary; ``default`` is None where the binary does not tell it."""

    name: str
    type: str
    default: str | None

    @property
    def repeatable(self) -> bool:
        return self.type in _REPEATABLE

    def takes(self, value: str) -> bool:
        """Whether the binary starts with this value; KeyError for a type that is not known here."""
        if self.type == "level":
            if self.name == "zap-stacktrace-level":
                return value.lower() in _STACKTRACE_LEVELS
            return value.lower() in _LEVELS or (re.fullmatch(r"\+?\d+", value) is not None and int(value) > 0)
        return _TAKES[self.type](value)


@dataclass(frozen=True)
class Variable:
    """An environment variable that one binary reads; ``type`` is None where it takes it as text."""

    name: str
    type: str | None

    def takes(self, value: str) -> bool:
        """Whether the binary understands this value; the empty text is its default."""
        return not value or self.type is None or _TAKES[self.type](value)


@functools.cache
def version() -> str:
    """The pinned version of KEDA, as ``v2.21.0``."""
    return str(keda_module.load("flags")["keda"])


@functools.cache
def flags(component: str) -> Mapping[str, Flag]:
    """Flags of a component's binary by name, without dashes."""
    entries = keda_module.load("flags")[component]
    return MappingProxyType({name: Flag(name, entry["type"], entry.get("default")) for name, entry in entries.items()})


@functools.cache
def variables(component: str) -> Mapping[str, Variable]:
    """Environment variables that a component's binary reads, by name."""
    entries = keda_module.load("environment")["variables"]
    return MappingProxyType(
        {name: Variable(name, entry.get("type")) for name, entry in entries.items() if component in entry["programs"]}
    )


@functools.cache
def markers() -> tuple[Mapping[str, Any], ...]:
    """Rules that KEDA's RBAC markers ask for, each with its ``folder`` of the module and the ``programs`` that link it."""
    return tuple(
        MappingProxyType({"folder": section["folder"], "programs": section["programs"], **rule})
        for section in keda_module.load("rights")["markers"]
        for rule in section["rules"]
    )


@functools.cache
def roles() -> Mapping[str, list[dict[str, Any]]]:
    """Rules of the roles that KEDA publishes for others than its binaries, by the name that they have there."""
    return MappingProxyType(keda_module.load("rights")["roles"])
