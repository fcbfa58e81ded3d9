"""The terms of an estimate: kept as typed, and a discount or deposit of what there is [58, M22]."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from admin_app.services.write_estimate import write_estimate, write_terms
from tests.services.estimates.mistaken import mistakes
from tests.services.offers import line


def test_a_discount_over_the_subtotal_is_refused_by_its_field(desk, draft):
    wrong = mistakes(desk, draft, line("A", "40"), discount_amount="40.01")

    assert wrong == {"discount_amount": "A discount of 40.01 is more than the subtotal, which is 40.00"}


@pytest.mark.parametrize(
    ("terms", "field", "sentence"),
    [
        (
            {"deposit_amount": "40.01"},
            "deposit_amount",
            "A deposit of 40.01 is more than the total, which is 40.00",
        ),
        ({"deposit_percent": "0.01"}, "deposit_percent", "A deposit of 0.00 asks for nothing"),
        ({"deposit_amount": "-1"}, "deposit_amount", "A deposit cannot be negative"),
    ],
)
def test_a_deposit_of_more_than_all_or_of_nothing_is_refused(desk, draft, terms, field, sentence):
    """[M22]"""
    assert mistakes(desk, draft, line("A", "40"), **terms) == {field: sentence}


def test_a_percentage_takes_the_amount_back_that_stood_there(desk, draft):
    write_estimate(desk.session, draft, desk.actor, lines=[line("A", "100")], terms={"discount_amount": "20"})
    assert draft.total == 8000

    write_terms(desk.session, draft, {"discount_percent": "10"}, desk.actor)

    assert (draft.discount_amount, draft.discount_percent, draft.total) == (None, Decimal(10), 9000)


def test_terms_are_kept_as_typed(desk, draft):
    write_terms(
        desk.session,
        draft,
        {
            "title": "Winter work",
            "expires_on": "2026-05-01",
            "show_unit_prices": "no",
            "signature_required": "yes",
            "retainage_percent": "5",
            "client_order_no": "A-1",
            "closing": "Half <i>now</i>",
        },
        desk.actor,
    )

    assert (draft.title, draft.expires_on) == ("Winter work", date(2026, 5, 1))
    assert (draft.show_unit_prices, draft.signature_required) == (False, True)
    assert (draft.retainage_percent, draft.client_order_no) == (Decimal(5), "A-1")
    assert draft.closing == "Half <i>now</i>"


@pytest.mark.parametrize("name", ["state", "total", "number", "currency", "sent_at", "base_id"])
def test_terms_that_nobody_types_are_refused(desk, draft, name):
    """Mass assignment: no form sets what the program keeps."""
    assert set(mistakes(desk, draft, **{name: "1"})) == {name}
