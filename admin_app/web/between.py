"""A request that must ask somebody else on the network in its middle: what it did so far is kept first (design 8).

The one case is starting a card payment: written down and kept, then the provider is asked with no transaction open, and
what it answers is kept by the request's own commit at its end.
"""

from __future__ import annotations

from admin_app.web.database import db


def keep_so_far() -> None:
    """Commit what this request has done; the next statement opens another transaction."""
    db.session.commit()
