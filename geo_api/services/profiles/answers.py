"""Typed answers about profiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from typing import Any

from geo_api.services.profiles.store import ProfileRow
from geo_api.supervision.frequency import SETTINGS
from geo_api.supervision.profile import Profile
from gridding.findings import Finding


@dataclass(frozen=True, slots=True)
class ProfileVersion:
    """A version of the rules of a bureau.

    Attributes:
        bureau_code: whose rules they are.
        valid_from, valid_to: days [from, to) for which they hold; None = open.
        recorded_at: when it was recorded.
        actor, reason: who set it and why; "" = it came with the dataset.
        source: the dataset.
        digest: sha256 of the settings.
    """

    bureau_code: str
    valid_from: date | None
    valid_to: date | None
    recorded_at: datetime
    actor: str
    reason: str
    source: str
    digest: str


@dataclass(frozen=True, slots=True)
class ProfileAnswer:
    """The rules of a bureau on a day: ``settings`` as set, ``effective`` with every default filled in.

    ``findings``: what is doubtful, such as classes of entities that the rules do not know.
    """

    on: date
    version: ProfileVersion
    settings: Mapping[str, Any]
    effective: Mapping[str, Any]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class ProfileList:
    """The versions of the rules of a bureau, oldest first."""

    bureau_code: str
    versions: tuple[ProfileVersion, ...]


def version_of(row: ProfileRow) -> ProfileVersion:
    """A stored version without its settings."""
    return ProfileVersion(
        row.bureau_code, row.valid.start, row.valid.end, row.recorded_at, row.actor, row.reason, row.source, row.digest
    )


def effective(profile: Profile) -> dict[str, Any]:
    """Every setting with its value, defaults filled in: plain dicts, lists, numbers and texts."""
    flat = {name: plain(getattr(profile.rules, name)) for name in SETTINGS}
    return flat | {name: plain(section) for name, section in profile.sections.items()}


def plain(value: Any) -> Any:
    """A dataclass, mapping or tuple as dicts and lists."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in (value if isinstance(value, list | tuple) else sorted(value))]
    return value
