"""The lines of an estimate: kept as typed, optional or exclusive, each with its key [53-57, M2, M17]."""

from __future__ import annotations

from decimal import Decimal

import pytest

from admin_app.models import Attachment, Company
from admin_app.services.write_estimate import Line, add_lines, write_lines
from seeds.builders import a_group, an_asset
from seeds.work_builders import a_price_item
from tests.services.estimates.mistaken import mistakes
from tests.services.offers import line


def test_lines_are_kept_as_typed_with_four_decimals_and_html_as_text(desk, draft):
    """[M2]: 2.3333 × 0.3333 is 0.78; <b> is four characters of text."""
    write_lines(
        desk.session,
        draft,
        [line("<b>Oak</b>", "0.3333", quantity="2.3333", unit="m²", details="<script>\nby hand")],
        desk.actor,
    )

    kept = draft.lines[0]
    assert (kept.description, kept.details, kept.unit) == ("<b>Oak</b>", "<script>\nby hand", "m²")
    assert (kept.quantity, kept.unit_price) == (Decimal("2.3333"), Decimal("0.3333"))
    assert (kept.net, draft.total) == (78, 78)


@pytest.mark.parametrize(("language", "text"), [("en", "2.375"), ("de", "2,375")])
def test_three_decimals_are_read_as_the_language_of_the_office_writes_them(desk, draft, language, text):
    """[M2]: 2.375 hours are no two thousand; what could be either is refused."""
    desk.session.get_one(Company, 1).language = language
    desk.session.flush()

    write_lines(desk.session, draft, [line("Work", "10", quantity=text)], desk.actor)

    assert (draft.lines[0].quantity, draft.total) == (Decimal("2.375"), 2375)
    write_lines(desk.session, draft, [line("Work", "10", quantity=Decimal("2.375"))], desk.actor)
    assert draft.total == 2375
    other = text.translate(str.maketrans(".,", ",."))
    assert set(mistakes(desk, draft, line("Work", "10", quantity=other))) == {"lines-0-quantity"}


def test_an_option_is_priced_and_stays_out_of_the_total_until_it_is_chosen(desk, draft):
    """[57]"""
    lines = [line("Fell", "100", "VAT"), line("Grind the stump", "50", "VAT", optional="yes", chosen="no")]

    write_lines(desk.session, draft, lines, desk.actor)

    assert [(one.net, one.counts) for one in draft.lines] == [(10000, True), (5000, False)]
    assert draft.total == 12000


def test_alternatives_are_options_of_which_at_most_one_is_chosen(desk, draft):
    lines = [
        line("Oak", "100", alternative="wood", chosen="yes"),
        line("Pine", "60", alternative="wood", chosen="no"),
    ]
    write_lines(desk.session, draft, lines, desk.actor)
    assert [one.optional for one in draft.lines] == [True, True]
    assert draft.total == 10000

    both = [line("Oak", "100", alternative="wood"), line("Pine", "60", alternative="wood", chosen="yes")]

    assert mistakes(desk, draft, *both) == {
        "lines-1-chosen": "Another line of “wood” is chosen already; they exclude each other"
    }


def test_a_line_keeps_its_key_when_it_moves_and_changes(desk, draft):
    """[M17]: work follows the key."""
    write_lines(desk.session, draft, [line("A", "1"), line("B", "2"), line("C", "3")], desk.actor)
    a, b, c = (one.key for one in draft.lines)

    write_lines(
        desk.session,
        draft,
        [Line({"unit_price": "30"}, (), c), line("New", "9"), Line({}, (), a)],
        desk.actor,
    )

    assert [(one.position, one.description, one.net) for one in draft.lines] == [
        (1, "C", 3000),
        (2, "New", 900),
        (3, "A", 100),
    ]
    assert draft.lines[0].key == c
    assert draft.lines[2].key == a
    assert draft.lines[1].key not in (a, b, c)


def test_a_line_that_somebody_else_took_away_is_written_again_not_lost(desk, draft):
    write_lines(desk.session, draft, [line("A", "1", key="gone")], desk.actor)

    assert draft.lines[0].description == "A"
    assert draft.lines[0].key != "gone"


def test_more_lines_come_behind_those_that_are_there(desk, draft):
    write_lines(desk.session, draft, [line("A", "1", "VAT")], desk.actor)

    add_lines(desk.session, draft, [line("B", "2")], desk.actor)

    assert [(one.description, one.tax_names) for one in draft.lines] == [("A", ["VAT"]), ("B", [])]
    assert draft.total == 320


def test_things_and_photos_of_another_customer_are_refused(desk, draft):
    other = a_group(desk.session, name="Otto Other")
    oak, theirs = an_asset(desk.session, desk.group), an_asset(desk.session, other)
    photo = Attachment(
        group_id=other.id, name="oak.jpg", content_type="image/jpeg", size=1, sha256="0" * 64, store_key="k"
    )
    desk.session.add(photo)
    desk.session.flush()

    wrong = mistakes(desk, draft, line("A", "1", asset_id=theirs.id), line("B", "1", photo_id=str(photo.id)))

    assert wrong == {
        "lines-0-asset": "This site asset belongs to another customer",
        "lines-1-photo": "This photo is not among the files of this customer",
    }
    write_lines(desk.session, draft, [line("A", "1", asset_id=str(oak.id))], desk.actor)
    assert draft.lines[0].asset_id == oak.id


def test_an_item_of_the_price_list_is_named_by_its_line(desk, draft):
    item = a_price_item(desk.session)

    write_lines(
        desk.session, draft, [line("Crown", "120", price_item_id=item.id, cost="60", hours="1.5")], desk.actor
    )

    kept = draft.lines[0]
    assert (kept.price_item, kept.cost, kept.hours) == (item, Decimal(60), Decimal("1.5"))
