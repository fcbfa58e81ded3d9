"""The rows behind a figure: they are its figure, to the cent, and lead to their records [L2, 128, I15]."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from decimal import Decimal

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import Payment
from tests.reports.pages.told import FORMULA
from tests.signing import sign_in_as

MARCH = "metric=collected&by=month&month=2026-03"


def foot_of(page):
    found = re.search(r'<footer class="ra-foot".*?</footer>', page.get_data(as_text=True), re.S)
    assert found
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", found[0])).strip()


def test_the_rows_of_a_mark_add_up_to_it_and_the_foot_says_so(desk_of_ann):
    page = desk_of_ann.get(f"/reports/rows?{MARCH}")

    assert page.status_code == 200
    assert foot_of(page) == "3 rows, Σ = €130.25; the figure is €130.25, difference €0.00."
    assert "Month: Mar 2026" in page.get_data(as_text=True)


def test_every_row_leads_to_its_customer_and_its_document(desk_of_ann, books, rows):
    page = desk_of_ann.get(f"/reports/rows?{MARCH}&method=cash").get_data(as_text=True)
    with rows() as session:
        paid = session.scalars(select(Payment.id).where(Payment.reference == "paid 100.50")).one()

    assert f'<a href="/admin/customers/{books.clara}">Clara Client household</a>' in page
    assert re.search(rf'<a href="/admin/payments/details/\?id={paid}">paid 100.50</a>', page)
    assert desk_of_ann.get(f"/admin/payments/details/?id={paid}").status_code == 200
    assert "Refund" in page


def test_a_long_list_is_shown_page_by_page_and_every_page_says_the_whole(desk_of_ann, rows, clock, books):
    with rows() as session:
        for number in range(51):
            session.add(
                Payment(
                    group_id=books.otto, amount=100 + number, currency="EUR", paid_on=clock.today(),
                    method="transfer", state="received", reference=f"r{number:02}",
                )
            )  # fmt: skip

    first = desk_of_ann.get("/reports/rows?metric=collected&method=transfer")
    second = desk_of_ann.get("/reports/rows?metric=collected&method=transfer&page=2")

    references = re.findall(r">(r\d\d)</a>", first.get_data(as_text=True) + second.get_data(as_text=True))
    assert len(references) == len(set(references)) == 51
    assert "1 of 2" in first.get_data(as_text=True)
    assert foot_of(first) == foot_of(second) == "51 rows, Σ = €63.75; the figure is €63.75, difference €0.00."


def test_the_rows_of_a_ratio_are_those_of_its_two_totals(desk_of_ann):
    over = desk_of_ann.get("/reports/rows?metric=dso")
    under = desk_of_ann.get("/reports/rows?metric=dso&side=under")

    assert "Above the line: Receivables" in over.get_data(as_text=True)
    assert "€40.25" in foot_of(over)  # what was paid back is owed again
    assert "€470.50" in foot_of(under)
    assert "the first total divided by the second" in foot_of(over)


def test_a_mean_is_its_rows_divided_by_their_number(desk_of_ann):
    page = desk_of_ann.get("/reports/rows?metric=average_invoice")

    assert foot_of(page).startswith(
        "3 rows, Σ = €470.50; Σ divided by 3 rows; the figure is €156.83, difference €0.00"
    )


def test_no_rows_say_so(desk_of_ann):
    page = desk_of_ann.get("/reports/rows?metric=collected&year=2020")

    assert "No rows" in page.get_data(as_text=True)
    assert foot_of(page) == "0 rows, Σ = €0.00; the figure is €0.00, difference €0.00."


@pytest.mark.parametrize("ask", ["", "metric=nothing", "metric=collected&page=0", "metric=collected&page=x",
                                 "metric=dso&side=left", "metric=collected&by=nothing"])  # fmt: skip
def test_what_cannot_be_asked_is_refused_in_a_sentence(desk_of_ann, ask):
    assert desk_of_ann.get(f"/reports/rows?{ask}").status_code == 422


def test_all_rows_are_downloaded_and_add_up_to_the_mark(desk_of_ann):
    answer = desk_of_ann.get(f"/reports/rows.csv?{MARCH}")

    table = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert sum(Decimal(row["Amount"]) for row in table) == Decimal("130.25")
    assert [row["Day"] for row in table] == ["2026-03-10", "2026-03-05", "2026-03-03"]
    assert {row["Currency"] for row in table} == {"EUR"}
    assert table[1]["Customer"] == f"'{FORMULA}"  # shown, not computed (F14)
    assert 'filename="collected-by-month-rows-2026-03-17.csv"' in answer.headers["Content-Disposition"]


def test_the_workbook_has_amounts_as_numbers_and_names_as_text(desk_of_ann):
    answer = desk_of_ann.get(f"/reports/rows.xlsx?{MARCH}")

    with zipfile.ZipFile(io.BytesIO(answer.data)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    numbers = [Decimal(found) for found in re.findall(r"<c><v>([^<]+)</v></c>", sheet)]
    assert sum(numbers) == Decimal("130.25")
    assert f'<is><t xml:space="preserve">{FORMULA}</t></is>' in sheet
    assert "<f>" not in sheet


@pytest.mark.parametrize("way", ["rows", "rows.csv", "rows.xlsx", "figure.csv", "figure.xlsx", "figure.png"])
def test_crews_and_strangers_get_no_figures(app, books, way):
    stranger, cem = app.test_client(), app.test_client()
    sign_in_as(cem, Role.CREW)

    assert stranger.get(f"/reports/{way}?{MARCH}").status_code == 302
    assert cem.get(f"/reports/{way}?{MARCH}").status_code == 403
