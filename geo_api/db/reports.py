"""Issued reports, and what their figures are made of besides coverage and tasks."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from geo_api.clock import today_in
from geo_api.db.engine import Database
from geo_api.db.ledger import PROFILE, known
from geo_api.db.queries import query
from geo_api.db.station_reader import read_profile
from geo_api.db.unit_of_work import UnitOfWork
from geo_api.errors import Conflict, NotFound, StoreUnavailable
from geo_api.services.answers import Caller
from geo_api.services.reports.store import (
    ClaimCase,
    IssuedReport,
    NewReport,
    NoticeCase,
    ReportRow,
    Settings,
    issued_before,
)

PATIENCE_S, STEP_S = 30.0, 0.05
COLUMNS: LiteralString = (
    "report_id, kind, subject, jurisdiction_code, period_from, period_to, recorded_at, issued_at, issued_by, role, "
    "reason, profile_digest, digest"
)
BELOW: LiteralString = """
    with recursive down (code) as (
        select %(code)s::text
        union
        select j.code from jurisdiction j join down on j.parent_code = down.code where j.recorded_to is null
    )
    select code from down union select c.code from cell_code c join down on c.station_code = down.code
"""
WRITING: LiteralString = """
    select distinct l.virtualtransaction from pg_locks l
    join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace
    where l.locktype = 'relation' and l.mode = 'RowExclusiveLock' and l.granted and n.nspname = 'gridward'
      and l.database = (select oid from pg_database where datname = current_database()) and l.pid <> pg_backend_pid()
"""
"""Transactions that have begun to change a table of ours and have not ended."""
NAME: LiteralString = """
    select name from (
        select j.name, 0 as n from jurisdiction j where j.code = %(code)s and j.valid @> %(day)s and {known_place}
        union all
        select c.name, 1 from cell c join plan_validity v using (plan_id)
        where c.code = %(code)s and v.valid @> %(day)s and {known_plan}
    ) found order by n limit 1
"""
ENTITY_NAMES: LiteralString = """
    select distinct on (e.entity_id) e.entity_id, e.name from entity e
    where e.entity_id = any(%(ids)s) and {known}
    order by e.entity_id, upper_inf(e.valid) desc, lower(e.valid) desc
"""
OFFICER_NAMES: LiteralString = """
    select distinct on (o.officer_id) o.officer_id, o.name from officer o
    where {known} order by o.officer_id, o.valid @> %(day)s desc, lower(o.valid) desc
"""
SAME: LiteralString = """
    select report_id from report where kind = %s and subject = %s and jurisdiction_code = %s and period_from = %s
        and period_to = %s
"""
INSERT: LiteralString = """
    insert into report (kind, subject, jurisdiction_code, period_from, period_to, recorded_at, issued_by, role, reason,
                        profile_digest, figures, documents, digest)
    values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning {columns}
"""
LIST: LiteralString = """
    select {columns} from report
    where (%(codes)s::text[] is null or jurisdiction_code = any(%(codes)s)) and (%(kind)s = '' or kind = %(kind)s)
      and (%(before)s::timestamptz is null or issued_at <= %(before)s)
    order by report_id desc limit %(limit)s
"""
ONE: LiteralString = "select {columns}, figures, documents from report where report_id = %s"
CLAIMS: LiteralString = """
    select f.entity_id, f.claim_no, f.cell_code, f.fell_on,
           min(s.day) filter (where s.step in ('claimed', 'wrong', 'transferred', 'decided')),
           min(s.day) filter (where s.step = 'lapsed')
    from claim_step f
    left join claim_step s on s.entity_id = f.entity_id and s.claim_no = f.claim_no and s.step_no > f.step_no
        and {known_step}
    where f.step = 'fell' and f.fell_on < %(day)s and {known_fell}
      and f.cell_code in (select c.code from cell_code c where c.station_code = any(%(stations)s) or c.code = %(code)s)
    group by 1, 2, 3, 4
    order by 1, 2
"""
NOTICES: LiteralString = """
    select i.visit_id, i.entity_id, i.rectify_by, (
        select min(v.made_on) from inspection v
        where v.entity_id = i.entity_id and {known_visit} and v.made_on > i.made_on and v.visit_id <> i.visit_id
          and v.made_on <= i.rectify_by
          and (v.revisit_of = i.visit_id or v.revisit_of is null)
    ), st_x(e.geom), st_y(e.geom)
    from inspection i
    join entity e on e.entity_id = i.entity_id and {known_entity} and e.valid @> i.rectify_by
        and e.source in (select source from jurisdiction where code = any(%(above)s))
    where {known} and i.rectify_by >= %(first)s and i.rectify_by < %(end)s
    order by i.rectify_by, i.entity_id, i.visit_id
