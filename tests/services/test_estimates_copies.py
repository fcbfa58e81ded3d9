"""Lines from old estimates, the price list, packages and site assets [53, 58, A31]."""

from __future__ import annotations

from decimal import Decimal

import pytest

from admin_app.kernel.errors import Invalid, NotAllowed, NotFound, Unmet
from admin_app.models import AssetKind, Condition, Package, PriceItem
from admin_app.services.copy_estimate import copy_estimate
from admin_app.services.keep_price_list import Held, choose_taxes, fill_package
from admin_app.services.propose_lines import (
    add_package,
    add_price_item,
    lines_from_assets,
    lines_of_assets,
    lines_of_package,
)
from admin_app.services.revise_estimate import revise_estimate
from admin_app.services.save_record import create, update
from admin_app.services.write_estimate import write_lines, write_terms
from seeds.builders import a_group, an_asset
from seeds.work_builders import a_package, a_price_item, a_project, a_tax_rate
from tests.services.desk import Desk
from tests.services.estimates.answered import CEM
from tests.services.offers import confirmed, line, offer, open_project, sent


@pytest.fixture
def project(desk: Desk):
    return open_project(desk)


# ----------------------------------------------------------------------- copies


def test_a_copy_has_the_same_lines_under_new_keys_and_is_a_draft_of_its_own(desk, project):
    source = sent(
        desk,
        project,
        line("A", "10", "VAT", details="By hand", discount_percent="5"),
        line("B", "20", optional="yes", chosen="no"),
    )

    copy = copy_estimate(desk.session, source, project, desk.actor, desk.clock)

    assert (copy.number, copy.revision, copy.base_id, copy.state.value) == (None, 1, None, "draft")
    assert [(one.description, one.details, one.net, one.counts) for one in copy.lines] == [
        ("A", "By hand", 950, True),
        ("B", None, 2000, False),
    ]
    assert {one.key for one in copy.lines}.isdisjoint(one.key for one in source.lines)
    assert (copy.total, copy.title) == (source.total, source.title)
    assert source.state.value == "sent"


def test_a_copy_takes_the_terms_along(desk, project):
    source = offer(desk, project)
    terms = {
        "discount_percent": "10",
        "deposit_percent": "30",
        "show_quantities": "no",
        "prices_include_tax": "yes",
    }
    write_terms(desk.session, source, terms, desk.actor)

    copy = copy_estimate(desk.session, source, project, desk.actor, desk.clock, title="Again")

    assert (copy.discount_percent, copy.deposit_percent) == (Decimal(10), Decimal(30))
    assert (copy.show_quantities, copy.prices_include_tax, copy.title) == (False, True, "Again")
    assert (copy.total, copy.deposit) == (source.total, source.deposit)


def test_today_s_prices_come_from_the_price_list_where_a_line_names_an_item(desk, project):
    item = a_price_item(desk.session, unit_price=Decimal("120"), cost=Decimal("50"))
    source = offer(desk, project, line("Crown", "99", "VAT", price_item_id=item.id), line("Typed", "5"))
    item.unit_price, item.cost = Decimal("130"), Decimal("60")
    desk.session.flush()

    as_it_was = copy_estimate(desk.session, source, project, desk.actor, desk.clock)
    today = copy_estimate(desk.session, source, project, desk.actor, desk.clock, todays_prices=True)

    assert [one.unit_price for one in as_it_was.lines] == [99, 5]
    assert [(one.unit_price, one.cost) for one in today.lines] == [
        (Decimal(130), Decimal(60)),
        (Decimal(5), None),
    ]
    assert today.total == 16100


def test_a_copy_for_another_customer_leaves_things_and_photos_behind(desk, project):
    oak = an_asset(desk.session, desk.group)
    source = offer(desk, project, line("Fell", "10", asset_id=oak.id))
    other = a_project(desk.session, a_group(desk.session, name="Otto Other"))

    here = copy_estimate(desk.session, source, project, desk.actor, desk.clock)
    there = copy_estimate(desk.session, source, other, desk.actor, desk.clock)

    assert (here.lines[0].asset_id, there.lines[0].asset_id) == (oak.id, None)
    assert there.group_id == other.group_id


def test_a_tax_that_is_gone_is_replaced_by_the_usual_one_in_a_copy(desk, project):
    source = offer(desk, project)
    source.lines[0].tax_names = ["Gone"]
    a_tax_rate(desk.session, "New", "10")
    desk.session.flush()

    copy = copy_estimate(desk.session, source, project, desk.actor, desk.clock)

    assert (copy.lines[0].tax_names, copy.total) == (["New"], 110000)


def test_a_copy_as_a_change_order_counts_like_the_estimate_it_adds_to(desk, project):
    base = confirmed(desk, project)
    source = offer(desk, project)
    copy = copy_estimate(desk.session, source, project, desk.actor, desk.clock, change_of=base)
    assert copy.change_of_id == base.id

    write_terms(desk.session, source, {"prices_include_tax": "yes"}, desk.actor)
    with pytest.raises(Unmet, match="count tax differently"):
        copy_estimate(desk.session, source, project, desk.actor, desk.clock, change_of=base)


def test_a_copy_keeps_nothing_of_a_later_change_of_its_source(desk, project):
    source = sent(desk, project)
    copy = copy_estimate(desk.session, source, project, desk.actor, desk.clock)
    revision = revise_estimate(desk.session, source, desk.actor, desk.clock)
    write_lines(desk.session, revision, [line("Other", "1")], desk.actor)

    assert [one.description for one in copy.lines] == ["Fell the ash"]


