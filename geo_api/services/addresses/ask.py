"""Addresses asked, one or many: parsed, matched, judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from geo_api.addresses.divisions import Divisions
from geo_api.addresses.parse import parse
from geo_api.addresses.types import ParsedAddress
from geo_api.services.addresses.gazetteer import Gazetteer, day_number
from geo_api.services.addresses.match import find
from geo_api.services.addresses.notes import answer_notes
from geo_api.services.addresses.verdict import FOUND, OUTSIDE, CellChance, Verdict, judge, together
from geo_api.services.answers import AddressCandidate, LookupAnswer
from geo_api.services.finder import CellFinder
from geo_api.services.lookup import look_up_point
from geo_api.services.snapshot import Snapshot

CHUNK = 2_000
"""Addresses whose possible places are located together."""


def verdicts(
    gazetteer: Gazetteer,
    snapshot: Snapshot,
    texts: Sequence[str],
    *,
    threshold: float,
    divisions: Divisions | None = None,
) -> list[tuple[ParsedAddress, Verdict]]:
    """A verdict for each address, same order; equal texts are worked out once. No query: all of it is in memory."""
    if snapshot.finder is None:
        return [(parse(text, divisions=divisions, region=gazetteer.region), Verdict("unpublished")) for text in texts]
    day = day_number(snapshot.on, 0)
    known: dict[str, tuple[ParsedAddress, Verdict]] = {}
    distinct = list(dict.fromkeys(texts))
    for start in range(0, len(distinct), CHUNK):
        part = distinct[start : start + CHUNK]
        # matched by the names of today, which the gazetteer bears; told by those of the day asked for
        parsed = [parse(text, divisions=divisions, region=gazetteer.region) for text in part]
        judged = judge([find(gazetteer, p, day) for p in parsed], snapshot.finder, threshold)
        _weigh_further(gazetteer, snapshot.finder, parsed, judged, day, threshold, divisions)
        said = [_as_said(p, divisions, snapshot.on) for p in parsed]
        known.update(zip(part, zip(said, judged, strict=True), strict=True))
    return [known[text] for text in texts]


def _weigh_further(
    gazetteer: Gazetteer,
    finder: CellFinder,
    parsed: Sequence[ParsedAddress],
    judged: list[Verdict],
    day: int,
    threshold: float,
    divisions: Divisions | None,
) -> None:
    """Texts that name a further address (A路1号, B路2号) are given a cell only where both lie in it."""
    several = [(i, note.what) for i, p in enumerate(parsed) for note in p.notes if note.code == "second_number"]
    if not several:
        return
    further = []
    for i, text in several:
        first, other = parsed[i], parse(text, divisions=divisions, region=gazetteer.region)
        above = {
            level: getattr(other, level) or getattr(first, level) for level in ("province", "city", "county", "town")
        }
        further.append(find(gazetteer, replace(other, **above), day))
    for (i, _), also in zip(several, judge(further, finder, threshold), strict=True):
        judged[i] = together(judged[i], [also])


def _as_said(parsed: ParsedAddress, divisions: Divisions | None, on: date) -> ParsedAddress:
    """The address with the names of a day, where divisions were renamed."""
    if divisions is None or not any("division" in note.code or note.code == "not_yet" for note in parsed.notes):
        return parsed
    return parse(parsed.raw, divisions=divisions, on=on, region=parsed.region)


def answer(
    snapshot: Snapshot, parsed: ParsedAddress, verdict: Verdict, *, near_border_m: float, age_s: float | None = None
) -> LookupAnswer:
    """The answer that a verdict makes."""
    matched = verdict.chances[0].best.notes if verdict.chances else ()
    notes = answer_notes(parsed.notes, matched)
    if verdict.status in (FOUND, OUTSIDE):
        top = verdict.chances[0]
        at_place = look_up_point(snapshot, top.lon, top.lat, near_border_m=near_border_m, age_s=age_s)
        return replace(
            at_place,
            matched_address=top.best.address,
            method=top.best.method,
            confidence=round(top.confidence, 4),
            error_m=round(top.best.error_m, 1),
            notes=notes,
        )
    abstains = LookupAnswer(status=verdict.status, on=snapshot.on, lon=None, lat=None, snapshot_age_s=age_s)
    return replace(abstains, candidates=tuple(_candidate(snapshot, c) for c in verdict.chances), notes=notes)


def _candidate(snapshot: Snapshot, chance: CellChance) -> AddressCandidate:
    return AddressCandidate(
        cell=snapshot.refs[chance.cell] if chance.cell >= 0 else None,
        address=chance.best.address,
        method=chance.best.method,
        confidence=round(chance.confidence, 4),
        error_m=round(chance.best.error_m, 1),
    )


def many(
    gazetteer: Gazetteer,
    snapshot: Snapshot,
    texts: Sequence[str],
    *,
    threshold: float,
    near_border_m: float,
    divisions: Divisions | None = None,
    age_s: float | None = None,
) -> list[LookupAnswer]:
    """The answer to each of many addresses, on the snapshot's day; same order as given."""
    return [
        answer(snapshot, parsed, verdict, near_border_m=near_border_m, age_s=age_s)
        for parsed, verdict in verdicts(gazetteer, snapshot, texts, threshold=threshold, divisions=divisions)
    ]
