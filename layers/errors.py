"""Errors of the layers package. None carries an HTTP status: geo_api maps them."""

from __future__ import annotations

from gridding.findings import Finding


class LayersError(ValueError):
    """Base of all errors of this package; carries the findings that explain it."""

    def __init__(self, message: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(message)
        self.findings = findings


class DatumError(LayersError):
    """An unknown datum, or coordinates that cannot be what their datum says."""


class SchemaError(LayersError):
    """A file whose columns or values do not fit the manifest; carries all violations at once."""


class SourceError(LayersError):
    """A data source that is missing, empty or cannot be read."""


class AssetError(LayersError):
    """A vendored script, style or font that is missing or would load from outside."""
