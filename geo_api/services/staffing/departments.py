"""Which departments answer where: a table of places and functions, with its holes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from geo_api.errors import BadRequest
from geo_api.services.answers import Caller, OfficerOnDuty
from geo_api.services.on_duty import answering
from geo_api.services.snapshot import Snapshot, cells_under
from geo_api.services.staffing.check import READERS
from geo_api.services.staffing.store import StaffingStore
from geo_api.supervision.roles import require
from geo_api.supervision.staffing_rules import staffing_rules

OWN, GENERAL, STATION, BUREAU, NOBODY = "own", "general", "station", "bureau", "nobody"


@dataclass(frozen=True, slots=True)
class DepartmentCell:
    """Who answers for a function in a place.

    ``state``: "own": officers of the place for just this function; "general": those of the place for everything;
    "station", "bureau": only those above; "nobody": a hole. ``officers``: their names with roles, lead first.
    """

    function: str
    state: str
    officers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    """A place and its departments, in the order of :attr:`DepartmentMatrix.functions`."""

    code: str
    name: str
    station_code: str
    station_name: str
    departments: tuple[DepartmentCell, ...]


@dataclass(frozen=True, slots=True)
class DepartmentMatrix:
    """Places of a jurisdiction against functions on a day.

    ``functions``: "" = everything; ``level``: "cell" or "station"; ``holes``: places where nobody of their own answers for a
    function, by function.
    """

    jurisdiction: str
    on: date
    level: str
    functions: tuple[str, ...]
    rows: tuple[DepartmentRow, ...]
    holes: dict[str, int]


def department_matrix(
    store: StaffingStore, snapshot: Snapshot, jurisdiction: str, *, caller: Caller, level: str = "cell"
) -> DepartmentMatrix:
    """Places (``level``: "cell" or "station") of a jurisdiction against functions, on the snapshot's day.

    The functions are those that the place names (``[rules.staffing] functions``) and those that somebody holds.

    Raises:
        NotFound: no such jurisdiction. NotAllowed: not the caller's to see.
    """
    require(
        caller.role,
        caller.jurisdiction,
        allowed=READERS,
        ancestors=store.ancestors(jurisdiction),
        to=f"see the departments of {jurisdiction}",
    )
    if level not in ("cell", "station"):
        raise BadRequest(f"level {level!r}: cell or station was expected")
    territory = snapshot.territory
    cells = [snapshot.refs[i] for i in cells_under(snapshot, jurisdiction)]
    stations = dict.fromkeys(c.station_code for c in cells)
    places = (
        [(s, territory.names.get(s, ""), s) for s in stations]
        if level == "station"
        else [(c.code, c.name, c.station_code) for c in cells]
    )
    settings = store.rules(jurisdiction, snapshot.on).get("staffing", {})
    held = {o.function for code, _, station in places for c in (code, station) for o in territory.officers.get(c, ())}
    functions = tuple(dict.fromkeys(("", *staffing_rules(settings).functions, *sorted(held))))
    rows = tuple(
        DepartmentRow(
            code,
            name,
            station,
            territory.names.get(station, ""),
            tuple(_cell(snapshot, code, station, function) for function in functions),
        )
        for code, name, station in places
    )
    holes = {
        function: sum(row.departments[n].state in (STATION, BUREAU, NOBODY) for row in rows)
        for n, function in enumerate(functions)
    }
    return DepartmentMatrix(jurisdiction, snapshot.on, level, functions, rows, holes)


def _cell(snapshot: Snapshot, code: str, station: str, function: str) -> DepartmentCell:
    officers, _ = answering(snapshot.territory, code, station, function)
    if not officers:
        return DepartmentCell(function, NOBODY, ())
    at = officers[0].answers_for
    if at == code:
        state = OWN if any(o.function == function for o in officers) else GENERAL
    else:
        state = STATION if at == station else BUREAU
    return DepartmentCell(function, state, tuple(_named(o) for o in officers if o.function == function or state != OWN))


def _named(officer: OfficerOnDuty) -> str:
    told = f"{officer.name} ({officer.role}"
    if officer.substitutes_for:
        told += f", stands in for {officer.substitutes_for}"
    return told + (", away)" if officer.absent else ")")
