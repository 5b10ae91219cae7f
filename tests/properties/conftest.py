"""Chooses how long the property tests look, before they are imported."""

from __future__ import annotations

from tests.properties import profiles

profiles.load()
