"""Pages of figures: they print the desk's own strings, prove them by their rows, and refuse in sentences [129, L2]."""

from __future__ import annotations

import json
import re
from datetime import date
from html import unescape

import pytest

from admin_app.kernel.actor import Role
from reports.engine import Desk, Query
from seeds.builders import a_company
from tests.fixtures.office import ANN
from tests.portal.counting import statements_of
from tests.reports.pages.paid import elsewhere, pay_in_days
from tests.reports.pages.told import FORMULA
from tests.signing import sign_in_as

PAGES = (
    "/reports/", "/reports/receivables", "/reports/sales", "/reports/customers", "/reports/payments",
    "/reports/geography", "/reports/teams", "/reports/plans", "/reports/anomalies", "/reports/cash",
    "/reports/payments/days-to-pay", "/reports/anomalies/late", "/reports/anomalies/discounts",
    "/reports/anomalies/margins",
)  # fmt: skip


def words_of(page):
    text = re.sub(r"<script.*?</script>", " ", page.get_data(as_text=True), flags=re.S)
    return re.sub(r"\s+([,;.])", r"\1", re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text))))


def plots_of(page):
    found = re.findall(r'<script type="application/json">(.*?)</script>', page.get_data(as_text=True), re.S)
    return [json.loads(one) for one in found]


@pytest.fixture
def asked(rows, clock, books):
    """A function that asks a desk beside the pages."""

    def ask(metric, *by, **more):
        with rows() as session:
            return Desk(session, ANN, clock).ask(Query(metric, by, **more))

    return ask


@pytest.mark.parametrize("address", PAGES)
def test_every_page_answers_with_its_heading_and_its_place_in_the_menu(desk_of_ann, address):
    page = desk_of_ann.get(address)

    assert page.status_code == 200
    assert "Traceback" not in page.get_data(as_text=True)
    assert re.search(r'<a href="/reports/"[^>]*>Overview</a>', page.get_data(as_text=True))


@pytest.mark.parametrize("address", PAGES)
def test_a_company_without_a_single_document_is_told_so_quietly(app, clock, signed_in, rows, address):
    app.extensions["sawhorse_clock"] = clock
    with rows() as session:
        a_company(session)

    page = signed_in.get(address)

    assert page.status_code == 200
    assert "None%" not in words_of(page)
    assert re.search("Nothing|Not enough data|No invoice|no rows|moment|n = 0", words_of(page))


def test_the_overview_prints_what_the_desk_answers(desk_of_ann, asked):
    """I15: tile, mark and table are the strings of the answer."""
    page = words_of(desk_of_ann.get("/reports/"))
    start, end = date(2025, 4, 1), date(2026, 3, 18)
    months = asked("collected", "month", start=start, end=end)

    assert asked("invoiced", start=start, end=end).text in page
    assert months.text in page
    assert [mark.text for mark in months.marks] == ["€300.00", "€130.25"]
    assert all(mark.text in page for mark in months.marks)
    assert "3 rows" not in page.split("Invoiced and collected by month")[0]
    assert f"{months.rows} rows, Σ = {months.text}, difference €0.00" in page


def test_the_plot_is_made_of_the_same_marks_as_the_table(desk_of_ann):
    plot = plots_of(desk_of_ann.get("/reports/"))[0]
    collected = plot["data"][1]

    assert (
        dict(zip(collected["x"], (one[0] for one in collected["customdata"]), strict=True))["Mar 2026"]
        == "€130.25"
    )
    assert collected["y"][-3:] == [300.0, 0.0, 130.25]


def test_the_bar_of_a_month_leads_to_rows_that_add_up_to_it(desk_of_ann):
    plot = plots_of(desk_of_ann.get("/reports/"))[0]
    *_, answer, mark = plot["data"][1]["customdata"][-1]

    page = words_of(desk_of_ann.get(plot["urls"][f"{answer}:{mark}"]))

    assert "3 rows, Σ = €130.25; the figure is €130.25, difference €0.00." in page


def test_without_script_the_cells_of_the_table_lead_to_the_same_rows(desk_of_ann):
    page = desk_of_ann.get("/reports/").get_data(as_text=True)
    link = re.search(r'<a href="(/reports/rows\?metric=collected[^"]*month=2026-03)">€130.25</a>', page)
    assert link

    assert "difference €0.00" in words_of(desk_of_ann.get(unescape(link[1])))


def test_a_figure_says_what_it_means_on_which_date_where_when_and_of_how_many(desk_of_ann):
    page = words_of(desk_of_ann.get("/reports/payments"))

    assert "Payments received less refunds" in page
    assert "By payment date, n = 4 · Europe/London · as of today" in page


def test_receivables_of_a_past_day_are_those_of_that_day(desk_of_ann, asked):
    """M37: on 10 January the bill of the 5th was open, on 20 January it was paid."""
    before = words_of(desk_of_ann.get("/reports/receivables?as_of=2026-01-10"))
    after = words_of(desk_of_ann.get("/reports/receivables?as_of=2026-01-20"))

    assert asked("receivable", as_of=date(2026, 1, 10)).text == "€300.00"
    assert "Receivables €300.00" in before
    assert "Receivables €0.00" in after


