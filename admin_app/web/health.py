"""Two addresses for whoever watches the machine: alive, and able to work."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from sqlalchemy import text

from admin_app.web.access import public
from admin_app.web.database import db

health = Blueprint("health", __name__)


@health.get("/healthz")
@public
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="alive")


@health.get("/readyz")
@public
def readyz() -> Response:
    """The database answers too; otherwise 503 by the handler for a database that is away."""
    db.session.execute(text("SELECT 1"))
    return jsonify(status="ready")
