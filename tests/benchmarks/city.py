"""Seeded cities, as skewed as real ones: lines, entities and communities, so that the whole pipeline runs on them.

A warped lattice of streets with superblocks and dead ends, radial roads and rings that cross the streets without a node, a river,
a railway; businesses along the streets, in crowds that differ by a hundred times (a log-Gaussian field), wholesale markets in
single blocks; communities bounded by larger streets. Lengths are metres until the end, then degrees.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from gridding.types import BoundaryLines, FloatArray, GeometryArray, IntArray, LineKind
from layers.crs import local_metres
from tests.benchmarks.inputs import Territory

LON, LAT = 114.5, 30.6
METRES_PER_DEGREE = (95_800.0, 110_870.0)
SPACING_M = 110.0
"""Mean distance of streets."""
BUSINESSES_PER_BLOCK = 8
BLOCKS_PER_MARKET = 300
VISITS_A_YEAR, SHARE = (2, 4, 12, 24), (0.7, 0.18, 0.08, 0.04)
ATTRACTION = {
    LineKind.LOCAL: 1.0,
    LineKind.SECONDARY: 2.2,
    LineKind.MAIN: 1.6,
    LineKind.RIVER: 0.05,
    LineKind.RAILWAY: 0.02,
}
"""How many more businesses a metre of frontage has than one along a local street."""


@dataclass(frozen=True)
class Lattice:
    """Streets before they are cut out: nodes in metres, kind of each line, which pieces between nodes exist.

    Attributes:
        nodes: (n, n, 2) crossing of north-south street i and east-west street j.
        kinds: kinds of the east-west (0) and the north-south streets (1), (n,) each.
        there: (n, n - 1) per direction: line, piece along it.
    """

    nodes: FloatArray
    kinds: tuple[np.ndarray, np.ndarray]
    there: tuple[np.ndarray, np.ndarray]

    @property
    def radius_m(self) -> float:
        """Half the side."""
        return len(self.nodes) * SPACING_M / 2

    def along(self, direction: int) -> FloatArray:
        """(n, n, 2) nodes of each line, in order along it."""
        return self.nodes.transpose(1, 0, 2) if direction == 0 else self.nodes


@dataclass(frozen=True)
class City:
    """A territory with its communities: polygons in degrees that tile it but for its rim."""

    territory: Territory
    communities: GeometryArray


def city(blocks: int, seed: int) -> City:
    """A city of about so many blocks; the same for the same arguments, for ever."""
    rng = np.random.default_rng([2026, blocks, seed])
    lattice = _lattice(rng, blocks)
    outline = _outline(rng, lattice.radius_m)
    polylines = [*_streets(rng, lattice), *_dead_ends(rng, lattice), *_large_lines(rng, lattice.radius_m, blocks)]
    coords, offsets, kind = _joined(polylines)
    near = shapely.intersects(outline, shapely.linestrings(coords, indices=_owner(offsets)))
    coords, offsets, kind = coords[near[_owner(offsets)]], _offsets(np.diff(offsets)[near]), kind[near]
    where, hours = _businesses(rng, lattice, (coords, offsets, kind), outline, blocks)
    degrees = _degrees(outline)
    territory = Territory(
        f"city of {blocks:,} blocks, seed {seed}",
        degrees,
        BoundaryLines(_to_degrees(coords), offsets, kind),
        _to_degrees(where),
        hours,
        local_metres(degrees.bounds),
    )
    return City(territory, _communities(lattice, outline))


def _lattice(rng: np.random.Generator, blocks: int) -> Lattice:
    share = np.interp(
        np.log10(blocks), [2, 3, 4, 5], [0.7, 1.67, 1.85, 2.14]
    )  # lattice faces a block within the outline
    side = round(float(np.sqrt(blocks * share))) + 2
    steps = rng.lognormal(0, 0.35, (2, side)).cumsum(axis=1) * SPACING_M
    x, y = np.meshgrid(*(steps - steps.mean(axis=1, keepdims=True)), indexing="ij")
    radius = side * SPACING_M / 2
    bent = np.stack([x, y], axis=-1)
    for length, size in ((2.2 * radius, 0.04 * radius), (1.1 * radius, 0.02 * radius), (1500.0, 60.0), (700.0, 25.0)):
        to, by, phase = rng.uniform(0, 2 * np.pi, 3)
        wave = np.sin(2 * np.pi / length * (x * np.cos(to) + y * np.sin(to)) + phase)
        bent = bent + size * wave[..., None] * np.array([np.cos(by), np.sin(by)])
    bent = bent + rng.normal(0, 7, bent.shape)
    kinds = (_line_kinds(rng, side), _line_kinds(rng, side))
    sparse = 0.16 + 0.14 * np.sin(bent[..., 0] / 900 + 1) * np.sin(bent[..., 1] / 1100)  # superblocks in some districts
    there = []
    for direction in (0, 1):
        missing = np.clip(sparse.T if direction == 0 else sparse, 0.02, 0.45)[:, :-1].copy()
        missing[kinds[direction] == LineKind.SECONDARY] = 0.03
        missing[kinds[direction] == LineKind.MAIN] = 0
        there.append(rng.random(missing.shape) >= missing)
    return Lattice(bent, kinds, (there[0], there[1]))


def _line_kinds(rng: np.random.Generator, side: int) -> np.ndarray:
    """Every fourth or so street is a secondary one, every eleventh a main one."""
    kinds = np.full(side, LineKind.LOCAL, np.int8)
    for kind, first, low, high in ((LineKind.SECONDARY, 4, 3, 6), (LineKind.MAIN, 10, 8, 14)):
        at = rng.integers(0, first) + np.concatenate([[0], rng.integers(low, high, side).cumsum()])
        kinds[at[at < side]] = kind
    return kinds


Polylines = tuple[FloatArray, IntArray, np.ndarray]
"""Vertices (n, 2) in metres, offsets (m + 1,), kind (m,)."""


def _streets(rng: np.random.Generator, lattice: Lattice) -> list[Polylines]:
    """Streets as surveyors draw them: on and on across many crossings, broken here and there."""
    found = []
    for direction in (0, 1):
        nodes, there = lattice.along(direction), lattice.there[direction]
        line, piece = np.nonzero(there)
        broken = rng.random(len(line)) < 0.12
        begins = np.ones(len(line), bool)
        begins[1:] = (line[1:] != line[:-1]) | (piece[1:] != piece[:-1] + 1) | broken[1:]
        street = begins.cumsum() - 1
        vertices = np.empty((len(line) + street[-1] + 1, 2))
        vertices[np.arange(len(line)) + street] = nodes[line, piece]
        ends = np.append(np.flatnonzero(begins)[1:], len(line)) - 1
        vertices[ends + np.arange(len(ends)) + 1] = nodes[line[ends], piece[ends] + 1]
        found.append((vertices, _offsets(np.bincount(street) + 1), lattice.kinds[direction][line[begins]]))
    return found


def _dead_ends(rng: np.random.Generator, lattice: Lattice) -> list[Polylines]:
    side = len(lattice.nodes)
    count = int(0.15 * side * side)
    start = lattice.nodes[tuple(rng.integers(0, side, (2, count)))]
    to, length = rng.uniform(0, 2 * np.pi, count), rng.uniform(20, 70, count)
    end = start + length[:, None] * np.column_stack([np.cos(to), np.sin(to)])
    both = np.stack([start, end], axis=1).reshape(-1, 2)
    return [(both, 2 * np.arange(count + 1), np.full(count, LineKind.LOCAL, np.int8))]


def _large_lines(rng: np.random.Generator, radius: float, blocks: int) -> list[Polylines]:
    """Radial roads, ring roads, a river, a railway: none of them has a node where it crosses a street."""
    large, lines = blocks >= 3000, []
    radials = 10 if large else 6
    out = np.arange(0.03 * radius, 1.5 * radius, 60.0)
    for number in range(radials):
        turn = 2 * np.pi * (number + rng.uniform(-0.25, 0.25)) / radials
        turn = turn + 0.25 * np.sin(2 * out / radius + rng.uniform(0, 6))
        lines.append((np.column_stack([out * np.cos(turn), out * np.sin(turn)]), LineKind.MAIN))
    for share in (0.25, 0.5, 0.8) if large else (0.5,):
        turn = np.linspace(0, 2 * np.pi, int(2 * np.pi * share * radius / 60) + 8)
        ring = share * radius * (1 + 0.07 * np.sin(3 * turn + rng.uniform(0, 6)))
        lines.append((np.column_stack([ring * np.cos(turn), ring * np.sin(turn)]), LineKind.MAIN))
        lines[-1][0][-1] = lines[-1][0][0]
    t = np.arange(-1.5 * radius, 1.5 * radius, 50.0)
    turn = rng.uniform(0, np.pi)
    bends = 0.18 * radius + 0.16 * radius * np.sin(2.6 * t / radius + rng.uniform(0, 6)) + 60 * np.sin(t / 400)
    lines.append((_turned(t, bends, turn), LineKind.RIVER))
    straight = -0.25 * radius + 0.06 * radius * np.sin(2 * t / radius)
    lines.append((_turned(t, straight, turn + 1.2 + rng.uniform(-0.3, 0.3)), LineKind.RAILWAY))
    return [(xy, np.array([0, len(xy)]), np.array([kind], np.int8)) for xy, kind in lines]


def _turned(x: FloatArray, y: FloatArray, angle: float) -> FloatArray:
    return np.column_stack([x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)])


def _outline(rng: np.random.Generator, radius: float) -> shapely.Polygon:
    turn = np.linspace(0, 2 * np.pi, max(60, int(2 * np.pi * radius / 90)), endpoint=False)
    reach = 1 + 0.08 * np.sin(2 * turn + rng.uniform(0, 6)) + 0.05 * np.sin(5 * turn + rng.uniform(0, 6))
    reach = 0.9 * radius * (reach + 0.02 * np.sin(11 * turn))
    outline = shapely.Polygon(np.column_stack([reach * np.cos(turn), reach * np.sin(turn)]))
    shapely.prepare(outline)
    return outline


def _businesses(
    rng: np.random.Generator, lattice: Lattice, lines: Polylines, outline: shapely.Polygon, blocks: int
) -> tuple[FloatArray, FloatArray]:
    """Places (n, 2) in metres and visits a year: along frontages in crowds, and a few hundred in each market."""
    coords, offsets, kind = lines
    owner = _owner(offsets)
    joined = owner[1:] == owner[:-1]
    start, end = coords[:-1][joined], coords[1:][joined]
    middle, way = (start + end) / 2, end - start
    length = np.maximum(np.hypot(*way.T), 1e-3)
    attraction = np.array([ATTRACTION.get(LineKind(k), 0.0) if k else 0.0 for k in range(max(LineKind) + 1)])
    crowd = length * attraction[kind[owner[:-1][joined]]] * _field(rng, middle, lattice.radius_m)
    crowd *= np.exp(rng.normal(0, 1.1, len(crowd)) - 1.2 * np.hypot(*middle.T) / lattice.radius_m)
    crowd[~shapely.contains_xy(outline, *middle.T)] = 0
    count = BUSINESSES_PER_BLOCK * blocks
    piece = rng.choice(len(crowd), count, p=crowd / crowd.sum())
    aside = rng.uniform(2, 12, count) * rng.choice([-1, 1], count)
    aside[rng.random(count) < 0.004] = 0  # exactly on the centreline
    unit = way[piece] / length[piece, None]
    where = start[piece] + rng.random(count)[:, None] * way[piece] + aside[:, None] * unit[:, ::-1] * [-1, 1]
    markets, size = _markets(rng, lattice, outline, max(2, blocks // BLOCKS_PER_MARKET))
    stalls = np.repeat(markets, size, axis=0) + rng.uniform(-4, 4, (int(size.sum()), 2))
    where = np.concatenate([where, stalls])
    where = where[shapely.contains_xy(outline, *where.T)]
    return where, rng.choice(VISITS_A_YEAR, len(where), p=SHARE).astype(np.float64)


def _field(rng: np.random.Generator, at: FloatArray, radius: float) -> FloatArray:
    """exp(1.1 g) at places (n, 2), g a smooth Gaussian field of unit variance."""
    side = 256
    across = np.fft.fftfreq(side)
    spectrum = (across[:, None] ** 2 + across**2 + 40.0**-2) ** -0.65
    field = np.fft.ifft2(np.fft.fft2(rng.normal(size=(side, side))) * spectrum).real
    cell = np.clip(((at / radius + 1.6) / 3.2 * side).astype(int), 0, side - 1)
    return np.asarray(np.exp(1.1 * (field - field.mean())[cell[:, 0], cell[:, 1]] / field.std()))


def _markets(
    rng: np.random.Generator, lattice: Lattice, outline: shapely.Polygon, count: int
) -> tuple[FloatArray, IntArray]:
    """Middles of some lattice faces, more of them near the centre, and how many stalls each has: 100 to 450."""
    nodes = lattice.nodes
    face = ((nodes[1:, 1:] + nodes[:-1, :-1] + nodes[1:, :-1] + nodes[:-1, 1:]) / 4).reshape(-1, 2)
    wish = np.exp(-np.hypot(*face.T) / lattice.radius_m) * shapely.contains_xy(outline, *face.T)
    chosen = rng.choice(len(face), count, replace=False, p=wish / wish.sum())
    return face[chosen], np.exp(rng.uniform(np.log(100), np.log(450), count)).astype(np.int64)


def _communities(lattice: Lattice, outline: shapely.Polygon) -> GeometryArray:
    """Rectangles of the lattice between larger streets, some 60 faces each, clipped to the outline, in degrees."""
    columns, rows = (_community_lines(lattice.kinds[direction]) for direction in (1, 0))
    found = []
    for i, left in enumerate(columns[:-1]):
        for j, low in enumerate(rows[:-1]):
            right, high = columns[i + 1], rows[j + 1]
            nodes = lattice.nodes
            ring = [
                nodes[left:right, low],
                nodes[right, low:high],
                nodes[right:left:-1, high],
                nodes[left, high:low:-1],
            ]
            found.append(shapely.intersection(shapely.Polygon(np.concatenate(ring)), outline))
    kept = [c for c in found if c.area > 0]
    return np.array([_degrees(c) for c in kept], dtype=object)


def _community_lines(kinds: np.ndarray) -> list[int]:
    """Ends of the lattice, and larger streets at least six streets apart between them."""
    lines = [0]
    for at in np.flatnonzero(kinds != LineKind.LOCAL).tolist():
        if at - lines[-1] >= 6 and len(kinds) - 1 - at >= 3:
            lines.append(at)
    return [*lines, len(kinds) - 1]


def _joined(parts: list[Polylines]) -> Polylines:
    counts = np.concatenate([np.diff(offsets) for _, offsets, _ in parts])
    return np.concatenate([xy for xy, _, _ in parts]), _offsets(counts), np.concatenate([kind for *_, kind in parts])


def _offsets(counts: IntArray) -> IntArray:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _owner(offsets: IntArray) -> IntArray:
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))


def _to_degrees(metres: FloatArray) -> FloatArray:
    return np.asarray(np.round(np.array([LON, LAT]) + metres / np.array(METRES_PER_DEGREE), 8), dtype=np.float64)


def _degrees(area: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(area, _to_degrees)
