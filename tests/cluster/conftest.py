"""The live tests: they boot real clusters, need root, and run when asked for (`-m cluster`)."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "cluster: boots a real Kubernetes on this machine; needs root and built programs"
    )
