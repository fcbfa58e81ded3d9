"""A total is one string everywhere: page, PDF, API and CSV of every document of the demo's story [M8, must show].

The suite tells a small part of the story; `WHOLE_DEMO=1` tells all of it (about three minutes).
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from admin_app.app import create_app
from admin_app.config import read_settings
from admin_app.documents.printed import locale_of, print_bare_money, print_money
from admin_app.kernel.actor import SYSTEM, Role
from admin_app.kernel.clock import SystemClock
from admin_app.kernel.money import Money
from admin_app.models import Estimate, Invoice, User
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine, writing
from admin_app.models.migrate import upgrade
from admin_app.services.api_tokens import make_token
from admin_app.services.passwords import Passwords
from seeds.demo.plan import plan
from seeds.demo.plan_projects import plan_projects
from seeds.demo.tell import found_the_company, live_the_years
from tests.signing import sign_in_as

WHOLE = bool(os.environ.get("WHOLE_DEMO"))
LOCALE = locale_of("en_GB")


@dataclass(frozen=True)
class Told:
    """The company of the story, with a person at the desk and a program that asks."""

    client: FlaskClient
    session: OfficeSession
    bearer: dict[str, str]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """The story in a SQLite file of its own."""
    home: Path = tmp_path_factory.mktemp("told")
    url = f"sqlite:///{home / 'office.sqlite'}"
    settings = replace(
        read_settings(
            {"SAWHORSE_HOME": str(home), "SAWHORSE_DATABASE_URL": url, "SAWHORSE_SECRET_KEY": "k" * 40}
        ),
        testing=True,
        hash_time_cost=1,
        hash_memory_kib=8,
    )
    upgrade(url)
    clock = SystemClock("Europe/London")
    engine = open_engine(url)
    info = {"actor": SYSTEM, "clock": clock, "door": "demo"}
    with OfficeSession(engine, info=info, expire_on_commit=False) as session:
        with writing():
            _, ann = found_the_company(session, clock, Passwords(1, 8))
            today = clock.today()
            groups = plan(today)[: None if WHOLE else 30]
            projects = plan_projects(groups, today)[:: 1 if WHOLE else 6]
            live_the_years(session, ann, groups, projects, today)
            session.info.update(actor=ann, clock=clock)
            secret = make_token(session, "Test", None, read_only=True, actor=ann, clock=clock).secret
            session.commit()
        client = create_app(settings).test_client()
        owner = session.scalars(select(User).where(User.role == Role.OWNER)).one()
        sign_in_as(client, owner)
        yield Told(client, session, {"Authorization": f"Bearer {secret}"})
    engine.dispose()


def words_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def squeezed(text: str) -> str:
    """Without spaces of any kind: a line break of the paper is no difference."""
    return re.sub(r"\s", "", text)


def rows_of(told: Told, path: str, name: str) -> dict[str, str]:
    """A CSV export as number → total."""
    answer = told.client.get(path)
    assert answer.status_code == 200, path
    rows = csv.DictReader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff")))
    return {row[name]: row["Total"] for row in rows if row[name]}


def test_every_invoice_says_one_total(told):
    exported = rows_of(told, "/admin/invoices/export/csv/", "Number")
    invoices = told.session.scalars(select(Invoice).order_by(Invoice.id)).all()
    assert len(invoices) > 20

    for invoice in invoices:
        total = Money(invoice.total, invoice.currency)
        page = told.client.get(f"/admin/invoices/details/?id={invoice.id}").get_data(as_text=True)
        pdf = told.client.get(f"/admin/papers/invoice/{invoice.id}.pdf").data
        api = told.client.get(f"/api/v1/invoices/{invoice.public_id}", headers=told.bearer).get_json()

        assert api["total"] == str(total), invoice
        if invoice.number:
            assert exported[invoice.number] == api["total"], invoice
        assert squeezed(print_money(total, LOCALE)) in squeezed(words_of(pdf)), invoice
        assert print_bare_money(total, LOCALE) in page, invoice
        if invoice.project_id is not None:
            tab = told.client.get(f"/admin/projects/{invoice.project_id}/invoice?bill={invoice.id}")
            assert print_bare_money(total, LOCALE) in tab.get_data(as_text=True), invoice


def test_every_estimate_says_one_total(told):
    exported = rows_of(told, "/admin/estimates/export/csv/", "Number")
    estimates = told.session.scalars(select(Estimate).order_by(Estimate.id)).all()
    assert len(estimates) > 5

    for estimate in estimates:
        total = Money(estimate.total, estimate.currency)
        tab = told.client.get(f"/admin/projects/{estimate.project_id}/estimate").get_data(as_text=True)
        pdf = told.client.get(f"/admin/papers/estimate/{estimate.id}.pdf").data
        api = told.client.get(f"/api/v1/estimates/{estimate.public_id}", headers=told.bearer).get_json()

        assert api["total"] == str(total), estimate
        if estimate.number:
            assert exported[estimate.number] == api["total"], estimate
        assert squeezed(print_money(total, LOCALE)) in squeezed(words_of(pdf)), estimate
        assert print_bare_money(total, LOCALE) in tab, estimate
