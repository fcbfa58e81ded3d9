"""The company as a request knows it: its row, its calendar, its zone; and who acts."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from flask import current_app, g
from flask_login import current_user
from sqlalchemy import Row, select

from admin_app.kernel.actor import NOBODY, Actor
from admin_app.kernel.clock import Clock, SystemClock
from admin_app.models import Company
from admin_app.models.base import OfficeSession
from admin_app.services.portal.address import doorstep_by
from admin_app.web.database import db


def company() -> Row[Any] | None:
    """The company's row as plain values, read once a request; None before the set-up.

    Plain, so that it outlives the request's transaction: a page about a refusal still knows name and zone.
    """
    if "company" not in g:
        g.company = db.session.execute(select(Company.__table__)).first()
    return cast("Row[Any] | None", g.company)


def zone() -> str:
    """The IANA name of the company's time zone."""
    row = company()
    return str(row.zone) if row else "UTC"


def clock() -> Clock:
    """The clock of this request, in the company's zone; tests hand their own through `app.extensions`."""
    return cast(Clock, current_app.extensions.get("sawhorse_clock")) or SystemClock(zone())


def today() -> date:
    """The company's calendar day."""
    return clock().today()


def currency() -> str:
    """The currency of the books (ISO 4217)."""
    row = company()
    return str(row.currency) if row else "EUR"


def actor() -> Actor:
    """Who acts in this request: the signed-in person, or nobody."""
    if "actor" not in g:
        signed_in = current_user.is_authenticated
        g.actor = current_user.as_actor() if signed_in else NOBODY
    return cast(Actor, g.actor)


def office_session() -> OfficeSession:
    """The request's session, telling the history writer who acts, when, and through which door."""
    session = db.session()
    if "actor" not in session.info or session.info.get("request") is not g._get_current_object():
        session.info.update(
            actor=actor(),
            clock=clock(),
            door=g.get("door", "admin"),
            doorstep=doorstep_by(current_app.extensions["sawhorse_settings"]),
            request=g._get_current_object(),
        )
    return cast(OfficeSession, session)
