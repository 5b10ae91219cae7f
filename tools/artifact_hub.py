"""The annotations for Artifact Hub in charts/keda/Chart.yaml, between two comments that mark them.

Images come from the chart's defaults with the digests of charts/keda/images.yaml, the definitions from
charts/keda/templates/crds, their prose and examples from schemas/artifact-hub.yaml, the changes from CHANGELOG.md: its section of
the chart's version, or "Unreleased" when there is none. A signing key is shown when schemas/artifact-hub.yaml has a ``signKey``
(fingerprint and url).

    python -m tools.artifact_hub            write the annotations
    python -m tools.artifact_hub --check    write nothing, exit 1 when they are stale
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from tools import crds, images, toolchain

CHART = toolchain.REPOSITORY / "charts" / "keda" / "Chart.yaml"
CHANGELOG = toolchain.REPOSITORY / "CHANGELOG.md"
PROSE = toolchain.REPOSITORY / "schemas" / "artifact-hub.yaml"
_BEGIN = "  # begin annotations: python -m tools.artifact_hub\n"
_END = "  # end annotations\n"
# Headings of Keep a Changelog, which are Artifact Hub's kinds, too.
_KINDS = ("added", "changed", "deprecated", "removed", "fixed", "security")


class Unusable(Exception):
    """A source of the annotations cannot be used; the message says which and why."""


def changes(changelog: str, version: str) -> list[dict[str, str]]:
    """``kind`` and ``description`` of each change of ``version``, of "Unreleased" when it has no section of its own."""
    sections = re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]
    named = {re.sub(r"[\[\]]", "", section.split("\n", 1)[0]).split()[0]: section for section in sections}
    section = named.get(version, named.get("Unreleased"))
    if section is None:
        raise Unusable(f"CHANGELOG.md has neither a section {version} nor Unreleased, but {', '.join(named) or 'none'}")
    found = []
    for part in re.split(r"^### ", section, flags=re.MULTILINE)[1:]:
        kind, _, body = part.partition("\n")
        if kind.strip().lower() not in _KINDS:
            raise Unusable(f"CHANGELOG.md: {kind.strip()!r} is none of {', '.join(map(str.title, _KINDS))}")
        found += [
            {"kind": kind.strip().lower(), "description": " ".join(item.split())}
            for item in re.findall(r"^- (.*(?:\n  .*)*)", body, re.MULTILINE)
        ]
    if not found:
        raise Unusable(f"CHANGELOG.md lists no change of {version} or Unreleased")
    return found


def definitions() -> list[dict[str, str]]:
    """``kind``, ``version`` and ``name`` of each served version of the chart's definitions, by name."""
    return [
        {
            "kind": spec["names"]["kind"],
            "version": version["name"],
            "name": f"{spec['names']['plural']}.{spec['group']}",
        }
        for spec in crds.specs(crds.TEMPLATES)
        for version in spec["versions"]
        if version["served"]
    ]


def texts() -> dict[str, str]:
    """Name of each annotation -> its text; lists are YAML inside it, as Artifact Hub wants them."""
    version = str(yaml.load(CHART.read_text(), Loader=yaml.CSafeLoader)["version"])
    prose: dict[str, Any] = yaml.load(PROSE.read_text(), Loader=yaml.CSafeLoader)
    resources: Mapping[str, Mapping[str, Any]] = prose["customResources"]
    listed = definitions()
    names = {entry["name"] for entry in listed}
    if names != resources.keys():
        raise Unusable(
            f"{PROSE.name} and the chart's definitions differ in {', '.join(sorted(names ^ resources.keys()))}"
        )
    digests = images.load()
    content: dict[str, Any] = {
        "category": prose["category"],
        "changes": changes(CHANGELOG.read_text(), version),
        "crds": [
            {**entry, **{key: resources[entry["name"]][key] for key in ("displayName", "description")}}
            for entry in listed
        ],
        "crdsExamples": [resources[name]["example"] for name in sorted(resources)],
        "images": [
            {"name": image.repository.rpartition("/")[2], "image": images.pinned(image, digests)}
            for image in images.references()
        ],
        "license": prose["license"],
        "links": prose["links"],
        "operator": "true",
    }
    if "signKey" in prose:
        content["signKey"] = prose["signKey"]
    return {
        f"artifacthub.io/{key}": value if isinstance(value, str) else _yaml(value)
        for key, value in sorted(content.items())
    }


def with_annotations(chart: str, found: Mapping[str, str]) -> str:
    """Text of Chart.yaml with these annotations between its marks."""
    if chart.count(_BEGIN) != 1 or chart.count(_END) != 1:
        raise Unusable(f"{CHART.name} must hold the lines {_BEGIN.strip()!r} and {_END.strip()!r} once each")
    before, _, rest = chart.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    lines = []
    for name, value in found.items():
        if "\n" in value:
            lines += [f"  {name}: |", *(f"    {line}" if line else "" for line in value.rstrip("\n").splitlines())]
        else:
            lines.append(
                f"  {name}: {yaml.safe_dump(value, default_style=chr(34)).strip() if value == 'true' else value}"
            )
    return before + _BEGIN + "\n".join(lines) + "\n" + _END + after


def _yaml(value: Any) -> str:
    # Sequences of mappings only: PyYAML starts them in the first column, which is all right inside a block.
    return yaml.safe_dump(value, sort_keys=False, width=100, allow_unicode=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.artifact_hub",
        description="Write the annotations for Artifact Hub into charts/keda/Chart.yaml.",
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when they are stale")
    options = parser.parse_args(arguments)
    present = CHART.read_text()
    try:
        expected = with_annotations(present, texts())
    except (Unusable, crds.StaleOrWrong) as error:
        print(f"artifact_hub: {error}", file=sys.stderr)
        return 1
    if options.check:
        if present != expected:
            print("charts/keda/Chart.yaml is stale; run: python -m tools.artifact_hub", file=sys.stderr)
        return int(present != expected)
    CHART.write_text(expected)
    print(f"{CHART.relative_to(toolchain.REPOSITORY)}: {len(expected)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
