"""Signing in for tests: a person of the cast gets a session row and the client its cookie, as at the real door."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

import seeds.builders
from admin_app.kernel.actor import SYSTEM, Role
from admin_app.kernel.clock import Clock, SystemClock
from admin_app.kernel.text import email_key
from admin_app.models import User
from admin_app.models.base import OfficeSession
from admin_app.models.engine import writing
from admin_app.services import staff_sessions
from admin_app.services.passwords import Passwords
from admin_app.services.staff_sessions import Lifetimes, Visitor
from admin_app.web.database import db

PASSWORD = "correct horse battery staple"
"""What everybody of the cast signs in with, where a test signs in by the form."""

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""For tests of forms and wording, where the second database would tell nothing more."""

CAST = {role: (name, f"{who}@ashworth.test") for who, (name, role) in seeds.builders.CAST.items()}
"""One person a role."""


def a_user(session: Session, role: Role = Role.OWNER, **but: object) -> User:
    """The person of the cast with this role, added if they are not there yet; flushed, not committed."""
    name, email = CAST[role]
    email = str(but.get("email", email))
    user = session.scalar(select(User).where(User.email_key == email_key(email)))
    if user is None:
        values = {
            "name": name,
            "email": email,
            "email_key": email_key(email),
            "role": role,
            "active": True,
            "password_hash": Passwords(1, 8).hash(PASSWORD),
        }
        user = User(**(values | but))
        session.add(user)
        session.flush()
    return user


def sign_in_as(client: FlaskClient, user: User | Role = Role.OWNER, clock: Clock | None = None) -> User:
    """Sign the client in as `user`, or as the person of the cast with this role; gives back the person.

    The database must hold no open writing transaction of the test, for the session row is committed here.
    """
    app: Flask = client.application
    clock = clock or app.extensions.get("sawhorse_clock") or SystemClock()
    with app.app_context(), OfficeSession(db.engine, expire_on_commit=False) as session, writing():
        session.info.update(actor=SYSTEM, clock=clock, door="test")
        person = a_user(session, user) if isinstance(user, Role) else session.get_one(User, user.id)
        token = staff_sessions.begin(
            session, person, Visitor("127.0.0.1"), Lifetimes(timedelta(hours=12), timedelta(days=14)), clock
        )
        session.commit()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True
    return person
