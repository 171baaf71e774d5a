"""What was recorded at a moment: the same question gives the same bytes, whatever was entered afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pandas as pd
import pytest

from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.errors import BadRequest, NotFound
from geo_api.formats.registry import render
from geo_api.services.assign import release
from geo_api.services.load import load
from geo_api.services.posters import record_poster
from geo_api.services.profiles.set_profile import set_profile
from geo_api.services.reports.coverage_report import coverage_report
from geo_api.services.reports.desk import Wanted as IssueWanted
from geo_api.services.reports.desk import checked, issue, shown
from geo_api.services.staffing.leave import leave
from geo_api.services.tasks.open import Wanted, open_task
from geo_api.services.workload.explain_entity import explain_entity
from geo_api.services.workload.explain_place import explain_place
from geo_api.services.workload.staffing import staffing
from geo_api.supervision.report_periods import named
from tests.geo_api.life import ADMIN, OPERATOR, SECOND, published
from tests.geo_api.town import BUREAU, LOADED, TODAY, WEST, make_town

pytestmark = pytest.mark.db
ON = TODAY
ENTITY = "000000000000003"


@dataclass(frozen=True)
class Then:
    """A store in which much was entered after ``moment``, what it answered and the report that was issued before."""

    store: Store
    moment: datetime
    before: dict[str, bytes]
    report_id: int


def answers(store: Store, moment: datetime | None, on: date = ON) -> dict[str, bytes]:
    """All that can be asked as recorded, as the bytes of its files."""
    then = store.as_recorded(moment).workload
    found = {
        "workload": explain_place(then, BUREAU, caller=OPERATOR, on=on, by=("cell", "class", "industry")),
        "staffing": staffing(then, BUREAU, caller=OPERATOR, on=on),
        "explain": explain_entity(then, ENTITY, caller=OPERATOR, on=on),
        "gaps of the bureau": store.supervision.gaps(BUREAU, on, caller=OPERATOR, recorded_at=moment),
        "gaps of a station": store.supervision.gaps(WEST, on, caller=OPERATOR, recorded_at=moment),
    }
    return {name: render(answer, "json")[0] for name, answer in found.items()}


def now_of(store: Store) -> datetime:
    with store.database.connection() as connection:
        row = connection.execute("select clock_timestamp()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


def enter_much(store: Store) -> None:
    """Something of every kind that gaps, workload and staffing are made of, for days before ``ON``."""
    town = make_town(entities=200)
    shops = town.entities.copy()
    shops.loc[:20, "credit_class"] = "D"
    shops.loc[21:30, "closed"] = date(2026, 10, 1)
    shops.loc[31:40, "geometry"] = shops.geometry.iloc[100:110].to_numpy()
    visits = town.inspections.assign(visit_id=[f"late{i}" for i in range(len(town.inspections))])
    officers = town.officers[town.officers["officer_id"] != "27"]
    more = pd.concat([town.inspections, visits.assign(date=visits["date"] - timedelta(days=3))], ignore_index=True)
    load(town.but(entities=shops, inspections=more, officers=officers), store.register, today=date(2026, 11, 1))
    release(store.planning, "10", f"{WEST}001", caller=ADMIN, valid_from=date(2026, 5, 1), reason="left")
    published(store, WEST, date(2026, 11, 10), cells=4, rng_seed=3)
    rules = {"balance_tolerance": 0.2, "officers_per_cell": 3, "minutes_per_visit": {"default": 55}}
    set_profile(store.profiles, BUREAU, rules, caller=SECOND, valid_from=date(2026, 9, 1), reason="new rules")
    leave(store.staffing, "12", caller=ADMIN, valid_from=date(2026, 11, 2), substitute="13", reason="told late")
    record_poster(store.posters, f"{WEST}002", "gate", caller=ADMIN, posted_on=date(2026, 11, 15), reason="told late")
    with store.database.connection() as connection:
        row = connection.execute("select min(entity_id) from entity where recorded_to is null").fetchone()
    assert row is not None
    late = Wanted("case", "smell of gas", entity=str(row[0]), due=date(2026, 11, 12))
    territory = store.published.territory(date(2026, 11, 11))
    open_task(store.tasks, SimpleNamespace(), territory, late, caller=OPERATOR)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def then(new_database: Callable[[], str]) -> Iterator[Then]:
    with open_store(new_database()) as store:
        load(make_town(entities=200), store.register, today=LOADED)
        published(store, WEST, date(2026, 3, 1))
        moment = now_of(store)
        before = answers(store, moment)
        issued = issue(store, IssueWanted("coverage", BUREAU, named("2026-10")), caller=OPERATOR)
        enter_much(store)
        yield Then(store, moment, before, issued.report_id)


@pytest.mark.parametrize("name", ["workload", "staffing", "explain", "gaps of the bureau", "gaps of a station"])
def test_the_same_question_gives_the_same_bytes(then: Then, name: str) -> None:
    assert answers(then.store, then.moment)[name] == then.before[name]
    today = without_moment(answers(then.store, None)[name])
    assert today != without_moment(then.before[name]), "nothing was entered that counts here"


def test_an_issued_report_is_computed_again_with_its_gaps_of_territory_and_staff(then: Then) -> None:
    answer = checked(then.store, then.report_id, caller=OPERATOR)
    assert answer.same, answer.differences
    issued = shown(then.store, then.report_id, caller=OPERATOR).figures["standing"]
    again = coverage_report(then.store, BUREAU, named("2026-10"), caller=OPERATOR)
    today = [{**asdict(g)} for g in again.standing]
    assert [g["kind"] for g in issued] == [g["kind"] for g in today]
    assert issued != today, "nothing was entered that counts here"


def test_as_recorded_now_is_what_is_said_without_a_moment(then: Then) -> None:
    now = now_of(then.store)
    told = answers(then.store, now)
    stamp = b'"recorded_at":'
    for name, plain in answers(then.store, None).items():
        assert stamp in plain, name
        assert without_moment(told[name]) == without_moment(plain), name


def without_moment(answer: bytes) -> bytes:
    head, _, tail = answer.partition(b'"recorded_at":')
    return head + tail[min(tail.index(c) for c in (b",", b"}") if c in tail) :]


def test_before_anything_was_recorded_there_is_nothing(then: Then) -> None:
    with pytest.raises(NotFound):
        then.store.supervision.gaps(BUREAU, ON, caller=OPERATOR, recorded_at=datetime(2020, 1, 1).astimezone())


def test_nothing_is_written_as_of_the_past_and_the_connection_is_as_before(then: Then) -> None:
    past = then.store.as_recorded(then.moment)
    with pytest.raises(BadRequest, match="what was recorded then stays"):
        release(past.planning, "11", f"{WEST}001", caller=ADMIN, valid_from=ON, reason="x")
    with past.database.connection() as connection:
        assert connection.execute("show transaction_read_only").fetchone() == ("on",)
    with then.store.database.connection() as connection:
        assert connection.execute("show search_path").fetchone() == ("gridward, public",)
        assert connection.execute("show transaction_read_only").fetchone() == ("off",)
    past.close()
    then.store.ping()


def test_every_table_with_a_history_has_its_view_with_all_columns(then: Then) -> None:
    """A migration that adds such a table or column has to call gridward.remake_then() at its end."""
    columns = """
        select c.relname, array_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) order by a.attnum)
        from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where c.relnamespace = %s::regnamespace and c.relkind = %s and has_table_privilege('gw_service', c.oid, 'select')
        group by c.oid, c.relname
    """
    with then.store.database.connection() as connection:
        tables = dict(connection.execute(columns, ("gridward", "r")).fetchall())
        views = dict(connection.execute(columns, ("gridward_then", "v")).fetchall())
    dated = {"recorded_to timestamp with time zone", "at timestamp with time zone"}
    with_history = {name for name, names in tables.items() if dated & set(names)}
    assert {"entity", "assignment", "task_step", "claim_step", "profile"} <= with_history
    assert with_history - set(views) == set()
    assert {name: tables[name] for name in views} == views


def test_functions_that_read_the_tables_have_their_twins(then: Then) -> None:
    with then.store.database.connection() as connection:
        twins = {row[0] for row in connection.execute(
            "select proname from pg_proc where pronamespace = 'gridward_then'::regnamespace"
        )}  # fmt: skip
    assert {"locate", "locate_many", "on_duty", "find_entities", "lies_in"} <= twins
