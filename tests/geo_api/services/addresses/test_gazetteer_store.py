"""The gazetteer on PostGIS: built once, imported by file, true after every change, dated."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from geo_api.addresses.parse import parse
from geo_api.db.store import Store
from geo_api.errors import BadRequest, RuleViolation, StoreUnavailable
from geo_api.services.addresses.gazetteer import day_number
from geo_api.services.addresses.imports import import_file
from geo_api.services.addresses.keeper import GazetteerKeeper
from geo_api.services.addresses.match import find
from geo_api.services.addresses.store import GazetteerFrames, build, read_gazetteer, reading
from geo_api.services.load import load
from layers.address_points import GazetteerFile
from layers.errors import SchemaError
from layers.gazetteer import read_gazetteer_sections
from layers.manifest import Source
from layers.raw import read_source
from tests.geo_api.fakes import FakeGazetteer, FakePublished
from tests.geo_api.life import OPERATOR
from tests.geo_api.town import LAT, LON, TODAY, Town

pytestmark = pytest.mark.db

POINTS = """id,address,lon,lat
p1,和平路1号,114.3012,30.5012
p2,和平路5号,114.3016,30.5012
p3,,114.3016,30.5012
p4,和平路9号,,
p1,和平路11号,114.3016,30.5012
"""


def known(store: Store, text: str, on: date = TODAY) -> list[str]:
    """Methods by which an address is found on a day."""
    how = reading(store.gazetteer, "cn")
    gazetteer = read_gazetteer(store.gazetteer, how)
    return [f.method for f in find(gazetteer, parse(text, divisions=how.divisions), day_number(on, 0))]


def import_(store: Store, kind: str, path: Path, **named: object) -> object:
    named = {"datum": "cgcs2000", "source": path.name, "actor": "test", "today": TODAY, **named}
    return import_file(store.gazetteer, kind, str(path), **named)  # type: ignore[arg-type]


def test_building_reads_each_address_once(loaded: Store) -> None:
    before = loaded.gazetteer.revision()
    assert build(loaded.gazetteer, "cn", actor="test") == 400
    assert loaded.gazetteer.revision() != before
    assert build(loaded.gazetteer, "cn", actor="test") == 0
    assert build(loaded.gazetteer, "us", actor="test") == 400, "another region reads them in its own way"
    assert known(loaded, "人民路7号") == ["exact"]


def test_what_was_not_read_yet_is_found_all_the_same(loaded: Store, caplog: pytest.LogCaptureFixture) -> None:
    assert known(loaded, "人民路7号") == ["exact"]
    assert "gridward gazetteer build" in caplog.text


def test_address_points_are_imported_once_and_end_when_they_are_gone(loaded: Store, tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text(POINTS, encoding="utf-8")
    done = import_(loaded, "points", path)
    assert (done.counts.new, done.counts.given) == (2, 2)  # type: ignore[attr-defined]
    rejected = done.rejected  # type: ignore[attr-defined]
    assert rejected["row"].tolist() == [4, 5, 6]
    assert rejected["reason"].tolist() == ["no address", "no coordinates", "this id is in the file before"]
    assert import_(loaded, "points", path).counts.touched == 0  # type: ignore[attr-defined]
    assert known(loaded, "和平路1号") == ["exact"]
    assert known(loaded, "和平路3号") == ["interpolated"]

    path.write_text(POINTS.replace("p2,和平路5号", "p2,和平路7号"), encoding="utf-8")
    tomorrow = TODAY + timedelta(days=1)
    import_(loaded, "points", path, today=tomorrow)
    assert known(loaded, "和平路5号", on=TODAY) == ["exact"], "what held yesterday stays answerable"
    assert known(loaded, "和平路5号", on=tomorrow) != ["exact"]
    assert known(loaded, "和平路7号", on=tomorrow) == ["exact"]


def test_places_streets_former_names_and_divisions(loaded: Store, tmp_path: Path) -> None:
    places = tmp_path / "places.csv"
    places.write_text("id,name,lon,lat\n1,明珠广场,114.301,30.501\n2,,114.3,30.5\n", encoding="utf-8")
    assert import_(loaded, "places", places).rejected["reason"].tolist() == ["no name"]  # type: ignore[attr-defined]
    assert known(loaded, "明珠广场") == ["place"]

    former = tmp_path / "former.csv"
    former.write_text("former,name,since\n中正路,人民路,1950-01-01\n旧路,,\n某路,人民路,yesterday\n", encoding="utf-8")
    done = import_(loaded, "former", former)
    assert done.rejected["row"].tolist() == [3, 4]  # type: ignore[attr-defined]
    assert known(loaded, "中正路7号") == ["exact"]

    divisions = tmp_path / "divisions.csv"
    divisions.write_text("code,name,level\n420000,湖北省,province\nx,坏,county\n", encoding="utf-8")
    done = import_(loaded, "divisions", divisions)
    assert len(done.rejected) == 1  # type: ignore[attr-defined]
    how = reading(loaded.gazetteer, "cn")
    assert how.divisions is not None
    assert [row.name for row in how.divisions.rows] == ["湖北省"]
    assert how.version != reading(loaded.gazetteer, "us").version


def sections(tmp_path: Path, **texts: str) -> dict[str, GazetteerFile]:
    """Sections of a manifest as read."""
    out = {}
    for section, text in texts.items():
        path = tmp_path / f"{section}.csv"
        path.write_text(text, encoding="utf-8")
        source = Source(section, (path,), (path.name,), None, "cgcs2000", None)
        out |= read_gazetteer_sections({section: [(source, read_source(path))]})
    return out


def test_a_load_stores_what_a_manifest_names_and_ends_what_it_no_longer_names(
    loaded: Store, town: Town, tmp_path: Path
) -> None:
    named = sections(
        tmp_path,
        address_points="id,address,lon,lat\n1,和平路1号,114.301,30.501\n2,和平路5号,114.302,30.501\n",
        former_names="former,name\n解放路,和平路\n",
        divisions="code,name,level\n110000,北京市,province\n11,无此,kreis\n",
    )
    done = load(town.but(gazetteer=named), loaded.register, today=TODAY)
    assert {t: c.new for t, c in done.counts.items() if c.touched} == {
        "gazetteer_point": 2, "gazetteer_former": 1, "division": 1,
    }  # fmt: skip
    assert done.rejected[["file", "row", "value"]].to_numpy().tolist() == [["divisions.csv", 3, "无此"]]
    assert known(loaded, "和平路1号") == known(loaded, "解放路1号") == ["exact"]
    assert load(town.but(gazetteer=named, digest="again"), loaded.register, today=TODAY).unchanged

    tomorrow = TODAY + timedelta(days=1)
    gone = load(town.but(gazetteer={}), loaded.register, today=tomorrow)
    assert {t: c.ended for t, c in gone.counts.items() if c.ended} == {
        "gazetteer_point": 2, "gazetteer_former": 1, "division": 1,
    }  # fmt: skip
    assert known(loaded, "和平路1号", on=tomorrow) == []


def test_a_load_that_is_refused_stores_nothing_of_the_sections(loaded: Store, town: Town, tmp_path: Path) -> None:
    named = sections(tmp_path, address_points="id,address,lon,lat\n1,和平路1号,114.301,30.501\n")
    twice = pd.concat([town.officers, town.officers.head(1)], ignore_index=True)
    with pytest.raises(RuleViolation):
        load(town.but(gazetteer=named, officers=twice), loaded.register, today=TODAY)
    assert known(loaded, "和平路1号") == []


def test_mistakes_are_told_before_anything_is_stored(loaded: Store, tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("id,x,y\n1,114.3,30.5\n", encoding="utf-8")
    with pytest.raises(BadRequest, match="one of points, places"):
        import_(loaded, "shops", path)
    with pytest.raises(BadRequest, match="say the datum"):
        import_(loaded, "points", path, datum=None)
    with pytest.raises(SchemaError, match="no column of addresses"):
        import_(loaded, "points", path)


def test_a_place_given_by_hand_is_known_at_once(loaded: Store) -> None:
    keeper = GazetteerKeeper(loaded.gazetteer)
    gazetteer, _ = keeper.current()
    build(loaded.gazetteer, "cn", actor="test")
    with loaded.database.connection() as connection:
        row = connection.execute("select entity_id from entity where address = '人民路7号'").fetchone()
    assert row is not None
    loaded.places.place(row[0], LON + 0.0031, LAT + 0.0017, caller=OPERATOR, reason="seen there")
    assert keeper.refresh()
    assert not keeper.refresh(), "nothing changed since"
    moved, _ = keeper.current()
    assert moved is not gazetteer
    found = find(moved, parse("人民路7号"), day_number(TODAY, 0))
    assert min(abs(found[0].lon - (LON + 0.0031))) < 1e-9


def test_the_gazetteer_lasts_while_the_store_is_away() -> None:
    published = FakePublished()
    keeper = GazetteerKeeper(FakeGazetteer(published))
    published.away = True
    with pytest.raises(StoreUnavailable):
        keeper.current()
    published.away = False
    held, _ = keeper.current()
    assert keeper.age_s() is None
    published.away = True
    assert not keeper.refresh()
    assert keeper.current()[0] is held
    assert keeper.age_s() is not None


def test_while_a_newer_gazetteer_is_read_the_one_before_says_its_age() -> None:
    told: list[float | None] = []

    class Slow(FakeGazetteer):
        def read(self, version: str) -> GazetteerFrames:
            told.append(keeper.age_s())
            return super().read(version)

    fake = Slow(FakePublished())
    keeper = GazetteerKeeper(fake)
    keeper.current()
    fake.number += 1
    assert keeper.refresh()
    assert told[0] is None, "nothing was held yet"
    assert told[1] is not None
    assert keeper.age_s() is None
