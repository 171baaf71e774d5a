"""Who asks: the key of a request or the address that it comes from; keys are known for a while without the database."""

from __future__ import annotations

import hashlib
import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from starlette.types import Scope

from geo_api.errors import NotAuthenticated
from geo_api.services.answers import Caller
from geo_api.services.rate_limits import Buckets

KNOWN_KEYS = 10_000
AWAY_S = 1.0
"""For so long after the database could not be asked, no key asks it again: callers do not wait for it one by one."""

ONE_KEY = "send the API key once: 'Authorization: Bearer <key>' or 'X-API-Key: <key>'"


def key_in(headers: list[tuple[bytes, bytes]]) -> bytes | None:
    """The API key of a request; None without one. NotAuthenticated for two that differ, and for other schemes."""
    plain = bearer = None
    for name, value in headers:
        if name == b"x-api-key":
            plain = value
        elif name == b"authorization":
            kind, _, token = value.partition(b" ")
            bearer = token.strip()
            if kind.lower() != b"bearer" or not bearer:
                raise NotAuthenticated(ONE_KEY)
    if bearer is not None and plain not in (None, bearer):
        raise NotAuthenticated(ONE_KEY)
    return bearer if bearer is not None else plain


@dataclass(frozen=True, slots=True)
class Known:
    """A key that the database confirmed at a moment; ``bucket`` and ``points`` are the names of its token buckets."""

    caller: Caller
    at: float
    bucket: int
    points: int


class KnownKeys:
    """Keys that were asked for last, by their digest; forgotten when the database tells of a change of keys."""

    def __init__(self, buckets: Buckets, keep_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._buckets, self._keep_s, self._clock = buckets, keep_s, clock
        self._known: OrderedDict[bytes, Known] = OrderedDict()
        self._valid_from = self._away_until = -1.0

    def fresh(self, key: bytes) -> Known | None:
        """What is known of a key and need not be asked again."""
        known, now = self._known.get(_digest(key)), self._clock()
        if known is None or now < self._away_until:
            return known
        return None if known.at <= self._valid_from or known.at + self._keep_s < now else known

    def stale(self, key: bytes) -> Known | None:
        """What was known of a key, for while the database is away."""
        return self._known.get(_digest(key))

    def away(self) -> None:
        """The database could not be asked."""
        self._away_until = self._clock() + AWAY_S

    @property
    def is_away(self) -> bool:
        """Whether the database could not be asked a moment ago."""
        return self._clock() < self._away_until

    def now(self) -> float:
        """To be taken before the database is asked: an answer to a question from before a change is not kept as true."""
        return self._clock()

    def keep(self, key: bytes, caller: Caller, asked_at: float) -> Known:
        """Keep what the database said."""
        name = b"key:%d" % caller.key_id if caller.key_id else b"key:" + _digest(key)
        known = Known(caller, asked_at, self._buckets.name(name), self._buckets.name(name + b":points"))
        self._known[_digest(key)] = known
        while len(self._known) > KNOWN_KEYS:
            self._known.popitem(last=False)
        return known

    def drop(self, key: bytes) -> None:
        """The database does not know it (any more)."""
        self._known.pop(_digest(key), None)

    def doubt(self) -> None:
        """Ask the database again for every key; called in any thread."""
        self._valid_from = self._clock()


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()


def address_of(scope: Scope, trusted: Any) -> bytes:
    """The address that a request comes from, as limits count it: of IPv6 the network (/64); of a trusted proxy, its client."""
    client = scope.get("client")
    host = client[0] if client else ""
    if host in trusted:
        forwarded = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        if forwarded:
            host = trusted.get_trusted_client_address(b", ".join(forwarded).decode("latin1"))[0] or host
    return counted(host)


@lru_cache(maxsize=4096)
def counted(host: str) -> bytes:
    """An address as limits count it."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.encode()[:64]
    if isinstance(address, ipaddress.IPv6Address):
        return (address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False).network_address).packed
    return address.packed
