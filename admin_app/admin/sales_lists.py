"""Projects, leads and their statuses as plain lists with filters and export; they are worked on in their workspace."""

from __future__ import annotations

from typing import ClassVar

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin.base import expose

from admin_app.admin.entity_view import EntityView
from admin_app.admin.projects.new_lead import new_lead_page


class ProjectView(EntityView):
    """The list of projects: a new one begins with its lead, changes are made in its workspace."""

    shown_at: ClassVar[tuple[str, str] | None] = ("projects.at", "project_id")
    can_be_edited = False
    usual_order = "-id"
    empty_words = "This list will hold your projects. Each new lead begins one."

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> ResponseReturnValue:
        """To the new lead, which makes its project [A26, 44]."""
        return redirect(url_for("leads.create_view", group=request.args.get("group")), code=303)


class LeadView(EntityView):
    """The list of leads: entered on one page with their project, worked on in the workspace."""

    shown_at: ClassVar[tuple[str, str] | None] = ("projects.at_lead", "lead_id")
    can_be_edited = can_be_deleted = False
    usual_order = "-id"
    empty_words = "This list will hold what customers ask for. Write the first question down."

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> ResponseReturnValue:
        """Who asked for what, with the project that begins by it [44, A38]."""
        return new_lead_page()


class EstimateView(EntityView):
    """The list of estimates, every revision a row: written and answered in the workspace of their project."""

    shown_at: ClassVar[tuple[str, str] | None] = ("projects.at_estimate", "estimate_id")
    can_be_created = can_be_edited = can_be_deleted = False
    usual_order = "-id"
    empty_words = "This list will hold your estimates. They are written in their projects."


class LeadStatusView(EntityView):
    """The names of the statuses of leads; those of the system are renamed and moved, never switched off [45]."""

    usual_order = "position"
    empty_words = "The system's own statuses appear with the first lead. Yours can be added before."
