"""Every address states who may use it; what states nothing is closed (security.md, "Access").

A view function carries its rule by `@rule(Permission.X)` or `@public`, a page of the portal by `@for_clients(module)`;
a Flask-Admin view names the rules of its pages in the class attribute `access`, where "read", "write" and "delete" mean
the rights of its entity.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar, cast

from flask import Flask, current_app, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from admin_app.kernel.errors import NotAllowed
from admin_app.policy import Permission, demand, rights_of
from admin_app.web.clients import ClientRule, admit
from admin_app.web.company import actor

View = TypeVar("View", bound=Callable[..., Any])
Rule = Permission | ClientRule | Literal["public"]
PUBLIC: Literal["public"] = "public"


def rule(permission: Permission) -> Callable[[View], View]:
    """State the right that a view asks for."""

    def mark(view: View) -> View:
        view.__dict__["access_rule"] = permission
        return view

    return mark


def public(view: View) -> View:
    """State that a view is for everybody: sign-in, health, static files."""
    view.__dict__["access_rule"] = PUBLIC
    return view


def access_of(app: Flask, endpoint: str) -> Rule | None:
    """The rule of an address by its endpoint; None where nothing is stated."""
    if endpoint == "static" or endpoint.endswith(".static"):
        return PUBLIC
    view = app.view_functions[endpoint]
    stated = getattr(view, "access_rule", None)
    if stated is not None:
        return cast(Rule, stated)
    owner = getattr(view, "__self__", None)
    pages: Mapping[str, Permission | ClientRule | str] = getattr(owner, "access", {})
    page = pages.get(endpoint.rsplit(".", 1)[-1])
    if page is None or isinstance(page, Permission | ClientRule):
        return page
    return cast(Permission, getattr(rights_of(cast(Any, owner).model), page))


def _guard() -> ResponseReturnValue | None:
    """Stop a request that its rule does not allow; raises NotAllowed or NotFound."""
    if request.endpoint is None:
        return None  # no such address: Flask answers 404
    stated = access_of(current_app, request.endpoint)
    if stated is PUBLIC:
        return None
    if isinstance(stated, ClientRule):
        return admit(stated)
    if not current_user.is_authenticated:
        return cast(ResponseReturnValue, current_app.login_manager.unauthorized())  # type: ignore[attr-defined]
    if stated is None:
        raise NotAllowed("This page states no rule of access, so it stays closed")
    demand(actor(), cast(Permission, stated))
    return None


def init_access(app: Flask) -> None:
    """Ask the rule of every address before its view runs."""
    app.before_request(_guard)
