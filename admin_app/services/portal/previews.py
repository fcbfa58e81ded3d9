"""A preview of the portal travels in its address: whose eyes, and which changes are proposed [113, E14].

The token is signed, so that nobody but the desk makes one; whoever opens it must be signed in as staff all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from itsdangerous import BadSignature, URLSafeSerializer

from admin_app.policy import Proposed


@dataclass(frozen=True, slots=True)
class Preview:
    """Through whose eyes the desk looks, at which customer, with which changes that nobody saved yet."""

    contact_id: int
    group_id: int
    proposed: Proposed = field(default_factory=Proposed)


def token_of_preview(secret: str, preview: Preview) -> str:
    """The preview as it stands in an address."""
    change = preview.proposed
    return str(
        _serializer(secret).dumps(
            {
                "c": preview.contact_id,
                "g": preview.group_id,
                "a": change.account_on,
                "p": change.group_on,
                "h": sorted(change.hides) if change.hides is not None else None,
                "o": sorted(change.opened),
                "x": sorted(change.closed),
            }
        )
    )


def preview_of(secret: str, token: str) -> Preview | None:
    """The preview behind a token; None for a token that the desk did not make."""
    try:
        kept = _serializer(secret).loads(token)
    except BadSignature:
        return None
    return Preview(
        kept["c"],
        kept["g"],
        Proposed(
            account_on=kept["a"],
            group_on=kept["p"],
            hides=frozenset(kept["h"]) if kept["h"] is not None else None,
            opened=frozenset(kept["o"]),
            closed=frozenset(kept["x"]),
        ),
    )


def _serializer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="portal preview")
