"""Proposals that wait for clara, as tests of their pages find them: by link, by session, and by whom else."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from admin_app.models import Company, Contact, DocumentLink, Estimate, EstimateState, OutboxMessage, Project
from admin_app.models.base import OfficeSession
from admin_app.services.estimate_sums import keep_sums
from admin_app.services.papers.freeze import snapshot_of
from admin_app.services.portal.links import link_for
from admin_app.services.read_estimate import Line
from admin_app.services.send_estimate import send_estimate
from tests.forms import token_of
from tests.portal.signing import link_path
from tests.services.desk import Desk, a_desk
from tests.services.offers import line, offer, open_project

PLAIN = (line("Fell the ash", "1000", "VAT"),)
WITH_CHOICE = (
    line("Fell the ash", "1000", "VAT", details="With care for the hedge"),
    line("Wood chips stay", "0", "VAT", optional="on", alternative="The wood", chosen="on"),
    line("We take it away", "150", "VAT", optional="on", alternative="The wood", chosen=""),
    line("Grind the stump", "200", "VAT", optional="on", chosen=""),
)


@dataclass
class Offered:
    """A proposal in the database, by ids, with the path of clara's link to it."""

    id: int
    public_id: str
    number: str
    group: int
    project: int
    clara: int
    link: int
    path: str
    keys: dict[str, str] = field(default_factory=dict)
    """Words of a line → its key."""

    def at(self, page: str = "") -> str:
        """The address of the proposal, or of something below it, by the link."""
        return f"{self.path}/proposals/{self.public_id}{page and '/' + page}"

    def inside(self, page: str = "") -> str:
        """The same for somebody who signed in."""
        return f"/portal/proposals/{self.public_id}{page and '/' + page}"


def offer_to_clara(app: Flask, rows: Any, *lines: Line, **terms: Any) -> Offered:
    """A proposal that was sent to clara, to whom the project is open; the portal is on."""
    with rows() as session:
        desk = a_desk(session, session.info["actor"], session.info["clock"])
        session.get_one(Company, 1).portal_enabled_default = True
        return another(app, desk, open_project(desk), *lines, **terms)


def another(app: Flask, desk: Desk, project: Project, *lines: Line, **terms: Any) -> Offered:
    """One more proposal of the same project."""
    draft = offer(desk, project, *(lines or PLAIN))
    for name, value in terms.items():
        setattr(draft, name, value)
    keep_sums(desk.session, draft)
    estimate = send_estimate(desk.session, draft, desk.actor, desk.clock)
    assert project.contact is not None
    link = link_for(desk.session, estimate, project.contact, desk.actor, desk.clock)
    return Offered(
        estimate.id,
        estimate.public_id,
        str(estimate.number),
        estimate.group_id,
        project.id,
        project.contact.id,
        link.id,
        link_path(app, link),
        {one.description: one.key for one in estimate.lines},
    )


def link_to(app: Flask, session: OfficeSession, offered: Offered, contact: Contact | None) -> str:
    """The path of a link to the same proposal for somebody else."""
    estimate = session.get_one(Estimate, offered.id)
    link = link_for(session, estimate, contact, session.info["actor"], session.info["clock"])
    return link_path(app, link)


def post(client: FlaskClient, page: str, url: str, data: dict[str, Any] | None = None) -> TestResponse:
    """Send a form of `page` as a browser without script does."""
    return client.post(url, data={"csrf_token": token_of(client.get(page)), **(data or {})})


def hidden(page: str, name: str) -> str:
    """What a hidden field of a page carries."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"the page has no field {name}"
    return found[1]


def mailed_code(rows: Any) -> str:
    """The code that was queued last."""
    with rows() as session:
        body = session.scalars(
            select(OutboxMessage.body)
            .where(OutboxMessage.purpose == "signing code")
            .order_by(OutboxMessage.id.desc())
        ).first()
    found = re.search(r"signing code: (\d{6})", body or "")
    assert found, "no code was sent"
    return found[1]


def sign_by_link(client: FlaskClient, offered: Offered, rows: Any, **typed: Any) -> TestResponse:
    """Ask for the code, read it in the mail, sign."""
    asked = post(client, offered.at(), offered.at("code"))
    assert asked.status_code == 302, asked.text
    page = client.get(offered.at())
    data = {"code": mailed_code(rows), "signer": "Clara Client", "agreed": "yes"}
    return post(
        client, offered.at(), offered.at("sign"), {**data, "seen": hidden(page.text, "seen"), **typed}
    )


def revoke(rows: Any, offered: Offered) -> None:
    """Take clara's link back."""
    with rows() as session:
        session.get_one(DocumentLink, offered.link).revoked_at = session.info["clock"].now()


def state_of(rows: Any, offered: Offered) -> EstimateState:
    """How far the estimate is."""
    with rows() as session:
        state: EstimateState = session.get_one(Estimate, offered.id).state
    return state


def count_of(rows: Any, kind: type[Any]) -> int:
    """How many rows of a kind there are."""
    with rows() as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


def plain_words(page: str) -> str:
    """A page as somebody reads it: without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).replace("\xa0", " ").split())


def words_of_pdf(answer: TestResponse) -> str:
    """What a PDF says."""
    assert answer.mimetype == "application/pdf", answer.status
    words = " ".join(one.extract_text() for one in PdfReader(io.BytesIO(answer.data)).pages)
    return " ".join(words.replace("\xa0", " ").split())


def paper_hash(rows: Any, offered: Offered) -> str:
    """The hash of what is frozen now."""
    with rows() as session:
        frozen = snapshot_of(session, session.get_one(Estimate, offered.id))
    assert frozen is not None
    return frozen.sha256
