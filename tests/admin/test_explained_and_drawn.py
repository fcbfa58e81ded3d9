"""What is taken out of the calculator's tree, and how a table of steps is laid out on paper [L7, L15]."""

from decimal import Decimal

import pytest

from admin_app.admin.derivations import Step, explain
from admin_app.admin.pipeline.drawing import HIGH, WIDE, draw
from admin_app.flow import FLOWS
from admin_app.money.calculator import calculate
from admin_app.money.draft import Draft, DraftLine, Portion, Tax


def totals(**but):
    line = DraftLine(Decimal("2.25"), Decimal("64.22"), "Discount", None, ("VAT", "City 1.5 %"))
    facts = {"discount": Portion(percent=Decimal(5))} | but
    taxes = (Tax("VAT", Decimal(20)), Tax("City 1.5 %", Decimal("1.5")))
    return calculate(Draft("EUR", (line, line), taxes, **facts))


def there(step: Step | None) -> Step:
    """The branch that a sum must have."""
    assert step is not None
    return step


@pytest.mark.parametrize("inclusive", [False, True])
def test_every_sum_finds_its_branch_even_if_a_line_is_called_like_one(inclusive):
    found = totals(prices_include_tax=inclusive)

    told = explain(found.derivation.to_json(), 2, str(found.subtotal), "10.00", "30 %")
    subtotal, discount, net = there(told.subtotal), there(told.discount), there(told.net)

    assert [step["amount"] for step in told.lines] == [str(line.net) for line in found.lines]
    assert subtotal["amount"] == str(found.subtotal)
    assert discount["amount"] == str(-found.discount)
    assert net["amount"] == str(found.net) and there(told.total)["amount"] == str(found.total)
    assert {tax.name: str(tax.amount) for tax in found.taxes} == {
        name: told.taxes[name]["amount"] for name in ("VAT", "City 1.5 %")
    }
    assert there(told.deposit)["amount"] == "10.00"


def test_without_a_tree_nothing_is_explained():
    told = explain(None, 0, "0.00")

    assert (told.total, told.subtotal, told.taxes) == (None, None, {})


@pytest.mark.parametrize("name", FLOWS)
def test_each_step_of_a_flow_is_drawn_and_no_two_lines_lie_on_each_other(name):
    flow = FLOWS[name]

    drawing = draw(flow)

    assert [box.state for box in drawing.boxes] == [state.value for state in flow.states]
    words = {arc.words for arc in drawing.arcs}
    assert words == {
        step.name.replace("_", " ") for step in flow.steps if any(s is not step.target for s in step.sources)
    }
    runs = [_run(arc.path) for arc in drawing.arcs]
    for number, (height, left, right) in enumerate(runs):
        for other in runs[number + 1 :]:
            assert not (height == other[0] and left < other[2] and other[1] < right), (
                name,
                drawing.arcs[number],
            )
        assert 0 < height < drawing.height and left >= 0 and right <= drawing.width
    for box in drawing.boxes:
        assert box.x + WIDE <= drawing.width and box.y + HIGH <= drawing.height


def _run(path):
    """Height, left and right end of the long stretch of an arc."""
    parts = path.split()
    start, height, end = int(parts[0][1:]), int(parts[2][1:]), int(parts[3][1:])
    return height, min(start, end), max(start, end)
