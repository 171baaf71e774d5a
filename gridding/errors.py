"""Errors of the gridding package. None carries an HTTP status: geo_api maps them."""

from __future__ import annotations

from typing import Any

from gridding.findings import Finding


class GriddingError(ValueError):
    """Base of all errors of this package; carries the findings that explain it."""

    def __init__(self, message: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(message)
        self.findings = findings


class GeometryError(GriddingError):
    """Input geometry that cannot be used: empty, not finite, no area."""


class OutlineError(GeometryError):
    """An outline that cannot be used; whoever read it adds the file's name."""


class TilingError(GriddingError):
    """Cells that do not tile their outline exactly."""


class Infeasible(GriddingError):
    """A request that nothing can fulfil; ``best`` holds the best result found, if any."""

    def __init__(self, message: str, findings: tuple[Finding, ...] = (), best: Any = None) -> None:
        super().__init__(message, findings)
        self.best = best
