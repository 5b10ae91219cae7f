"""The environment variables that KEDA's three programs read: schemas/keda/environment.yaml.

Names come from sources: calls of os.Getenv, os.LookupEnv and KEDA's own resolvers in the module (literals, and constants by
their name), and a few libraries that read variables for it (OpenTelemetry, proxies, system CAs). A program reads a variable
when the package that names it is linked into the program and the name is in the built file: Go's linker drops what nothing
calls.

    python -m tools.keda_environment                    write the file (builds the programs when they are missing)
    python -m tools.keda_environment --check            compare with the programs, or, when they are not built, the pins alone
    python -m tools.keda_environment --check --build    build them for it
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import crds, keda_module, toolchain
from tools.keda_module import Generator, Unreadable

# A call that reads a variable, with its first argument: a literal, a constant, or a constant of another package.
_CALL = re.compile(
    r"\b(?:os\.(?:Getenv|LookupEnv)|(?:\w+\.)?ResolveOsEnv(?P<type>Bool|Int|Duration)|getLabelSelectorFromEnv)"
    r"\(\s*(?P<argument>[^,)]+)"
)
_CONSTANT = re.compile(
    r'^\s*(?:const\s+|var\s+)?(?P<name>\w+)\s*(?:string\s*)?=\s*"(?P<value>[A-Z][A-Z0-9_]+)"', re.MULTILINE
)
# Parameters of the functions above: their callers name the variable.
_PARAMETERS = {"envName", "envVar", "envName string", "envVar string"}


@dataclass(frozen=True)
class Library:
    """Files of a library that name variables. ``module`` "" is Go itself; ``prefix`` is put in front of each name."""

    module: str
    files: str
    names: str
    prefix: str = ""


_OTLP = "go.opentelemetry.io/otel/exporters/otlp/otlpmetric"
LIBRARIES = (
    *(
        Library(f"{_OTLP}/{kind}", "internal/oconf/envconfig.go", r'\bWith\w+\(\s*"([A-Z_]+)"', "OTEL_EXPORTER_OTLP_")
        for kind in ("otlpmetrichttp", "otlpmetricgrpc")
    ),
    Library("go.opentelemetry.io/otel/sdk", "resource/env.go", r'"(OTEL_[A-Z_]+)"'),
    Library("go.opentelemetry.io/otel/sdk/metric", "env.go", r'"(OTEL_[A-Z_]+)"'),
    Library("golang.org/x/net", "http/httpproxy/proxy.go", r'"(\w+_(?:proxy|PROXY))"'),
    Library("", "src/crypto/x509/root*.go", r'= "(SSL_CERT_[A-Z]+)"'),
)


def read_by_module() -> tuple[dict[str, set[str]], dict[str, str]]:
    """Name -> folders of the module that read it; and name -> type (bool, int, duration) where KEDA's resolvers parse it."""
    folders = sorted({folder for component in keda_module.PROGRAMS for folder in keda_module.linked(component)})
    texts = {folder: "\n".join(file.read_text() for file in keda_module.go_files(folder)) for folder in folders}
    constants = {
        folder: {match["name"]: match["value"] for match in _CONSTANT.finditer(text)} for folder, text in texts.items()
    }
    found: dict[str, set[str]] = {}
    types: dict[str, str] = {}
    for folder, text in texts.items():
        for match in _CALL.finditer(text):
            argument = match["argument"].strip()
            if argument in _PARAMETERS:
                continue
            name = _name(argument, folder, constants)
            found.setdefault(name, set()).add(folder)
            if match["type"]:
                types[name] = match["type"].lower()
    if not found:
        raise Unreadable(f"no variable is read in {keda_module.sources()}")
    return found, types


def _name(argument: str, folder: str, constants: Mapping[str, Mapping[str, str]]) -> str:
    """The variable that an argument stands for: itself, or the value of a constant in its own or the named package."""
    if argument.startswith('"'):
        return argument.strip('"')
    package, _, name = argument.rpartition(".")
    candidates = [other for other in constants if other == folder or (package and other.rpartition("/")[2] == package)]
    values = {constants[candidate][name] for candidate in candidates if name in constants[candidate]}
    if len(values) != 1:
        raise Unreadable(f"{folder} reads the variable {argument}, whose name is not found: {sorted(values)}")
    return values.pop()


def read_by_libraries() -> dict[str, set[str]]:
    """Name -> modules that read it; "go" is Go's own library."""
    found: dict[str, set[str]] = {}
    for library in LIBRARIES:
        folder = toolchain.module_directory(crds.GROUP, library.module) if library.module else _go_root()
        texts = [file.read_text() for file in sorted(folder.glob(library.files))]
        names = [name for text in texts for name in re.findall(library.names, text)]
        if not names:
            raise Unreadable(f"{library.module or 'Go'} names no variable in {library.files}")
        for name in names:
            found.setdefault(library.prefix + name, set()).add(library.module or "go")
    return found


def _go_root() -> Path:
    return Path(json.loads(toolchain.run_go(["env", "-json", "GOROOT"], crds.GROUP))["GOROOT"])


def _holds(binary: bytes, name: str) -> bool:
    """Whether a program holds the name; OpenTelemetry puts its names together from two parts."""
    prefixes = {library.prefix for library in LIBRARIES if library.prefix and name.startswith(library.prefix)}
    return name.encode() in binary or any(
        prefix.rstrip("_").encode() in binary and name.removeprefix(prefix).encode() in binary for prefix in prefixes
    )


def _entries(binaries: Mapping[str, bytes]) -> Iterator[tuple[str, dict[str, Any]]]:
    (own, types), foreign = read_by_module(), read_by_libraries()
    for name in sorted(own.keys() | foreign.keys()):
        programs = [
            component
            for component, binary in binaries.items()
            if (name in foreign or own[name] & keda_module.linked(component)) and _holds(binary, name)
        ]
        if not programs:
            raise Unreadable(
                f"{name} is in no program although {sorted(own.get(name, foreign.get(name, set())))} reads it"
            )
        kind = {"type": types[name]} if name in types else {}
        yield name, {"programs": programs, **kind, "read_by": sorted(own.get(name, set()) | foreign.get(name, set()))}


def content(programs: Mapping[str, Path]) -> dict[str, Any]:
    """Name -> programs that read it, and who in them does, for ``Generator``."""
    return {"variables": dict(_entries({component: path.read_bytes() for component, path in programs.items()}))}


GENERATOR = Generator("keda_environment", "environment", content)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    return GENERATOR.main("the environment variables that KEDA's programs read", arguments)


if __name__ == "__main__":
    sys.exit(main())
