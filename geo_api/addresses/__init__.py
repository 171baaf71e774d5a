"""Addresses as values: normalised, parsed, compared, judged. Pure: no files, database, web, settings or clock."""

from geo_api.addresses.compare import Comparison, similarity, street_relation
from geo_api.addresses.divisions import Division, Divisions, RowProblem
from geo_api.addresses.normalise import normalise
from geo_api.addresses.notes import NOTES, sentence
from geo_api.addresses.parse import parse
from geo_api.addresses.street_key import readings, street_key
from geo_api.addresses.types import HouseNumber, Lane, Named, Note, ParsedAddress, Relative

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
