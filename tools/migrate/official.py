"""What the official chart reads, from official_keys.yaml beside this file."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).with_name("official_keys.yaml")


@functools.cache
def _facts() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.load(_FILE.read_bytes(), Loader=yaml.CSafeLoader)
    return found


def listed() -> dict[str, Any]:
    """Default by key, of each key that its values.yaml lists. Read only."""
    return _facts()["keys"]


def unlisted() -> dict[str, str]:
    """What it does, by key, for the keys that only its templates know. Read only."""
    return _facts()["unlisted"]


@functools.cache
def _open() -> frozenset[str]:
    """Keys that stand for everything below them."""
    passed = {
        key for key, default in listed().items() if default in ({}, []) or default is None or isinstance(default, list)
    }
    # A part of a Kubernetes object of which some fields have a default.
    blocks = {
        ".".join(key.split(".")[:2]) for key in listed() if key.startswith(("securityContext.", "podSecurityContext."))
    }
    blocks |= {".".join(key.split(".")[:2]) for key in listed() if key.startswith("resources.")}
    blocks |= {".".join(key.split(".")[:2]) for key in listed() if "Probe." in key}
    return frozenset(passed | blocks | {"serviceAccount.annotations", "extraArgs.webhooks"})


def reads(path: str) -> bool:
    """Whether a dotted path (items as ``[0]``) is a key that the official chart reads, or stands below an open one."""
    name = path.partition("[")[0]
    if name in listed() or name in unlisted():
        return True
    steps = name.split(".")
    return any(".".join(steps[:length]) in _open() for length in range(1, len(steps)))
