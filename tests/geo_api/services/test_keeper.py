"""The keeper: renewal on change and at midnight, serving on while the database is away, other days."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from geo_api.errors import StoreUnavailable
from geo_api.services.keeper import SnapshotKeeper
from geo_api.services.snapshot import Snapshot
from tests.geo_api.fakes import NOON, TODAY, ZONE, Clock, FakePublished, PlainFinder, county


def make_keeper(
    reader: FakePublished, clock: Clock | None = None, *, poll_s: float = 3600.0, days_cached: int = 8
) -> SnapshotKeeper[Snapshot]:
    return SnapshotKeeper(
        reader, PlainFinder, lambda s: s, now=clock or Clock(), poll_s=poll_s, days_cached=days_cached
    )


def test_the_first_refresh_reads_today() -> None:
    reader = FakePublished()
    keeper = make_keeper(reader)
    assert keeper.current is None
    assert keeper.refresh() is True
    assert keeper.current is not None
    assert keeper.current.snapshot.on == TODAY
    assert keeper.current.prepared is keeper.current.snapshot
    assert keeper.age_s() is None


def test_nothing_is_read_again_while_nothing_changes() -> None:
    reader = FakePublished()
    keeper = make_keeper(reader)
    keeper.refresh()
    assert keeper.refresh() is False
    assert len(reader.reads) == 1


def test_a_change_replaces_snapshot_and_prepared_together() -> None:
    reader = FakePublished()
    keeper = make_keeper(reader)
    keeper.refresh()
    before = keeper.current
    reader.number = 2
    assert keeper.refresh() is True
    assert keeper.current is not before
    assert before is not None
    assert before.snapshot.revision == "1", "who still holds the old one keeps it whole"
    assert keeper.current is not None
    assert keeper.current.snapshot.revision == "2"


def test_a_new_day_is_read_though_nothing_changed() -> None:
    reader, clock = FakePublished(), Clock(datetime(2026, 3, 10, 23, 59, 58, tzinfo=ZONE))
    keeper = make_keeper(reader, clock)
    keeper.refresh()
    assert keeper.wait_s() == pytest.approx(2.0)
    clock.moment += timedelta(seconds=2)
    assert keeper.refresh() is True
    assert keeper.current is not None
    assert keeper.current.snapshot.on == date(2026, 3, 11)


def test_midnight_is_the_deployments_and_the_poll_comes_first_where_it_is_sooner() -> None:
    assert make_keeper(FakePublished(), Clock(NOON), poll_s=1e6).wait_s() == pytest.approx(12 * 3600)
    assert make_keeper(FakePublished(), Clock(NOON), poll_s=5.0).wait_s() == pytest.approx(5.0)


def test_the_last_snapshot_stays_while_the_database_is_away_and_says_its_age() -> None:
    reader = FakePublished()
    keeper = make_keeper(reader)
    keeper.refresh()
    held = keeper.current
    reader.away = True
    assert keeper.refresh() is False
    assert keeper.current is held
    age = keeper.age_s()
    assert age is not None
    assert age >= 0.0
    assert "cannot be reached" in keeper.trouble
    reader.away = False
    keeper.refresh()
    assert keeper.age_s() is None
    assert keeper.trouble == ""


def test_the_old_snapshot_says_its_age_while_a_newer_one_is_made() -> None:
    reader, said = FakePublished(), []
    keeper = SnapshotKeeper(reader, PlainFinder, lambda s: said.append(keeper.age_s()) or s, now=Clock(), poll_s=3600.0)
    keeper.refresh()
    assert said == [None], "the first one replaces nothing"
    reader.number = 2
    keeper.refresh()
    assert said[1] is not None
    assert keeper.age_s() is None


def test_what_is_confirmed_is_the_state_at_the_time_of_asking() -> None:
    class Slow(FakePublished):
        def revision(self) -> str:
            number = super().revision()
            time.sleep(0.2)
            return number

    keeper = make_keeper(Slow())
    keeper.refresh()
    keeper._away = True
    age_s = keeper.age_s()
    assert age_s is not None
    assert age_s >= 0.2


def test_a_territory_that_cannot_be_read_does_not_end_the_keeper() -> None:
    reader = FakePublished()
    keeper = make_keeper(reader)
    keeper.refresh()
    reader.number = 2
    broken = replace(county().cells[0], wkb=b"no wkb")
    reader.replacement = replace(county(), cells=(broken,))
    assert keeper.refresh() is False
    assert keeper.current is not None
    assert keeper.current.snapshot.revision == "1"
    assert "could not be read" in keeper.trouble
    assert keeper.age_s() is not None


def test_without_any_read_there_is_no_age_and_no_snapshot() -> None:
    reader = FakePublished()
    reader.away = True
    keeper = make_keeper(reader)
    assert keeper.refresh() is False
    assert keeper.current is None
    assert keeper.age_s() is None


def test_other_days_are_read_once_and_the_oldest_given_up() -> None:
    reader = FakePublished()
    keeper = make_keeper(reader, days_cached=2)
    keeper.refresh()
    days = [TODAY - timedelta(days=n) for n in (1, 2, 3)]
    first = keeper.day(days[0])
    assert keeper.day(days[0]) is first
    for day in days[1:]:
        keeper.day(day)
    assert keeper.day(days[0]) is not first
    assert [on for on, _ in reader.reads] == [TODAY, *days, days[0]]


def test_today_asked_by_its_date_is_todays_snapshot() -> None:
    keeper = make_keeper(FakePublished())
    keeper.refresh()
    assert keeper.current is not None
    assert keeper.day(TODAY) is keeper.current.snapshot


def test_another_revision_or_another_moment_of_recording_is_another_snapshot() -> None:
    reader = FakePublished()
    keeper = make_keeper(reader)
    keeper.refresh()
    yesterday = TODAY - timedelta(days=1)
    first = keeper.day(yesterday)
    assert keeper.day(yesterday, NOON) is not first
    reader.number = 2
    keeper.refresh()
    assert keeper.day(yesterday) is not first


def test_a_day_in_memory_is_answered_while_the_database_is_away() -> None:
    reader = FakePublished()
    keeper = make_keeper(reader)
    keeper.refresh()
    yesterday = TODAY - timedelta(days=1)
    held = keeper.day(yesterday)
    reader.away = True
    assert keeper.day(yesterday) is held
    with pytest.raises(StoreUnavailable):
        keeper.day(yesterday - timedelta(days=1))


def test_a_notice_wakes_the_thread() -> None:
    reader, renewed = FakePublished(), threading.Event()

    def prepare(snapshot: Snapshot) -> Snapshot:
        if snapshot.revision == "2":
            renewed.set()
        return snapshot

    keeper = SnapshotKeeper(reader, PlainFinder, prepare, now=Clock(), poll_s=3600.0)
    keeper.refresh()
    keeper.start()
    reader.number = 2
    keeper.notify()
    assert renewed.wait(timeout=20), "the thread did not renew the snapshot"
    keeper.close()


def test_two_threads_that_want_the_same_day_read_it_once() -> None:
    reader = FakePublished()
    keeper = make_keeper(reader)
    keeper.refresh()
    yesterday, found = TODAY - timedelta(days=1), []
    threads = [threading.Thread(target=lambda: found.append(keeper.day(yesterday))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(s) for s in found}) == 1
    assert [on for on, _ in reader.reads].count(yesterday) == 1


def test_the_point_index_is_taken_over_where_only_officers_changed() -> None:
    from tests.geo_api.fakes import officer

    reader = FakePublished()
    keeper = make_keeper(reader)
    keeper.refresh()
    assert keeper.current is not None
    before = keeper.current.snapshot
    reader.replacement = replace(county(), officers={"C01001": (officer("C01001", "孙丽"),)})
    reader.number = 2
    assert keeper.refresh()
    after = keeper.current.snapshot
    assert after.finder is before.finder
    assert after.officers[0][0].name == "孙丽"
    moved = replace(county().cells[0], wkb=county().cells[1].wkb)
    reader.replacement, reader.number = replace(county(), cells=(moved, *county().cells[1:])), 3
    assert keeper.refresh()
    assert keeper.current.snapshot.finder is not before.finder


def test_who_asks_all_the_while_sees_the_old_or_the_new_and_never_nothing() -> None:
    from tests.geo_api.fakes import officer

    reader = FakePublished()
    keeper = make_keeper(reader)
    keeper.refresh()
    stop, seen, wrong = threading.Event(), set(), []

    def ask() -> None:
        while not stop.is_set():
            held = keeper.current
            if held is None:
                wrong.append("nothing")
                return
            snapshot = held.snapshot
            if held.prepared is not snapshot or snapshot.officers[0][0].name != f"officer {snapshot.revision}":
                wrong.append(snapshot.revision)
            seen.add(snapshot.revision)

    def change(number: int) -> None:
        reader.replacement = replace(county(), officers={"C01001": (officer("C01001", f"officer {number}"),)})
        reader.number = number
        assert keeper.refresh()

    change(2)
    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + 20
    for number in range(3, 40):
        change(number)
        while str(number) not in seen and not wrong and time.monotonic() < end:
            time.sleep(0.0005)
    stop.set()
    for thread in threads:
        thread.join(timeout=20)
    assert wrong == []
    assert seen >= set(map(str, range(3, 40)))
