"""A small town with numbers on its streets: odd ones north, even ones south of the line, eight metres from it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from geo_api.services.addresses.gazetteer import EVER, NEVER, Gazetteer, Line, make_gazetteer
from geo_api.services.addresses.plane import Plane
from geo_api.services.addresses.site import sites_frame

HERE = Plane(114.0, 30.0)
DAY = 20_500
SIDE_M = 8.0
METRES_A_NUMBER = 10.0


def at(x: float, y: float) -> tuple[float, float]:
    """Metres east and north of the town's corner -> degrees."""
    lon, lat = HERE.to_degrees(np.array([[x, y]]))
    return float(lon[0]), float(lat[0])


def place_of(number: int, y: float) -> tuple[float, float]:
    """Where a number of a street that runs east at ``y`` stands, metres."""
    return METRES_A_NUMBER * number, y + (SIDE_M if number % 2 else -SIDE_M)


def numbered(name: str, numbers: list[int], y: float) -> list[tuple[str, float, float]]:
    """Addresses of a street: (address, lon, lat)."""
    return [(f"{name}{n}号", *at(*place_of(n, y))) for n in numbers]


def gazetteer(
    places: list[tuple[str, float, float]], lines: dict[str, list[Line]] | None = None, **more: object
) -> Gazetteer:
    """A gazetteer of (address, lon, lat)."""
    sites = sites_frame([p[0] for p in places], str(more.get("region", "cn")), more.pop("divisions", None))
    frame = sites.assign(lon=[p[1] for p in places], lat=[p[2] for p in places], since=EVER, until=NEVER)
    return make_gazetteer(pd.DataFrame(frame), lines=lines, **more)  # type: ignore[arg-type]


def east_line(y: float, length: float = 2000.0) -> Line:
    """The line of a street that runs east at ``y``."""
    return Line(shapely.LineString([at(0.0, y), at(length, y)]))


class Columns:
    """Cells as columns of a width from west to east, metres; outside west of 0."""

    def __init__(self, width_m: float, border_y: float | None = None) -> None:
        self.width_m, self.border_y = width_m, border_y

    def cells_of(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        """The cell of each point; ``border_y`` cuts every column in two (south even, north odd)."""
        x, y = HERE.to_xy(lon, lat).T
        cell = np.where(x < 0, -1, np.floor(x / self.width_m)).astype(np.int32)
        return (
            cell if self.border_y is None else np.where(cell < 0, -1, 2 * cell + (y > self.border_y)).astype(np.int32)
        )
