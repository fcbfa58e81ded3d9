"""The editor of an estimate as it works without script, and its preview [52-58, A63-A68, L7]."""

import re
from decimal import Decimal

from admin_app.models import EstimateState
from seeds.work_builders import a_package, a_price_item
from tests.admin.estimates.office import ONE_LINE
from tests.forms import read_off
from tests.signing import on_sqlite

pytestmark = on_sqlite

TWO = ONE_LINE | {
    "lines-1-description": "Grind the stump",
    "lines-1-quantity": "2,5",
    "lines-1-unit": "hour",
    "lines-1-unit_price": "64.22",
    "lines-1-discount": "10 %",
    "lines-1-tax": "VAT 20 %",
}


def test_a_draft_is_written_and_comes_to_what_the_calculator_says(office):
    estimate = office.begin()

    answer = office.write(estimate, **TWO, discount="5 %", deposit="100.00")

    assert answer.status_code == 302 and answer.headers["Location"] == office.of(estimate)
    total, lines = office.look(estimate, lambda e: (e.total, [(x.description, x.net) for x in e.lines]))
    assert lines == [("Fell the ash", 48_000), ("Grind the stump", 14_449)]
    assert total == 71_192
    page = office.page(office.of(estimate))
    for words in ("Fell the ash", "Grind the stump", "711.92", "5 %", "100.00", "2.5 hour"):
        assert words in page


def test_each_total_opens_its_derivation_without_script(office):
    """[L7, 82]"""
    page = office.page(office.of(office.written(discount="10 %")))

    for name in ("subtotal", "discount", "net", "tax-1", "total"):
        assert f'data-why="{name}"' in page
    assert "10 % of 480.00" in page and "20 % of 432.00" in page


def test_an_empty_project_offers_to_write_the_estimate(office):
    page = office.page(f"{office.home}/estimate")

    assert "No estimate yet" in page and f"{office.home}/estimates/new" in page


def test_mistakes_stand_at_their_fields_and_what_was_typed_stays(office):
    estimate = office.begin()

    answer = office.write(
        estimate,
        **ONE_LINE | {"lines-0-unit_price": "lots", "lines-0-details": "By climbing"},
        discount="120 %",
    )

    assert answer.status_code == 422
    page = answer.text
    assert 'value="lots"' in page and "By climbing" in page
    assert 'aria-describedby="lines-0-unit_price-error"' in page
    assert re.search(r'<a href="#lines-0-unit_price">Line 1, unit price</a>', page)
    assert re.search(r'<a href="#discount">', page) and "not between 0 and 100" in page
    assert office.look(estimate, lambda e: len(e.lines)) == 0


def test_lines_move_by_their_place_and_go_by_a_tick_without_script(office):
    estimate = office.begin()
    names = ("One", "Two", "Three")
    lines = {f"lines-{n}-description": name for n, name in enumerate(names)}
    lines |= {f"lines-{n}-unit_price": "1" for n in range(3)}
    office.write(estimate, **lines)

    keys = office.look(estimate, lambda e: [line.key for line in e.lines])
    again = lines | {f"lines-{n}-key": key for n, key in enumerate(keys)}
    places = {"lines-0-place": "1", "lines-1-place": "2", "lines-2-place": "1"}
    office.write(estimate, **again, **places)
    assert office.look(estimate, lambda e: [line.description for line in e.lines]) == ["Three", "One", "Two"]
    assert office.look(estimate, lambda e: {line.key for line in e.lines}) == set(keys)

    office.write(estimate, **again, **{"lines-1-gone": "1"})
    assert office.look(estimate, lambda e: [line.description for line in e.lines]) == ["One", "Three"]


def test_options_and_alternatives_are_typed(office):
    """[57]"""
    more = {"lines-0-option": "out", "lines-1-alternative": "Fence", "lines-1-option": "in"}
    estimate = office.begin()
    office.write(estimate, **(TWO | more))

    told = office.look(estimate, lambda e: [(x.optional, x.chosen, x.alternative) for x in e.lines])

    assert told == [(True, False, None), (True, True, "Fence")]
    page = office.page(office.of(estimate))
    assert "Optional" in page and "Alternative: Fence" in page


def test_a_stale_page_never_overwrites_and_shows_both(office):
    """[L16, 144]"""
    estimate = office.written()
    mark = office.mark(estimate)
    office.write(estimate, **ONE_LINE | {"lines-0-description": "By the other one"})

    answer = office.write(estimate, mark, **ONE_LINE | {"lines-0-description": "By me"})

    assert answer.status_code == 409
    assert "By the other one" in answer.text and 'value="By me"' in answer.text
    assert office.look(estimate, lambda e: e.lines[0].description) == "By the other one"
    fresh = read_off(r'name="mark" value="(\w+)"', answer.text)
    office.write(estimate, fresh, **ONE_LINE | {"lines-0-description": "By me"})
    assert office.look(estimate, lambda e: e.lines[0].description) == "By me"


