"""Closed JSON schemas of the custom resources that the chart or its examples hold, from the CRDs of their projects.

schemas/custom-resources/sources.yaml names the Go modules, their sums and the files; each served version of each CRD
becomes schemas/custom-resources/<group>_<version>_<kind>.json.

    python -m tools.custom_resource_schemas            write the files
    python -m tools.custom_resource_schemas --check    write nothing, exit 1 when one is stale
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import yaml

from tools import crds, openapi, toolchain
from tools.generated_folder import GeneratedFolder

FOLDER = toolchain.REPOSITORY / "schemas" / "custom-resources"
SOURCES = FOLDER / "sources.yaml"


class WrongSource(Exception):
    """A source is not what sources.yaml says; the message tells which and how to go on."""


@dataclass(frozen=True)
class Source:
    """One Go module with the CRD files to read from it."""

    module: str
    version: str
    sum: str
    definitions: tuple[str, ...]
    patched: bool = False

    @property
    def folder(self) -> Path:
        """Folder of the module's files, downloaded when missing; WrongSource when the content has another sum."""
        command = [str(toolchain.go()), "mod", "download", "-json", f"{self.module}@{self.version}"]
        # Outside of any module, so that nothing but this module is fetched.
        with tempfile.TemporaryDirectory() as directory:
            answer = subprocess.run(
                command, cwd=directory, env=toolchain.go_environment(), capture_output=True, text=True, check=False
            )
        if answer.returncode != 0:
            raise WrongSource(
                f"`{' '.join(command)}` failed with exit code {answer.returncode}\n{answer.stdout}{answer.stderr}"
            )
        found = json.loads(answer.stdout)
        if found["Sum"] != self.sum:
            raise WrongSource(
                f"{self.module} {self.version} has the sum {found['Sum']}, sources.yaml says {self.sum}: "
                "if the version was changed on purpose, write the new sum there"
            )
        return Path(found["Dir"])


def sources() -> list[Source]:
    """The entries of sources.yaml."""
    entries = yaml.load(SOURCES.read_text(), Loader=yaml.CSafeLoader)
    return [Source(**{**entry, "definitions": tuple(entry["definitions"])}) for entry in entries]


def texts() -> dict[str, str]:
    """JSON text by file name of every schema."""
    result: dict[str, str] = {}
    for source in sources():
        if source.patched and source.version != toolchain.required_version(crds.GROUP, source.module):
            raise WrongSource(
                f"{source.module}: sources.yaml and tools/toolchain/{crds.GROUP}/go.mod name different versions"
            )
        folder = source.folder
        for path in source.definitions:
            crd = yaml.load((folder / path).read_text(), Loader=yaml.CSafeLoader)
            if source.patched:
                crd = crds.published()[crd["metadata"]["name"]]
            group, kind = crd["spec"]["group"], crd["spec"]["names"]["kind"]
            for version in crd["spec"]["versions"]:
                if not version["served"]:
                    continue
                schema = openapi.custom_resource(group, kind, version)
                origin = {"$comment": f"Generated from {source.module} {source.version}, {path}; see README.md."}
                name = f"{group}_{version['name']}_{kind}.json"
                result[name] = json.dumps({**origin, **schema}, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    return result


def _difference(expected: str, found: str) -> str:
    places = crds.differences(json.loads(expected), json.loads(found))
    return "; ".join(itertools.islice(places, 5)) or "other white space or order"


GENERATOR = GeneratedFolder(
    "custom_resource_schemas", FOLDER, texts, _difference, (WrongSource, crds.StaleOrWrong), pattern="*.json"
)

if __name__ == "__main__":
    sys.exit(GENERATOR.main("Generate schemas/custom-resources/*.json from the CRDs that sources.yaml names."))
