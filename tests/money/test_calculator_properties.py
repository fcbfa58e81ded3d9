"""What holds for every document, whatever its lines [I1, I2, I3, M3, M4, M7, L7]."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money
from admin_app.kernel.rounding import TaxMode, round_half_up
from admin_app.money.calculator import Totals, calculate
from admin_app.money.draft import Draft, DraftLine, Portion, Tax

pytestmark = pytest.mark.repeats

TAXES = ("GST", "QST", "VAT")


def decimals(low: int, high: int, places: int) -> st.SearchStrategy[Decimal]:
    return st.integers(low * 10**places, high * 10**places).map(lambda n: Decimal(n).scaleb(-places))


def portions(currency: str, most: int = 50) -> st.SearchStrategy[Portion | None]:
    """Nothing, a percentage, or at most `most` minor units: small, so that few documents are refused."""
    return st.one_of(
        st.none(),
        decimals(0, 100, 3).map(lambda p: Portion(percent=p)),
        st.integers(0, most).map(lambda m: Portion(amount=Money(m, currency))),
    )


def lines(currency: str) -> st.SearchStrategy[DraftLine]:
    """Lines that take money, and some that give a little back."""
    tax_names = st.sets(st.sampled_from(TAXES)).map(lambda names: tuple(sorted(names)))
    taking = st.builds(
        DraftLine,
        quantity=decimals(1, 200, 4),
        unit_price=decimals(50, 500, 4),
        description=st.sampled_from(["", "Labour"]),
        discount=portions(currency),
        taxes=tax_names,
    )
    giving = st.builds(DraftLine, quantity=decimals(-2, 0, 4), unit_price=decimals(0, 9, 4), taxes=tax_names)
    return st.one_of(taking, taking, giving)


@st.composite
def drafts(draw: st.DrawFn, /, **fixed: object) -> Draft:
    currency = draw(st.sampled_from(["EUR", "JPY", "TND"]))
    rates = [Tax(name, draw(decimals(0, 30, 3)), compound=draw(st.booleans())) for name in TAXES]
    choice: dict[str, object] = {
        "tax_mode": draw(st.sampled_from(TaxMode)),
        "prices_include_tax": draw(st.booleans()),
        "discount": draw(portions(currency)),
        "allowance": draw(portions(currency)),
    }
    some = tuple(draw(st.lists(lines(currency), min_size=1, max_size=6)))
    return Draft(currency, some, tuple(rates), **(choice | fixed))  # type: ignore[arg-type]


def totals_of(draft: Draft) -> Totals:
    """The totals, where the draft is one that a person could mean."""
    try:
        return calculate(draft)
    except Invalid:
        assume(False)
        raise


@given(drafts())
def test_the_total_is_net_plus_tax_less_allowance(draft):
    """[I1]"""
    totals = totals_of(draft)

    assert totals.total == totals.net + totals.tax - totals.allowance
    assert totals.tax == Money.total((tax.amount for tax in totals.taxes), draft.currency)
    assert totals.subtotal == Money.total((line.net for line in totals.lines), draft.currency)
    assert all(line.net == line.gross - line.discount for line in totals.lines)


@given(drafts())
def test_the_lines_shares_of_a_discount_are_the_discount(draft):
    """[I2]"""
    totals = totals_of(draft)

    assert Money.total((line.share for line in totals.lines), draft.currency) == totals.discount


@given(drafts(prices_include_tax=False, tax_mode=TaxMode.DOCUMENT))
def test_a_document_rounds_each_tax_once(draft):
    """[I3]"""
    totals = totals_of(draft)

    for tax in totals.taxes:
        assert tax.amount.minor == round_half_up(Fraction(tax.base.minor) * Fraction(tax.rate) / 100)


@given(drafts(prices_include_tax=False, tax_mode=TaxMode.LINE))
def test_a_line_rounds_each_plain_tax_alone(draft):
    """[I3]"""
    totals = totals_of(draft)

    for tax in totals.taxes:
        if next(one for one in draft.taxes if one.name == tax.name).compound:
            continue
        nets = [
            line.net - line.share
            for line, typed in zip(totals.lines, draft.lines, strict=True)
            if tax.name in typed.taxes
        ]
        by_line = [round_half_up(Fraction(net.minor) * Fraction(tax.rate) / 100) for net in nets]
        assert tax.amount.minor == sum(by_line)


@given(drafts(prices_include_tax=True, allowance=None))
def test_a_tax_inside_the_prices_never_changes_what_is_paid(draft):
    """[M7]"""
    totals = totals_of(draft)

    assert totals.total == totals.subtotal - totals.discount
    assert totals.net == totals.total - totals.tax


@given(drafts())
def test_the_leaves_of_the_derivation_add_up_to_the_total(draft):
    """[L7]"""
    totals = totals_of(draft)

    assert totals.derivation.amount == totals.total
    leaves = totals.derivation.leaves()
    assert Money.total((leaf.amount for leaf in leaves), draft.currency) == totals.total


@given(drafts())
def test_every_step_of_the_derivation_is_the_sum_of_its_parts(draft):
    """[L7]"""

    def check(step):
        if step.children:
            assert step.amount == Money.total((child.amount for child in step.children), draft.currency)
        for child in step.children:
            check(child)

    check(totals_of(draft).derivation)


@given(drafts(discount=Portion(percent=Decimal(100)), allowance=None))
def test_all_of_it_off_leaves_nothing(draft):
    """[M3, M4]"""
    totals = totals_of(draft)

    assert (totals.net.minor, totals.tax.minor, totals.total.minor) == (0, 0, 0)


@given(drafts(discount=None, allowance=None), decimals(0, 100, 3))
def test_a_deposit_lies_between_a_cent_and_the_total(draft, share):
    """[M22]"""
    asked = Draft(
        draft.currency,
        draft.lines,
        draft.taxes,
        draft.tax_mode,
        draft.prices_include_tax,
        deposit=Portion(percent=share),
    )

    totals = totals_of(asked)

    assert totals.deposit is not None
    assert 0 < totals.deposit.minor <= totals.total.minor
