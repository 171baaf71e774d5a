"""Fixtures that every folder may use. Tests of PostGIS get theirs from ``tests/geo_api/conftest.py``."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# Shared, noisy machines: a slow example is no failure. The seed is fixed so that a run can be repeated.
settings.register_profile(
    "gridward", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gridward"))
