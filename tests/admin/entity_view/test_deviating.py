"""Entities whose pages deviate: invoices with lines, notes, payments, customers."""

import re

import pytest
from sqlalchemy import select

from admin_app.kernel.clock import SystemClock
from admin_app.models import (
    Company,
    Invoice,
    InvoiceState,
    Note,
    Payment,
    TaxRate,
)
from seeds.builders import a_brand, a_group
from tests.admin.entity_view.pages import base_of, fresh, kept
from tests.forms import send


def test_an_invoice_is_written_with_its_lines_and_issued(office, signed_in):
    a_brand(office, is_default=True)
    group = a_group(office)
    office.add(TaxRate(name="VAT 20 %", rate="20", is_default=True))
    kept(office)
    data = {
        "group": str(group.id),
        "currency": "EUR",
        "advanced": "1",
        "with_lines": "1",
        "lines-0-description": "Felling",
        "lines-0-quantity": "2,5",
        "lines-0-unit_price": "100",
        "lines-0-tax": ["VAT 20 %"],
        "lines-7-description": "Chipping",
        "lines-7-quantity": "",
        "lines-7-unit_price": "9.99",
        "lines-9-description": "",
        "lines-9-unit_price": "",
    }
    wrong = send(signed_in, "/admin/invoices/new/", data | {"lines-7-unit_price": "a lot"})
    assert wrong.status_code == 422
    assert "a lot" in wrong.text
    assert not fresh(office).scalars(select(Invoice)).all()

    made = send(signed_in, "/admin/invoices/new/", data)

    invoice = fresh(office).scalars(select(Invoice)).one()
    assert made.status_code == 302, made.text
    assert [(line.position, line.description, line.net) for line in invoice.lines] == [
        (1, "Felling", 25_000),
        (2, "Chipping", 999),
    ]
    assert (invoice.subtotal, invoice.tax, invoice.total) == (25_999, 5_000, 30_999)

    url = f"/admin/invoices/edit/?id={invoice.id}"
    ids = re.findall(r'name="lines-\d+-id" value="(\d+)"', signed_in.get(url).text)
    turned = {
        "base": base_of(signed_in, url),
        "group": str(group.id),
        "currency": "EUR",
        "with_lines": "1",
        "lines-0-id": ids[1],
        "lines-0-description": "Chipping",
        "lines-0-quantity": "1",
        "lines-0-unit_price": "10",
    }
    assert send(signed_in, url, turned).status_code == 302
    assert [line.description for line in fresh(office).get_one(Invoice, invoice.id).lines] == ["Chipping"]

    issued = send(signed_in, "/admin/invoices/issue/", {"id": str(invoice.id)}, follow_redirects=True)
    assert "issued." in issued.text, issued.text[:3000]
    invoice = fresh(office).get_one(Invoice, invoice.id)
    assert (invoice.state, invoice.total, invoice.balance) == (InvoiceState.ISSUED, 1_000, 1_000)

    form = signed_in.get(url).text
    assert 'name="due_on"' in form
    assert 'name="group"' not in form
    assert "with_lines" not in form


@pytest.mark.parametrize("inclusive", [True, False], ids=["tax inside", "tax on top"])
def test_a_new_invoice_begins_with_the_companys_way_of_prices(office, signed_in, inclusive):
    """[M7] on the form and, saved as it came, on the record and in its sums."""
    a_brand(office, is_default=True)
    office.scalars(select(Company)).one().prices_include_tax = inclusive
    office.add(TaxRate(name="VAT 20 %", rate="20", is_default=True))
    group = kept(office, a_group(office))
    form = signed_in.get("/admin/invoices/new/?advanced=1").text
    (box,) = re.findall(r'<input[^>]*name="prices_include_tax"[^>]*>', form)
    as_it_came = {"prices_include_tax": "y"} if " checked" in box else {}

    send(
        signed_in,
        "/admin/invoices/new/",
        as_it_came
        | {
            "group": str(group.id),
            "currency": "EUR",
            "advanced": "1",
            "with_lines": "1",
            "lines-0-description": "Felling",
            "lines-0-quantity": "1",
            "lines-0-unit_price": "120",
            "lines-0-tax": ["VAT 20 %"],
        },
    )

    made = fresh(office).scalars(select(Invoice)).one()
    assert (" checked" in box, made.prices_include_tax) == (inclusive, inclusive)
    assert (made.tax, made.total) == ((20_00, 120_00) if inclusive else (24_00, 144_00))


def test_the_short_form_of_an_invoice_follows_the_company_in_what_it_does_not_ask(office, signed_in):
    """[M7, P21] Currency and way of prices are on the whole form only."""
    a_brand(office, is_default=True)
    company = office.scalars(select(Company)).one()
    company.prices_include_tax, company.currency = True, "GBP"
    office.add(TaxRate(name="VAT 20 %", rate="20", is_default=True))
    group = kept(office, a_group(office))
    assert 'name="prices_include_tax"' not in signed_in.get("/admin/invoices/new/").text

    send(
        signed_in,
        "/admin/invoices/new/",
        {
            "group": str(group.id),
            "with_lines": "1",
            "lines-0-description": "Felling",
            "lines-0-unit_price": "120",
            "lines-0-tax": ["VAT 20 %"],
        },
    )

    made = fresh(office).scalars(select(Invoice)).one()
    assert (made.currency, made.prices_include_tax) == ("GBP", True)
    assert (made.tax, made.total) == (20_00, 120_00)


def test_a_note_carries_the_name_of_who_wrote_it(office, signed_in):
    group = kept(office, a_group(office))

    send(signed_in, "/admin/notes/new/", {"group": str(group.id), "body": "Dog in the yard"})

    assert fresh(office).scalars(select(Note)).one().author == "Ann Ashworth"


def test_corrections_of_payments_lead_to_the_customers_page(office, signed_in):
    group = a_group(office)
    office.add(Payment(group_id=group.id, paid_on=SystemClock().today(), amount=5, unallocated=5))
    kept(office)

    answer = signed_in.get("/admin/payments/edit/?id=1")

    assert answer.location == f"/admin/customers/{group.id}/payments/1/edit"


def test_a_new_customer_is_entered_where_people_and_places_are_asked_too(office, signed_in):
    assert signed_in.get("/admin/groups/new/").location == "/admin/customers/new"
