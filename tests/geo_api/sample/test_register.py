from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from geo_api.sample.county import County
from geo_api.sample.markets import parcels
from geo_api.sample.network import frontage_m
from geo_api.sample.plane import to_metres
from geo_api.sample.streets import pieces
from geo_api.sample.trades import CLASS_SHARES
from tests.geo_api.sample.test_codes import is_valid


@pytest.fixture(scope="module")
def on_streets(county: County) -> pd.DataFrame:
    """Entities with a house number: distance to the built street, measure along it, signed offset (left positive)."""
    table = county.entities[county.entities["market"] == ""].copy()
    xy = to_metres(table[["true_lon", "true_lat"]].to_numpy())
    points = shapely.points(xy)
    paths = np.array([r.path for r in county.streets.roads], dtype=object)[table["street"]]
    built = pieces(county.streets.roads).groupby("street")["geometry"].agg(lambda g: shapely.MultiLineString(list(g)))
    table["away"] = shapely.distance(points, built.loc[table["street"]].to_numpy())
    table["measure"] = shapely.line_locate_point(paths, points)
    here, ahead = (
        shapely.get_coordinates(shapely.line_interpolate_point(paths, table["measure"].to_numpy() + d)) for d in (-1, 1)
    )
    run, out = ahead - here, xy - here
    table["left"] = run[:, 0] * out[:, 1] - run[:, 1] * out[:, 0] > 0
    table["step"] = np.array([frontage_m(r) for r in county.streets.roads])[table["street"]]
    return table


def test_every_entity_stands_beside_the_street_of_its_address(on_streets: pd.DataFrame, county: County) -> None:
    assert on_streets["away"].between(1.5, 15).all()
    street = np.array([r.name for r in county.streets.roads])[on_streets["street"]]
    narrow = on_streets["address"].str.translate(str.maketrans("０１２３４５６７８９－", "0123456789-"))
    wanted = street + on_streets["number"].astype(int).astype(str).to_numpy()
    assert all(want in address for want, address in zip(wanted, narrow, strict=True))


def test_odd_numbers_stand_left_and_even_ones_right(on_streets: pd.DataFrame) -> None:
    odd = on_streets["number"] % 2 == 1
    assert 0.4 < odd.mean() < 0.6
    assert (odd == on_streets["left"]).mean() > 0.998  # at a sharp bend the nearest point may lie round the corner


def test_numbers_grow_along_the_street(on_streets: pd.DataFrame) -> None:
    expected = ((on_streets["number"] - 1) // 2 + 0.5) * on_streets["step"]
    off = (on_streets["measure"] - expected).abs() / on_streets["step"]
    assert (off < 0.5).mean() > 0.97
    ordered = on_streets.sort_values(["street", "left", "number", "measure"])
    step = ordered.groupby(["street", "left"])["measure"].diff()
    assert (step.fillna(0) > -2.0).mean() > 0.999


def test_stalls_lie_in_their_market(county: County) -> None:
    stalls = county.entities[county.entities["market"] != ""]
    areas = {name: area for _, name, _, area in parcels(county.streets)}
    assert stalls.groupby("market").size().tolist() == [360, 360]
    for name, group in stalls.groupby("market"):
        xy = to_metres(group[["true_lon", "true_lat"]].to_numpy())
        assert shapely.contains_xy(areas[name], xy[:, 0], xy[:, 1]).all()
        assert group["address"].str.contains(rf"号{name}[A-F]区\d{{3}}号$").all()
        assert group["address"].str.replace("云溪县", "").is_unique


def test_the_counts_are_those_of_a_county(county: County) -> None:
    e = county.entities
    assert len(e) == 9000
    assert e["source_id"].is_unique
    shares = e["credit_class"][e["licensed"]].value_counts(normalize=True)[list("ABCD")]
    assert np.allclose(shares, CLASS_SHARES, atol=0.02)
    assert 0.015 < (~e["licensed"]).mean() < 0.03
    assert 0.015 < e["lon"].isna().mean() < 0.025
    assert e["station"].value_counts(normalize=True)[[0, 1, 2]].round(1).tolist() == [0.5, 0.3, 0.2]
    assert e["trade"].nunique() == 12
    assert len(county.officers) == 45
    assert 40_000 < len(county.inspections) < 46_000


def test_credit_codes_are_valid_but_for_the_known_bad_ones(county: County) -> None:
    e = county.entities
    coded = e[e["credit_code"] != ""]
    valid = coded["credit_code"].map(is_valid)
    assert (valid == (coded["fault"] != "bad_code")).all()
    assert 20 < (~valid).sum() < 100
    assert (e.loc[~e["licensed"], ["credit_code", "registration_no", "credit_class"]] == "").all(axis=None)
    old = e["registration_no"] != ""
    assert e.loc[old, "registration_no"].str.fullmatch(r"990101\d{9}").all()
    assert (e.loc[old, "credit_code"] == "").all()
    once = coded[coded["fault"] != "duplicate"]["credit_code"]
    assert once.is_unique


def test_faults_are_what_they_are_called(county: County) -> None:
    e = county.entities
    fault = e["fault"]
    points = shapely.points(e["lon"], e["lat"])
    inside = shapely.contains(county.territory.outline, points)
    assert e["lon"].isna().equals(fault == "unlocated")
    assert not inside[fault.isin(["outside", "swapped"])].any()
    assert (e.loc[fault == "swapped", "lat"] > 100).all()
    rest = ~fault.isin(["outside", "swapped", "unlocated", "river"])
    assert inside[rest].all()
    assert (e.loc[rest, ["lon", "lat"]].to_numpy() == e.loc[rest, ["true_lon", "true_lat"]].to_numpy()).all()
    xy = to_metres(e.loc[fault == "river", ["lon", "lat"]].to_numpy())
    assert shapely.contains_xy(county.land.water, xy[:, 0], xy[:, 1]).all()
    twins = e[fault == "duplicate"]
    assert twins["credit_code"].isin(e.loc[fault == "", "credit_code"]).all()
    assert fault.value_counts().drop(["", "unlocated", "bad_code"]).between(5, 30).all()


def test_places_are_registered_with_the_station_that_they_lie_in(county: County) -> None:
    points = shapely.points(county.entities["true_lon"], county.entities["true_lat"])
    for i, station in enumerate(county.territory.stations):
        own = (county.entities["station"] == i).to_numpy()
        assert shapely.covers(station, points[own]).all()


def test_the_register_knows_no_owner(county: County) -> None:
    from geo_api.sample.tables import register_of

    for station in range(3):
        headings = " ".join(register_of(county, station).columns)
        assert not any(
            word in headings for word in ("经营者", "法定代表人", "姓名", "身份证", "电话", "operator", "owner")
        )


def test_nobody_opens_tomorrow_or_closes_before_opening(county: County) -> None:
    e = county.entities
    assert (e["opened"] < np.datetime64(county.on)).all()
    assert (e["opened"] > np.datetime64(county.on) - np.timedelta64(15 * 366, "D")).all()
    closed = e[e["closed"].notna()]
    assert 50 < len(closed) < 300
    assert (closed["closed"] > closed["opened"]).all()
    assert (closed["closed"] < np.datetime64(county.on)).all()
