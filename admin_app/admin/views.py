"""Which entities have generated pages, and at which address."""

from __future__ import annotations

from flask_admin.base import BaseView


def entity_views() -> list[BaseView]:
    """The generated views, new for each application."""
    return []
