"""How long hypothesis looks for a counterexample.

``suite``: the same examples in every run, few enough for the default run of the suite. ``thorough``: new ones each time,
many, for a hunt after the chart or a property has changed:

    pytest tests/properties --hypothesis-profile thorough
    KEDA_PROPERTIES=thorough pytest tests/properties
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile(
    "suite", max_examples=100, derandomize=True, database=None, deadline=None, suppress_health_check=_SLOW
)
settings.register_profile("thorough", max_examples=10_000, deadline=None, suppress_health_check=_SLOW, print_blob=True)


def load() -> None:
    """Make a profile the default of the tests that are imported from now on; --hypothesis-profile wins over it."""
    settings.load_profile(os.environ.get("KEDA_PROPERTIES", "suite"))


def percent(share: float) -> settings:
    """Decorator: this part of the profile's examples, at least one. A rendering costs about 0.03 s."""
    profile = settings.get_profile(settings.get_current_profile_name())
    return settings(max_examples=max(1, round(profile.max_examples * share / 100)))
