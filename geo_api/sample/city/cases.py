"""Cases of the city's hotline: most say what an officer needs to find the place, some do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from geo_api.sample import dirt
from geo_api.sample.afterwards.people import CASES_AGO, CASES_HEAD, CASES_TITLES, cases_wanted

DAYS_AGO = (CASES_AGO,)
"""Days of the files, counted from the reference day."""
USABLE = 0.85
"""Share of cases that name township, street and number."""

Said = Callable[[dirt.Parts, np.random.Generator], str]


def city_cases(
    entities: pd.DataFrame,
    place: str,
    towns: tuple[str, ...],
    roads: dict[str, None],
    on: date,
    rng: np.random.Generator,
) -> dict[date, pd.DataFrame]:
    """Day of a file -> its cases. A caller names no city: the hotline is the city's own.

    Args:
        entities: name, address, market ("" = on a street).
        place: city that addresses begin with.
        towns: its townships.
        roads: names of all streets.
        on: the day on which the register is as it is.
        rng: randomness.
    """
    wanted = cases_wanted(len(entities))
    order = iter(rng.permutation(np.flatnonzero(entities["market"] == "")))
    files: dict[date, pd.DataFrame] = {}
    for ago in DAYS_AGO:
        day = on + timedelta(days=ago)
        rows: list[tuple[str, str, str]] = []
        for at in order:
            parts = dirt.split(str(entities["address"].iloc[at]), place, towns, roads)
            said = _said(parts, str(entities["name"].iloc[at]).removeprefix(place), rng) if parts is not None else ""
            if said:
                title = CASES_TITLES[int(rng.integers(len(CASES_TITLES)))]
                rows.append((f"12315-{day:%Y%m%d}-{len(rows) + 1:04d}", title, said))
            if len(rows) == wanted:
                break
        files[day] = pd.DataFrame(rows, columns=list(CASES_HEAD))
    return files


def _said(parts: dirt.Parts, name: str, rng: np.random.Generator) -> str:
    """What the hotline wrote down; "" where a spelling cannot be of this address."""
    if rng.random() >= USABLE:
        return _POOR[int(rng.integers(len(_POOR)))](parts, rng)
    own = replace(parts, county="")
    if rng.random() < 0.7:
        return f"{own.town}{own.plain}{name}" if rng.random() < 0.5 else f"{own.town}{own.plain}"
    return _USABLE_KINDS[int(rng.integers(len(_USABLE_KINDS)))](own, rng)


def _street_alone(parts: dirt.Parts, rng: np.random.Generator) -> str:
    """A street without a number."""
    return f"{parts.town}{parts.street}" if rng.random() < 0.5 else parts.street


def _somewhere(parts: dirt.Parts, rng: np.random.Generator) -> str:
    """No street at all."""
    return f"{parts.town}{rng.choice(['菜市场门口', '公交站旁边', '小学对面', '广场附近'])}"


_USABLE_KINDS: tuple[Said, ...] = (
    dirt.fullwidth, dirt.nearby, dirt.traditional, dirt.sub_number, dirt.building, dirt.punctuation, dirt.telephone,
    dirt.without_unit, dirt.brackets,
)  # fmt: skip
_POOR: tuple[Said, ...] = (
    dirt.no_district, dirt.numerals, dirt.one_wrong_character, dirt.misread, dirt.doubled, _street_alone, _somewhere,
)  # fmt: skip
