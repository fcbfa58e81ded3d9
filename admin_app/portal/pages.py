"""The blueprint of the portal's pages; the modules beside this one add their addresses to it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, g

pages = Blueprint("portal_pages", __name__)
"""Registered under three names (`admin_app.web.clients`); addresses are built relative to the one that was asked."""


@pages.url_value_preprocessor
def _take_token(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """The token of a link or preview is for the door; views do not see it."""
    if values is not None and "token" in values:
        g.portal_token = values.pop("token")


@pages.url_defaults
def _give_token(endpoint: str, values: dict[str, Any]) -> None:
    """Addresses beside the page that was asked carry its token on."""
    if "portal_token" in g and current_app.url_map.is_endpoint_expecting(endpoint, "token"):
        values.setdefault("token", g.portal_token)
