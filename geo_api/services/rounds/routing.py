"""Places to visit -> rounds, one a day: near places on one day, days balanced, short ways. Deterministic.

A tour through all places (nearest neighbour, then 2-opt and Or-opt) is cut into days; then places are moved and exchanged
between days while that shortens the way and no day gets too much. Compared with OR-tools' routing in
``docs/officers/rounds.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil

import numpy as np

from gridding.types import FloatArray, IntArray

CLOSER_M = 1e-6
"""A gain below this is rounding."""
SLACK = 1
"""A day may have so many visits more or fewer than the average."""
STARTS = 4
"""The tour is cut from so many places on; the shortest rounds are searched further."""
TRIES = 400
SEED = 20


@dataclass(frozen=True, slots=True)
class DayLimits:
    """What one day holds at most: visits, and minutes of visits and ways together."""

    visits: int
    minutes: float


@dataclass(frozen=True, slots=True)
class Rounds:
    """Rounds over places: ``days[d]`` are indices of places in the order of the way; ``left`` those that did not fit.

    ``length_m``: of each day's way from the start through its places and back, as the crow flies.
    """

    days: tuple[IntArray, ...]
    length_m: tuple[float, ...]
    left: IntArray


def plan_rounds(
    xy: FloatArray,
    minutes: FloatArray,
    start: FloatArray,
    days: int,
    limits: DayLimits,
    minutes_per_metre: float,
) -> Rounds:
    """Rounds on at most so many days; as few days as hold everything.

    Args:
        xy: (n, 2) metres; most urgent first: where not all fits, the last are left out.
        minutes: (n,) of each visit.
        start: (2,) where each day begins and ends.
        days: working days there are.
        limits: of each day.
        minutes_per_metre: travel, per metre as the crow flies.

    Returns:
        Rounds, by day; days[0] holds the most urgent place.
    """
    n = min(len(xy), days * limits.visits)
    while n:
        fewest = max(ceil(n / limits.visits), ceil(float(minutes[:n].sum()) / limits.minutes), 1)
        for number in range(fewest, days + 1):
            found = _rounds(xy[:n], minutes[:n], start, number, limits, minutes_per_metre)
            if found is not None:
                order = sorted(found, key=lambda day: int(day.min()))
                distance = _distances(xy[:n], start)
                return Rounds(
                    tuple(order),
                    tuple(_length(distance, np.concatenate([[0], day + 1, [0]])) for day in order),
                    np.arange(n, len(xy)),
                )
        over = float(minutes[:n].sum()) / limits.minutes - days
        n -= max(1, int(over * n / max(days + over, 1))) if over > 0 else 1
    return Rounds((), (), np.arange(len(xy)))


def _rounds(
    xy: FloatArray, minutes: FloatArray, start: FloatArray, number: int, limits: DayLimits, minutes_per_metre: float
) -> list[IntArray] | None:
    """Exactly so many rounds that keep the limits; None where none are found."""
    distance = _distances(xy, start)
    tour = _tour(distance)
    every = max(1, len(tour) // (number * STARTS))
    cuts = [
        _cut(distance, np.roll(tour, -every * k), minutes, number, limits, minutes_per_metre) for k in range(STARTS)
    ]
    n = len(xy)
    low, high = max(n // number - SLACK, 1), min(ceil(n / number) + SLACK, limits.visits)
    days = Days(distance, np.concatenate([[0.0], minutes]), low, high, limits.minutes, minutes_per_metre)
    made = [days.improve(cut) for cut in cuts if cut is not None]
    if not made:
        return None
    return [r - 1 for r in days.search(min(made, key=days.length))]


def _distances(xy: FloatArray, start: FloatArray) -> FloatArray:
    """(n + 1, n + 1) metres; index 0 is the start, place i is i + 1."""
    points = np.vstack([start, xy])
    return np.asarray(np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1)))


def _length(distance: FloatArray, way: IntArray) -> float:
    return float(distance[way[:-1], way[1:]].sum())


def _tour(distance: FloatArray) -> IntArray:
    """All places in one way from the start and back: nearest neighbour, then 2-opt and Or-opt. (n,) without the start."""
    n = len(distance)
    way = [0]
    free = np.ones(n, dtype=bool)
    free[0] = False
    while free.any():
        away = np.where(free, distance[way[-1]], np.inf)
        way.append(int(away.argmin()))
        free[way[-1]] = False
    return shorten(distance, np.array([*way, 0]))[1:-1]


def shorten(distance: FloatArray, way: IntArray) -> IntArray:
    """2-opt and Or-opt until neither shortens a way whose ends stay."""
    while True:
        shorter = _or_opt(distance, _two_opt(distance, way))
        if _length(distance, shorter) > _length(distance, way) - CLOSER_M:
            return way
        way = shorter


def _two_opt(distance: FloatArray, way: IntArray) -> IntArray:
    """Turn round the stretch that gains most, again and again."""
    way = way.copy()
    while len(way) > 3:
        a, b = way[:-1], way[1:]
        ends = distance[a, b]
        gain = ends[:, None] + ends[None, :] - distance[a[:, None], a] - distance[b[:, None], b]
        gain = np.triu(gain, 1)
        i, j = divmod(int(gain.argmax()), len(a))
        if gain[i, j] <= CLOSER_M:
            break
        way[i + 1 : j + 1] = way[i + 1 : j + 1][::-1]
    return way


def _or_opt(distance: FloatArray, way: IntArray) -> IntArray:
    """Take one to three neighbours out and put them in elsewhere, either way round, where that gains most."""
    while True:
        best: tuple[float, int, int, int, bool] = (CLOSER_M, 0, 0, 0, False)
        for size in (1, 2, 3):
            if len(way) < size + 3:
                break
            first = np.arange(1, len(way) - size)
            last = first + size - 1
            before, after = way[first - 1], way[last + 1]
            out = distance[before, way[first]] + distance[way[last], after] - distance[before, after]
            a, b = way[:-1], way[1:]
            edge = np.arange(len(a))
            allowed = (edge[None, :] < first[:, None] - 1) | (edge[None, :] > last[:, None])
            for turned in (False, True):
                head, tail = (way[last], way[first]) if turned else (way[first], way[last])
                into = distance[head[:, None], a] + distance[tail[:, None], b] - distance[a, b][None, :]
                gain = np.where(allowed, out[:, None] - into, -np.inf)
                row, column = divmod(int(gain.argmax()), len(a))
                if gain[row, column] > best[0]:
                    best = (float(gain[row, column]), int(first[row]), size, column, turned)
        if best[0] <= CLOSER_M:
            return way
        _, at, size, edge_no, turned = best
        part = way[at : at + size]
        rest = np.delete(way, np.arange(at, at + size))
        where = edge_no + 1 if edge_no < at else edge_no + 1 - size
        way = np.insert(rest, where, part[::-1] if turned else part)


def _cut(
    distance: FloatArray, tour: IntArray, minutes: FloatArray, number: int, limits: DayLimits, minutes_per_metre: float
) -> list[IntArray] | None:
    """The tour in so many stretches of about equal numbers of visits with the least way in all; None where none keeps the limits."""
    n = len(tour)
    low, high = max(n // number - SLACK, 1), min(ceil(n / number) + SLACK, limits.visits)
    along = np.concatenate([[0.0], np.cumsum(distance[tour[:-1], tour[1:]])])
    work = np.concatenate([[0.0], np.cumsum(minutes[tour - 1])])
    best = np.full((number + 1, n + 1), np.inf)
    back = np.zeros((number + 1, n + 1), dtype=np.int64)
    best[0, 0] = 0.0
    for day in range(1, number + 1):
        for end in range(day * low, min(day * high, n) + 1):
            begin = np.arange(max(end - high, 0), end - low + 1)
            way = distance[0, tour[begin]] + along[end - 1] - along[begin] + distance[tour[end - 1], 0]
            full = work[end] - work[begin] + way * minutes_per_metre > limits.minutes
            cost = np.where(full, np.inf, best[day - 1, begin] + way)
            k = int(cost.argmin())
            best[day, end], back[day, end] = cost[k], begin[k]
    if not np.isfinite(best[number, n]):
        return None
    parts, last = [], n
    for day in range(number, 0, -1):
        first = int(back[day, last])
        parts.append(tour[first:last])
        last = first
    return parts[::-1]


@dataclass(frozen=True, slots=True)
class Days:
    """The days of some rounds, and the steps between them, each looked for among all of them at once.

    Attributes:
        distance: (n + 1, n + 1) metres, index 0 the start; routes hold indices from 1.
        minutes: (n + 1,) of each visit, 0 for the start.
        low, high: fewest and most visits of a day.
        most_minutes: of a day, visits and ways.
        minutes_per_metre: travel.
    """

    distance: FloatArray
    minutes: FloatArray
    low: int
    high: int
    most_minutes: float
    minutes_per_metre: float
    _known: dict[bytes, IntArray] = field(default_factory=dict)
    """Ways that were shortened, by their places in the order that they had."""

    def length(self, routes: list[IntArray]) -> float:
        """Metres of all ways together."""
        return sum(_length(self.distance, np.concatenate([[0], r, [0]])) for r in routes)

    def improve(self, routes: list[IntArray]) -> list[IntArray]:
        """Move and exchange places between days while that shortens the way; each day in its best order."""
        routes = [self._shortened(r) for r in routes]
        while (changed := self.move(routes) or self.exchange(routes) or self.swap_tails(routes)) is not None:
            for r in changed:
                routes[r] = self._shortened(routes[r])
        return routes

    def search(self, routes: list[IntArray]) -> list[IntArray]:
        """Take neighbours out and put them in again, so many times, from a seed; what is shorter stays."""
        rng = np.random.default_rng(SEED)
        n = sum(map(len, routes))
        best, best_m = routes, self.length(routes)
        for _ in range(TRIES if n > 2 and len(routes) > 1 else 0):
            taken = self.distance[1 + int(rng.integers(n)), 1:].argsort(kind="stable")[: int(rng.integers(2, 10))] + 1
            stays = np.ones(len(self.distance), dtype=bool)
            stays[taken] = False
            tried = self._put_in([r[stays[r]] for r in best], rng.permutation(taken), rng)
            if tried is None:
                continue
            tried = [r if np.array_equal(r, b) else self._shortened(r) for r, b in zip(tried, best, strict=True)]
            if self.length(tried) < best_m - CLOSER_M:
                best = self.improve(tried)
                best_m = self.length(best)
        return best

    def _put_in(self, routes: list[IntArray], places: IntArray, rng: np.random.Generator) -> list[IntArray] | None:
        """Each place where it costs least, a little chance in it; None where a day would get too much or too little."""
        d, routes = self.distance, list(routes)
        full = [self._minutes(r) for r in routes]
        for place in places.tolist():
            found: tuple[float, int, int, float] | None = None
            for r, route in enumerate(routes):
                if len(route) >= self.high:
                    continue
                way = np.concatenate([[0], route, [0]])
                into = d[way[:-1], place] + d[place, way[1:]] - d[way[:-1], way[1:]]
                at = int(into.argmin())
                more = float(self.minutes[place]) + float(into[at]) * self.minutes_per_metre
                cost = float(into[at]) * float(rng.uniform(0.8, 1.2))
                if full[r] + more <= self.most_minutes and (found is None or cost < found[0]):
                    found = (cost, r, at, more)
            if found is None:
                return None
            _, r, at, more = found
            routes[r] = np.insert(routes[r], at, place)
            full[r] += more
        return routes if all(len(r) >= self.low for r in routes) else None

    def _shortened(self, route: IntArray) -> IntArray:
        key = route.tobytes()
        if key not in self._known:  # the search comes upon many ways again
            self._known[key] = shorten(self.distance, np.concatenate([[0], route, [0]]))[1:-1]
        return self._known[key]

    def _flat(self, routes: list[IntArray]) -> tuple[IntArray, IntArray, IntArray, IntArray, FloatArray, IntArray]:
        """Per place, in the order of the ways: itself, before, after, its day; per day: minutes and visits."""
        node = np.concatenate(routes)
        before = np.concatenate([np.concatenate([[0], r[:-1]]) for r in routes])
        after = np.concatenate([np.concatenate([r[1:], [0]]) for r in routes])
        day = np.repeat(np.arange(len(routes)), [len(r) for r in routes])
        length = np.array([_length(self.distance, np.concatenate([[0], r, [0]])) for r in routes])
        full = np.array([self.minutes[r].sum() for r in routes]) + length * self.minutes_per_metre
        return node, before, after, day, full, np.array([len(r) for r in routes])

    def move(self, routes: list[IntArray]) -> tuple[int, int] | None:
        """Move one place to another day; the days that changed, None where nothing gains."""
        d = self.distance
        node, before, after, day, full, visits = self._flat(routes)
        out = d[before, node] + d[node, after] - d[before, after]
        # behind each place, and in front of the first place of each day
        firsts = np.array([r[0] for r in routes])
        left = np.concatenate([node, np.zeros(len(routes), dtype=np.int64)])
        right = np.concatenate([after, firsts])
        to = np.concatenate([day, np.arange(len(routes))])
        into = d[node[:, None], left] + d[node[:, None], right] - d[left, right][None, :]
        gain = out[:, None] - into
        fits = full[to][None, :] + self.minutes[node][:, None] + into * self.minutes_per_metre <= self.most_minutes
        allowed = (
            (day[:, None] != to[None, :]) & fits & (visits[day] > self.low)[:, None] & (visits[to] < self.high)[None, :]
        )
        gain = np.where(allowed, gain, -np.inf)
        i, j = divmod(int(gain.argmax()), len(left))
        if gain[i, j] <= CLOSER_M:
            return None
        source, target = int(day[i]), int(to[j])
        at = 0 if j >= len(node) else int(np.flatnonzero(routes[target] == left[j])[0]) + 1
        routes[source] = routes[source][routes[source] != node[i]]
        routes[target] = np.insert(routes[target], at, node[i])
        return source, target

    def exchange(self, routes: list[IntArray]) -> tuple[int, int] | None:
        """Exchange two places of different days."""
        d = self.distance
        node, before, after, day, full, _ = self._flat(routes)
        own = d[before, node] + d[node, after]
        there = d[node[:, None], before] + d[node[:, None], after]  # place i at the position of j
        gain = own[:, None] + own[None, :] - there - there.T
        more = self.minutes[node][:, None] + there * self.minutes_per_metre
        less = self.minutes[node] + own * self.minutes_per_metre
        fits = full[day][None, :] - less[None, :] + more <= self.most_minutes  # the day of j with i in its place
        gain = np.where((day[:, None] < day[None, :]) & fits & fits.T, gain, -np.inf)
        i, j = divmod(int(gain.argmax()), len(node))
        if gain[i, j] <= CLOSER_M:
            return None
        one, other = int(day[i]), int(day[j])
        at_one, at_other = np.flatnonzero(routes[one] == node[i])[0], np.flatnonzero(routes[other] == node[j])[0]
        routes[one], routes[other] = routes[one].copy(), routes[other].copy()
        routes[one][at_one], routes[other][at_other] = node[j], node[i]
        return one, other

    def swap_tails(self, routes: list[IntArray]) -> tuple[int, int] | None:
        """Cut two days and join each beginning with the other's end (2-opt*), either end turned or not."""
        best: tuple[float, int, int, list[IntArray]] | None = None
        for one in range(len(routes)):
            for other in range(one + 1, len(routes)):
                found = self._tails(routes[one], routes[other])
                if found is not None and (best is None or found[0] > best[0] + CLOSER_M):
                    best = (found[0], one, other, found[1])
        if best is None:
            return None
        _, one, other, made = best
        routes[one], routes[other] = made
        return one, other

    def _tails(self, one: IntArray, other: IntArray) -> tuple[float, list[IntArray]] | None:
        d, ends = self.distance, np.zeros(1, dtype=np.int64)
        best: tuple[float, list[IntArray]] | None = None
        for turned in (False, True):
            back = other[::-1] if turned else other
            a, b = np.concatenate([ends, one, ends]), np.concatenate([ends, back, ends])
            cut_a, cut_b = d[a[:-1], a[1:]], d[b[:-1], b[1:]]
            joined = d[a[:-1][:, None], b[1:]] + d[b[:-1][:, None], a[1:]].T
            gain = cut_a[:, None] + cut_b[None, :] - joined
            number = np.arange(len(a) - 1)[:, None] + (len(b) - 2 - np.arange(len(b) - 1))[None, :]
            total = len(one) + len(other)
            right = (number >= self.low) & (number <= self.high)
            right &= (total - number >= self.low) & (total - number <= self.high)
            for flat in np.argsort(-np.where(right, gain, -np.inf), axis=None, kind="stable")[:8]:
                i, j = divmod(int(flat), len(b) - 1)
                if not right[i, j] or gain[i, j] <= (best[0] if best else 0.0) + CLOSER_M:
                    break
                made = [np.concatenate([one[:i], back[j:]]), np.concatenate([back[:j], one[i:]])]
                if all(self._minutes(r) <= self.most_minutes for r in made):
                    best = (float(gain[i, j]), made)
                    break
        return best

    def _minutes(self, route: IntArray) -> float:
        way = _length(self.distance, np.concatenate([[0], route, [0]]))
        return float(self.minutes[route].sum()) + way * self.minutes_per_metre
