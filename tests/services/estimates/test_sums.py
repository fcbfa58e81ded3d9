"""The sums of an estimate are the calculator's, with the taxes of their day [M2-M8, A15]."""

from __future__ import annotations

from decimal import Decimal

import pytest

from admin_app.models import TaxProfile, TaxRate
from admin_app.money.calculator import calculate
from admin_app.services.copy_lines import usual_taxes
from admin_app.services.estimate_sums import draft_of_estimate, keep_sums
from admin_app.services.preview_estimate import preview
from admin_app.services.write_estimate import write_estimate, write_lines
from seeds.work_builders import a_tax_rate
from tests.services.offers import line, offer, sent


def test_prices_that_contain_the_tax_never_move_the_total(desk, draft):
    """[M7, IN#2101]: 340.00 + 13.90 at 19 % is 353.90, not 353.89."""
    a_tax_rate(desk.session, "MwSt 19 %", "19")

    write_estimate(
        desk.session,
        draft,
        desk.actor,
        terms={"prices_include_tax": "yes"},
        lines=[line("Fell", "340.00", "MwSt 19 %"), line("Drive", "13.90", "MwSt 19 %")],
    )

    assert (draft.subtotal, draft.tax, draft.total) == (35390, 5651, 35390)
    assert [(tax.name, tax.rate, tax.base, tax.amount) for tax in draft.taxes] == [
        ("MwSt 19 %", Decimal(19), 29739, 5651)
    ]


def test_taxes_of_several_rates_are_each_rounded_once(desk, draft):
    """[M6]: 10.10 + 20.20 at 9.975 % and 20.20 at 5 %."""
    a_tax_rate(desk.session, "GST", "5")
    a_tax_rate(desk.session, "QST", "9.975")

    write_lines(
        desk.session, draft, [line("A", "10.10", "QST"), line("B", "20.20", "GST", "QST")], desk.actor
    )

    assert {tax.name: (tax.base, tax.amount) for tax in draft.taxes} == {
        "GST": (2020, 101),
        "QST": (3030, 302),
    }
    assert (draft.subtotal, draft.tax, draft.total) == (3030, 403, 3433)


def test_the_stored_sums_are_the_calculators_and_explain_themselves(desk, draft):
    """[M8, L7]: the tree's root is the total, its leaves add up to it, and its numbers carry no idle zeros."""
    write_estimate(
        desk.session,
        draft,
        desk.actor,
        terms={"discount_percent": "10", "deposit_percent": "30"},
        lines=[line("Fell", "64.22", "VAT", quantity="2.25", discount_percent="5"), line("Chip", "80")],
    )

    totals = calculate(draft_of_estimate(desk.session, draft))
    assert (draft.subtotal, draft.discount, draft.tax, draft.total) == (
        totals.subtotal.minor,
        totals.discount.minor,
        totals.tax.minor,
        totals.total.minor,
    )
    assert totals.deposit is not None and draft.deposit == totals.deposit.minor
    assert draft.derivation["amount"] == str(totals.total)
    assert "2.25 × 64.22" in str(draft.derivation)
    assert "2.2500" not in str(draft.derivation)


def test_a_line_gives_back_by_a_negative_price(desk, draft):
    """[M3]"""
    write_lines(desk.session, draft, [line("Fell", "100"), line("Wood stays here", "-30")], desk.actor)

    assert draft.total == 7000


def test_a_line_discounted_by_all_of_it_costs_exactly_nothing(desk, draft):
    """[M3, IN#3195]"""
    write_lines(
        desk.session,
        draft,
        [line("Gift", "0.3333", quantity="0.5", discount_percent="100"), line("Fell", "1")],
        desk.actor,
    )

    assert [one.net for one in draft.lines] == [0, 100]


@pytest.mark.parametrize(
    ("profile", "word"), [(TaxProfile.EXEMPT, "exempt"), (TaxProfile.REVERSE_CHARGE, "reverse charge")]
)
def test_a_customer_who_pays_no_tax_is_charged_none_and_told_why(desk, draft, profile, word):
    """[A15]"""
    desk.group.tax_profile = profile
    desk.session.flush()

    write_lines(desk.session, draft, [line("A", "100", "VAT")], desk.actor)

    assert (draft.total, draft.tax, draft.taxes) == (10000, 0, [])
    assert word in draft.derivation["children"][-1]["rule"]
    assert word in preview(desk.session, draft, desk.actor)["note"]


def test_a_draft_without_lines_comes_to_nothing(desk, draft):
    write_estimate(
        desk.session, draft, desk.actor, lines=[line("A", "100", "VAT")], terms={"deposit_percent": "30"}
    )

    write_lines(desk.session, draft, [], desk.actor)

    assert (draft.subtotal, draft.tax, draft.total, draft.deposit) == (0, 0, 0, 0)
    assert (draft.taxes, draft.derivation) == ([], None)


def test_the_usual_taxes_are_those_that_are_ticked_and_in_use(desk):
    a_tax_rate(desk.session, "Old", "19", archived=True)
    a_tax_rate(desk.session, "New", "20")

    assert usual_taxes(desk.session) == ("New",)


def test_what_was_sent_keeps_the_rates_it_was_sent_with(desk, project):
    """[M6]: a new rate changes drafts, never what went out."""
    estimate, draft = sent(desk, project), offer(desk, project)
    rate = desk.session.query(TaxRate).filter_by(name="VAT").one()
    rate.rate = Decimal(25)
    desk.session.flush()

    keep_sums(desk.session, estimate)
    keep_sums(desk.session, draft)

    assert (estimate.tax, draft.tax) == (20000, 25000)