def test_the_ageing_table_is_held_against_the_journal(desk_of_ann):
    """I13, L6."""
    page = words_of(desk_of_ann.get("/reports/receivables"))

    assert re.search(
        r"The buckets come to (€[\d.]+), the customers' accounts in the journal to \1: difference €0.00", page
    )


def test_age_is_counted_from_the_due_date_or_from_the_issue_date(desk_of_ann):
    due = desk_of_ann.get("/reports/receivables?as_of=2026-01-15")
    issue = desk_of_ann.get("/reports/receivables?as_of=2026-01-15&age=issue")

    assert "Ageing by due date" in words_of(due)
    assert "Ageing by issue date" in words_of(issue)
    assert re.search(r"current €300.00", words_of(due))
    assert re.search(r"1-30 €300.00", words_of(issue))


def test_who_owes_for_more_than_sixty_days_is_named_first(desk_of_ann, rows, clock):
    with rows() as session:
        slow = elsewhere(session, clock, "Slow household")
        slow.invoice("812.34", issued_on=date(2025, 11, 1), due_on=date(2025, 12, 1))

    page = words_of(desk_of_ann.get("/reports/"))

    assert "Slow household owes most for more than 60 days: €812.34 of €812.34." in page


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/reports/?period=yaer", "There is no period “yaer”; nearest: year"),
        ("/reports/?from=2026-02-30", "is not a day"),
        ("/reports/?from=2026-03-10&through=2026-03-01", "The period ends before it begins"),
        ("/reports/?brand=Suoth", "There is no brand “Suoth”"),
        ("/reports/receivables?age=dew", "There is no base of age “dew”; nearest: due"),
        ("/reports/customers?cohorts=monny", "There is no view “monny”"),
    ],
)
def test_what_is_not_known_is_refused_with_the_nearest_names(desk_of_ann, address, sentence):
    page = desk_of_ann.get(address)

    assert page.status_code == 422
    assert sentence in words_of(page)


def test_a_crew_opens_none_of_the_pages(desk_of_ann):
    """138."""
    sign_in_as(desk_of_ann, Role.CREW)

    assert {desk_of_ann.get(address).status_code for address in PAGES} == {403}


def test_nobody_who_is_not_signed_in_sees_a_figure(client):
    assert {client.get(address).status_code for address in PAGES} == {302}


def test_the_style_of_the_plots_has_the_nonce_of_the_policy_and_names_cannot_leave_their_json(
    desk_of_ann, rows, clock
):
    """Trap P1, P2: a customer called like markup is text in page and plot."""
    with rows() as session:
        evil = elsewhere(session, clock, "</script><script>alert(1)</script>")
        evil.invoice("9000", issued_on=date(2025, 11, 1))

    answer = desk_of_ann.get("/reports/customers")
    page = answer.get_data(as_text=True)
    nonce = re.search(r"style-src 'self' 'nonce-([^']+)'", answer.headers["Content-Security-Policy"])
    assert nonce

    assert f'<style id="plotly.js-style-global" nonce="{nonce[1]}"></style>' in page
    assert "<script>alert(1)" not in page
    assert any("alert(1)" in str(plot) for plot in plots_of(answer))
    assert FORMULA in words_of(answer)


@pytest.mark.parametrize(
    "address", ["/reports/", "/reports/receivables", "/reports/customers", "/reports/payments"]
)
def test_a_page_costs_the_same_number_of_statements_however_many_customers_there_are(
    app, desk_of_ann, rows, clock, address
):
    with rows() as session:
        elsewhere(session, clock, "Customer").invoice("100", issued_on=date(2025, 5, 1))
    few = [statements_of(app, lambda: desk_of_ann.get(address)) for _ in range(2)][-1]
    with rows() as session:
        for number in range(12):
            group = elsewhere(session, clock, f"Customer {number}")
            group.invoice("100", issued_on=date(2025, 6, 1 + number))

    assert statements_of(app, lambda: desk_of_ann.get(address)) <= few


def test_a_percentage_of_fewer_than_twenty_is_told_as_a_number(desk_of_ann):
    page = words_of(desk_of_ann.get("/reports/customers"))

    assert re.search(r"Repeat rate n = \d+", page)
    assert "1 of 1" in page


def test_how_a_figure_differs_from_a_year_before_is_told_to_the_cent(desk_of_ann, rows, clock):
    """123: growth on last year, of the same days."""
    with rows() as session:
        early = elsewhere(session, clock, "Early household")
        early.invoice("100.00", issued_on=date(2025, 3, 10))

    page = words_of(desk_of_ann.get("/reports/?period=month"))

    assert re.search(r"Invoiced €[\d.]+ \+€[\d.]+ on €100.00 in the same days a year before", page)


def test_late_payments_are_found_by_their_rule_with_the_invoice_as_evidence(desk_of_ann, rows, clock):
    """134: under 20 paid invoices it does not judge; then the one far from the habit is named."""
    assert "Not enough data" in words_of(desk_of_ann.get("/reports/anomalies/late"))
    with rows() as session:
        number = pay_in_days(session, clock, [*range(-10, 11), 95])

    page = desk_of_ann.get("/reports/anomalies/late?period=all")

    assert "95.0 days" in words_of(page)
    assert number in words_of(page)
    assert re.search(r'<a href="/admin/[^"]+">95.0 days</a>', page.get_data(as_text=True))
    assert "1 found" in words_of(page)
