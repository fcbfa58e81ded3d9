"""A contract is billed in parts that add up to it, less deposits and what is held back [M15-M24, A75, A77]."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from admin_app.kernel.errors import Invalid, Unmet
from admin_app.models import (
    Billing,
    Company,
    DepositUse,
    Invoice,
    InvoiceKind,
    InvoiceState,
    OutboxMessage,
    RetainageBase,
    Service,
    TaxRate,
)
from admin_app.services import bill_contract
from admin_app.services.bill_completed_work import NOTHING_LEFT, bill_completed_work
from admin_app.services.bill_deposit import bill_deposit
from admin_app.services.complete_services import complete_services
from admin_app.services.facts import Said
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.issue_many import issue_many
from admin_app.services.void_invoice import void_invoice
from seeds.builders import a_contact
from tests.services.agreed import agree, offer
from tests.services.desk import euros


@pytest.fixture
def quebec(desk):
    """A tax whose thirds leave a cent [V15]."""
    desk.session.add(TaxRate(name="Tax", rate=Decimal("7.25")))
    desk.session.flush()


@pytest.fixture
def agreed(desk, quebec):
    """A contract over 1,000.00 and its tax, as one line."""
    estimate = offer(desk, "1000.00", taxes=["Tax"])
    agree(desk, estimate)
    return estimate


def issued(desk, invoice: Invoice) -> Invoice:
    return issue_invoice(desk.session, invoice, desk.actor, desk.clock)


def part(desk, estimate, text: str) -> Invoice:
    return bill_contract.bill_amount(desk.session, estimate.id, euros(text), desk.actor, desk.clock)


def rest(desk, estimate) -> Invoice:
    return bill_contract.bill_rest(desk.session, estimate.id, desk.actor, desk.clock)


def test_thirds_of_a_contract_have_the_tax_of_the_whole(desk, agreed):
    """[V15, M16] 24.17 + 24.17 + 24.16 = 72.50."""
    bills = [issued(desk, part(desk, agreed, "333.33")) for _ in range(2)]
    bills.append(issued(desk, rest(desk, agreed)))

    assert [bill.subtotal for bill in bills] == [33333, 33333, 33334]
    assert [bill.tax for bill in bills] == [2417, 2417, 2416]
    assert [(bill.kind, bill.part) for bill in bills] == [
        (InvoiceKind.PARTIAL, 1),
        (InvoiceKind.PARTIAL, 2),
        (InvoiceKind.FINAL, 3),
    ]
    assert sum(bill.balance for bill in bills) == 107250


def test_more_than_the_rest_is_refused_with_what_is_left(desk, agreed):
    """[M15]"""
    issued(desk, part(desk, agreed, "700.00"))

    with pytest.raises(Unmet, match=r"300\.00 is left"):
        part(desk, agreed, "300.01")


def test_a_draft_promises_its_part_so_that_two_drafts_never_bill_one_service(desk, agreed):
    part(desk, agreed, "700.00")

    with pytest.raises(Unmet, match=r"300\.00 is left"):
        part(desk, agreed, "400.00")


def test_a_draft_that_another_bill_overtook_is_refused_at_issue(desk, agreed):
    """Two browsers: both drafts were written before either was issued; nothing is billed twice."""
    first = part(desk, agreed, "700.00")
    second = part(desk, agreed, "300.00")
    first.lines[0].net, first.lines[0].unit_price = 80000, Decimal(800)
    desk.session.flush()
    issued(desk, second)

    with pytest.raises(Unmet, match="left to bill"):
        issued(desk, first)
    assert first.state is InvoiceState.DRAFT


def test_a_void_bill_can_be_billed_again(desk, agreed):
    """[M17] Voiding releases it."""
    bill = issued(desk, rest(desk, agreed))

    void_invoice(desk.session, bill, desk.actor, desk.clock)

    assert rest(desk, agreed).total == 107250


def test_one_bill_over_everything_is_no_part_of_anything(desk, agreed):
    bill = issued(desk, rest(desk, agreed))

    assert (bill.kind, bill.part, bill.total) == (InvoiceKind.FULL, 1, 107250)


def test_the_discount_of_the_estimate_is_shared_over_its_partial_bills(desk):
    """[M17] 10.00 off three lines of 19.99: 3.34 + 3.33 + 3.33 [V12]."""
    estimate = offer(desk, "19.99", "19.99", "19.99", discount_amount=1000)
    work = agree(desk, estimate)
    keys = [service.line_key for service in work.services]

    bills = [
        issued(desk, bill_contract.bill_services(desk.session, estimate.id, [key], desk.actor, desk.clock))
        for key in keys
    ]

    assert [bill.total for bill in bills] == [1665, 1666, 1666]
    assert [bill.lines[0].discount for bill in bills] == [334, 333, 333]


def test_a_service_is_not_billed_twice(desk):
    estimate = offer(desk, "100.00", "50.00")
    key = agree(desk, estimate).services[0].line_key
    issued(desk, bill_contract.bill_services(desk.session, estimate.id, [key], desk.actor, desk.clock))

    with pytest.raises(Unmet, match="already billed"):
        bill_contract.bill_services(desk.session, estimate.id, [key], desk.actor, desk.clock)


def test_a_deposit_invoice_is_deducted_with_its_tax(desk, agreed):
    """[M21, M24] 30 % of 1,072.50 beforehand; the final bill asks for the rest and shows the deposit."""
    deposit = issued(desk, bill_deposit(desk.session, agreed.id, euros("321.75"), desk.actor, desk.clock))
    assert (deposit.kind, deposit.total, deposit.total - deposit.tax) == (InvoiceKind.DEPOSIT, 32175, 30000)

    final = issued(desk, rest(desk, agreed))

    assert (final.total, final.deducted, final.balance) == (107250, 32175, 75075)
    (use,) = desk.session.scalars(select(DepositUse)).all()
    assert (use.net, use.tax, use.taxes) == (30000, 2175, {"Tax": 2175})


def test_deposits_are_consumed_stepwise_and_never_make_a_bill_negative(desk, agreed):
    """[Odoo#187504]"""
    issued(desk, bill_deposit(desk.session, agreed.id, euros("321.75"), desk.actor, desk.clock))

    first = issued(desk, part(desk, agreed, "200.00"))
    last = issued(desk, rest(desk, agreed))

    assert (first.total, first.deducted, first.balance) == (21450, 21450, 0)
    assert (last.deducted, last.balance) == (32175 - 21450, 85800 - 10725)


def test_a_voided_final_bill_gives_the_deposit_back_to_the_next(desk, agreed):
    """[Odoo#81215]"""
    issued(desk, bill_deposit(desk.session, agreed.id, euros("321.75"), desk.actor, desk.clock))
    void_invoice(desk.session, issued(desk, rest(desk, agreed)), desk.actor, desk.clock)

    again = issued(desk, rest(desk, agreed))

    assert (again.deducted, again.balance) == (32175, 75075)


def test_deposits_together_never_exceed_the_order(desk, agreed):
    """[M23]"""
    bill_deposit(desk.session, agreed.id, euros("1000.00"), desk.actor, desk.clock)

    with pytest.raises(Unmet, match="more than"):
        bill_deposit(desk.session, agreed.id, euros("100.00"), desk.actor, desk.clock)


@pytest.mark.parametrize(("base", "held"), [(RetainageBase.NET, 5000), (RetainageBase.GROSS, 5363)])
def test_a_part_of_each_bill_is_held_back(desk, agreed, base, held):
    """[M20] 5 % of the net, or with the tax; the tax itself stays."""
    desk.session.scalars(select(Company)).one().retainage_base = base
    agreed.retainage_percent = Decimal(5)
    desk.session.flush()

    bill = issued(desk, rest(desk, agreed))

    assert (bill.total, bill.retained, bill.balance) == (107250, held, 107250 - held)


def test_a_percentage_that_is_none_is_refused(desk, agreed):
    with pytest.raises(Invalid, match="percentage"):
        bill_contract.bill_percent(desk.session, agreed.id, Decimal(101), desk.actor, desk.clock)


def completed(desk, work) -> Invoice | None:
    complete_services(desk.session, work, "all", desk.actor, desk.clock)
    return bill_completed_work(desk.session, work, desk.actor, desk.clock, Said())


def test_completed_work_makes_one_draft_over_what_is_not_billed(desk):
    """[A77, D7]"""
    estimate = offer(desk, "100.00", "50.00")
    work = agree(desk, estimate)
    key = work.services[0].line_key
    issued(desk, bill_contract.bill_services(desk.session, estimate.id, [key], desk.actor, desk.clock))

    draft = completed(desk, work)

    assert draft is not None
    assert (draft.state, draft.total, draft.kind) == (InvoiceState.DRAFT, 5000, InvoiceKind.FINAL)
    assert bill_completed_work(desk.session, work, desk.actor, desk.clock, Said()) is None


def test_where_nothing_is_left_the_workorder_says_why_there_is_no_invoice(desk):
    """[D7]"""
    estimate = offer(desk, "100.00")
    work = agree(desk, estimate)
    issued(desk, rest(desk, estimate))

    assert completed(desk, work) is None
    assert work.billing_note == NOTHING_LEFT


def test_a_company_that_sends_at_once_mails_the_invoice_of_completed_work(desk):
    """[A77] By whoever completed it: a crew needs no right to bill."""
    company = desk.session.scalars(select(Company)).one()
    company.email, company.billing = "office@ashworth.test", Billing.SEND
    a_contact(desk.session, desk.group, primary=True, email="clara@example.com")

    bill = completed(desk, agree(desk, offer(desk, "100.00")))

    assert bill is not None
    assert (bill.state, bill.sent_at) == (InvoiceState.ISSUED, desk.clock.now())
    (mail,) = desk.session.scalars(select(OutboxMessage)).all()
    assert (mail.recipient, mail.papers[0]["id"]) == ("clara@example.com", bill.id)


def test_completed_work_whose_invoice_cannot_be_mailed_is_issued_and_says_why(desk):
    desk.session.scalars(select(Company)).one().billing = Billing.SEND
    work = agree(desk, offer(desk, "100.00"))

    bill = completed(desk, work)

    assert bill is not None
    assert (bill.state, bill.sent_at) == (InvoiceState.ISSUED, None)
    assert work.billing_note == "Issued, but not sent: Clara Client household has no contacts"


def test_the_tray_issues_what_it_can_and_says_why_the_rest_stays(desk):
    """[A77] A result per row; a refused row costs no number."""
    desk.session.scalars(select(Company)).one().email = "office@ashworth.test"
    a_contact(desk.session, desk.group, primary=True, email="clara@example.com")
    good = [
        rest(desk, estimate)
        for estimate in (offer(desk, "100.00"), offer(desk, "50.00"))
        if agree(desk, estimate)
    ]
    broken = desk.draft("10.00")
    desk.session.delete(broken.lines[0])
    desk.session.flush()
    desk.session.expire(broken, ["lines"])

    results = issue_many(desk.session, [good[0].id, broken.id, good[1].id], desk.actor, desk.clock, send=True)

    said = {one.invoice_id: one for one in results}
    assert [said[bill.id].number for bill in good] == ["NORTH-00001", "NORTH-00002"]
    assert said[good[0].id].sent_to == "clara@example.com"
    assert "at least one line" in said[broken.id].refusal
    assert desk.session.scalars(select(Service)).all()
