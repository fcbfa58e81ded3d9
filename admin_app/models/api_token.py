"""Keys for machines: a token acts with the rights of the member of staff who made it (security.md)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped

from admin_app.models.base import Entity
from admin_app.models.field import DERIVED, FOUND, HIDDEN, field, link
from admin_app.models.staff import User


class ApiToken(Entity):
    """A key for one program; only its hash is kept, so it is shown once, when it is made."""

    singular, plural, group_path = "API token", "API tokens", None

    name: Mapped[str] = field(String(120), on=FOUND, short=True, help="Which program uses it")
    user_id: Mapped[int]
    user: Mapped[User] = link(on=DERIVED, ondelete="CASCADE", label="Acts as")
    token_hash: Mapped[str] = field(String(64), unique=True, on=HIDDEN, secret=True)
    read_only: Mapped[bool] = field(on=DERIVED, default=True)
    last_used_at: Mapped[datetime | None] = field(on=DERIVED, cache=True)
    revoked_at: Mapped[datetime | None] = field(on=DERIVED)
