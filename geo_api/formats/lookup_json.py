"""Lookup answers as JSON: typed answers by orjson, and today's points from fragments rendered once per snapshot."""

from __future__ import annotations

import orjson

from geo_api.services.answers import LookupAnswer
from geo_api.services.lookup import look_up_point, refuse_swapped
from geo_api.services.snapshot import Snapshot


def lookup_json(answer: LookupAnswer) -> bytes:
    """The answer as a JSON object with all its fields."""
    return orjson.dumps(answer)


class HotLookup:
    """Answers points from one snapshot as JSON bytes, equal byte for byte to rendering the typed answer.

    Everything that does not depend on the point is rendered here, once; a question formats four numbers.
    """

    __slots__ = ("_after", "_before", "_codes", "_finder", "_head", "_near_border_m", "_snapshot")

    def __init__(self, snapshot: Snapshot, near_border_m: float) -> None:
        self._snapshot, self._finder, self._near_border_m = snapshot, snapshot.finder, near_border_m
        self._head = b'{"status":"found","on":%b,"lon":' % orjson.dumps(snapshot.on)
        self._codes = [orjson.dumps(ref.code) for ref in snapshot.refs]
        self._codes.append(b"null")  # position -1
        self._before = [
            b',"cell":%b,"officers":%b,"plan":%b,"border":{"near":'
            % (orjson.dumps(ref), orjson.dumps(officers), orjson.dumps(row.plan))
            for ref, officers, row in zip(snapshot.refs, snapshot.officers, snapshot.cells, strict=True)
        ]
        for divided in snapshot.divided:  # which part of the cell it is depends on the point: by the typed answer
            self._before[divided] = b""
        self._after = [
            b'},"fallback":%b,"sub_area":null,"patrol_group":%b,"nearest":null,"nearest_distance_m":null,"matched_address":null,"method":null,'
            b'"confidence":null,"error_m":null,"candidates":[],"notes":[],"snapshot_age_s":'
            % (orjson.dumps(level), orjson.dumps(group))
            for level, group in zip(snapshot.fallback, snapshot.groups, strict=True)
        ]

    def point(self, lon: float, lat: float, age_s: float | None) -> bytes:
        """The answer for a point in the storage datum (finite degrees)."""
        finder = self._finder
        if finder is None:
            return self._slow(lon, lat, age_s)
        cell, distance_m, beyond = finder.one(lon, lat)
        if cell < 0 or not self._before[cell]:
            return self._slow(lon, lat, age_s)
        dumps = orjson.dumps
        return b'%b%b,"lat":%b%b%b,"distance_m":%b,"beyond":%b%b%b}' % (
            self._head,
            dumps(lon),
            dumps(lat),
            self._before[cell],
            b"true" if distance_m <= self._near_border_m else b"false",
            dumps(round(distance_m, 2)),
            self._codes[beyond],
            self._after[cell],
            b"null" if age_s is None else dumps(age_s),
        )

    def _slow(self, lon: float, lat: float, age_s: float | None) -> bytes:
        """Places outside and in divided cells are rare: by the typed answer."""
        refuse_swapped(self._snapshot, lon, lat)
        return lookup_json(look_up_point(self._snapshot, lon, lat, near_border_m=self._near_border_m, age_s=age_s))
