"""Outlines and lines that blocks cannot be made of: what is wrong, and where."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gridding.blocks import make_blocks
from gridding.errors import GeometryError
from gridding.types import BoundaryLines
from tests.drawing import LAT, LON, boundary_lines, metres

NO_LINES = boundary_lines([])


@pytest.mark.filterwarnings("ignore:invalid value encountered")
def test_unusable_outlines_say_what_and_where():
    box = shapely.box(LON, LAT, LON + 0.01, LAT + 0.01)
    bow_tie = shapely.Polygon([(114, 30), (114.02, 30.02), (114.02, 30), (114, 30.02)])
    with pytest.raises(GeometryError, match=r"crosses or overlaps itself at 114\.0100000, 30\.0100000") as caught:
        make_blocks(bow_tie, NO_LINES, metres)
    assert caught.value.findings[0].at == (114.01, 30.01)
    with pytest.raises(GeometryError, match="outline is empty"):
        make_blocks(shapely.Polygon(), NO_LINES, metres)
    with pytest.raises(GeometryError, match=r"is a LineString .*close it"):
        make_blocks(shapely.LineString(box.exterior.coords[:-1]), NO_LINES, metres)
    with pytest.raises(GeometryError, match="outline has 1 coordinates that are not finite"):
        make_blocks(shapely.Polygon([(114, 30), (np.nan, 30), (114.1, 30.1)]), NO_LINES, metres)
    with pytest.raises(GeometryError, match="not a longitude and latitude in degrees"):
        make_blocks(shapely.box(500_000, 3_300_000, 500_100, 3_300_100), NO_LINES, metres)
    with pytest.raises(GeometryError, match="at most 21 degrees"):
        make_blocks(shapely.box(100, 20, 130, 40), NO_LINES, metres)
    with pytest.raises(GeometryError, match="not a valid polygon"):
        make_blocks(shapely.Polygon(box.exterior, [shapely.box(0, 0, 1, 1).exterior]), NO_LINES, metres)
    touching_and_crossing = [
        (0, 0),
        (2, 0),
        (2, 2),
        (1, 2),
        (1.5, 1),
        (0.5, 1),
        (1, 2),
        (0, 2),
        (-1, 1),
        (-1, 2),
        (0, 1),
    ]
    with pytest.raises(GeometryError, match="crosses or overlaps itself"):
        make_blocks(
            shapely.Polygon([(LON + x / 100, LAT + y / 100) for x, y in touching_and_crossing]), NO_LINES, metres
        )
    with pytest.raises(GeometryError, match="smaller than the grid"):
        make_blocks(shapely.box(LON, LAT, LON + 1e-9, LAT + 1e-9), NO_LINES, metres)


def test_unusable_lines_say_which():
    box = shapely.box(LON, LAT, LON + 0.01, LAT + 0.01)
    good = [(LON, LAT), (LON + 1, LAT)]
    with pytest.raises(GeometryError, match="Boundary line 1 has a coordinate that is not a finite number"):
        make_blocks(box, boundary_lines([good, [(LON, np.nan), (LON, LAT)]]), metres)
    with pytest.raises(GeometryError, match="Boundary line 1 has kind 10"):
        make_blocks(box, boundary_lines([good, good], [2, 10]), metres)
    with pytest.raises(GeometryError, match="A boundary line has the coordinate 500000"):
        make_blocks(box, boundary_lines([[(500_000, 3_300_000), (LON, LAT)]]), metres)
    with pytest.raises(GeometryError, match="one more than 1 kinds"):
        make_blocks(box, BoundaryLines(np.zeros((2, 2)), np.array([0, 1, 2]), np.array([2], np.int8)), metres)
    with pytest.raises(GeometryError, match="offsets should rise"):
        make_blocks(box, BoundaryLines(np.zeros((2, 2)), np.array([0, 3]), np.array([2], np.int8)), metres)
    with pytest.raises(GeometryError, match="gives no metres"):
        make_blocks(box, NO_LINES, lambda lon, lat: (lon * np.inf, lat))


def test_a_line_of_one_vertex_or_none_is_no_line():
    box = shapely.box(LON, LAT, LON + 0.01, LAT + 0.01)
    assert make_blocks(box, boundary_lines([[], [(LON + 0.005, LAT + 0.005)], []]), metres).topology.blocks == 1
