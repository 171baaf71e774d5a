"""Errors of the service. None carries an HTTP status: ``geo_api.routes.problem`` maps them to one."""

from __future__ import annotations

from gridding.findings import Finding


class SupervisionError(ValueError):
    """Base: a clear sentence (what, where, what was expected, what to do) and the findings that explain it."""

    code = "supervision_error"

    def __init__(self, message: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(message)
        self.findings = findings


class BadRequest(SupervisionError):
    """A parameter that cannot be used."""

    code = "bad_request"


class NotFound(SupervisionError):
    """The thing asked for does not exist (on that day)."""

    code = "not_found"


class RuleViolation(SupervisionError):
    """A rule of grid supervision forbids it; the findings say which and where."""

    code = "rule_violation"


class Conflict(SupervisionError):
    """The thing is not in a state that allows it, or somebody was faster."""

    code = "conflict"


class NotAllowed(SupervisionError):
    """The caller's role or jurisdiction does not allow it."""

    code = "not_allowed"


class NotAuthenticated(SupervisionError):
    """No key, an unknown key or a revoked key."""

    code = "not_authenticated"


class StoreUnavailable(SupervisionError):
    """The database cannot be reached; try again."""

    code = "store_unavailable"


class TooLarge(SupervisionError):
    """A request body above the limits of this deployment."""

    code = "too_large"


class TooBusy(SupervisionError):
    """Too many such requests are being worked on; try again after a moment."""

    code = "too_busy"


class TooManyRequests(SupervisionError):
    """A caller has asked for more than its limit; ``wait_s`` says after how many seconds it may ask again."""

    code = "too_many_requests"

    def __init__(self, message: str, wait_s: float = 0.0) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class Interrupted(SupervisionError):
    """The work was broken off by no fault of the caller; nothing is half done, try again."""

    code = "interrupted"
