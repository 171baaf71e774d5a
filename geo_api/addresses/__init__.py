"""Addresses as values: normalised, parsed, compared, judged. Pure: no files, database, web, settings or clock."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from geo_api.addresses.divisions import Division, Divisions, RowProblem
from geo_api.addresses.normalise import normalise
from geo_api.addresses.notes import NOTES, sentence
from geo_api.addresses.parse import parse
from geo_api.addresses.street_key import readings, street_key
from geo_api.addresses.types import HouseNumber, Lane, Named, Note, ParsedAddress, Relative

if TYPE_CHECKING:
    from geo_api.addresses.compare import Comparison, similarity, street_relation

__all__ = [
    "NOTES",
    "Comparison",
    "Division",
    "Divisions",
    "HouseNumber",
    "Lane",
    "Named",
    "Note",
    "ParsedAddress",
    "Relative",
    "RowProblem",
    "normalise",
    "parse",
    "readings",
    "sentence",
    "similarity",
    "street_key",
    "street_relation",
]

_COMPARE = ("Comparison", "similarity", "street_relation")


def __getattr__(name: str) -> object:
    """What compares needs rapidfuzz, which those who only parse need not load."""
    if name not in _COMPARE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("geo_api.addresses.compare"), name)
