"""Which document receives a payment: asked, proposed, applied with one press, taken back [A28, 84, 86, 92, M23]."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape

import pytest
from sqlalchemy import select

from admin_app.models import CustomerGroup, Invoice, InvoiceLine, Payment
from admin_app.services.issue_invoice import issue_invoice
from seeds.builders import a_brand, a_group
from seeds.work_builders import a_project
from tests.admin.customers.counter import typed_on
from tests.forms import read_off


@pytest.fixture
def till(counter):
    """The counter with two open invoices, 100 and 50, the second of the project "Fell the ash"."""
    session = counter.look()
    a_brand(session, is_default=True)
    project = a_project(session, session.get_one(CustomerGroup, counter.group_id))
    counter.project_id = project.id
    for price, project_id in (("100.00", None), ("50.00", project.id)):
        issue(counter, session, price, project_id)
    session.commit()
    return counter


def issue(counter, session, price, project_id=None):
    invoice = Invoice(group_id=counter.group_id, currency="EUR", project_id=project_id)
    invoice.lines.append(
        InvoiceLine(
            position=1,
            description="Work",
            quantity=Decimal(1),
            unit_price=Decimal(price),
            net=0,
            tax_names=[],
        )
    )
    session.add(invoice)
    session.flush()
    return issue_invoice(session, invoice, counter.actor, counter.clock)


def balances(till):
    found = select(Invoice.balance).where(Invoice.group_id == till.group_id).order_by(Invoice.id)
    return till.look().scalars(found).all()


def payments(till):
    return till.look().scalars(select(Payment).order_by(Payment.id)).all()


def paid(till, path="payments/new", **typed):
    return till.fill(path, paid_on="17 Mar 2026", **typed)


def test_money_for_a_project_waits_for_its_next_invoice(till):
    """[M23]"""
    answer = paid(till, amount="70", spread="project", project=str(till.project_id))

    assert answer.status_code == 302
    assert balances(till) == [10000, 5000] and payments(till)[0].unallocated == 7000
    assert "the next invoice of Fell the ash takes" in till.page("payments")
    session = till.look()
    issue(till, session, "30.00", till.project_id)
    session.commit()
    assert balances(till) == [10000, 5000, 0] and payments(till)[0].unallocated == 4000


def test_from_a_project_its_open_invoice_is_filled_in(till):
    form = typed_on(till.get(f"payments/new?project={till.project_id}"))

    assert (form["amount"], form["spread"]) == ("50.00", "chosen")
    assert form["use-2"] == "50.00"


def test_a_strange_project_is_refused(till):
    session = till.look()
    other = a_project(session, a_group(session, name="Otto"))
    number = str(other.id)
    session.commit()

    assert paid(till, amount="70", spread="project", project=number).status_code == 422
    assert paid(till, amount="70", spread="project", project="").status_code == 422
    assert payments(till) == []


def test_proposals_are_shown_with_their_reasons_and_one_is_taken(till):
    """[92] Nothing is booked by asking."""
    asked = till.fill("payments/new", paid_on="17 Mar 2026", amount="150", act="propose")
    assert asked.status_code == 200 and "add up to exactly 150.00" in asked.text
    assert payments(till) == []
    value = unescape(read_off(r'name="spread" value="(proposed:[^"]+)" checked', asked.text))

    assert paid(till, amount="150", spread=value).status_code == 302

    assert balances(till) == [0, 0] and payments(till)[0].unallocated == 0


def test_to_propose_without_an_amount_says_so(till):
    asked = till.fill("payments/new", amount="", act="propose")

    assert asked.status_code == 200 and "Write the amount first" in asked.text


def test_unused_money_is_used_as_proposed_and_taken_back(till):
    """[92] One press to apply, one to undo."""
    paid(till, amount="120", spread="credit")
    page = till.get("payments/1/allocate")
    uses = re.findall(r'name="uses" value="([^"]+)"', page.text)
    form = typed_on(page) | {"uses": uses[0]}

    for _ in range(2):
        assert till.post("payments/1/use", form).status_code == 302
    assert sum(balances(till)) == 3000

    undo = unescape(read_off(r'action="([^"]+take-back[^"]+)"', till.page("payments")))
    assert till.post(undo).status_code == 302
    assert balances(till) == [10000, 5000] and payments(till)[0].unallocated == 12000
    assert till.post(undo).status_code == 409


def test_a_use_of_a_whole_payment_can_be_taken_back(till):
    paid(till, amount="100", spread="oldest")
    page = till.get("payments/1/allocate")
    assert "Every cent of this payment is used" in page.text
    [use] = re.findall(r'name="allocation" value="(\d+)"', page.text)

    assert till.post("payments/1/take-back", {"allocation": use}).status_code == 302

    assert balances(till) == [10000, 5000]


def test_uses_of_another_payment_are_not_taken_back(till):
    paid(till, amount="100", spread="oldest")
    paid(till, amount="10", spread="credit")

    assert till.post("payments/2/take-back", {"allocation": "1"}).status_code == 404
    assert till.post("payments/2/use", {"uses": "99:100", "key": "k"}).status_code == 422


def test_the_form_leads_back_to_where_it_was_opened(till):
    page = till.get("payments/new?back=/admin/pipeline/")
    answer = till.post(
        "payments/new?back=/admin/pipeline/", typed_on(page) | {"amount": "5", "spread": "credit"}
    )

    assert answer.location.endswith("/admin/pipeline/")
    strange = till.post(
        "payments/new?back=//evil.example", typed_on(page) | {"amount": "6", "key": "another"}
    )
    assert strange.location.endswith("/payments")
