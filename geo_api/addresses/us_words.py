"""Words of street-and-number addresses: directions, kinds of street (as the US postal service abbreviates them), ordinals."""

from __future__ import annotations

import re

DIRECTIONS = {
    "NORTH": "N", "SOUTH": "S", "EAST": "E", "WEST": "W", "NORTHEAST": "NE", "NORTHWEST": "NW", "SOUTHEAST": "SE",
    "SOUTHWEST": "SW", "N": "N", "S": "S", "E": "E", "W": "W", "NE": "NE", "NW": "NW", "SE": "SE", "SW": "SW", "NO": "N", "SO": "S",
}  # fmt: skip
_KINDS = {
    "ALY": "ALLEY ALLY", "ARC": "ARCADE", "AVE": "AVENUE AV AVEN AVENU AVN AVNUE", "BLVD": "BOULEVARD BOUL BLV BOULV",
    "BR": "BRANCH", "BRG": "BRIDGE", "BYP": "BYPASS", "CIR": "CIRCLE CIRC CRCL", "COR": "CORNER", "CT": "COURT CRT",
    "CTS": "COURTS", "CRES": "CRESCENT", "XING": "CROSSING", "DR": "DRIVE DRIV DRV", "EXPY": "EXPRESSWAY EXPR EXPWY",
    "EXT": "EXTENSION", "FWY": "FREEWAY FRWY", "GDNS": "GARDENS", "GRN": "GREEN", "GRV": "GROVE", "HTS": "HEIGHTS",
    "HWY": "HIGHWAY HIWAY HWAY", "HL": "HILL", "JCT": "JUNCTION", "LNDG": "LANDING", "LN": "LANE", "LOOP": "LOOPS",
    "MALL": "", "MNR": "MANOR", "MDWS": "MEADOWS", "MEWS": "", "PARK": "PRK", "PKWY": "PARKWAY PKY PARKWY PKWAY", "PASS": "",
    "PATH": "", "PIKE": "", "PL": "PLACE", "PLZ": "PLAZA PLZA", "PT": "POINT", "RDG": "RIDGE", "RD": "ROAD", "ROW": "",
    "SHR": "SHORE", "SQ": "SQUARE SQR", "STA": "STATION", "ST": "STREET STR STRT", "TER": "TERRACE TERR", "TRL": "TRAIL",
    "TPKE": "TURNPIKE", "VIA": "", "VIS": "VISTA", "WALK": "", "WAY": "WY",
}  # fmt: skip
KINDS = {word: kind for kind, words in _KINDS.items() for word in (kind, *words.split())}
"""Word for a kind of street -> its abbreviation."""
NAME_KINDS = frozenset(
    ("PARK", "GRN", "GRV", "HL", "HTS", "PT", "RDG", "SHR", "VIS", "BR", "BRG", "GDNS", "MALL", "PASS", "ROW")
)
"""Kinds that are as often part of the name: IRVING PARK RD."""
_ORDINALS = {
    "FIRST": 1, "SECOND": 2, "THIRD": 3, "FOURTH": 4, "FIFTH": 5, "SIXTH": 6, "SEVENTH": 7, "EIGHTH": 8, "NINTH": 9,
    "TENTH": 10, "ELEVENTH": 11, "TWELFTH": 12,
}  # fmt: skip
UNITS = re.compile(
    r"(?:^| )(?:(?P<kind>APARTMENT|APT|SUITE|STE|UNIT|ROOM|RM|SPACE|SPC|BOOTH|KIOSK|STALL|LOT|DEPT|FLOOR|FLR|FL|BUILDING|BLDG"
    r"|LEVEL|LVL|TERMINAL|TERM|CONCOURSE|GATE)(?:[ .:-]*(?P<label>[A-Z]?-?\d{1,5}(?:[A-Z-][A-Z\d]{0,4})?)"
    r"|[ .:-]+(?P<letters>[A-Z]{1,2}(?=[ ,]|$)))?|#+ ?(?P<hash>[A-Z\d-]{1,8})|(?P<nth>\d{1,3})(?:ST|ND|RD|TH) (?:FLOOR|FLR|FL)"
    r"|(?P<word>BSMT|BASEMENT|REAR|FRONT|FRNT|LOBBY|LBBY|UPPER|UPPR|LOWER|LOWR|PENTHOUSE|PH|CONC|MEZZ))(?=[ ,]|$)"
)


def ordinal(number: int) -> str:
    """1ST, 2ND, 3RD, 11TH.

    >>> [ordinal(n) for n in (1, 2, 3, 11, 35, 112)]
    ['1ST', '2ND', '3RD', '11TH', '35TH', '112TH']
    """
    end = "TH" if 10 <= number % 100 <= 20 else {1: "ST", 2: "ND", 3: "RD"}.get(number % 10, "TH")
    return f"{number}{end}"


def street_words(text: str) -> list[str]:
    """Words of a street's name in one spelling: South Racine Avenue and S RACINE AVE are the same.

    >>> street_words("West Thirty Fifth Street"), street_words("w 35 st"), street_words("South Racine Avenue")
    (['W', 'THIRTY', '5TH', 'ST'], ['W', '35TH', 'ST'], ['S', 'RACINE', 'AVE'])
    """
    words = re.sub(r"[^A-Z0-9&/ -]", "", text.upper()).split()
    if not words:
        return []
    out = list(words)
    if len(words) > 1 and words[0] in DIRECTIONS and not (len(words) == 2 and words[1] in KINDS):
        out[0] = DIRECTIONS[words[0]]
    end = len(words) - 1
    if end > 1 and words[end] in DIRECTIONS and words[end - 1] in KINDS:
        out[end] = DIRECTIONS[words[end]]
        end -= 1
    if end and words[end] in KINDS:
        out[end] = KINDS[words[end]]
    for i, word in enumerate(words):
        if word in _ORDINALS:
            out[i] = ordinal(_ORDINALS[word])
        elif word.isdigit() and i + 1 < len(words) and words[i + 1] in KINDS:
            out[i] = ordinal(int(word[:6]))
        elif found := re.fullmatch(r"(\d{1,4})(?:ST|ND|RD|TH|D)", word):
            out[i] = ordinal(int(found[1]))
    return out
