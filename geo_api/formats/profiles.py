"""Rules of a bureau as TOML, JSON and lists of versions."""

from __future__ import annotations

from dataclasses import fields

import orjson

from geo_api.formats.sheets import csv_table, fields_of, xlsx_table
from geo_api.formats.toml import to_toml
from geo_api.services.profiles.answers import ProfileAnswer, ProfileList, ProfileVersion

HEAD = tuple(f.name for f in fields(ProfileVersion))


def profile_json(answer: ProfileAnswer) -> bytes:
    """The version, what is set and what counts."""
    return orjson.dumps(
        {
            "on": answer.on,
            "version": answer.version,
            "settings": dict(answer.settings),
            "effective": dict(answer.effective),
            "findings": [f.as_dict() for f in answer.findings],
        }
    )


def profile_toml(answer: ProfileAnswer) -> bytes:
    """What is set, as a file that ``gridward profile set`` reads; when and by whom as a comment."""
    version = answer.version
    since, until = version.valid_from or "the beginning", version.valid_to or "further notice"
    by = f", set by {version.actor}: {version.reason}" if version.actor else f", of the dataset {version.source}"
    note = " ".join(f"rules of {version.bureau_code} from {since} until {until}{by}".split())
    return (f"# {note}\n\n" + to_toml({"rules": answer.settings})).encode()


def profile_list_json(answer: ProfileList) -> bytes:
    """``{"bureau_code", "versions": [...]}``, oldest first."""
    return orjson.dumps(answer)


def profile_list_csv(answer: ProfileList) -> bytes:
    """One line a version."""
    return csv_table(HEAD, fields_of(answer.versions, HEAD))


def profile_list_xlsx(answer: ProfileList) -> bytes:
    """One row a version."""
    return xlsx_table("profiles", HEAD, fields_of(answer.versions, HEAD))
