"""The profile of a bureau: its local rules as data, each subject's own section checked by its own module.

``[rules]`` holds the settings of :class:`geo_api.supervision.frequency.Rules` and one table for each subject
(``[rules.claims]``, ``[rules.levels]``, ...). A module ``geo_api/supervision/<subject>_rules.py`` owns a table: ``SECTION``
is its name, ``<section>_rules(settings)`` turns it into a frozen dataclass and raises BadRequest with every problem.
What is left out has its default, so a profile always has all sections.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

import geo_api.supervision
from geo_api.errors import BadRequest
from geo_api.supervision.frequency import SETTINGS, Rules, flat_problems, rules_from
from geo_api.supervision.periods import Period
from geo_api.supervision.section import problem, refuse, unknown
from gridding.findings import Finding

ALWAYS = Period(None, None)


@dataclass(frozen=True, slots=True)
class Profile:
    """The rules of a bureau for a period.

    Attributes:
        bureau_code: whose they are.
        settings: as stored, what is left out has its default.
        rules: frequency, workload, staff (:class:`geo_api.supervision.frequency.Rules`).
        sections: name -> the frozen dataclass of that section.
        valid: days for which they hold.
        timezone: of the bureau.
    """

    bureau_code: str
    settings: Mapping[str, Any]
    rules: Rules
    sections: Mapping[str, Any] = field(default_factory=dict)
    valid: Period = ALWAYS
    timezone: str = "UTC"

    def section(self, name: str) -> Any:
        """The rules of one subject, such as ``claims``; KeyError for a section that nobody owns."""
        return self.sections[name]


@cache
def sections() -> Mapping[str, Callable[[Mapping[str, Any]], Any]]:
    """Name of each section of ``[rules]`` -> its checker, by name."""
    found = {}
    for module in pkgutil.iter_modules(geo_api.supervision.__path__):
        if module.name.endswith("_rules"):
            owner = import_module(f"geo_api.supervision.{module.name}")
            found[owner.SECTION] = getattr(owner, f"{owner.SECTION}_rules")
    return MappingProxyType(dict(sorted(found.items())))


def profile_from(
    settings: Mapping[str, Any], *, bureau_code: str = "", valid: Period = ALWAYS, timezone: str = "UTC"
) -> Profile:
    """A profile out of the settings of ``[rules]``.

    Raises:
        BadRequest: every problem of every section at once, each with the path of its setting.
    """
    problems: list[Finding] = []
    owners = sections()
    known = (*SETTINGS, *owners)
    problems += [unknown("rules", str(name), known) for name in settings if name not in known]
    problems += flat_problems(settings)
    checked: dict[str, Any] = {}
    for name, check in owners.items():
        try:
            checked[name] = check(settings.get(name, {}))
        except BadRequest as wrong:
            problems += wrong.findings or (problem(f"rules.{name}", str(wrong)),)
    refuse(problems)
    return Profile(
        bureau_code=bureau_code,
        settings=settings,
        rules=rules_from(settings),
        sections=checked,
        valid=valid,
        timezone=timezone,
    )


def profile_problems(settings: Mapping[str, Any]) -> tuple[Finding, ...]:
    """What is wrong with the settings of ``[rules]``; empty where all is well."""
    try:
        profile_from(settings)
    except BadRequest as wrong:
        return wrong.findings
    return ()
