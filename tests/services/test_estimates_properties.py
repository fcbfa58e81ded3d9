"""Whatever is typed into an estimate: stored is what an independent sum says, in drafts and ever after [M3-M8]."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from admin_app.kernel.errors import Invalid
from admin_app.models import Estimate
from admin_app.services.contract_chain import contract_of_estimate
from admin_app.services.new_estimate import new_estimate
from admin_app.services.preview_estimate import preview
from admin_app.services.revise_estimate import revise_estimate
from admin_app.services.send_estimate import send_estimate
from admin_app.services.write_estimate import Line, write_estimate
from seeds.work_builders import a_tax_rate
from tests.services.desk import Desk
from tests.services.offers import open_project

RATES = {"GST": Decimal(5), "QST": Decimal("9.975"), "VAT 19 %": Decimal(19)}


def decimals(low: str, high: str, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(low, high, places=places)


@st.composite
def typed_lines(draw: st.DrawFn) -> Line:
    values: dict[str, Any] = {
        "description": draw(st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=20)),
        "quantity": draw(decimals("0", "50", 4)),
        "unit_price": draw(decimals("0.5", "900", 4) | decimals("-20", "900", 4)),
        "optional": draw(st.booleans()),
        "chosen": draw(st.booleans()),
        "discount_percent": draw(st.none() | decimals("0", "100", 2)),
    }
    return Line(values, tuple(draw(st.sets(st.sampled_from(sorted(RATES))))))


TERMS = st.fixed_dictionaries(
    {"discount_percent": decimals("0", "40", 3), "prices_include_tax": st.booleans()},
    optional={"deposit_percent": decimals("1", "100", 2)},
)


def cents(number: Decimal) -> int:
    return int(number.quantize(Decimal(1), ROUND_HALF_UP))


def expected_net(line: Line) -> int:
    """[M3]: the discount is taken off the rounded product."""
    gross = cents(line.values["quantity"] * line.values["unit_price"] * 100)
    return gross - cents(gross * (line.values["discount_percent"] or Decimal(0)) / 100)


def looked_at(estimate: Estimate) -> tuple[Any, ...]:
    """Everything that anybody is shown of the sums."""
    return (
        *(getattr(estimate, name) for name in ("subtotal", "discount", "tax", "total", "deposit")),
        [(line.key, line.net, line.discount, line.counts) for line in estimate.lines],
        sorted((tax.name, tax.rate, tax.base, tax.amount) for tax in estimate.taxes),
        estimate.derivation,
    )


@pytest.fixture
def project(desk: Desk):
    for name, rate in RATES.items():
        a_tax_rate(desk.session, name, str(rate))
    return open_project(desk)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(typed_lines(), max_size=6), terms=TERMS)
def test_stored_sums_are_those_of_an_independent_model_and_survive_sending_and_revising(
    desk, project, lines, terms
):
    savepoint = desk.session.begin_nested()
    try:
        draft = new_estimate(desk.session, project, desk.actor, desk.clock)
        shown = preview(desk.session, draft, desk.actor, terms, lines)
        try:
            write_estimate(desk.session, draft, desk.actor, terms=terms, lines=lines)
        except Invalid as refusal:
            assert refusal.fields == shown["errors"]
            event("refused")
            return
        _is_as_expected(draft, lines, terms)
        if draft.total < 0 or not any(line.counts for line in draft.lines):
            event("not to be sent")
            return
        event("sent and revised")
        before = looked_at(draft)

        send_estimate(desk.session, draft, desk.actor, desk.clock, by_hand=True)
        revision = revise_estimate(desk.session, draft, desk.actor, desk.clock)

        assert looked_at(draft) == before
        assert looked_at(revision) == before
        contract = contract_of_estimate(draft)
        assert contract.total.minor == draft.total
        assert sum(line.net.minor for line in contract.lines) == draft.subtotal - draft.discount
    finally:
        savepoint.rollback()


def _is_as_expected(draft: Estimate, lines: list[Line], terms: dict[str, Any]) -> None:
    nets = [expected_net(line) for line in lines]
    counting = [
        net
        for net, line in zip(nets, lines, strict=True)
        if line.values["chosen"] or not line.values["optional"]
    ]
    assert [line.net for line in draft.lines] == nets
    assert draft.subtotal == sum(counting)
    assert draft.discount == cents(sum(counting) * terms.get("discount_percent", Decimal(0)) / 100)
    included = terms.get("prices_include_tax", False)
    assert draft.total == draft.subtotal - draft.discount + (0 if included else draft.tax)
    assert draft.tax == sum(tax.amount for tax in draft.taxes)
    if not included:
        for tax in draft.taxes:
            assert tax.amount == cents(tax.base * RATES[tax.name] / 100)
    assert draft.deposit == cents(max(draft.total, 0) * terms.get("deposit_percent", Decimal(0)) / 100)
    if counting:
        assert draft.derivation is not None
        assert Decimal(draft.derivation["amount"]) * 100 == draft.total
        assert _leaves(draft.derivation) == draft.total


def _leaves(tree: dict[str, Any]) -> int:
    children = tree["children"]
    return sum(map(_leaves, children)) if children else int(Decimal(tree["amount"]) * 100)