"""


class ReportTables:
    """Implements :class:`geo_api.services.reports.store.ReportStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code of a jurisdiction or cell and of every level above it, lowest first; NotFound."""
        with self._database.connection() as connection:
            rows = connection.execute(query("ancestors"), {"code": code}).fetchall()
        if not rows:
            raise NotFound(f"there is no jurisdiction or cell {code!r}")
        return tuple(row[0] for row in rows)

    def today(self, code: str) -> date:
        """Today in the time zone of the bureau."""
        with self._database.connection() as connection:
            zone, _rules = read_profile(connection, code)
        return today_in(zone)

    def moment(self) -> datetime:
        """Now, once every transaction that writes at this moment has ended: its rows bear a time before.

        StoreUnavailable where one goes on for half a minute.
        """
        with self._database.connection() as connection:
            row = connection.execute("select clock_timestamp()").fetchone()
            chosen: datetime = row[0] if row else datetime.now().astimezone()
            first = writing = {v for (v,) in connection.execute(WRITING).fetchall()}
            until = time.monotonic() + PATIENCE_S
            while first & writing and time.monotonic() < until:
                time.sleep(STEP_S)
                writing = {v for (v,) in connection.execute(WRITING).fetchall()}
            if not first & writing:
                return chosen
        raise StoreUnavailable("a long change of the database is under way: issue the report when it has ended")

    def settings(self, code: str, on: date, recorded_at: datetime | None) -> Settings:
        """The settings that hold for a code on a day."""
        key = {"above": list(self.ancestors(code)), "day": on, "moment": recorded_at, "code": code}
        moment = recorded_at is not None
        with self._database.connection() as connection:
            row = connection.execute(PROFILE.format(known=known("p", moment)), key).fetchone()
            sql = NAME.format(known_place=known("j", moment), known_plan=known("v", moment))
            name = connection.execute(sql, key).fetchone()
        if row is None:
            return Settings({}, "", name[0] if name else "")
        return Settings(row[0], row[2], name[0] if name else "", row[3])

    def claims(self, code: str, fell_before: date, recorded_at: datetime | None) -> tuple[ClaimCase, ...]:
        """Claims that fell before a day in the cells of a jurisdiction."""
        moment = recorded_at is not None
        sql = CLAIMS.format(
            known_step="s.at <= %(moment)s" if moment else "true", known_fell="f.at <= %(moment)s" if moment else "true"
        )
        key = {"code": code, "stations": list(self.below(code)), "day": fell_before, "moment": recorded_at}
        with self._database.connection() as connection:
            return tuple(ClaimCase(*row) for row in connection.execute(sql, key).fetchall())

    def notices(self, code: str, first: date, end: date, recorded_at: datetime | None) -> tuple[NoticeCase, ...]:
        """Notices of a bureau's register whose deadline lies in [first, end), and the visit that followed by then."""
        moment = recorded_at is not None
        sql = NOTICES.format(known=known("i", moment), known_visit=known("v", moment), known_entity=known("e", moment))
        key = {"above": list(self.ancestors(code)), "first": first, "end": end, "moment": recorded_at}
        with self._database.connection() as connection:
            return tuple(NoticeCase(*row) for row in connection.execute(sql, key).fetchall())

    def entity_names(self, ids: Sequence[int], recorded_at: datetime | None) -> Mapping[int, str]:
        """Names of entities, those without one left out."""
        sql = ENTITY_NAMES.format(known=known("e", recorded_at is not None))
        with self._database.connection() as connection:
            rows = connection.execute(sql, {"ids": list(ids), "moment": recorded_at}).fetchall()
        return {entity_id: name for entity_id, name in rows if name}

    def names(self, on: date, recorded_at: datetime | None) -> Mapping[str, str]:
        """Names of officers by id: those of the day, else those of any other."""
        sql = OFFICER_NAMES.format(known=known("o", recorded_at is not None))
        with self._database.connection() as connection:
            rows = connection.execute(sql, {"day": on, "moment": recorded_at}).fetchall()
        return dict(rows)

    def issue(self, report: NewReport, *, caller: Caller, reason: str) -> ReportRow:
        """Store a report and record who issued it; Conflict where the same one was issued before."""
        with self._database.connection() as connection:
            connection.execute("select pg_advisory_xact_lock(hashtext(%s))", (f"report {report.jurisdiction_code}",))
            before = connection.execute(
                SAME,
                (report.kind, report.subject, report.jurisdiction_code, report.period_from, report.period_to),
            ).fetchone()
            if before is not None and report.kind != "ledger":
                raise Conflict(issued_before(before[0]))
            row = connection.execute(
                INSERT.format(columns=COLUMNS),
                (
                    report.kind,
                    report.subject,
                    report.jurisdiction_code,
                    report.period_from,
                    report.period_to,
                    report.recorded_at,
                    caller.name,
                    caller.role,
                    reason,
                    report.profile_digest,
                    Jsonb(dict(report.figures)),
                    Jsonb(dict(report.documents)),
                    report.digest,
                ),
            ).fetchone()
            issued = ReportRow(*(row or ()))
            UnitOfWork(connection).event(
                caller=caller,
                verb="issue report",
                subject=f"report:{issued.report_id}",
                reason=reason,
                payload={"kind": report.kind, "jurisdiction": report.jurisdiction_code, "digest": report.digest},
            )
        return issued

    def reports(
        self, *, jurisdictions: Sequence[str] | None, kind: str = "", before: datetime | None = None, limit: int = 1000
    ) -> tuple[ReportRow, ...]:
        """Issued reports, newest first."""
        codes = None if jurisdictions is None else list(jurisdictions)
        with self._database.connection() as connection:
            rows = connection.execute(
                LIST.format(columns=COLUMNS),
                {"codes": codes, "kind": kind, "before": before, "limit": limit},
            ).fetchall()
        return tuple(ReportRow(*row) for row in rows)

    def below(self, code: str) -> tuple[str, ...]:
        """The code, every jurisdiction below it, and their cells."""
        with self._database.connection() as connection:
            return tuple(row[0] for row in connection.execute(BELOW, {"code": code}).fetchall())

    def report(self, report_id: int) -> IssuedReport:
        """One issued report; NotFound."""
        with self._database.connection() as connection:
            row: Any = connection.execute(ONE.format(columns=COLUMNS), (report_id,)).fetchone()
        if row is None:
            raise NotFound(f"there is no issued report {report_id}; `gridward reports list` shows them")
        return IssuedReport(ReportRow(*row[:-2]), row[-2], row[-1])