# ------------------------------------------------------------------- price list


def test_an_item_and_a_package_put_their_lines_behind_the_others(desk, project):
    a_tax_rate(desk.session, "Low", "7", is_default=False)
    desk.session.flush()
    crown = a_price_item(desk.session, "Crown", details="From the rope", unit="tree", cost=Decimal("40"))
    chips = a_price_item(desk.session, "Chips", unit_price=Decimal("15"))
    choose_taxes(desk.session, chips, ["Low"], desk.actor)
    choose_taxes(desk.session, crown, ["VAT"], desk.actor)
    package = a_package(desk.session, crown, chips)
    package.lines[1].quantity = Decimal("2.5")
    draft = offer(desk, project, line("Typed", "10"))

    add_price_item(desk.session, draft, chips, desk.actor, Decimal(2))
    add_package(desk.session, draft, package, desk.actor)

    assert [(one.description, one.quantity, one.net, one.tax_names) for one in draft.lines] == [
        ("Typed", 1, 1000, []),
        ("Chips", 2, 3000, ["Low"]),
        ("Crown", 1, 12000, ["VAT"]),
        ("Chips", Decimal("2.5"), 3750, ["Low"]),
    ]
    kept = draft.lines[2]
    assert (kept.details, kept.unit, kept.cost, kept.price_item_id) == (
        "From the rope",
        "tree",
        Decimal(40),
        crown.id,
    )


def test_an_item_without_taxes_carries_the_usual_ones(desk):
    a_tax_rate(desk.session, "Usual", "20")
    package = a_package(desk.session, a_price_item(desk.session))

    assert [one.taxes for one in lines_of_package(desk.session, package)] == [("Usual",)]


def test_a_package_is_filled_in_the_order_typed(desk):
    crown, chips, stump = (a_price_item(desk.session, name) for name in ("Crown", "Chips", "Stump"))
    package = a_package(desk.session, crown, chips, stump)

    fill_package(desk.session, package, [Held(str(stump.id), "2"), Held(crown.id, "")], desk.actor)
    assert [(one.price_item_id, one.quantity) for one in package.lines] == [
        (stump.id, Decimal(2)),
        (crown.id, Decimal(1)),
    ]

    fill_package(
        desk.session, package, [Held(crown.id), Held(stump.id), Held(chips.id), Held(crown.id)], desk.actor
    )
    assert [one.price_item_id for one in package.lines] == [crown.id, stump.id, chips.id, crown.id]


def test_mistakes_in_a_package_are_told_by_line(desk):
    item = a_price_item(desk.session)
    package = a_package(desk.session, item)

    with pytest.raises(Invalid) as refused:
        fill_package(
            desk.session, package, [Held("9999"), Held(item.id, "0"), Held(item.id, "1.23456")], desk.actor
        )
    assert set(refused.value.fields) == {"lines-0-price_item", "lines-1-quantity", "lines-2-quantity"}
    with pytest.raises(Invalid, match="at least one item"):
        fill_package(desk.session, package, [], desk.actor)
    with pytest.raises(NotAllowed):
        fill_package(desk.session, package, [Held(item.id)], CEM)
    assert [one.quantity for one in package.lines] == [1]


def test_a_tax_nobody_knows_is_refused_by_its_field(desk):
    with pytest.raises(Invalid) as refused:
        choose_taxes(desk.session, a_price_item(desk.session), ["Nowhere"], desk.actor)

    assert set(refused.value.fields) == {"tax"}


def test_codes_of_items_and_names_of_packages_are_used_once(desk):
    create(desk.session, PriceItem, {"name": "Crown", "code": "CR", "unit_price": "1"}, desk.actor)
    with pytest.raises(Invalid) as refused:
        create(desk.session, PriceItem, {"name": "Other", "code": "CR", "unit_price": "1"}, desk.actor)
    assert set(refused.value.fields) == {"code"}

    create(desk.session, Package, {"name": "Winter"}, desk.actor)
    other = create(desk.session, Package, {"name": "Summer"}, desk.actor)
    with pytest.raises(Invalid) as refused:
        update(desk.session, Package, other.id, {"name": "Winter"}, desk.actor)
    assert set(refused.value.fields) == {"name"}


# ------------------------------------------------------------------- site assets


def test_each_ticked_thing_becomes_a_line_that_names_it(desk, project):
    """[A31]: the work is written back to its history by the line."""
    oak = an_asset(
        desk.session,
        desk.group,
        attributes={"species": "Quercus robur", "height_m": 18, "protected": True},
        condition=Condition.POOR,
    )
    boiler = an_asset(desk.session, desk.group, name="Boiler", kind=AssetKind.BOILER)
    draft = offer(desk, project, line("First", "10"))

    lines_from_assets(desk.session, draft, [boiler.id, oak.id, boiler.id], desk.actor)

    assert [(one.description, one.asset_id, one.net) for one in draft.lines] == [
        ("First", None, 1000),
        ("Boiler", boiler.id, 0),
        ("Oak by the gate", oak.id, 0),
    ]
    assert (
        draft.lines[2].details
        == "Tree, species: Quercus robur, height m: 18, protected: yes, condition: poor"
    )


def test_things_of_another_customer_are_not_found(desk, project):
    theirs = an_asset(desk.session, a_group(desk.session, name="Otto Other"))

    with pytest.raises(NotFound):
        lines_of_assets(desk.session, offer(desk, project), [theirs.id], desk.actor)
