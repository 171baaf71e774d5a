"""A profile as a TOML file: the table ``[rules]`` of a manifest, and nothing else."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geo_api.errors import BadRequest
from geo_api.supervision.section import refuse, unknown

LARGEST_BYTES = 1_000_000


def read_profile_file(path: str | Path) -> Mapping[str, Any]:
    """The settings of a profile file, not yet checked (:func:`geo_api.supervision.profile.profile_from`).

    Raises:
        BadRequest: no such file, no TOML, or something else in it than ``[rules]``.
    """
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise BadRequest(f"{path}: larger than {LARGEST_BYTES} bytes: this is no profile")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as wrong:
        raise BadRequest(f"{path}: cannot be read ({wrong.strerror}); expected a TOML file with [rules]") from wrong
    except UnicodeDecodeError as wrong:
        raise BadRequest(f"{path}: a profile must be UTF-8; save it so") from wrong
    return profile_settings(text, str(path))


def profile_settings(text: str, name: str) -> Mapping[str, Any]:
    """The settings in the text of a profile; BadRequest as :func:`read_profile_file`."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise BadRequest(f"{name}: not valid TOML: {wrong}") from wrong
    rules = data.get("rules")
    if not isinstance(rules, Mapping):
        raise BadRequest(
            f"{name}: the table [rules] is missing; the settings of a profile stand in it, as in a manifest"
        )
    refuse([unknown(name, str(key), ["rules"]) for key in data if key != "rules"])
    return rules
