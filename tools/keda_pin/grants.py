"""What the chart's roles grant when nothing is set, for one right at a time."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tools import toolchain


def granted(tree: Path) -> Callable[[str], bool]:
    """A function that tells whether a role of the default rendering grants a right as ``tools.keda_pin.facts`` writes it.

    Wildcards of the roles count. In which namespace a right holds does not: the chart's namespace is the user's choice.
    """
    command = [
        str(toolchain.program("helm4")),
        "template",
        "keda",
        str(tree / "charts/keda"),
        "--kube-version",
        "1.36.0",
    ]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise toolchain.ToolchainError(
            f"`{' '.join(command)}` failed with exit code {answer.returncode}\n{answer.stderr}"
        )
    rules = [
        rule
        for document in yaml.load_all(answer.stdout, Loader=yaml.CSafeLoader)
        if document and document["kind"] in ("ClusterRole", "Role")
        for rule in document["rules"]
    ]
    return lambda right: any(_covers(rule, right) for rule in rules)


def _covers(rule: dict[str, Any], right: str) -> bool:
    verb, _, what = right.partition(" in namespace ")[0].partition(" ")
    resource, _, group = what.partition(".")
    asked = ((verb, rule["verbs"]), (resource, rule.get("resources", [])), (group, rule.get("apiGroups", [])))
    return all(one in many or "*" in many for one, many in asked)
