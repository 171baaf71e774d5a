"""The outline of ``gridward grid``: from a file, or made from the street network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo_api.errors import BadRequest
from geo_api.services.arrays import boundary_lines
from gridding.findings import Finding
from gridding.network import outline_of_network
from gridding.types import FloatArray
from layers.crs import projection, territory_crs
from layers.sources import read_outline

if TYPE_CHECKING:
    import geopandas as gpd

NETWORK = "network"
"""Instead of a file: the outline is what the boundary lines enclose."""


def from_network(spec: str) -> bool:
    """Whether an outline is asked for that no file holds; a file of that very name still counts."""
    return spec == NETWORK and not Path(NETWORK).exists()


def grid_outline(spec: str, datum: str, lines: gpd.GeoDataFrame, points: FloatArray) -> tuple[Any, tuple[Finding, ...]]:
    """The territory in EPSG:4490, and what there is to say about it.

    Args:
        spec: ``FILE``, ``FILE:LAYER`` or :data:`NETWORK`.
        datum: of the file.
        lines: boundary lines, EPSG:4490.
        points: (n, 2) longitudes and latitudes of the entities.

    Raises:
        LayersError, GriddingError: an outline that cannot be read or made.
    """
    if not from_network(spec):
        return read_outline(spec, datum=datum)
    if not len(lines):
        raise BadRequest("no boundary line was read, so no outline can be made from the network: name street files")
    west, south, east, north = lines.total_bounds.tolist()
    to_metres = projection(territory_crs((west, south, east, north)))
    made = outline_of_network(boundary_lines(lines), to_metres, points=points)
    return made.outline, made.findings
