"""The preview shows what saving would store, and writes nothing [M8]."""

from __future__ import annotations

from decimal import Decimal

from admin_app.services.preview_estimate import preview
from admin_app.services.write_estimate import write_estimate
from tests.services.offers import line


def test_a_preview_shows_what_saving_would_store_and_writes_nothing(desk, draft):
    """[M8]"""
    terms = {"discount_percent": "10", "deposit_percent": "50"}
    lines = [line("A", "33.335", "VAT", quantity="3"), line("B", "50", optional="yes", chosen="no")]

    shown = preview(desk.session, draft, desk.actor, terms, lines)

    assert not desk.session.dirty
    assert not desk.session.new
    assert draft.total == 0
    write_estimate(desk.session, draft, desk.actor, terms=terms, lines=lines)
    assert shown["errors"] == {}
    assert shown["total"] == f"{Decimal(draft.total) / 100:.2f}"
    assert shown["deposit"] == f"{Decimal(draft.deposit) / 100:.2f}"
    assert [one["net"] for one in shown["lines"]] == ["100.01", "50.00"]
    assert [one["counts"] for one in shown["lines"]] == [True, False]
    assert shown["derivation"] == draft.derivation


def test_a_preview_names_mistakes_and_prices_the_other_lines(desk, draft):
    shown = preview(
        desk.session,
        draft,
        desk.actor,
        {},
        [line("A", "x"), line("B", "5"), line("C", "4", discount_amount="5")],
    )

    assert set(shown["errors"]) == {"lines-0-unit_price", "lines-2-discount_amount"}
    assert [one and one["net"] for one in shown["lines"]] == [None, "5.00", None]
    assert shown["total"] is None
