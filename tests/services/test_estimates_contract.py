"""The contract: the confirmed revision with its change orders, whatever is drafted meanwhile [M14, M15, M17, M19]."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from admin_app.kernel.errors import Unmet
from admin_app.kernel.money import Money
from admin_app.kernel.rounding import TaxMode
from admin_app.models import (
    Company,
    Estimate,
    EstimateState,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceState,
    Signature,
    TaxProfile,
    TaxRate,
)
from admin_app.money.calculator import calculate
from admin_app.money.contract import contract_of
from admin_app.services.answer_estimate import Signed, confirm_estimate, decline_estimate
from admin_app.services.contract_chain import (
    change_orders_of,
    confirmed_revisions,
    contract_of_estimate,
    load_contract,
    revisions_of,
)
from admin_app.services.discard_estimate import discard_estimate
from admin_app.services.estimate_sums import draft_of_estimate
from admin_app.services.facts import Said
from admin_app.services.new_estimate import new_estimate
from admin_app.services.revise_estimate import revise_estimate
from admin_app.services.send_estimate import send_estimate
from admin_app.services.write_estimate import Line, write_estimate, write_lines
from seeds.work_builders import a_tax_rate
from tests.services.desk import Desk
from tests.services.offers import confirmed, line, offer, open_project, sent

AGREED = Said(how="agreed on the phone")


@pytest.fixture
def project(desk: Desk):
    return open_project(desk)


def confirm(desk: Desk, estimate: Estimate) -> Estimate:
    return confirm_estimate(desk.session, estimate, desk.actor, desk.clock, AGREED)


def revise(desk: Desk, estimate: Estimate, *lines: Line) -> Estimate:
    """The next revision with these lines, sent."""
    draft = revise_estimate(desk.session, estimate, desk.actor, desk.clock)
    write_lines(desk.session, draft, lines, desk.actor)
    return send_estimate(desk.session, draft, desk.actor, desk.clock)


def billed(desk: Desk, estimate: Estimate, key: str, net: int) -> None:
    """An issued bill over a line of the contract; only what the contract looks at is on it."""
    invoice = Invoice(
        group_id=estimate.group_id,
        project_id=estimate.project_id,
        estimate_id=estimate.first_id,
        kind=InvoiceKind.PARTIAL,
        number=f"B-{net}",
        state=InvoiceState.ISSUED,
        currency="EUR",
        issued_on=desk.clock.today(),
        due_on=desk.clock.today(),
        subtotal=net,
        total=net,
    )
    invoice.lines.append(
        InvoiceLine(
            position=1,
            description="Part",
            quantity=Decimal(1),
            unit_price=Decimal(net) / 100,
            net=net,
            line_key=key,
        )
    )
    desk.session.add(invoice)
    desk.session.flush()


def test_before_anybody_agreed_there_is_no_contract(desk, project):
    estimate = sent(desk, project)

    assert confirmed_revisions(desk.session, estimate.first_id) == []
    with pytest.raises(Unmet, match="not confirmed; there is no contract yet"):
        load_contract(desk.session, estimate.first_id)


def test_a_confirmed_estimate_is_the_contract_the_calculator_makes_of_it(desk, project):
    """By its stored sums: discounts on the lines and their share of the whole one; options nobody chose stay out."""
    a_tax_rate(desk.session, "Low", "7")
    draft = offer(
        desk,
        project,
        line("A", "33.33", "VAT", quantity="3", discount_percent="5"),
        line("B", "20", "Low"),
        line("C", "10", "VAT", optional="yes", chosen="no"),
        line("D", "-5", "VAT"),
    )
    write_estimate(desk.session, draft, desk.actor, terms={"discount_amount": "10"})
    estimate = confirm(desk, send_estimate(desk.session, draft, desk.actor, desk.clock))

    contract = load_contract(desk.session, estimate.first_id)

    calculated = draft_of_estimate(desk.session, estimate)
    keys = [one.key for one in estimate.lines if one.counts]
    assert contract == contract_of(calculated, calculate(calculated), keys)
    assert (contract.total, contract.tax) == (Money(estimate.total, "EUR"), Money(estimate.tax, "EUR"))
    assert len(contract.lines) == 3


def test_prices_that_contain_the_tax_do_so_in_the_contract(desk, project):
    """[M7]"""
    draft = new_estimate(desk.session, project, desk.actor, desk.clock)
    write_estimate(
        desk.session,
        draft,
        desk.actor,
        terms={"prices_include_tax": "yes"},
        lines=[line("A", "340", "VAT"), line("B", "13.90", "VAT")],
    )
    estimate = confirm(desk, send_estimate(desk.session, draft, desk.actor, desk.clock))

    contract = load_contract(desk.session, estimate.first_id)

    assert (str(contract.total), str(contract.tax), contract.prices_include_tax) == ("353.90", "58.98", True)


def test_the_contract_stays_until_the_next_revision_is_confirmed_and_the_signature_for_good(desk, project):
    """[M14, Dolibarr#34559]: a quote of 300.00 cannot become one of 600.00 with the signature still on it."""
    first = sent(desk, project, line("A", "300"))
    confirm_estimate(desk.session, first, desk.actor, desk.clock, signature=Signed("Clara Client"))
    second = revise_estimate(desk.session, first, desk.actor, desk.clock)
    write_lines(desk.session, second, [line("A", "600", key=first.lines[0].key)], desk.actor)

    def value() -> str:
        return str(load_contract(desk.session, first.first_id).total)

    assert (first.state, value()) == (EstimateState.SUPERSEDED, "300.00")
    send_estimate(desk.session, second, desk.actor, desk.clock)
    assert value() == "300.00"
    confirm(desk, second)

    assert value() == "600.00"
    assert confirmed_revisions(desk.session, first.first_id) == [second]
    signature = desk.session.scalars(select(Signature)).one()
    assert (signature.estimate_id, second.signatures, first.total) == (first.id, [], 30000)


def test_a_declined_or_discarded_revision_leaves_the_contract_as_it_was(desk, project):
    first = confirmed(desk, project, line("A", "300"))
    second = revise(desk, first, line("A", "600", key=first.lines[0].key))
    decline_estimate(desk.session, second, desk.actor, desk.clock, "Too dear")
    assert str(load_contract(desk.session, first.id).total) == "300.00"

    third = revise_estimate(desk.session, second, desk.actor, desk.clock)
    discard_estimate(desk.session, third, desk.actor, desk.clock)

    assert [one.revision for one in revisions_of(desk.session, first)] == [1, 2]
    assert second.state is EstimateState.DECLINED
    assert str(load_contract(desk.session, first.id).total) == "300.00"


def test_confirmed_change_orders_are_part_of_the_contract_and_others_are_not(desk, project):
    """[M15]"""
    base = confirmed(desk, project, line("A", "300", "VAT"))
    more = confirmed(desk, project, line("B", "50", "VAT"), change_of=base)
    less = confirmed(desk, project, line("C", "-20", "VAT"), change_of=base)
    waiting = sent(desk, project, line("D", "1000", "VAT"), change_of=base)

    contract = load_contract(desk.session, base.first_id)

    assert [one.description for one in contract.lines] == ["A", "B", "C"]
    assert (str(contract.net), str(contract.tax), str(contract.total)) == ("330.00", "66.00", "396.00")
    assert change_orders_of(desk.session, base.id) == [more, less, waiting]


def test_a_revised_change_order_counts_once_and_a_change_of_a_change_adds_to_the_base(desk, project):
    base = confirmed(desk, project, line("A", "300"))
    change = confirmed(desk, project, line("B", "50"), change_of=base)
    again = confirm(desk, revise(desk, change, line("B", "70", key=change.lines[0].key)))
    third = confirmed(desk, project, line("C", "1"), change_of=again)

    assert third.change_of_id == base.id
    assert confirmed_revisions(desk.session, base.id) == [base, again, third]
    assert str(load_contract(desk.session, base.id).total) == "371.00"


def test_a_change_order_adds_only_to_what_is_confirmed(desk, project):
    with pytest.raises(Unmet, match="is not confirmed; revise it instead"):
        new_estimate(desk.session, project, desk.actor, desk.clock, change_of=sent(desk, project))


def test_a_change_order_counts_in_the_currency_and_taxes_of_its_estimate(desk, project):
    base = confirmed(desk, project)
    company = desk.session.get_one(Company, 1)
    company.tax_mode, company.prices_include_tax = TaxMode.LINE, True
    desk.session.flush()

    change = new_estimate(desk.session, project, desk.actor, desk.clock, change_of=base)

    assert (change.tax_mode, change.prices_include_tax) == (TaxMode.DOCUMENT, False)


def test_a_change_order_under_another_rate_of_the_same_name_is_refused(desk, project):
    """Two rates under one name could not be billed as one; the sentence says what to do."""
    base = confirmed(desk, project)
    change = offer(desk, project, change_of=base)
    desk.session.scalars(select(TaxRate)).one().rate = 21
    desk.session.flush()

    with pytest.raises(Unmet, match="VAT is 20 % in the estimate and 21 % in its change order"):
        send_estimate(desk.session, change, desk.actor, desk.clock)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (lambda key: [line("B", "1")], r"“A” is billed with 100\.00 already; credit that"),
        (
            lambda key: [line("A", "99.99", "VAT", key=key)],
            r"“A” is billed with 100\.00 already; credit that",
        ),
        (lambda key: [line("A", "300", key=key)], r"“A” is billed with 100\.00 already; its taxes stay"),
    ],
)
def test_what_is_billed_is_not_revised_away(desk, project, changed, sentence):
    """[M15, M19]: editing after a partial invoice touches only what is not billed."""
    base = confirmed(desk, project, line("A", "300", "VAT"), line("Open", "50", "VAT"))
    key = base.lines[0].key
    billed(desk, base, key, 10000)
    draft = revise_estimate(desk.session, base, desk.actor, desk.clock)
    write_lines(desk.session, draft, changed(key), desk.actor)

    with pytest.raises(Unmet, match=sentence):
        send_estimate(desk.session, draft, desk.actor, desk.clock)

    write_lines(desk.session, draft, [line("A", "100", "VAT", key=key)], desk.actor)
    send_estimate(desk.session, draft, desk.actor, desk.clock)
    confirm(desk, draft)
    assert str(load_contract(desk.session, base.id).net) == "100.00"


def test_what_was_billed_while_the_client_thought_about_it_counts_too(desk, project):
    """The bill goes out after the revision: confirming looks again."""
    base = confirmed(desk, project, line("A", "300"))
    second = revise(desk, base, line("B", "10"))
    billed(desk, base, base.lines[0].key, 10000)

    with pytest.raises(Unmet, match="is billed with"):
        confirm(desk, second)


def test_the_contract_of_a_customer_without_tax_has_none(desk, project):
    desk.group.tax_profile = TaxProfile.EXEMPT
    desk.session.flush()
    estimate = confirmed(desk, project)
    desk.group.tax_profile = TaxProfile.STANDARD
    desk.session.flush()

    contract = contract_of_estimate(estimate)

    assert (contract.taxes, contract.lines[0].taxes, str(contract.total)) == ((), (), "1000.00")
