"""Estimates are written: lines and terms as typed, all mistakes at once, sums by the calculator [52-58, M2-M8]."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Unmet
from admin_app.kernel.rounding import TaxMode
from admin_app.models import (
    Attachment,
    Company,
    Estimate,
    EstimateLine,
    EstimateState,
    LeadState,
    TaxProfile,
    TaxRate,
)
from admin_app.money.calculator import calculate
from admin_app.services.copy_lines import usual_taxes
from admin_app.services.estimate_sums import draft_of_estimate, keep_sums
from admin_app.services.new_estimate import new_estimate
from admin_app.services.preview_estimate import preview
from admin_app.services.save_record import update
from admin_app.services.take_number import brand_for
from admin_app.services.write_estimate import (
    Line,
    add_lines,
    mark_of,
    write_estimate,
    write_lines,
    write_terms,
)
from seeds.builders import a_group, an_asset
from seeds.work_builders import a_lead, a_price_item, a_project, a_tax_rate
from tests.services.desk import Desk
from tests.services.offers import confirmed, line, offer, open_project, sent

CEM = Actor(ActorKind.STAFF, "Cem Yılmaz", id=99, role=Role.CREW)
ADA = Actor(ActorKind.STAFF, "Ada Brandt", id=98, role=Role.ANALYST)


@pytest.fixture
def project(desk: Desk):
    return open_project(desk)


@pytest.fixture
def draft(desk: Desk, project) -> Estimate:
    return new_estimate(desk.session, project, desk.actor, desk.clock)


def mistakes(desk: Desk, draft: Estimate, *lines: Line, **terms: str) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        write_estimate(desk.session, draft, desk.actor, lines=lines or None, terms=terms)
    return refused.value.fields


# -------------------------------------------------------------------- a new one


def test_a_new_estimate_begins_with_what_company_brand_and_project_say(desk, project):
    """[52]"""
    company = desk.session.get_one(Company, 1)
    company.estimate_days, company.prices_include_tax, company.tax_mode = 14, True, TaxMode.LINE
    brand = brand_for(desk.session, None)
    brand.estimate_intro, brand.estimate_closing = "Dear customer", "Valid as printed"
    desk.session.flush()

    draft = new_estimate(desk.session, project, desk.actor, desk.clock, title="Crown reduction")

    assert (draft.state, draft.number, draft.revision) == (EstimateState.DRAFT, None, 1)
    assert draft.title == "Crown reduction"
    assert draft.expires_on == date(2026, 3, 31)
    assert (draft.prices_include_tax, draft.tax_mode, draft.currency) == (True, TaxMode.LINE, "EUR")
    assert (draft.intro, draft.closing, draft.client_order_no) == (
        "Dear customer",
        "Valid as printed",
        "PO-7",
    )
    assert (draft.group_id, draft.total, draft.lines) == (desk.group.id, 0, [])


def test_a_new_estimate_answers_every_open_lead_of_its_project(desk, project):
    """[51]: two questions may be answered by one offer; a declined one stays declined."""
    first, second = a_lead(desk.session, project), a_lead(desk.session, project)
    declined = a_lead(desk.session, project, state=LeadState.DECLINED)

    new_estimate(desk.session, project, desk.actor, desk.clock)

    assert [lead.state for lead in (first, second, declined)] == [
        LeadState.ESTIMATED,
        LeadState.ESTIMATED,
        LeadState.DECLINED,
    ]


@pytest.mark.parametrize("actor", [CEM, ADA])
def test_who_may_not_sell_begins_and_writes_no_estimate(desk, project, draft, actor):
    with pytest.raises(NotAllowed):
        new_estimate(desk.session, project, actor, desk.clock)
    with pytest.raises(NotAllowed):
        write_lines(desk.session, draft, [line("Fell the ash", "1")], actor)


def test_a_title_that_does_not_fit_is_refused_by_its_field(desk, project):
    with pytest.raises(Invalid) as refused:
        new_estimate(desk.session, project, desk.actor, desk.clock, title="a" * 201)

    assert set(refused.value.fields) == {"title"}


# ------------------------------------------------------------------- its lines


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


def test_prices_that_contain_the_tax_never_move_the_total(desk, draft):
    """[M7, IN#2101]: 340.00 + 13.90 at 19 % is 353.90, not 353.89."""
    a_tax_rate(desk.session, "MwSt 19 %", "19")

    write_estimate(
        desk.session,
        draft,
        desk.actor,
        terms={"prices_include_tax": "yes"},
        lines=[line("Fell", "340.00", "MwSt 19 %"), line("Drive", "13.90", "MwSt 19 %")],
    )

    assert (draft.subtotal, draft.tax, draft.total) == (35390, 5651, 35390)
    assert [(tax.name, tax.rate, tax.base, tax.amount) for tax in draft.taxes] == [
        ("MwSt 19 %", Decimal(19), 29739, 5651)
    ]


def test_taxes_of_several_rates_are_each_rounded_once(desk, draft):
    """[M6]: 10.10 + 20.20 at 9.975 % and 20.20 at 5 %."""
    a_tax_rate(desk.session, "GST", "5")
    a_tax_rate(desk.session, "QST", "9.975")

    write_lines(
        desk.session, draft, [line("A", "10.10", "QST"), line("B", "20.20", "GST", "QST")], desk.actor
    )

    assert {tax.name: (tax.base, tax.amount) for tax in draft.taxes} == {
        "GST": (2020, 101),
        "QST": (3030, 302),
    }
    assert (draft.subtotal, draft.tax, draft.total) == (3030, 403, 3433)


def test_the_stored_sums_are_the_calculators_and_explain_themselves(desk, draft):
    """[M8, L7]: the tree's root is the total, its leaves add up to it, and its numbers carry no idle zeros."""
    write_estimate(
        desk.session,
        draft,
        desk.actor,
        terms={"discount_percent": "10", "deposit_percent": "30"},
        lines=[line("Fell", "64.22", "VAT", quantity="2.25", discount_percent="5"), line("Chip", "80")],
    )

    totals = calculate(draft_of_estimate(desk.session, draft))
    assert (draft.subtotal, draft.discount, draft.tax, draft.total) == (
        totals.subtotal.minor,
        totals.discount.minor,
        totals.tax.minor,
        totals.total.minor,
    )
    assert totals.deposit is not None and draft.deposit == totals.deposit.minor
    assert draft.derivation["amount"] == str(totals.total)
    assert "2.25 × 64.22" in str(draft.derivation)
    assert "2.2500" not in str(draft.derivation)


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


# ------------------------------------------------------------------- bad input


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


def test_a_discount_over_the_subtotal_is_refused_by_its_field(desk, draft):
    wrong = mistakes(desk, draft, line("A", "40"), discount_amount="40.01")

    assert wrong == {"discount_amount": "A discount of 40.01 is more than the subtotal, which is 40.00"}


@pytest.mark.parametrize(
    ("terms", "field", "sentence"),
    [
        (
            {"deposit_amount": "40.01"},
            "deposit_amount",
            "A deposit of 40.01 is more than the total, which is 40.00",
        ),
        ({"deposit_percent": "0.01"}, "deposit_percent", "A deposit of 0.00 asks for nothing"),
        ({"deposit_amount": "-1"}, "deposit_amount", "A deposit cannot be negative"),
    ],
)
def test_a_deposit_of_more_than_all_or_of_nothing_is_refused(desk, draft, terms, field, sentence):
    """[M22]"""
    assert mistakes(desk, draft, line("A", "40"), **terms) == {field: sentence}


def test_a_line_gives_back_by_a_negative_price(desk, draft):
    """[M3]"""
    write_lines(desk.session, draft, [line("Fell", "100"), line("Wood stays here", "-30")], desk.actor)

    assert draft.total == 7000


def test_a_line_discounted_by_all_of_it_costs_exactly_nothing(desk, draft):
    """[M3, IN#3195]"""
    write_lines(
        desk.session,
        draft,
        [line("Gift", "0.3333", quantity="0.5", discount_percent="100"), line("Fell", "1")],
        desk.actor,
    )

    assert [one.net for one in draft.lines] == [0, 100]


def test_too_many_lines_are_refused_with_a_sentence(desk, draft):
    with pytest.raises(Invalid, match="At most 500 lines fit on an estimate"):
        write_lines(desk.session, draft, [line("A", "1")] * 501, desk.actor)


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


# -------------------------------------------------------------------- its terms


def test_a_percentage_takes_the_amount_back_that_stood_there(desk, draft):
    write_estimate(desk.session, draft, desk.actor, lines=[line("A", "100")], terms={"discount_amount": "20"})
    assert draft.total == 8000

    write_terms(desk.session, draft, {"discount_percent": "10"}, desk.actor)

    assert (draft.discount_amount, draft.discount_percent, draft.total) == (None, Decimal(10), 9000)


def test_terms_are_kept_as_typed(desk, draft):
    write_terms(
        desk.session,
        draft,
        {
            "title": "Winter work",
            "expires_on": "2026-05-01",
            "show_unit_prices": "no",
            "signature_required": "yes",
            "retainage_percent": "5",
            "client_order_no": "A-1",
            "closing": "Half <i>now</i>",
        },
        desk.actor,
    )

    assert (draft.title, draft.expires_on) == ("Winter work", date(2026, 5, 1))
    assert (draft.show_unit_prices, draft.signature_required) == (False, True)
    assert (draft.retainage_percent, draft.client_order_no) == (Decimal(5), "A-1")
    assert draft.closing == "Half <i>now</i>"


@pytest.mark.parametrize("name", ["state", "total", "number", "currency", "sent_at", "base_id"])
def test_terms_that_nobody_types_are_refused(desk, draft, name):
    """Mass assignment: no form sets what the program keeps."""
    assert set(mistakes(desk, draft, **{name: "1"})) == {name}


@pytest.mark.parametrize(
    ("profile", "word"), [(TaxProfile.EXEMPT, "exempt"), (TaxProfile.REVERSE_CHARGE, "reverse charge")]
)
def test_a_customer_who_pays_no_tax_is_charged_none_and_told_why(desk, draft, profile, word):
    """[A15]"""
    desk.group.tax_profile = profile
    desk.session.flush()

    write_lines(desk.session, draft, [line("A", "100", "VAT")], desk.actor)

    assert (draft.total, draft.tax, draft.taxes) == (10000, 0, [])
    assert word in draft.derivation["children"][-1]["rule"]
    assert word in preview(desk.session, draft, desk.actor)["note"]


def test_a_draft_without_lines_comes_to_nothing(desk, draft):
    write_estimate(
        desk.session, draft, desk.actor, lines=[line("A", "100", "VAT")], terms={"deposit_percent": "30"}
    )

    write_lines(desk.session, draft, [], desk.actor)

    assert (draft.subtotal, draft.tax, draft.total, draft.deposit) == (0, 0, 0, 0)
    assert (draft.taxes, draft.derivation) == ([], None)


# ------------------------------------------------------------------ the preview


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


# ------------------------------------------------------- other ways of writing


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


def test_the_usual_taxes_are_those_that_are_ticked_and_in_use(desk):
    a_tax_rate(desk.session, "Old", "19", archived=True)
    a_tax_rate(desk.session, "New", "20")

    assert usual_taxes(desk.session) == ("New",)


def test_what_was_sent_keeps_the_rates_it_was_sent_with(desk, project):
    """[M6]: a new rate changes drafts, never what went out."""
    estimate, draft = sent(desk, project), offer(desk, project)
    rate = desk.session.query(TaxRate).filter_by(name="VAT").one()
    rate.rate = Decimal(25)
    desk.session.flush()

    keep_sums(desk.session, estimate)
    keep_sums(desk.session, draft)

    assert (estimate.tax, draft.tax) == (20000, 25000)


def test_a_change_order_counts_like_its_estimate(desk, project):
    base = confirmed(desk, project)
    change = new_estimate(desk.session, project, desk.actor, desk.clock, change_of=base)

    assert mistakes(desk, change, prices_include_tax="yes") == {
        "prices_include_tax": "A change order counts like the estimate that it adds to"
    }
    with pytest.raises(NotFound):
        new_estimate(
            desk.session, a_project(desk.session, desk.group), desk.actor, desk.clock, change_of=base
        )


def test_an_item_of_the_price_list_is_named_by_its_line(desk, draft):
    item = a_price_item(desk.session)

    write_lines(
        desk.session, draft, [line("Crown", "120", price_item_id=item.id, cost="60", hours="1.5")], desk.actor
    )

    kept = draft.lines[0]
    assert (kept.price_item, kept.cost, kept.hours) == (item, Decimal(60), Decimal("1.5"))
