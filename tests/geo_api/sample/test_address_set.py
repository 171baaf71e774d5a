from __future__ import annotations

from geo_api.addresses import parse
from geo_api.sample.address_set import COLUMNS, address_set
from geo_api.sample.county import County, make_county
from geo_api.sample.dirt import DIRT


def test_every_kind_is_there_with_points_where_a_place_is_meant(county: County) -> None:
    table = address_set(county)
    assert tuple(table.columns) == COLUMNS
    assert set(table["kind"]) == {
        "clean", "between_numbers", "crossing", "ambiguous", "nonexistent", *(f"dirty_{kind}" for kind in DIRT),
    }  # fmt: skip
    assert table["id"].is_unique
    placed = table["expected"] == "match"
    assert table.loc[placed, ["lon", "lat"]].notna().all(axis=None)
    assert table.loc[~placed, ["lon", "lat"]].isna().all(axis=None)
    assert set(table.loc[~placed, "expected"]) == {"ambiguous", "none"}


def test_a_dirty_address_is_that_of_its_entity(county: County) -> None:
    table = address_set(county)
    entities = county.entities.set_index("source_id")
    dirty = table[table["kind"].str.startswith("dirty_")]
    own = entities.loc[dirty["entity"]]
    assert (abs(own["true_lon"].to_numpy() - dirty["lon"].to_numpy()) < 1e-6).all()
    assert (own["address"].to_numpy() != dirty["text"].to_numpy()).all()
    for text, address, kind in zip(dirty["text"], own["address"], dirty["kind"], strict=True):
        written, meant = parse(text), parse(address)
        assert written.number is not None, text
        assert meant.number is not None
        assert written.number.base == meant.number.base, text
        assert written.lanes == meant.lanes, text
        if kind != "dirty_one_wrong_character":
            assert written.street_key in meant.street_readings or meant.street_key in written.street_readings, text


def test_numbers_between_are_in_no_register(county: County) -> None:
    table = address_set(county)
    between = set(table.loc[table["kind"] == "between_numbers", "text"])
    assert between
    assert not between & set(county.entities["address"])


def test_what_does_not_exist_is_on_no_street(county: County) -> None:
    table = address_set(county)
    lots = county.lots.groupby("street")["number"].max()
    last = {county.streets.roads[i].name: n for i, n in lots.items()}
    for text in table.loc[table["kind"] == "nonexistent", "text"]:
        found = parse(text)
        assert found.number is not None
        own = found.county is not None and found.county.name == "云溪县"
        assert not own or found.number.base > last.get(found.street, 0), text


def test_the_same_seed_gives_the_same_set() -> None:
    one, other = (address_set(make_county(5, entities=300)) for _ in range(2))
    assert one.equals(other)
    assert len(one) >= 6 * (5 + len(DIRT)) - 6
