"""The combinations ask what the relations about rights answer: who may read Secrets while that is restricted."""

from __future__ import annotations

from tests.support import combinations, modes


def test_some_combinations_restrict_secrets_in_every_mode() -> None:
    """What relations/rights.py relies on: otherwise it would hold without looking at a restriction."""
    restricting = {
        combination.mode.name
        for combination in combinations.rendered()
        if combination.values.get("permissions", {}).get("operator", {}).get("restrict", {}).get("secret")
        and combination.values.get("rbac", {}).get("create", True)
    }
    assert restricting == set(modes.MODES)
