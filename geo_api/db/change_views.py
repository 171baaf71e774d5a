"""Changes of what is published, in the order of commits."""

from __future__ import annotations

from geo_api.db.engine import Connection, Database
from geo_api.db.queries import query
from geo_api.services.changes import Change, Changes, Since

WHAT = {"plan_validity": "plan", "patrol_group_cell": "patrol_group"}
"""Table -> the word for it, where they differ."""


class ChangeViews:
    """Implements :class:`geo_api.services.changes.ChangeReader`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def changes(self, since: Since, limit: int) -> Changes | None:
        """The page after ``since``; None where ``since`` names a change that is yet to come."""
        with self._database.connection() as connection:
            connection.execute("set transaction isolation level repeatable read, read only")
            row = connection.execute(
                "select revision()::bigint, (select coalesce(max(id), 0) from change_row)"
            ).fetchone()
            revision, last = row or (0, 0)
            if (since.change or 0) > revision or (since.row or 0) > last:
                return None
            after = _after(connection, since, last)
            rows = connection.execute(query("changes"), {"after": after, "limit": limit}).fetchall()
        changes = tuple(_change(r) for r in rows[:limit])
        more = len(rows) > limit
        return Changes(
            revision=str(revision),
            next=changes[-1].token if more else f"{revision}.{max(last, after)}",
            more=more,
            changes=changes,
        )


def _after(connection: Connection, since: Since, last: int) -> int:
    """The id of the last row that the caller has."""
    if since.row is not None:
        return since.row
    if since.moment is not None:
        found = connection.execute("select min(id) - 1 from change_row where at > %s", (since.moment,))
    else:
        found = connection.execute("select min(id) - 1 from change_row where change_id > %s", (since.change or -1,))
    row = found.fetchone()
    return last if row is None or row[0] is None else int(row[0])


def _change(row: tuple) -> Change:
    change_id, row_id, at, what, closed, codes, since, until, plan_id, version, officer, role, function, station = row
    listed = tuple(codes or ())
    return Change(
        token=f"{change_id}.{row_id}",
        recorded_at=at,
        what=WHAT.get(what, what),
        verb="withdrawn" if closed else "recorded",
        codes=(station, *listed) if station else listed,
        valid_from=since,
        valid_to=until,
        plan_id=plan_id,
        plan_version=version,
        officer_id=officer,
        role=role,
        function=function,
    )
