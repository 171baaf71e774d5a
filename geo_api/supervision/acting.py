"""Who acts: the key of an officer acts as that officer alone; other keys say which officer it was."""

from __future__ import annotations

from geo_api.errors import NotAllowed


def acting_officer(own: str, named: str, to: str) -> str:
    """The officer who does something.

    >>> acting_officer("P007", "", "claim entity 12")
    'P007'
    >>> acting_officer("", "P008", "claim entity 12")
    'P008'

    Args:
        own: id of the officer whose key it is; "" = a key of nobody in particular.
        named: id of the officer that the request names; "" = none.
        to: what is done, for the message.

    Raises:
        NotAllowed: the key's officer is not the one named.
    """
    if own and named not in ("", own):
        raise NotAllowed(
            f"this key is of officer {own}, and the request names {named} to {to}: leave the officer out to act as {own}; "
            f"{named}, or whoever stands in for them, sends it with a key of their own"
        )
    return named or own
