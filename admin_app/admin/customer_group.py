"""Customers as a plain list: their page is the profile, and a new one is entered with its people and places."""

from __future__ import annotations

from typing import ClassVar

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin.base import expose

from admin_app.admin.entity_view import EntityView


class CustomerGroupView(EntityView):
    """The pages of customers."""

    shown_at: ClassVar[tuple[str, str] | None] = ("customers.profile", "group_id")
    empty_words = "This list will hold your customers. Enter the first, or move in with the files you have."

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> ResponseReturnValue:
        """To the form that takes contacts and addresses too [P21-P23, R7]."""
        return redirect(url_for("customers.new", **request.args.to_dict()), code=303)  # type: ignore[arg-type]
