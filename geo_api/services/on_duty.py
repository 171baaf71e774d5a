"""Who answers for a code on a day: its own officers, else those of the nearest level above that has somebody there."""

from __future__ import annotations

from geo_api.services.answers import OfficerOnDuty, PublishedTerritory


def answering(
    territory: PublishedTerritory, code: str, station_code: str, function: str | None = None
) -> tuple[tuple[OfficerOnDuty, ...], str | None]:
    """Officers of a cell or station, and at which level they are: None = the code's own, else as :func:`level_above`.

    Absent officers are named, but a level where nobody is there does not answer: the next one above does, and its
    officers are named instead. With a ``function`` only those who hold it count, and those who hold all functions.
    """
    seen: set[str] = set()
    at = code
    while at and at not in seen:
        people = for_function(territory.officers.get(at, ()), function)
        if any(not o.absent for o in people):
            return people, None if at == code != station_code else level_above(territory, at, station_code)
        seen.add(at)
        at = territory.parents.get(at) or (station_code if at == code else "")
    return (), None


def level_above(territory: PublishedTerritory, code: str, station_code: str) -> str:
    """What a station or a jurisdiction above it is: "station", "bureau" (the top), or "sub-bureau" for one between."""
    if code == station_code:
        return "station"
    return "sub-bureau" if territory.parents.get(code) in territory.names else "bureau"


def for_function(officers: tuple[OfficerOnDuty, ...], function: str | None) -> tuple[OfficerOnDuty, ...]:
    """Those who hold a function, then those who hold all of them (""); everybody for None.

    With "" only those who hold all functions.
    """
    if function is None:
        return officers
    own = tuple(o for o in officers if function and o.function == function)
    return own + tuple(o for o in officers if not o.function)
