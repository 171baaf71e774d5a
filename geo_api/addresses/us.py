"""Plain street-and-number addresses: "333 W 35TH ST"."""

from __future__ import annotations

from geo_api.addresses.types import ParsedAddress


def parse_us(text: str, region: str = "us") -> ParsedAddress:
    """Read a street-and-number address."""
    return ParsedAddress(text, " ".join(text.upper().split()), region)
