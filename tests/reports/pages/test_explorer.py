"""The explorer: its address is the question, it offers what the figure has, and says what is nearest [125, 129]."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from admin_app.kernel.actor import Role
from tests.forms import send
from tests.signing import sign_in_as


def words_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.get_data(as_text=True)))


def options_of(page, name):
    select = re.search(rf'<select[^>]* id="{name}".*?</select>', page.get_data(as_text=True), re.S)
    assert select
    return re.findall(r'<option value="([^"]+)"', select[0])


def test_the_form_lands_on_the_plain_address_of_what_was_chosen(desk_of_ann, books):
    form = "metric=collected&by=month&by=&period=&from=&to=&as_of=&compare=year"
    form += "&filter=customer&key=Clara+Client+household"

    answer = desk_of_ann.get(f"/reports/explore?{form}")

    assert answer.status_code == 302
    asked = urlsplit(answer.headers["Location"]).query
    assert parse_qsl(asked) == [
        ("metric", "collected"), ("by", "month"), ("compare", "year"), ("customer", "Clara Client household"),
    ]  # fmt: skip
    page = desk_of_ann.get(answer.headers["Location"])
    assert page.status_code == 200
    assert "€360.25" in words_of(page)
    assert "Customer: Clara Client household" in words_of(page)


def test_the_page_prints_the_figure_its_marks_and_what_it_is_held_against(desk_of_ann):
    page = words_of(
        desk_of_ann.get(
            "/reports/explore?metric=collected&by=month&from=2026-03-01&to=2026-04-01&compare=previous"
        )
    )

    assert "€130.25" in page
    assert "+€130.25 against" in page
    assert "€0.00 from 29 Jan 2026 through 28 Feb 2026" in page
    assert "3 rows, Σ = €130.25, difference €0.00" in page


def test_only_dimensions_that_the_figure_has_are_offered(desk_of_ann):
    collected = desk_of_ann.get("/reports/explore?metric=collected")
    overdue = desk_of_ann.get("/reports/explore?metric=overdue")

    assert "method" in options_of(collected, "by1")
    assert "bucket" not in options_of(collected, "by1")
    assert "method" not in options_of(overdue, "by1")
    assert "bucket" in options_of(overdue, "by1")
    assert options_of(collected, "by1") == options_of(collected, "by2")
    assert 'id="period"' not in overdue.get_data(as_text=True)  # a stock has no period


@pytest.mark.parametrize(
    ("asked", "sentence", "field"),
    [
        ("metric=colected", "There is no metric “colected”; nearest: collected", "metric"),
        ("metric=collected&by=mnth", "There is no dimension “mnth”; nearest: month", "by"),
        ("metric=collected&by=bucket", "Collected cannot be split by bucket", "by"),
        ("metric=collected&period=lst_month", "There is no period “lst_month”; nearest: last_month", "period"),
        ("metric=collected&compare=yaer", "There is no comparison “yaer”; nearest: year", "compare"),
        ("metric=collected&as_of=2026-02-30", "is not a day", "as_of"),
        ("metric=collected&customer=Clra+Client+household", "nearest: Clara Client household", "filter"),
        ("metric=collected&key=north", "Choose by what the figure is to be filtered", "filter"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_said_at_the_form_with_the_nearest_names(desk_of_ann, asked, sentence, field):
    page = desk_of_ann.get(f"/reports/explore?{asked}")

    assert page.status_code == 422
    assert sentence in words_of(page)
    assert re.search(
        rf'name="{field}" aria-invalid="true"|name="{field}"[^>]* aria-invalid="true"',
        page.get_data(as_text=True),
    )


def test_a_named_period_is_the_days_of_the_day_on_which_it_is_asked(desk_of_ann):
    page = words_of(desk_of_ann.get("/reports/explore?metric=collected&period=last_month"))
    this = words_of(desk_of_ann.get("/reports/explore?metric=collected&period=month"))

    assert "Nothing in this period" in page or "€0.00" in page
    assert "€130.25" in this


def test_two_dimensions_are_one_table(desk_of_ann):
    page = words_of(desk_of_ann.get("/reports/explore?metric=collected&by=customer&by=method"))

    assert re.search(r"Clara Client household\s+€300.00\s+€60.25", page)


def test_keys_are_offered_while_somebody_types(desk_of_ann):
    customers = desk_of_ann.get("/reports/explore/keys?metric=collected&dimension=customer&q=clara").json
    ways = desk_of_ann.get("/reports/explore/keys?metric=collected&dimension=method&q=ca").json

    assert [one["text"] for one in customers] == ["Clara Client household"]
    assert [one["value"] for one in ways] == ["card", "cash"]
    assert desk_of_ann.get("/reports/explore/keys?metric=collected&dimension=bucket").json == []
    assert desk_of_ann.get("/reports/explore/keys?metric=nothing&dimension=method").status_code == 422


def test_what_people_typed_is_shown_as_typed(desk_of_ann):
    page = desk_of_ann.get("/reports/explore?metric=collected&by=%3Cscript%3Ealert(1)%3C/script%3E").get_data(
        as_text=True
    )

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;" in page


def test_the_glossary_explains_every_figure_and_leads_to_it(desk_of_ann):
    from reports.metrics import METRICS

    page = desk_of_ann.get("/reports/glossary")
    words = words_of(page)

    for metric in METRICS.values():
        assert metric.sentence in words.replace("&#39;", "'").replace("&amp;", "&").replace("&#34;", '"')
        assert f'/reports/explore?metric={metric.name}"' in page.get_data(as_text=True)
    assert "Europe/London" in words
    assert "divided by" in words


@pytest.mark.parametrize("role", [Role.CREW, Role.SUBCONTRACTOR])
@pytest.mark.parametrize(
    "address", ["explore", "glossary", "saved", "dashboards", "explore/keys?metric=collected"]
)
def test_crews_see_none_of_it(app, books, role, address):
    client = app.test_client()
    sign_in_as(client, role)

    assert client.get(f"/reports/{address}").status_code == 403
    assert send(client, "/reports/saved", {"query": "metric=collected", "title": "x"}).status_code == 403
