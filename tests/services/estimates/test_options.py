"""Options of an estimate are chosen before it is answered, and frozen with the signature [57, L9]."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from admin_app.flow.machine import StepClosed
from admin_app.kernel.errors import NotFound, Unmet
from admin_app.models import (
    Signature,
    TaxProfile,
    TaxRate,
)
from admin_app.services.answer_estimate import Signed, confirm_estimate
from admin_app.services.estimate_options import choose_options
from admin_app.services.papers.freeze import snapshot_of
from admin_app.services.send_estimate import send_estimate
from admin_app.services.write_estimate import write_terms
from tests.services.estimates.answered import AGREED
from tests.services.offers import line, offer, sent


def test_the_client_chooses_and_the_sums_follow_by_the_rates_it_was_sent_with(desk, with_options):
    """[57]"""
    assert (with_options.total, with_options.deposit) == (20000, 10000)
    desk.session.scalars(select(TaxRate)).one().rate = 25
    desk.session.flush()
    _, stump, _, pine = with_options.lines

    choose_options(desk.session, with_options, [stump.key, pine.key], desk.actor, desk.clock)

    assert [one.counts for one in with_options.lines] == [True, True, False, True]
    assert (with_options.subtotal, with_options.tax, with_options.total) == (19000, 3000, 22000)
    assert with_options.deposit == 11000


@pytest.mark.parametrize(
    ("then", "now", "tax"),
    [(TaxProfile.EXEMPT, TaxProfile.STANDARD, 0), (TaxProfile.STANDARD, TaxProfile.EXEMPT, 3000)],
)
def test_a_choice_is_taxed_as_the_estimate_was_sent_whatever_the_customer_is_by_then(
    desk, project, then, now, tax
):
    """[A15, M6]"""
    desk.group.tax_profile = then
    estimate = sent(
        desk, project, line("Fell", "100", "VAT"), line("Stump", "50", "VAT", optional="yes", chosen="no")
    )
    desk.group.tax_profile = now
    desk.session.flush()

    choose_options(desk.session, estimate, [estimate.lines[1].key], desk.actor, desk.clock)

    assert (estimate.subtotal, estimate.tax) == (15000, tax)


def test_exactly_one_of_the_alternatives_is_chosen(desk, with_options):
    fell, _, oak, pine = with_options.lines

    with pytest.raises(Unmet, match="“bench” are alternatives; choose one of them"):
        choose_options(desk.session, with_options, [], desk.actor, desk.clock)
    with pytest.raises(Unmet, match="“bench” are alternatives; choose only one of them"):
        choose_options(desk.session, with_options, [oak.key, pine.key], desk.actor, desk.clock)
    with pytest.raises(NotFound, match="no option of this estimate"):
        choose_options(desk.session, with_options, [oak.key, fell.key], desk.actor, desk.clock)

    assert with_options.total == 20000


def test_what_is_signed_is_the_paper_with_the_options_that_were_chosen(desk, with_options):
    """[57, L9]"""
    _, stump, oak, _ = with_options.lines
    choose_options(desk.session, with_options, [stump.key, oak.key], desk.actor, desk.clock)
    desk.pay("130", project_id=with_options.project_id)

    confirm_estimate(desk.session, with_options, desk.actor, desk.clock, signature=Signed("Clara Client"))

    signed = snapshot_of(desk.session, with_options)
    assert signed is not None
    assert (signed.total, with_options.total) == (26000, 26000)
    assert desk.session.scalars(select(Signature.content_hash)).all() == [signed.sha256]


def test_options_are_not_chosen_any_more_once_it_is_answered(desk, with_options):
    desk.pay("100", project_id=with_options.project_id)
    confirm_estimate(desk.session, with_options, desk.actor, desk.clock)

    with pytest.raises(Unmet, match="options are chosen while it waits for an answer"):
        choose_options(desk.session, with_options, [with_options.lines[2].key], desk.actor, desk.clock)


def test_without_a_choice_among_alternatives_nothing_is_confirmed(desk, project):
    estimate = sent(
        desk,
        project,
        line("Fell", "100"),
        line("Oak", "80", alternative="bench", chosen="no"),
        line("Pine", "40", alternative="bench", chosen="no"),
    )

    with pytest.raises(StepClosed, match="exactly one of each set of alternatives"):
        confirm_estimate(desk.session, estimate, desk.actor, desk.clock, AGREED)


def test_a_choice_that_leaves_less_than_the_deposit_is_refused(desk, project):
    draft = offer(desk, project, line("Fell", "100"), line("Stump", "50", optional="yes"))
    write_terms(desk.session, draft, {"deposit_amount": "120"}, desk.actor)
    estimate = send_estimate(desk.session, draft, desk.actor, desk.clock)

    with pytest.raises(Unmet, match=r"A deposit of 120\.00 is more than the total, which is 100\.00"):
        choose_options(desk.session, estimate, [], desk.actor, desk.clock)

    assert estimate.total == 15000
