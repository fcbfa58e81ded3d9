"""The proof of the books as a page: every invariant, green or red, with the rows that break it [L3, 93]."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from admin_app.money.proof import prove
from admin_app.policy import Permission
from admin_app.web.access import rule
from admin_app.web.company import clock, office_session

page = Blueprint("proof", __name__, url_prefix="/admin/proof")


@page.get("/")
@rule(Permission.PROOF)
def index() -> ResponseReturnValue:
    """Ask every invariant now and show what came of it."""
    findings = list(prove(office_session()))
    broken = [finding for finding in findings if not finding.holds]
    return render_template("admin/proof.html", findings=findings, broken=broken, asked_at=clock().now())
