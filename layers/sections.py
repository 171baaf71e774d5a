"""Names of a manifest's sections, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Mapping

REGISTER = (
    "stations", "lines", "base_units", "markets", "sub_areas", "entities", "officers", "assignments", "inspections",
)  # fmt: skip
GAZETTEER_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "address_points": ("id", "address", "street", "number", "district", "lon", "lat"),
    "places": ("id", "name", "kind", "lon", "lat"),
    "streets": ("name",),
    "former_names": ("kind", "former", "name", "since"),
    "divisions": ("code", "name", "level", "parent", "valid_from", "valid_to", "became", "aliases"),
}
"""Sections that say what addresses are found by -> the columns that they may have."""
SECTIONS = (*REGISTER, *GAZETTEER_COLUMNS)
