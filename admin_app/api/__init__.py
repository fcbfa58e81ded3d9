"""The door for programs, /api/v1: documents to read, their steps to take, money that came in.

A bearer token opens it and acts with the rights of its person (web/bearer.py); refusals are problems (web/problems.py).
Fields are the declared ones (`Surface.API`), steps those of the flow tables, so that a new field or step needs nothing
here.  `app.py` knocks, once::

    init_api(app, csrf)
"""

from __future__ import annotations

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from admin_app.api import calculate, documents, metrics, payments, steps
from admin_app.api.card_hook import stripe
from admin_app.api.door import describe, door
from admin_app.api.hooks import hooks, mail, sms

__all__ = ["calculate", "documents", "init_api", "metrics", "payments", "steps"]


def init_api(app: Flask, csrf: CSRFProtect) -> None:
    """Open the door; no cookie opens it, so no form of another site can be sent through it."""
    csrf.exempt(door)
    describe(app)
    for signed in (mail, sms, stripe):
        csrf.exempt(signed)  # by name: their signature is over every byte
    app.register_blueprint(hooks)
