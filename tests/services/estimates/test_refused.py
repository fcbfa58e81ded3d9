"""What writes no estimate: mistakes, all told at once; a stale page; one that was sent [M38]."""

from __future__ import annotations

import pytest

from admin_app.kernel.errors import Conflict, Invalid, Unmet
from admin_app.models import Estimate, EstimateLine
from admin_app.services.save_record import update
from admin_app.services.write_estimate import Line, mark_of, write_lines, write_terms
from tests.services.estimates.mistaken import mistakes
from tests.services.offers import line, sent


def test_every_mistake_of_every_line_is_told_at_once_and_nothing_is_written(desk, draft):
    write_lines(desk.session, draft, [line("Stays", "10")], desk.actor)

    wrong = mistakes(
        desk,
        draft,
        line("", "1.23456", "No such tax"),
        line("Back", "5", quantity="-1"),
        line("Over", "40", discount_amount="50"),
        line("Both", "40", discount_amount="5", discount_percent="5"),
        line("Percent", "40", discount_percent="101"),
        line("Twice", "40", "VAT", "VAT"),
        line("Cost", "40", cost="-1", hours="-2"),
        Line({"quantity": "many"}),
        line("Strange", "1", net="5"),
        line("Fine", "7"),
        title=" ",
        deposit_percent="100.5",
    )

    assert wrong == {
        "title": "Title is missing",
        "deposit_percent": "100.5 is not between 0 and 100 percent",
        "lines-0-description": "Description is missing",
        "lines-0-unit_price": "“1.23456” has more than 4 decimals",
        "lines-0-tax": "There is no tax called “No such tax”",
        "lines-1-quantity": "A quantity cannot be negative; to give something back, write a negative price",
        "lines-2-discount_amount": "A discount of 50.00 is more than the line, which is 40.00",
        "lines-3-discount_amount": "Give a percentage or an amount, not both",
        "lines-4-discount_percent": "101 is not between 0 and 100 percent",
        "lines-5-tax": "“VAT” is there twice",
        "lines-6-cost": "A cost cannot be negative",
        "lines-6-hours": "Hours cannot be negative",
        "lines-7-quantity": wrong["lines-7-quantity"],
        "lines-7-description": "Description is missing",
        "lines-7-unit_price": "Unit price is missing",
        "lines-8-net": "“net” cannot be set here",
    }
    desk.session.refresh(draft)
    assert [one.description for one in draft.lines] == ["Stays"]
    assert draft.total == 1000


def test_too_many_lines_are_refused_with_a_sentence(desk, draft):
    with pytest.raises(Invalid, match="At most 500 lines fit on an estimate"):
        write_lines(desk.session, draft, [line("A", "1")] * 501, desk.actor)


def test_two_editors_do_not_overwrite_each_other(desk, draft):
    """A stale page is refused, also when the other one changed nothing but a tax."""
    write_lines(desk.session, draft, [line("A", "1", "VAT")], desk.actor)
    seen = mark_of(draft)
    write_lines(desk.session, draft, [Line({}, (), draft.lines[0].key)], desk.actor, seen=seen)

    with pytest.raises(Conflict, match="Somebody else has changed this estimate"):
        write_terms(desk.session, draft, {"title": "Mine"}, desk.actor, seen=seen)

    write_terms(desk.session, draft, {"title": "Mine"}, desk.actor, seen=mark_of(draft))
    assert draft.title == "Mine"


def test_what_was_sent_is_not_written(desk, project):
    estimate = sent(desk, project)

    with pytest.raises(Unmet, match=r"Estimate NORTH-E-00001 is sent; revise it to change it"):
        write_lines(desk.session, estimate, [line("A", "1")], desk.actor)


def test_general_ways_of_saving_leave_sums_and_sent_estimates_alone(desk, project, draft):
    """[M38]"""
    write_lines(desk.session, draft, [line("A", "100")], desk.actor)
    gone_out = sent(desk, project)

    update(desk.session, Estimate, draft.id, {"title": "Other words"}, desk.actor)
    for record, values in ((draft, {"discount_percent": "50"}), (gone_out, {"title": "Other words"})):
        with pytest.raises(Unmet):
            update(desk.session, Estimate, record.id, values, desk.actor)
    with pytest.raises(Unmet, match="change in its editor"):
        update(desk.session, EstimateLine, draft.lines[0].id, {"unit_price": "1"}, desk.actor)

    assert (draft.title, draft.total) == ("Other words", 10000)
