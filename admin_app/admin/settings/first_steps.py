"""The first steps of a new company, signed in: staff, logo, a mail to oneself, and moving in; done ones are ticked."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.admin.settings.desk import desk
from admin_app.models import Brand, CustomerGroup, OutboxMessage, OutboxState, User
from admin_app.models.base import OfficeSession
from admin_app.policy import Permission, visible
from admin_app.services.queue_mail import queue_mail
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, company, office_session
from admin_app.web.login import settings, signed_in

MAIL_TEST = "mail-test-"
"""How the key of a test mail begins."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: what it is for, whether it is done, and where it is done."""

    title: str
    text: str
    done: bool
    label: str
    url: str | None = None
    posts_to: str | None = None
    note: str = ""


@desk.get("/first-steps")
@rule(Permission.SETTINGS)
def first_steps() -> ResponseReturnValue:
    """What is left to do before the office works in its own company."""
    session = office_session()
    steps = [_staff(session), _logo(session), _mail(session), _moving_in(session)]
    return render_template("admin/settings/first_steps.html", steps=steps)


@desk.post("/mail-test")
@rule(Permission.SETTINGS)
def mail_test() -> ResponseReturnValue:
    """Queue a mail to oneself; the worker sends it like any other."""
    person, now = signed_in(), clock()
    row = company()
    assert person is not None  # the rule of this address let only staff in
    queue_mail(
        office_session(),
        person.email,
        f"A test mail from {row.name if row else 'Sawhorse'}",
        "This mail says that mails of your company arrive.\n",
        now,
        key=f"{MAIL_TEST}{now.now():%Y%m%d%H%M%S%f}",
    )
    if settings().smtp_url:
        flash(f"A test mail to {person.email} is on its way. This page says what became of it.")
    else:
        flash(
            "No mail server is set, so nothing can be sent: the mail waits in the outbox. "
            "Whoever runs this machine sets SAWHORSE_SMTP_URL.",
            "warning",
        )
    return redirect(url_for("settings.first_steps"))


def _staff(session: OfficeSession) -> Step:
    others = len(session.scalars(select(User.id).where(User.active.is_(True)).limit(3)).all()) - 1
    return Step(
        "Add your staff",
        "Each person signs in with an own account and sees what the role allows.",
        others > 0,
        "Add somebody",
        url_for("settings.staff_new"),
    )


def _logo(session: OfficeSession) -> Step:
    bare = session.scalar(
        visible(actor(), select(Brand)).where(Brand.logo_key.is_(None)).order_by(Brand.id).limit(1)
    )
    return Step(
        "Add your logo",
        "It stands on letters and on the pages that customers see."
        if bare is None
        else f"{bare.name} has none yet. It stands on letters and on the pages that customers see.",
        bare is None,
        "Choose a picture",
        url_for("settings.brand", brand_id=bare.id, _anchor="logo") if bare else None,
    )


def _mail(session: OfficeSession) -> Step:
    last = session.scalar(
        select(OutboxMessage)
        .where(OutboxMessage.act_key.startswith(MAIL_TEST, autoescape=True))
        .order_by(OutboxMessage.id.desc())
        .limit(1)
    )
    row = company()
    if row is None or not row.email:
        return Step(
            "Test your mail",
            "Mails need a sender: give the company an email address first.",
            False,
            "Company settings",
            url_for("settings.company"),
        )
    return Step(
        "Test your mail",
        "Send a mail to yourself and see whether it arrives.",
        last is not None and last.state is OutboxState.SENT,
        "Send a test mail",
        posts_to=url_for("settings.mail_test"),
        note=_said(last),
    )


def _said(last: OutboxMessage | None) -> str:
    match last.state if last else None:
        case None:
            return ""
        case OutboxState.SENT:
            return "The mail server took the last one."
        case OutboxState.FAILED:
            return f"The last one failed. {last.last_error or ''}" if last else ""
        case _:
            return (
                f"The last one waits. {last.last_error or 'The worker has not come round yet.'}"
                if last
                else ""
            )


def _moving_in(session: OfficeSession) -> Step:
    has_customers = session.scalar(select(CustomerGroup.id).limit(1)) is not None
    known = "imports.index" in current_app.view_functions
    return Step(
        "Move in",
        "Bring customers, addresses, invoices and payments along from the files of your last system.",
        has_customers,
        "Import files",
        url_for("imports.index") if known else None,
    )
