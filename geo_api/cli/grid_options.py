"""``gridward grid``: options that do not go together, and files that would overwrite each other, told before any work."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path


def all_at_once(*checks: Callable[[], object]) -> None:
    """Run every check, then refuse with all that they object to.

    Raises:
        BadRequest: the mistakes of all checks, in their order.
    """
    from geo_api.errors import BadRequest

    mistakes = []
    for check in checks:
        try:
            check()
        except BadRequest as mistake:
            mistakes.append(str(mistake))
    if mistakes:
        raise BadRequest("; ".join(mistakes))


def check_numbers(
    *, tolerance: float, time_limit: float | None, staff: int | None, officers_per_cell: float | None
) -> None:
    """Refuse numbers that mean nothing, before any file is read.

    Args:
        tolerance: ``--tolerance``, 0 to 1.
        time_limit: ``--time-limit``, seconds; None = none.
        staff: ``--staff``, None = not given.
        officers_per_cell: ``--officers-per-cell``, None = not given.

    Raises:
        BadRequest: all mistakes at once.
    """
    from geo_api.errors import BadRequest

    mistakes = []
    if not 0 <= tolerance <= 1:
        mistakes.append(
            f"--tolerance {tolerance:g}: a fraction from 0 to 1 was expected, such as 0.03 for 3 % more or less work"
        )
    if time_limit is not None and not (math.isfinite(time_limit) and time_limit >= 0):
        mistakes.append(f"--time-limit {time_limit:g}: a number of seconds was expected; leave it out for no limit")
    if officers_per_cell is not None:
        if not (math.isfinite(officers_per_cell) and officers_per_cell > 0):
            mistakes.append(f"--officers-per-cell {officers_per_cell:g}: a number above 0 was expected, such as 2")
        if staff is None:
            mistakes.append("--officers-per-cell needs --staff N, the officers of all cells together")
    if mistakes:
        raise BadRequest("; ".join(mistakes))


def line_checks(
    cost: list[str] | None, rules: Callable[[Mapping[str, float]], object]
) -> tuple[Callable[[], object], ...]:
    """Checks of ``--cost`` and of the other rules for lines; the latter even where a cost cannot be read.

    Args:
        cost: ``--cost``, as often as given.
        rules: refuses costs and rules that mean nothing.
    """
    from geo_api.errors import BadRequest
    from geo_api.services.line_rules import parsed_costs

    try:
        costs = parsed_costs(cost or ())
    except BadRequest:
        return (lambda: parsed_costs(cost or ()), lambda: rules({}))
    return (lambda: rules(costs),)


def check_together(
    given: Mapping[str, object], *, stations: str | None, base_units: str | None, base_units_rule: str
) -> None:
    """Refuse options that would be passed over in silence.

    Args:
        given: option -> value of those that only go without ``--stations`` (keep, lock, realignment) or only with it
            (station-codes); None or empty = not given.
        stations: ``--stations``.
        base_units, base_units_rule: ``--base-units`` and its rule.

    Raises:
        BadRequest: all mistakes at once.
    """
    from geo_api.errors import BadRequest

    mistakes = []
    single = [f"--{name}" for name in ("keep", "lock", "realignment") if given.get(name)]
    if stations is not None and single:
        mistakes.append(
            f"--stations does not go with {', '.join(single)}: draw one station again alone, with its own --outline"
        )
    if stations is None and given.get("station-codes"):
        mistakes.append("--station-codes needs --stations COLUMN, the column with the stations' names")
    if base_units is None and base_units_rule == "keep":
        mistakes.append("--base-units-rule keep needs --base-units F[:LAYER], the communities to keep whole")
    if mistakes:
        raise BadRequest("; ".join(mistakes))


def check_outputs(outputs: Mapping[str, Path | None], inputs: Iterable[str | Path]) -> None:
    """Refuse results that could not be written, would overwrite a file that is read, or one another.

    Args:
        outputs: option -> file to write, None = not asked for; the first is the plan.
        inputs: files that are read.

    Raises:
        SourceError: which file, and why.
    """
    from layers.errors import SourceError
    from layers.whole_file import check_target

    asked = {option: path for option, path in outputs.items() if path is not None}
    read = list(inputs)
    places: dict[Path, str] = {}
    for number, (option, path) in enumerate(asked.items()):
        check_target(path, suffix=".gpkg" if number == 0 else None, inputs=read)
        place = path.resolve()
        if place in places:
            raise SourceError(
                f"{path}: is named by {places[place]} and by {option}; choose another name for one of them"
            )
        places[place] = option
