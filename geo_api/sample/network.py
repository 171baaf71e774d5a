"""The street network of the county: settlements, the roads between them, bridges, alleys."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from scipy.spatial import Delaunay
from shapely.geometry import LineString, Point, Polygon
from shapely.ops import substring

from geo_api.sample import names
from geo_api.sample.fabric import Road, whole, within
from geo_api.sample.plane import Floats, on_path, spline, wander
from geo_api.sample.territory import Land, river_point
from geo_api.sample.town import Settlement, county_town, market_town, village

MARKET_TOWNS = (
    # name, centre in metres, half extents, turn in degrees, has a wholesale market
    ("临江镇", (350.0, -3450.0), (1150.0, 720.0), -6.0, True),
    ("柳林集", (4300.0, -5200.0), (520.0, 430.0), 20.0, False),
    ("青石镇", (-4300.0, 6000.0), (720.0, 540.0), 28.0, False),
    ("白云集", (8000.0, 3300.0), (520.0, 400.0), -15.0, False),
)
VILLAGES = 46


def settle(land: Land, rng: np.random.Generator) -> list[Settlement]:
    """The county town, four market towns and about 46 villages, the county town first."""
    town = county_town(land, rng, "城关镇", (1550.0, 950.0))
    towns = [
        market_town(centre, radius, rng, name, land, turn=turn, market=market)
        for name, centre, radius, turn, market in MARKET_TOWNS
    ]
    hulls = shapely.union_all([town.hull.buffer(350), *[t.hull.buffer(550) for t in towns]])
    allowed = shapely.difference(shapely.buffer(land.outline, -450), hulls)
    corridors = [land.water.buffer(330), land.railway.buffer(230), land.expressway.buffer(230), land.creek.buffer(60)]
    allowed = shapely.difference(allowed, shapely.union_all(corridors))
    allowed = shapely.difference(allowed, shapely.boundary(land.exclave).buffer(330))
    centres = _spread(allowed, rng, VILLAGES, 1150.0, first=[land.exclave.centroid, land.island.centroid])
    dry = shapely.difference(land.outline.buffer(-60), land.water.buffer(40))
    called = names.villages(len(centres), rng)
    return [town, *towns, *(village(c, rng, called[i], dry) for i, c in enumerate(centres))]


def roads_between(land: Land, places: list[Settlement], rng: np.random.Generator) -> list[Road]:
    """Bridges and trunk roads, and country roads along a Gabriel graph of the settlements on each side of the river."""
    town, south = places[0], places[1]
    roads = list(_trunk_roads(land, town, south))
    roads.append(whole("expressway", "road", land.expressway, name="云溪高速"))
    hubs = shapely.union_all([p.hull for p in places if p.kind != "village"])
    centres = np.array([p.centre for p in places])
    barrier = shapely.union_all([land.river, land.south_channel])
    pairs = [(a, b) for a, b in _gabriel(centres) if not LineString([centres[a], centres[b]]).intersects(barrier)]
    needed = _spanning(centres, pairs)
    for a, b in pairs:
        straight = LineString([centres[a], centres[b]])
        both_villages = places[a].kind == places[b].kind == "village"
        minor = (a, b) not in needed and (both_villages or straight.length > 3500) and rng.random() < 0.75
        path = LineString(wander(centres[a], centres[b], rng, 0.085 * straight.length))
        for piece in within(path, shapely.difference(land.outline, hubs))[:1]:
            if piece.length > 120 and not piece.intersects(land.water):
                kind = "service" if minor else "local" if both_villages else "secondary"
                title = f"{names.short(places[a].name)}{names.short(places[b].name)}{'机耕路' if minor else '公路'}"
                roads.append(whole(kind, "road", piece, name=title))
    return roads


def _spanning(points: Floats, pairs: list[tuple[int, int]]) -> set[tuple[int, int]]:
    """The pairs that a shortest network needs to reach every place."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    a, b = np.array(pairs).T
    length = np.hypot(*(points[a] - points[b]).T)
    tree = minimum_spanning_tree(coo_array((length, (a, b)), shape=(len(points), len(points))).tocsr()).tocoo()
    return {(int(min(i, j)), int(max(i, j))) for i, j in zip(tree.row, tree.col, strict=True)}


def _trunk_roads(land: Land, town: Settlement, south: Settlement) -> Iterator[Road]:
    """Two town bridges, a national road through the county, a provincial road to the north and to the south."""
    columns = sorted(
        (r for r in town.roads if r.tags.get("role") == "column" and r.kind == "main" and r.path.coords[-1][1] < -1000),
        key=lambda r: abs(r.path.coords[-1][0] - 300),
    )
    for column, (title, target) in zip(
        columns[:2], (("云溪大桥路", south.hull.centroid), ("云溪二桥路", None)), strict=False
    ):
        tip = np.array(column.path.coords[-1])
        crossing = np.array(river_point(land, float(tip[0])).coords[0])
        side = np.sign(tip[0] - south.centre[0]) * 500
        end = (
            np.array(target.coords[0]) if target else np.array([south.centre[0] + 2.4 * side, south.centre[1] - 100.0])
        )
        beyond = crossing + (crossing - tip) * 1.1
        path = LineString(spline(np.array([tip, crossing, beyond, end]), 30.0))
        yield whole("main", "road", within(path, shapely.difference(land.outline, south.hull))[0], name=title)
    west, east = -12500.0, 12500.0
    outside = shapely.difference(land.outline, town.hull)
    national = spline(
        np.array(
            [
                [west, 1900.0],
                [-8300, 1250],
                [-5000, 700],
                [-2300, 350],
                [0, 300],
                [2500, 200],
                [5600, 500],
                [east, 1500],
            ]
        ),
        60.0,
    )
    pieces = within(LineString(national), outside)
    for piece, title in zip([pieces[0], pieces[-1]], ("云西国道", "云东国道"), strict=True):
        yield whole("main", "road", piece, name=title)
    top = max((p for p in town.hull.exterior.coords), key=lambda p: p[1] - 0.3 * abs(p[0]))
    north = spline(
        np.array([[top[0], top[1] - 20], [-600, 3300], [-2300, 4700], [-3500, 7300], [-3300.0, 9800.0]]), 60.0
    )
    yield whole("main", "road", within(LineString(north), outside)[0], name="云北省道")
    foot = np.array(south.centre)
    down = spline(foot + np.array([[0, 0], [150, -1300], [-350, -2600], [100, -6500]]), 60.0)
    hull = shapely.difference(land.outline, south.hull)
    yield whole("main", "road", within(LineString(down), hull)[0], name="云南省道")


