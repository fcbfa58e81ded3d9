"""A total is one string everywhere: page, PDF, API and CSV of every document of the demo's story [M8, must show].

The suite tells a small part of the story; `WHOLE_DEMO=1` tells all of it (about five minutes).
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from admin_app.app import create_app
from admin_app.config import read_settings
from admin_app.documents.printed import locale_of, print_bare_money
from admin_app.kernel.actor import SYSTEM, Actor, Role
from admin_app.kernel.clock import Clock, SystemClock
from admin_app.kernel.money import Money
from admin_app.models import (
    CreditNote,
    Estimate,
    Invoice,
    InvoiceState,
    Payment,
    PaymentState,
    Refund,
    User,
)
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine, writing
from admin_app.models.migrate import upgrade
from admin_app.services.api_tokens import make_token
from admin_app.services.refund_credit import CreditRefundForm, refund_credit
from admin_app.services.write_credit_note import CreditForm, write_credit_note
from tests.signing import sign_in_as
from tests.stories.telling import MEASURED, WHOLE, tell

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
            ann = tell(session, clock)
            give_back(session, ann, clock)
            secret = make_token(session, "Test", None, read_only=True, actor=ann, clock=clock).secret
            session.commit()
        client = create_app(settings).test_client()
        owner = session.scalars(select(User).where(User.role == Role.OWNER)).one()
        sign_in_as(client, owner)
        yield Told(client, session, {"Authorization": f"Bearer {secret}"})
    engine.dispose()


def give_back(session: OfficeSession, ann: Actor, clock: Clock) -> None:
    """What the story lacks: a bill credited whole, one in part, and a part of that paid back."""
    first, second = session.scalars(
        select(Invoice).where(Invoice.state == InvoiceState.ISSUED, Invoice.balance == 0).limit(2)
    )
    write_credit_note(session, CreditForm(first.id, "Wrong tree"), ann, clock)
    part = Money(second.total // 3, second.currency)
    note = write_credit_note(session, CreditForm(second.id, "A day less", part), ann, clock)
    back = Money(note.open // 2, note.currency)
    refund_credit(session, CreditRefundForm(note.id, back, clock.today()), ann, clock)


def words_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def squeezed(text: str) -> str:
    """Without spaces of any kind: a line break of the paper is no difference."""
    return re.sub(r"\s", "", text)


def stands_in(amount: Money, text: str) -> bool:
    """Whether a page or the words of a paper say this amount, and not one that merely ends like it."""
    printed = re.escape(squeezed(print_bare_money(amount, LOCALE)))
    return re.search(rf"(?<![\d.,]){printed}(?![\d]|[.,]\d)", text) is not None


def rows_of(told: Told, path: str, name: str) -> dict[str, dict[str, str]]:
    """A CSV export as number → row."""
    answer = told.client.get(path)
    assert answer.status_code == 200, path
    rows = csv.DictReader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff")))
    return {row[name]: row for row in rows if row[name]}


def read(told: Told, path: str) -> str:
    answer = told.client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def drawn(told: Told, path: str) -> str:
    answer = told.client.get(path)
    assert answer.status_code == 200, path
    return words_of(answer.data)


def asked(told: Told, path: str) -> dict[str, Any]:
    answer = told.client.get(f"/api/v1/{path}", headers=told.bearer)
    assert answer.status_code == 200, path
    found: dict[str, Any] = answer.get_json()
    return found


SUMS = ("subtotal", "tax", "total")
"""The totals of a document by their names in the API; the export heads its columns by the same words."""


def check(document: Any, api: dict[str, Any], row: dict[str, str] | None, *texts: str) -> None:
    """Each total is one string: as stored, in the API, in the export, and on every page and paper that says it."""
    for name in SUMS:
        amount = Money(getattr(document, name), document.currency)
        assert api[name] == str(amount), (document, name)
        if row is not None:
            assert row[name.capitalize()] == api[name], (document, name)
        if name == "tax" and not amount:
            continue  # without tax there is no line about it
        for place, text in enumerate(texts):
            assert stands_in(amount, text), (document, name, place, str(amount))


def test_every_invoice_says_one_total(told):
    exported = rows_of(told, "/admin/invoices/export/csv/", "Number")
    invoices = told.session.scalars(select(Invoice).order_by(Invoice.id)).all()
    assert len(invoices) > 20

    for invoice in invoices:
        pages = [read(told, f"/admin/invoices/details/?id={invoice.id}")]
        if invoice.project_id is not None:
            pages.append(read(told, f"/admin/projects/{invoice.project_id}/invoice?bill={invoice.id}"))
        row = exported[invoice.number] if invoice.number else None
        api = asked(told, f"invoices/{invoice.public_id}")
        check(invoice, api, row, drawn(told, f"/admin/papers/invoice/{invoice.id}.pdf"), *pages)
    MEASURED.info("%s invoices", len(invoices))


def test_every_estimate_says_one_total(told):
    exported = rows_of(told, "/admin/estimates/export/csv/", "Number")
    estimates = told.session.scalars(select(Estimate).order_by(Estimate.id)).all()
    assert len(estimates) > 5

    for estimate in estimates:
        page = read(told, f"/admin/projects/{estimate.project_id}/estimates/{estimate.id}")
        row = exported[estimate.number] if estimate.number else None
        api = asked(told, f"estimates/{estimate.public_id}")
        check(estimate, api, row, drawn(told, f"/admin/papers/estimate/{estimate.id}.pdf"), page)
    MEASURED.info("%s estimates", len(estimates))


def test_every_credit_note_says_one_total(told):
    exported = rows_of(told, "/admin/credit-notes/export/csv/", "Number")
    notes = told.session.scalars(select(CreditNote).order_by(CreditNote.id)).all()
    assert len(notes) > 1

    for note in notes:
        page = read(told, f"/admin/billing/credits/{note.id}")
        api = asked(told, f"credit-notes/{note.public_id}")
        assert api["total"] == exported[note.number]["Total"] == str(Money(note.total, note.currency))
        assert api["tax"] == str(Money(note.tax, note.currency))
        paper = drawn(told, f"/admin/papers/credit-note/{note.id}.pdf")
        for minor in (note.total, note.tax):
            assert stands_in(Money(minor, note.currency), page), note
            assert stands_in(Money(minor, note.currency), paper), note
    MEASURED.info("%s credit notes", len(notes))


def test_every_refund_says_one_amount(told):
    exported = rows_of(told, "/admin/refunds/export/csv/", "Number")
    refunds = told.session.scalars(select(Refund).order_by(Refund.id)).all()
    assert refunds

    for refund in refunds:
        amount = Money(refund.amount, refund.currency)
        assert exported[refund.number or ""]["Amount"] == str(amount), refund
        assert stands_in(amount, read(told, f"/admin/refunds/details/?id={refund.id}")), refund
        assert stands_in(amount, drawn(told, f"/admin/papers/refund/{refund.id}.pdf")), refund
    MEASURED.info("%s refunds", len(refunds))


def test_every_payment_says_one_amount(told):
    payments = told.session.scalars(select(Payment).order_by(Payment.id)).all()
    listed = told.client.get("/admin/payments/export/csv/").get_data(as_text=True).lstrip("\ufeff")
    exported = Counter(row["Amount"] for row in csv.DictReader(io.StringIO(listed)))
    assert len(payments) > 20

    pages = {group: read(told, f"/admin/customers/{group}/payments") for group in {p.group_id for p in payments}}
    for payment in payments:
        amount = Money(payment.amount, payment.currency)
        api = asked(told, f"payments/{payment.public_id}")
        assert api["amount"] == str(amount), payment
        assert stands_in(amount, pages[payment.group_id]), payment
        # A receipt takes as long to draw as an invoice; the suite looks at some of them.
        if payment.state is PaymentState.RECEIVED and (WHOLE or payment.id % 5 == 0):
            assert stands_in(amount, drawn(told, f"/admin/papers/receipt/{payment.id}.pdf")), payment
    assert exported == Counter(str(Money(one.amount, one.currency)) for one in payments)
    MEASURED.info("%s payments", len(payments))
