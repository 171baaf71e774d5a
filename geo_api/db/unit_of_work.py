"""One transaction that changes plans or assignments: rows are closed and inserted, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Jsonb
from psycopg.types.range import DateRange

from geo_api.db.engine import Connection
from geo_api.db.findings_json import from_json, to_json
from geo_api.errors import NotFound
from geo_api.services.answers import Caller
from geo_api.services.plan_store import PlanRow
from geo_api.supervision.officers import Duty
from geo_api.supervision.periods import Period
from geo_api.supervision.plans import Transition
from geo_api.supervision.publication import Assignment, Publication, Rewrite
from gridding.findings import Finding

ASSIGNMENTS = """
    select id, officer_id, jurisdiction_code, role, function, lower(valid), upper(valid), plan_id from assignment
    where recorded_to is null and
"""


class UnitOfWork:
    """Implements :class:`geo_api.services.plan_store.ChangeWork` on the connection of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def plan(self, plan_id: int) -> PlanRow:
        """A plan, locked until the end of the transaction; NotFound."""
        row = self._connection.execute(
            "select plan_id, station_code, state, submitted_by, gate_findings from plan where plan_id = %s for update",
            (plan_id,),
        ).fetchone()
        if row is None:
            raise NotFound(f"there is no plan {plan_id}; `gridward plan list` shows those that exist")
        return PlanRow(row[0], row[1], row[2], row[3], from_json(row[4]))

    def move(
        self,
        plan_id: int,
        step: Transition,
        *,
        caller: Caller,
        reason: str,
        gate: tuple[Finding, ...] | None = None,
        waived: str | None = None,
        payload: Mapping[str, Any] | None = None,
    ) -> None:
        """Take a step and record it; submitting and approving also record who did."""
        changes: dict[str, Any] = {"state": step.after.value}
        if step.verb == "submit":
            changes |= {"submitted_by": caller.name, "approved_by": None, "approved_at": None, "balance_waived": None}
        if step.verb == "approve":
            changes |= {"approved_by": caller.name, "balance_waived": waived}
        if gate is not None:
            changes["gate_findings"] = to_json(gate)
        stamps = {"submit": ", submitted_at = now()", "approve": ", approved_at = now()"}.get(step.verb, "")
        assigned = ", ".join(f"{name} = %({name})s" for name in changes)
        self._connection.execute(
            f"update plan set {assigned}{stamps} where plan_id = %(plan_id)s",  # type: ignore[arg-type]  # noqa: S608
            {**changes, "plan_id": plan_id},
        )
        details = dict(payload or {}) | {"from": step.before.value, "to": step.after.value}
        if waived:
            details["balance_waived"] = waived
        self.event(caller=caller, verb=step.verb, subject=f"plan:{plan_id}", reason=reason, payload=details)

    def publications(self, station_code: str) -> tuple[Publication, ...]:
        """The current publication periods of a station."""
        rows = self._connection.execute(
            "select id, plan_id, lower(valid), upper(valid) from plan_validity "
            "where station_code = %s and recorded_to is null order by valid",
            (station_code,),
        ).fetchall()
        return tuple(Publication(row[0], row[1], Period(row[2], row[3])) for row in rows)

    def rewrite_publications(self, station_code: str, rewrite: Rewrite[Publication]) -> None:
        """Close and insert publication periods."""
        self._close("plan_validity", [row.row_id for row, _left in rewrite.cut])
        periods = [(row.plan_id, p) for row, left in rewrite.cut for p in left]
        periods += [(row.plan_id, row.period) for row in rewrite.new]
        self._connection.cursor().executemany(
            "insert into plan_validity (plan_id, station_code, valid) values (%s, %s, %s)",
            [(plan_id, station_code, _range(p)) for plan_id, p in periods],
        )
        from geo_api.db.claims import redraw_claims  # claims are steps of a unit of work themselves

        redraw_claims(self._connection, station_code)

    def cell_codes(self, plan_id: int) -> frozenset[str]:
        """Codes of a plan's cells."""
        rows = self._connection.execute("select code from cell where plan_id = %s", (plan_id,)).fetchall()
        return frozenset(code for (code,) in rows)

    def proposed(self, plan_id: int) -> tuple[Duty, ...]:
        """The assignments that a plan brings."""
        rows = self._connection.execute(
            "select cell_code, officer_id, role, function from proposed_assignment where plan_id = %s order by 1, 3, 2",
            (plan_id,),
        ).fetchall()
        return tuple(Duty(*row) for row in rows)

    def cell_assignments(self, station_code: str) -> tuple[Assignment, ...]:
        """Current assignments of every cell code that the station ever used."""
        return self._assignments(
            "jurisdiction_code in (select code from cell_code where station_code = %s) order by id", station_code
        )

    def assignments(self, code: str) -> tuple[Assignment, ...]:
        """Current assignments of one code."""
        return self._assignments("jurisdiction_code = %s order by id", code)

    def _assignments(self, where: str, key: str) -> tuple[Assignment, ...]:
        rows = self._connection.execute(ASSIGNMENTS + where, (key,)).fetchall()  # type: ignore[arg-type]
        return tuple(Assignment(*(*row[:5], Period(row[5], row[6]), row[7])) for row in rows)

    def rewrite_assignments(self, rewrite: Rewrite[Assignment], *, source: str, plan_id: int | None = None) -> None:
        """Close and insert assignments. What remains of a row keeps its source, so that a reload knows it."""
        self._close("assignment", [row.row_id for row, _left in rewrite.cut])
        cursor = self._connection.cursor()
        cursor.executemany(
            "insert into assignment (officer_id, jurisdiction_code, role, function, plan_id, source, digest, valid) "
            "select officer_id, jurisdiction_code, role, function, plan_id, source, digest, %s "
            "from assignment where id = %s",
            [(_range(p), row.row_id) for row, left in rewrite.cut for p in left],
        )
        cursor.executemany(
            "insert into assignment (officer_id, jurisdiction_code, role, function, plan_id, source, digest, valid) "
            "values (%s, %s, %s, %s, %s, %s, '', %s)",
            [(r.officer_id, r.code, r.role, r.function, plan_id, source, _range(r.period)) for r in rewrite.new],
        )

    def knows_officer(self, officer_id: str) -> bool:
        """Whether the register of officers has this id."""
        row = self._connection.execute(
            "select 1 from officer where officer_id = %s and recorded_to is null limit 1", (officer_id,)
        ).fetchone()
        return row is not None

    def event(
        self, *, caller: Caller, verb: str, subject: str, reason: str = "", payload: Mapping[str, Any] | None = None
    ) -> None:
        """Record who did what, and why."""
        self._connection.execute(
            "insert into event (actor, role, verb, subject, reason, payload) values (%s, %s, %s, %s, %s, %s)",
            (caller.name, caller.role, verb, subject, reason.strip(), Jsonb(dict(payload or {}))),
        )

    def _close(self, table: str, ids: list[int]) -> None:
        self._connection.execute(
            f"update {table} set recorded_to = now() where id = any(%s)",  # type: ignore[arg-type]  # noqa: S608
            (ids,),
        )


def _range(period: Period) -> DateRange:
    return DateRange(period.start, period.end)
