"""The last territory on disk: the same after reading, refused when damaged, private, and a start without a database."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_api.services.keeper import SnapshotKeeper
from geo_api.services.kept_snapshot import KeptSnapshot
from geo_api.services.snapshot import Snapshot
from tests.geo_api.fakes import Clock, FakePublished, PlainFinder, county
from tests.geo_api.service import running

POINT = "/v1/lookup?lon=114.005&lat=30.004&datum=wgs84"


def kept_in(folder: Path) -> KeptSnapshot:
    kept = KeptSnapshot(folder / "state", "postgresql://somewhere/one")
    kept.save(county())
    return kept


def test_what_is_kept_comes_back_as_it_was(tmp_path: Path) -> None:
    loaded = kept_in(tmp_path).load()
    assert loaded is not None
    assert loaded[0] == county()
    assert 0.0 <= loaded[1] < 60.0


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    kept = kept_in(tmp_path)
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.path.parent.stat().st_mode) == 0o700
    assert [p.name for p in kept.path.parent.iterdir()] == [kept.path.name], "no draft is left"


def test_another_database_has_another_file(tmp_path: Path) -> None:
    kept_in(tmp_path)
    assert KeptSnapshot(tmp_path / "state", "postgresql://somewhere/else").load() is None


def test_its_age_counts_from_the_last_confirmation(tmp_path: Path) -> None:
    kept = kept_in(tmp_path)
    long_ago = kept.path.stat().st_mtime - 3600
    os.utime(kept.path, (long_ago, long_ago))
    loaded = kept.load()
    assert loaded is not None
    assert loaded[1] >= 3600
    kept.confirm()
    loaded = kept.load()
    assert loaded is not None
    assert loaded[1] < 60


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.data())
def test_a_damaged_file_counts_as_none(tmp_path: Path, data: st.DataObject) -> None:
    kept = kept_in(tmp_path)
    whole = bytearray(kept.path.read_bytes())
    if data.draw(st.booleans()):
        del whole[data.draw(st.integers(0, len(whole) - 1)) :]
    else:
        whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    kept.path.write_bytes(whole)
    assert kept.load() is None


def test_a_folder_that_cannot_be_written_does_not_stop_the_service(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_bytes(b"")
    KeptSnapshot(tmp_path / "file" / "state", "x").save(county())
    assert "could not be kept" in caplog.text


def keeper_of(reader: FakePublished, folder: Path) -> SnapshotKeeper[Snapshot]:
    return SnapshotKeeper(
        reader, PlainFinder, lambda s: s, now=Clock(), poll_s=3600.0, kept=KeptSnapshot(folder, "one")
    )


def test_a_start_without_the_database_begins_with_what_was_kept(tmp_path: Path) -> None:
    reader = FakePublished()
    keeper_of(reader, tmp_path).refresh()
    reader.away = True
    later = keeper_of(reader, tmp_path)
    assert later.refresh() is True
    assert later.current is not None
    assert later.current.snapshot.revision == "1"
    assert later.age_s() is not None
    assert later.refresh() is False, "it is read once"
    reader.away, reader.number = False, 2
    assert later.refresh() is True
    assert later.current.snapshot.revision == "2"
    assert later.age_s() is None


def test_without_anything_kept_there_is_nothing(tmp_path: Path) -> None:
    reader = FakePublished()
    reader.away = True
    keeper = keeper_of(reader, tmp_path)
    assert keeper.refresh() is False
    assert keeper.current is None


def test_the_service_started_from_disk_answers_and_says_so(tmp_path: Path) -> None:
    named = {"settings": {"state": str(tmp_path), "database_url": "postgresql://nobody@/nothing", "ogc": False}}
    with running(**named) as first:
        answered = first.get(POINT).json()
        store = first.store
    store.published.away = True
    with running(store=store, **named) as second:
        body = second.get(POINT).json()
        assert body.pop("snapshot_age_s") >= 0.0
        assert body == {k: v for k, v in answered.items() if k != "snapshot_age_s"}
        ready = second.get("/ready").json()
        assert (ready["ready"], ready["database"]) == (True, "away")
