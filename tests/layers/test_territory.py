"""The territory of a manifest: stations, base units, markets, parts of cells."""

import pandas as pd
import pyogrio
import pytest
import shapely

from layers import SchemaError, SourceError, read_dataset
from layers.territory import neighbour_findings
from tests.layers.city import (
    MANIFEST,
    PEOPLE,
    STEP,
    two_stations,
    write_city,
    write_csv,
)


def reasons(dataset):
    return {r.row: r.reason.split(",")[0] for r in dataset.rejected.itertuples()}


def test_stations_from_groups_of_areas(tmp_path):
    text = MANIFEST.replace('layer = "stations"', 'layer = "areas"\ngroups = "groups.csv"\narea_column = "name"')
    path = write_city(tmp_path, manifest=text)
    whole = two_stations()
    areas = pd.concat(
        [whole.assign(name=["a", "b"]), whole.iloc[[1]].assign(name="c", geometry=whole.geometry.iloc[1].buffer(STEP))]
    )
    pyogrio.write_dataframe(areas.drop(columns="code"), tmp_path / "city.gpkg", layer="areas")
    write_csv(tmp_path / "groups.csv", [{"area": a, "station_code": "110101005", "station_name": "总所"} for a in "ab"])
    dataset = read_dataset(path)
    assert dataset.jurisdictions.code.tolist() == ["110101", "110101005"]
    assert dataset.jurisdictions.geometry.iloc[1].equals(shapely.union_all(whole.geometry.to_numpy()))
    assert dataset.rejected[["row", "reason", "value"]].to_numpy().tolist() == [[3, "area of no station", "c"]]

    write_csv(tmp_path / "groups.csv", [{"area": "aa", "station_code": "1", "station_name": "x"}])
    with pytest.raises(
        SchemaError, match=r"names 1 areas that city\.gpkg:areas does not have: 'aa' \(did you mean 'a'\?\)"
    ):
        read_dataset(path)


@pytest.mark.parametrize(("shift", "rule"), [(0.0, None), (-1e-5, "stations.overlap"), (0.5e-5, "stations.gap")])
def test_overlaps_and_gaps_between_stations(shift, rule):
    shapes = two_stations(shift).geometry.to_numpy()
    found = neighbour_findings(shapes, ["1", "2"])
    assert [f.rule for f in found] == ([rule] if rule else [])
    if rule:
        width, length = abs(shift) * 85_300, 10 * STEP * 111_000  # metres at 39.9 N
        assert found[0].value == pytest.approx(width * length, rel=0.01)
        assert found[0].at == pytest.approx((116.42 + shift / 2, 39.92), abs=0.021)


def test_a_hole_between_stations_is_a_gap():
    left = shapely.box(116.40, 39.90, 116.42, 39.94) - shapely.box(116.4195, 39.92, 116.42, 39.9204)
    right = shapely.box(116.42, 39.90, 116.44, 39.94)
    (found,) = neighbour_findings(pd.Series([left, right]).to_numpy(), ["1", "2"])
    assert (found.rule, found.severity) == ("stations.gap", "warning")
    assert found.at == pytest.approx((116.41975, 39.9202), abs=1e-3)


def test_base_units_and_markets(tmp_path):
    text = MANIFEST + '[[base_units]]\nfile = "city.gpkg"\nlayer = "units"\n[[markets]]\nfile = "m.geojson"\n'
    path = write_city(tmp_path, manifest=text)
    units = pd.concat([two_stations(), two_stations().iloc[[0]]])
    pyogrio.write_dataframe(units, tmp_path / "city.gpkg", layer="units")
    pyogrio.write_dataframe(two_stations().assign(exclusive=["否", None]), tmp_path / "m.geojson")
    dataset = read_dataset(path)
    assert dataset.base_units.code.tolist() == ["110101001", "110101002"]
    assert dataset.rejected[["file", "row", "reason"]].to_numpy().tolist() == [
        ["city.gpkg:units", 3, "code appears twice"]
    ]
    assert dataset.markets.exclusive.tolist() == [False, True]
    assert set(dataset.markets.geom_type) == {"MultiPolygon"}


def test_no_station_polygon(tmp_path):
    path = write_city(
        tmp_path, manifest=MANIFEST.replace('layer = "stations"', 'layer = "streets"\ncolumns = {code = "kind"}')
    )
    with pytest.raises(SourceError, match="stations: no polygon with a code"):
        read_dataset(path)


def test_parts_of_cells_and_their_leads(tmp_path):
    text = MANIFEST + PEOPLE + '[[sub_areas]]\nfile = "parts.geojson"\ncolumns = { cell = "WG" }\n'
    path = write_city(tmp_path, manifest=text)
    write_csv(tmp_path / "officers.csv", [{"officer_id": "007", "name": "张"}])
    duty = {"officer_id": "007", "jurisdiction_code": "north", "role": "lead", "valid_from": "2024-01-01"}
    write_csv(tmp_path / "assignments.csv", [duty])
    write_csv(tmp_path / "inspections.csv", [{"entity": "007", "date": "2024-01-05"}])
    parts = two_stations()[["code", "geometry"]].assign(code=["north", "north"], WG="110101001001")
    pyogrio.write_dataframe(parts, tmp_path / "parts.geojson")
    dataset = read_dataset(path)
    assert dataset.sub_areas[["code", "cell"]].to_numpy().tolist() == [["north", "110101001001"]]
    assert dataset.assignments.jurisdiction_code.tolist() == ["north"]  # a code of no station, but of a part
    assert list(reasons(dataset).values()) == ["code appears twice"]
