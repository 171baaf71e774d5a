"""``gridward grid``: options that do not go together, and files that would overwrite each other, told before any work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path


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
