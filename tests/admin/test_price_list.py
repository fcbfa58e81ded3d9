"""The price list and its packages through the front door [58]."""

import html
import re

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import Package, PriceItem
from seeds.builders import a_company
from seeds.work_builders import a_package, a_price_item, a_tax_rate
from tests.forms import read_off, send
from tests.signing import on_sqlite, sign_in_as

pytestmark = on_sqlite


@pytest.fixture
def office(rows):
    """A company with two taxes and an item; a function that looks at one thing of it."""
    with rows() as session:
        a_company(session)
        a_tax_rate(session)
        a_tax_rate(session, "Reduced 5 %", "5", is_default=False)
        a_price_item(session, "Crown reduction", code="CR", unit="tree", details="By climbing", cost="40")

    def look(query, what=lambda found: found):
        with rows() as session:
            return what(session.scalars(query).one())

    return look


def test_an_item_keeps_its_usual_taxes(signed_in, office):
    answer = send(
        signed_in,
        "/admin/price-list/new/",
        {"name": "Stump grinding", "unit_price": "75", "advanced": "1", "tax": ["Reduced 5 %"]},
    )

    assert answer.status_code == 302
    taxes = office(select(PriceItem).where(PriceItem.name == "Stump grinding"), lambda item: item.tax_names)
    assert taxes == ["Reduced 5 %"]
    page = signed_in.get(answer.headers["Location"]).text
    assert "Usual taxes: Reduced 5 %." in page


def test_a_new_item_proposes_the_usual_tax_of_the_company(signed_in, office):
    page = html.unescape(signed_in.get("/admin/price-list/new/").text)

    assert re.search(r'value="VAT 20 %" checked', page) and 'value="Reduced 5 %" checked' not in page


def test_a_tax_that_does_not_exist_is_refused_and_nothing_is_kept(signed_in, office):
    answer = send(
        signed_in,
        "/admin/price-list/new/",
        {"name": "Odd", "unit_price": "1", "advanced": "1", "tax": "Tithe"},
    )

    assert answer.status_code == 422 and "There is no tax called “Tithe”" in answer.text
    assert office(select(PriceItem), lambda item: item.name) == "Crown reduction"


def test_the_editor_finds_items_by_name_and_code_with_the_taxes_they_begin_with(signed_in, office):
    by_name = signed_in.get("/admin/price-list/find/?q=reduct").json
    by_code = signed_in.get("/admin/price-list/find/?q=cr").json

    assert by_name == by_code
    assert by_name[0] | {"value": ""} == {
        "value": "",
        "text": "Crown reduction",
        "detail": "CR · 120 EUR",
        "code": "CR",
        "details": "By climbing",
        "unit": "tree",
        "unit_price": "120",
        "cost": "40",
        "taxes": ["VAT 20 %"],
    }
    assert signed_in.get("/admin/price-list/find/?q=%00").status_code == 200


def test_archived_items_are_not_offered(signed_in, office, rows):
    with rows() as session:
        session.scalars(select(PriceItem)).one().archived = True

    assert signed_in.get("/admin/price-list/find/?q=crown").json == []


def test_a_crew_may_not_look_into_the_price_list(client, office):
    sign_in_as(client, Role.CREW)

    assert client.get("/admin/price-list/find/?q=crown").status_code == 403
    assert client.get("/admin/price-list/").status_code == 403


def test_a_package_holds_items_in_order_and_is_refilled(signed_in, office, rows):
    with rows() as session:
        crown = session.scalars(select(PriceItem)).one().id
        stump = a_price_item(session, "Stump grinding").id
    held = {"with_lines": "1", "lines-0-price_item": str(stump), "lines-0-quantity": "2,5"}
    send(
        signed_in,
        "/admin/packages/new/",
        {"name": "Autumn", "advanced": "1", **held, "lines-1-price_item": str(crown)},
    )

    def lines(package):
        return [
            (line.position, line.price_item.name, str(line.quantity.normalize())) for line in package.lines
        ]

    assert office(select(Package), lines) == [(1, "Stump grinding", "2.5"), (2, "Crown reduction", "1")]
    number = office(select(Package), lambda package: package.id)
    base = read_off(r'name="base" value="([^"]+)"', signed_in.get(f"/admin/packages/edit/?id={number}").text)
    send(
        signed_in,
        f"/admin/packages/edit/?id={number}",
        {"name": "Autumn", "base": base, "with_lines": "1", "lines-3-price_item": str(crown)},
    )
    assert office(select(Package), lines) == [(1, "Crown reduction", "1")]
    assert "Crown reduction" in signed_in.get(f"/admin/packages/details/?id={number}").text


def test_a_package_refuses_nothing_of_an_item_and_items_that_are_not_there(signed_in, office, rows):
    with rows() as session:
        crown = session.scalars(select(PriceItem)).one().id
        a_package(session)
    typed = {"name": "Odd", "advanced": "1", "with_lines": "1", "lines-0-price_item": "4711"}
    typed |= {"lines-1-price_item": str(crown), "lines-1-quantity": "-1"}

    answer = send(signed_in, "/admin/packages/new/", typed)

    assert answer.status_code == 422
    assert "more than nothing" in answer.text and "does not exist any more" in answer.text
    assert office(select(Package), lambda package: package.name) == "Winter care"
