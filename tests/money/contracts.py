"""Contracts for the tests of bills, deposits and retainage."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import assume
from hypothesis import strategies as st

from admin_app.kernel.errors import Refusal, Unmet
from admin_app.kernel.money import Money
from admin_app.money.calculator import calculate
from admin_app.money.contract import Bill, Billed, Contract, contract_of, unbilled, unbilled_nets
from admin_app.money.draft import Draft, DraftLine, Tax
from admin_app.money.progress import bill_amount, bill_lines, bill_percent, bill_rest
from tests.money.test_calculator_properties import drafts, totals_of


def a_line(price: str, *taxes: str, quantity: str = "1", description: str = "Work", **but) -> DraftLine:
    return DraftLine(Decimal(quantity), Decimal(price), description, taxes=taxes, **but)


def eur(text: str) -> Money:
    return Money.of(text, "EUR")


def a_contract(
    *lines: DraftLine, taxes: tuple[Tax, ...] = (), currency: str = "EUR", first_key: str = "a", **but
) -> Contract:
    """The contract of these lines, whose keys are a, b, c, …"""
    draft = Draft(currency, lines, taxes, **but)
    keys = [chr(ord(first_key) + index) for index in range(len(lines))]
    return contract_of(draft, calculate(draft), keys)


@st.composite
def contracts(draw: st.DrawFn, /, **fixed: object) -> Contract:
    """Any contract that takes money: one to six lines, some of which may give a little back."""
    draft = draw(drafts(allowance=None, **fixed))
    totals = totals_of(draft)
    assume(totals.total.minor > 0)
    return contract_of(draft, totals, [f"k{index}" for index in range(len(draft.lines))])


@st.composite
def series_of_bills(draw: st.DrawFn, contract: Contract) -> list[Bill]:
    """Some bills by percent, amount and services in any order, then the rest: the whole contract."""
    billed = Billed()
    bills: list[Bill] = []
    for step in draw(st.lists(st.sampled_from(["percent", "amount", "cents", "lines"]), max_size=8)):
        if bills and bills[-1].closing:
            break
        try:
            bill = _next(draw, contract, billed, step)
        except Refusal:
            continue
        bills.append(bill)
        billed = billed.plus(bill)
    if not bills or not bills[-1].closing:
        try:
            bills.append(bill_rest(contract, billed))
        except Unmet:  # what is left gives back, or comes to nothing: no invoice can say that
            assume(False)
    return bills


def _next(draw: st.DrawFn, contract: Contract, billed: Billed, step: str) -> Bill:
    left = unbilled(contract, billed).minor
    if step == "percent":
        return bill_percent(contract, billed, Decimal(draw(st.integers(1, 100_000))).scaleb(-3))
    if step == "lines":
        open_ones = [key for key, rest in unbilled_nets(contract, billed).items() if rest]
        return bill_lines(contract, billed, draw(st.sets(st.sampled_from(open_ones), min_size=1)))
    most = max(1, min(left, 9) if step == "cents" else left)
    return bill_amount(contract, billed, Money(draw(st.integers(1, most)), contract.currency))
