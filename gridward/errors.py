"""What can go wrong when a service is asked."""

from __future__ import annotations

from gridward.answers import Finding


class GridwardError(Exception):
    """Base of all errors of this client."""


class Unreachable(GridwardError):
    """No answer came: refused, broken off, or too late. ``__cause__`` is the error of the connection."""


class BadAnswer(GridwardError):
    """An answer came that is none of a Gridward service of this version."""


class ServiceError(GridwardError):
    """The service refused.

    Attributes:
        status: HTTP status.
        code: kind of error, such as "bad_request", "not_found", "too_many_requests".
        detail: what is wrong, where, what was expected, what to do.
        findings: all that is wrong, one by one, in English and Chinese.
        request_id: names the request in the service's log; quote it when you report a fault.
        retry_after_s: seconds after which it may be tried again, None where that was not said.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        findings: tuple[Finding, ...] = (),
        request_id: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {detail}" + (f" (request {request_id})" if request_id else ""))
        self.status, self.code, self.detail = status, code, detail
        self.findings, self.request_id, self.retry_after_s = findings, request_id, retry_after_s


class BadRequest(ServiceError):
    """A parameter or a body that cannot be used, or a rule that forbids it (413, 422 and other 4xx)."""


class NotAuthenticated(ServiceError):
    """No key, or one that is unknown or revoked (401)."""


class NotAllowed(ServiceError):
    """The key's role, jurisdiction or scopes do not allow it (403)."""


class NotFound(ServiceError):
    """There is no such thing on that day (404)."""


class Conflict(ServiceError):
    """Not in a state that allows it; of changes: take a full copy (409)."""


class TooManyRequests(ServiceError):
    """Over the rate limit of the key or the address (429)."""


class Unavailable(ServiceError):
    """The service is too busy or its database is away (502, 503, 504)."""


KINDS: dict[int, type[ServiceError]] = {
    401: NotAuthenticated,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    429: TooManyRequests,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}


def kind_of(status: int) -> type[ServiceError]:
    """The class of an HTTP status."""
    return KINDS.get(status, BadRequest if status < 500 else ServiceError)
