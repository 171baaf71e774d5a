"""An index that was saved answers like the one that was built, and a file that is not its own is refused."""

import numpy as np
import pytest
import shapely

from gridding import CellLocator, GeometryError, TerritoryLocator
from gridding.index_file import VERSION
from tests.gridding.coverages import critical_points, voronoi


def flat(lon, lat):
    return np.asarray(lon) * 85_000.0, np.asarray(lat) * 111_000.0


@pytest.fixture
def cells():
    return voronoi(12, n=120, cells=30)


def test_the_same_answers_from_a_file(cells, tmp_path):
    built = CellLocator(cells, flat)
    built.save(tmp_path / "cells.index")
    loaded = CellLocator.load(tmp_path / "cells.index", cells.copy(), flat)
    x, y = critical_points(cells, np.random.default_rng(1), 200)
    assert np.array_equal(loaded.locate(x, y), built.locate(x, y))
    for ours, theirs in zip(loaded.locate_with_border(x, y), built.locate_with_border(x, y), strict=True):
        assert np.array_equal(ours, theirs)
    assert loaded.locate_one(float(x[5]), float(y[5])) == built.locate_one(float(x[5]), float(y[5]))
    assert [p.name for p in tmp_path.iterdir()] == ["cells.index"], "no draft is left behind"


def test_the_projection_may_be_another_one(cells, tmp_path):
    CellLocator(cells).save(tmp_path / "cells.index")
    loaded = CellLocator.load(tmp_path / "cells.index", cells, flat)
    assert loaded.border([116.35], [39.85])[0] == CellLocator(cells, flat).border([116.35], [39.85])[0]


def test_a_territory_from_a_file(cells, tmp_path):
    station_of = np.arange(len(cells)) % 3
    stations = [shapely.union_all(cells[station_of == s]) for s in range(3)]
    built = TerritoryLocator(stations, cells, station_of, flat)
    built.save(tmp_path / "territory.index")
    loaded = TerritoryLocator(stations, cells, station_of, flat).load(tmp_path / "territory.index")
    x, y = critical_points(cells, np.random.default_rng(2), 100)
    for ours, theirs in zip(loaded.locate_with_border(x, y), built.locate_with_border(x, y), strict=True):
        assert np.array_equal(ours, theirs, equal_nan=True)
    other = np.roll(station_of, 1)
    with pytest.raises(GeometryError, match="other polygons"):
        TerritoryLocator(stations, cells, other, flat).load(tmp_path / "territory.index")
    with pytest.raises(GeometryError, match="other polygons"):
        CellLocator.load(tmp_path / "territory.index", cells)


def test_an_index_of_other_polygons_is_refused(cells, tmp_path):
    CellLocator(cells).save(tmp_path / "cells.index")
    with pytest.raises(GeometryError, match="index of other polygons"):
        CellLocator.load(tmp_path / "cells.index", cells[::-1])
    moved = cells.copy()
    moved[3] = shapely.transform(moved[3], lambda xy: xy + 1e-8)
    with pytest.raises(GeometryError, match="index of other polygons"):
        CellLocator.load(tmp_path / "cells.index", moved)


@pytest.mark.parametrize("where", [0.02, 0.3, 0.7, 0.999])
@pytest.mark.parametrize("how", ["cut", "changed"])
def test_a_damaged_file_is_refused(cells, tmp_path, where, how):
    path = tmp_path / "cells.index"
    CellLocator(cells).save(path)
    whole = path.read_bytes()
    at = int(len(whole) * where)
    path.write_bytes(whole[:at] if how == "cut" else whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
    with pytest.raises(GeometryError, match=r"damaged|no index|other polygons|version") as refused:
        CellLocator.load(path, cells)
    assert "cells.index" in str(refused.value)


def test_a_header_that_was_changed_is_refused(cells, tmp_path):
    path = tmp_path / "cells.index"
    CellLocator(cells).save(path)
    whole = path.read_bytes()
    side = whole[whole.index(b'"side": ') + 8 :][:1]
    path.write_bytes(whole.replace(b'"side": ' + side, b'"side": ' + (b"1" if side != b"1" else b"2"), 1))
    with pytest.raises(GeometryError, match="its content does not match its digest"):
        CellLocator.load(path, cells)


def test_what_is_no_index_is_refused(cells, tmp_path):
    path = tmp_path / "cells.index"
    for content in (b"", b"GW", b"something else altogether", b"GWINDEX\n\xff\xff\xff\xff\xff\xff\xff\x7f{}"):
        path.write_bytes(content)
        with pytest.raises(GeometryError, match=r"no index of a locator|damaged"):
            CellLocator.load(path, cells)
    with pytest.raises(FileNotFoundError):
        CellLocator.load(tmp_path / "nowhere", cells)


@pytest.mark.parametrize(("old", "new"), [(f'"version": {VERSION}', '"version": 0'), ('"little"', '"gnomes"')])
def test_another_version_or_byte_order_is_refused(cells, tmp_path, old, new):
    path = tmp_path / "cells.index"
    CellLocator(cells).save(path)
    path.write_bytes(path.read_bytes().replace(old.encode(), new.encode(), 1))
    with pytest.raises(GeometryError, match=rf"expected version {VERSION} in little-endian order. Build"):
        CellLocator.load(path, cells)


def test_an_index_of_nothing(tmp_path):
    CellLocator([]).save(tmp_path / "none.index")
    assert CellLocator.load(tmp_path / "none.index", []).locate([1.0], [2.0]).tolist() == [-1]
