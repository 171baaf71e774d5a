"""Classes of entities that the rules do not know."""

from __future__ import annotations

from collections.abc import Mapping

from geo_api.supervision.profile import Profile
from gridding.findings import Finding, Severity


def class_findings(profile: Profile, in_use: Mapping[str, int]) -> tuple[Finding, ...]:
    """One finding for each class that entities have and the rules do not: they count as the class of the unlicensed."""
    classes = profile.rules.classes
    return tuple(
        Finding(
            "profile.unknown_class",
            Severity.WARNING,
            f"{count} entities have the class {letter}, which is none of {', '.join(classes.order)}: until they get one of "
            f"these they count as {classes.unlicensed}",
            f"{count} 个主体的分类 {letter} 不在 {'、'.join(classes.order)} 之中，暂按 {classes.unlicensed} 类计",
            where=letter,
            value=count,
            unit="entities",
        )
        for letter, count in in_use.items()
        if letter not in classes.order
    )