def alleys(roads: list[Road], water: shapely.Geometry, rng: np.random.Generator) -> list[Road]:
    """Lanes that leave town streets at a right angle and end at, or short of, the next street.

    A lane is named after the house number that it leaves at: 人民路12弄.
    """
    tree = shapely.STRtree([r.path for r in roads])
    found: list[Road] = []
    for parent, road in enumerate(roads):
        if road.zone not in ("core", "town") or road.kind == "main" or road.path.length < 120:
            continue
        wanted = rng.poisson(road.path.length / (150 if road.old else 330))
        spots = np.sort(rng.uniform(30, road.path.length - 30, wanted))
        spots = spots[np.diff(spots, prepend=-99.0) > 28]
        taken: set[int] = set()
        for s in spots:
            left = bool(rng.random() < 0.5)
            number = house_number(road, float(s), left)
            if number in taken or not any(a + 5 < s < b - 5 for a, b in road.kept):
                continue
            path = _alley_path(road.path, float(s), left, rng, tree, parent)
            if path is not None and not path.intersects(water):
                taken.add(number)
                found.append(
                    Road(
                        "service", road.zone, path, ((0.0, path.length),), road.place, road.old,
                        f"{road.name}{number}弄", parent,
                    )
                )  # fmt: skip
    return found


def _alley_path(
    street: LineString, s: float, left: bool, rng: np.random.Generator, tree: shapely.STRtree, parent: int
) -> LineString | None:
    """The lane's course, None where there is no room."""
    reach = rng.uniform(45, 125)
    out = np.linspace(0, reach, 5)
    drift = rng.normal(0, 0.1) * out + rng.normal(0, 1.2, 5) * (out > 0)
    base, normal = (v[0] for v in on_path(street, np.array([s])))
    normal = normal if left else -normal
    coords = base + np.outer(out, normal) + np.outer(drift, [-normal[1], normal[0]])
    lane = LineString(coords)
    hits = [i for i in tree.query(lane, predicate="intersects") if i != parent]
    if hits:
        crossing = shapely.intersection(lane, shapely.union_all([tree.geometries[i] for i in hits]))
        first = min(lane.project(Point(p)) for p in shapely.get_coordinates(crossing))
        through = rng.random() < 0.5
        lane = substring(lane, 0, first if through else first - rng.uniform(8, 20))
    return lane if lane.length > 28 and lane.geom_type == "LineString" else None


def frontage_m(road: Road) -> float:
    """Metres of street for each house number of one side."""
    if road.kind == "service":
        return 6.0
    return {"core": 8.0, "town": 9.0, "village": 14.0}.get(road.zone, 25.0)


def house_number(road: Road, s: float, left: bool) -> int:
    """The house number at a measure along the street: odd on the left, even on the right, growing with the measure."""
    return 2 * int(s // frontage_m(road)) + (1 if left else 2)


def _gabriel(points: Floats) -> list[tuple[int, int]]:
    """Pairs of points whose circle on their connecting line holds no third point, in order."""
    simplices = Delaunay(points).simplices
    pairs = {(int(min(a, b)), int(max(a, b))) for t in simplices for a, b in ((t[0], t[1]), (t[1], t[2]), (t[0], t[2]))}
    kept = []
    for a, b in sorted(pairs):
        middle, radius = (points[a] + points[b]) / 2, np.hypot(*(points[a] - points[b])) / 2
        if (np.hypot(*(points - middle).T) < radius * 0.999).sum() == 0:
            kept.append((a, b))
    return kept


def _spread(
    area: shapely.Geometry, rng: np.random.Generator, n: int, gap: float, first: list[Point]
) -> list[tuple[float, float]]:
    """Up to n places inside the area at least ``gap`` metres apart, the given ones first."""
    west, south, east, north = area.bounds
    tries = rng.uniform((west, south), (east, north), (4000, 2))
    tries = tries[shapely.contains_xy(area, tries[:, 0], tries[:, 1])]
    chosen = [np.array(p.coords[0]) for p in first]
    for place in tries:
        if len(chosen) == n:
            break
        if min(np.hypot(*(place - c)) for c in chosen) >= gap:
            chosen.append(place)
    return [(float(c[0]), float(c[1])) for c in chosen]


def blocked(land: Land) -> Polygon:
    """Where no house stands: water and its banks, railway and expressway land."""
    return shapely.union_all(
        [land.water.buffer(45), land.railway.buffer(14), land.expressway.buffer(25), land.creek.buffer(9)]
    )
