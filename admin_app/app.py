"""The application: every room set up by name, in order; the only module that knows them all."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from flask import Flask, redirect
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from admin_app.admin import init_admin
from admin_app.api import init_api
from admin_app.config import Settings
from admin_app.kernel.clock import Clock
from admin_app.portal import init_portal
from admin_app.web.access import init_access, public
from admin_app.web.assets import init_assets
from admin_app.web.company import company, today, zone
from admin_app.web.database import db
from admin_app.web.formats import init_formats
from admin_app.web.headers import init_headers
from admin_app.web.health import health
from admin_app.web.login import init_login
from admin_app.web.office import Office
from admin_app.web.refusals import init_refusals
from reports.pages import init_reports

HERE = Path(__file__).parent
LARGEST_UPLOAD = 256 * 1024 * 1024
"""Bytes that one request may carry: an export of another product fits."""

csrf = CSRFProtect()


def create_app(settings: Settings, clock: Clock | None = None) -> Flask:
    """Build the application for one installation; `clock` stands in for the machine's in tests and demos."""
    app = Office("admin_app", root_path=str(HERE), static_folder="static", template_folder="templates")
    _configure(app, settings, clock)
    _set_up_database(app)
    _set_up_language(app)
    _set_up_web(app)
    _open_doors(app)
    return app


def _configure(app: Flask, settings: Settings, clock: Clock | None) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        MAX_CONTENT_LENGTH=LARGEST_UPLOAD,
        MAX_FORM_MEMORY_SIZE=8 * 1024 * 1024,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(seconds=settings.session_seconds),
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a form left open over lunch is not lost
        TESTING=settings.testing,
        SEND_FILE_MAX_AGE_DEFAULT=0,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["sawhorse_settings"] = settings
    if clock is not None:
        app.extensions["sawhorse_clock"] = clock
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def _set_up_database(app: Flask) -> None:
    db.init_app(app)


def _set_up_language(app: Flask) -> None:
    """Flask-Admin asks Babel as soon as it is installed (F3); the company's language and zone answer."""

    def locale() -> str:
        row = company()
        return str(row.language) if row else "en"

    Babel(app, locale_selector=locale, timezone_selector=zone)
    init_formats(app, today, zone)


def _set_up_web(app: Flask) -> None:
    init_headers(app)
    init_assets(app)
    init_refusals(app)
    csrf.init_app(app)
    init_login(app)
    init_access(app)
    app.register_blueprint(health)


def _open_doors(app: Flask) -> None:
    init_admin(app)
    init_portal(app)
    init_api(app, csrf)
    init_reports(app)

    @app.get("/")
    @public
    def front_door() -> ResponseReturnValue:
        """Staff land in the office; the office asks who they are."""
        return redirect("/admin/")