def test_the_preview_says_what_is_typed_without_keeping_it(office):
    estimate = office.begin()
    typed = {"mark": office.mark(estimate), "title": "Fell the ash", **TWO, "deposit": "30 %"}

    answer = office.post(office.of(estimate, "/preview"), typed).json

    assert answer["total"] == "749.39" and answer["errors"] == {}
    assert answer["lines"] == {
        "0": {"net": "480.00", "counts": True},
        "1": {"net": "144.49", "counts": True},
    }
    assert "30 % of 749.39" in answer["foot"] and 'data-why="total"' in answer["foot"]
    assert office.look(estimate, lambda e: (e.total, len(e.lines))) == (0, 0)


def test_the_preview_places_errors_by_the_name_of_the_field(office):
    estimate = office.begin()
    typed = TWO | {"lines-1-discount": "999", "lines-0-quantity": "some", "discount": "-3"}

    answer = office.post(office.of(estimate, "/preview"), {"title": "", **typed}).json

    assert {"lines-1-discount", "lines-0-quantity", "discount"} <= answer["errors"].keys()
    assert answer["total"] is None and "need another look" in answer["foot"]


def test_a_half_typed_line_does_not_blank_the_sums(office):
    estimate = office.begin()
    typed = {"title": "Fell the ash", **ONE_LINE, "lines-4-description": "Chip the"}

    answer = office.post(office.of(estimate, "/preview"), typed).json

    assert answer["total"] == "576.00" and answer["lines"]["4"]["net"] == "0.00"


def test_a_package_old_lines_and_things_on_site_are_put_in(office, rows):
    """[53, 58, A31]"""
    with rows() as session:
        package = a_package(
            session, a_price_item(session, cost="40"), a_price_item(session, "Stump grinding")
        ).id
    old = office.written()
    estimate = office.begin()

    office.write(estimate, **ONE_LINE, insert="package", package=str(package))
    office.write(estimate, **kept(office, estimate), insert="estimate", source=str(old))
    answer = office.write(estimate, **kept(office, estimate), insert="assets", asset=str(office.ids["asset"]))

    assert answer.headers["Location"].endswith("/edit#lines")
    told = office.look(estimate, lambda e: [(x.description, x.unit_price, x.asset_id) for x in e.lines])
    assert told == [
        ("Fell the ash", Decimal(480), None),
        ("Crown reduction", Decimal(120), None),
        ("Stump grinding", Decimal(120), None),
        ("Fell the ash", Decimal(480), None),
        ("Old oak", Decimal(0), office.ids["asset"]),
    ]
    assert office.write(estimate, **kept(office, estimate), insert="package", package="").status_code == 422


def kept(office, estimate):
    """The lines of an estimate as its form posts them again."""
    lines = office.look(estimate, lambda e: [(x.key, x.description, str(x.unit_price)) for x in e.lines])
    return {
        f"lines-{n}-{name}": value
        for n, line in enumerate(lines)
        for name, value in zip(("key", "description", "unit_price"), line, strict=True)
    }


def test_what_was_sent_is_not_edited_and_says_what_to_do(office):
    estimate = office.sent()

    answer = office.client.get(office.of(estimate, "/edit"))

    assert answer.status_code == 409 and "revise it to change it" in answer.text
    assert office.look(estimate, lambda e: e.state) is EstimateState.SENT


def test_discount_deposit_and_visibility_change_in_the_side_panel(office):
    """[A66, A67]"""
    estimate = office.written()

    office.post(
        office.of(estimate, "/terms/money"), {"discount": "25.00", "deposit": "30 %", "retainage_percent": ""}
    )
    office.post(office.of(estimate, "/taxes"), {"tax": "Reduced 5 %"})
    office.post(office.of(estimate, "/terms/client"), {"title": "Ash", "expires_on": "1 May 2026"})

    told = office.look(
        estimate, lambda e: (e.discount, e.deposit, e.tax, e.total, e.title, e.show_unit_prices)
    )
    assert told == (2_500, 14_333, 2_275, 47_775, "Ash", False)
    refused = office.post(office.of(estimate, "/terms/money"), {"discount": "101 %", "deposit": "7"})
    assert refused.status_code == 422 and 'value="101 %"' in refused.text
    assert office.client.get(office.of(estimate, "/terms/soul")).status_code == 404


def test_what_is_typed_is_shown_as_typed(office):
    """security.md, promise 6."""
    evil = "<script>alert('x')</script>"
    estimate = office.written(
        **{"lines-0-description": evil, "lines-0-details": evil, "title": evil, "intro": evil}
    )

    for path in (office.of(estimate), office.of(estimate, "/edit")):
        assert evil not in office.client.get(path).text
    preview = office.post(office.of(estimate, "/preview"), {**ONE_LINE, "lines-0-description": evil}).json
    assert evil not in preview["foot"]
