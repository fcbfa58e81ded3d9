"""Clients in tests: signed in to the portal as at the real door, or holding the link to a document."""

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from admin_app.kernel.actor import SYSTEM
from admin_app.kernel.clock import Clock, SystemClock
from admin_app.models import Company, Contact, DocumentLink, PortalAccount, PortalSession
from admin_app.models.base import OfficeSession
from admin_app.models.engine import writing
from admin_app.services.portal import links, sessions
from admin_app.services.staff_sessions import Lifetimes, Visitor, token_hash
from admin_app.web.clients import COOKIE
from admin_app.web.database import db
from seeds.portal_builders import a_portal_account


def sign_in_client(
    client: FlaskClient, contact: Contact | int, group: int, clock: Clock | None = None
) -> None:
    """Sign a contact in to the portal, looking at the things of one customer; the portal is switched on for it.

    The database must hold no open writing transaction of the test, for the session row is committed here.
    """
    app: Flask = client.application
    clock = clock or app.extensions.get("sawhorse_clock") or SystemClock()
    number = contact if isinstance(contact, int) else contact.id
    with app.app_context(), OfficeSession(db.engine, expire_on_commit=False) as session, writing():
        session.info.update(actor=SYSTEM, clock=clock, door="test")
        session.get_one(Company, 1).portal_enabled_default = True
        account = session.scalar(select(PortalAccount).where(PortalAccount.contact_id == number))
        if account is None:
            account = a_portal_account(session, session.get_one(Contact, number))
        token = sessions.begin(
            session, account, Visitor("127.0.0.1"), Lifetimes(timedelta(hours=12), timedelta(days=14)), clock
        )
        row = session.scalars(
            select(PortalSession).where(PortalSession.token_hash == token_hash(token))
        ).one()
        row.group_id = group
        session.commit()
    client.set_cookie(COOKIE, token, path="/portal")


def link_path(app: Flask, link: DocumentLink) -> str:
    """The address below which a document link opens its document: "/portal/d/<token>"."""
    secret: str = app.extensions["sawhorse_settings"].secret_key
    return f"/portal/d/{links.token_of(secret, link)}"
