"""What is taken away from an answer: its table as shown, and its picture [128]."""

from __future__ import annotations

import csv
import io
import re
import zipfile

import pytest
from PIL import Image

from tests.reports.pages.told import FORMULA


def table_of(answer):
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_the_table_of_a_figure_is_the_one_that_the_page_shows(desk_of_ann):
    address = "metric=collected&by=month&by=method"
    page = desk_of_ann.get(f"/reports/explore?{address}").get_data(as_text=True)
    head, *lines = table_of(desk_of_ann.get(f"/reports/figure.csv?{address}"))

    assert head == ["Month", "Way of paying", "Collected", "Currency", "As printed", "Rows"]
    assert lines == [
        ["2026-01", "card", "300.00", "EUR", "€300.00", "1"],
        ["2026-03", "card", "70.00", "EUR", "€70.00", "1"],
        ["2026-03", "cash", "60.25", "EUR", "€60.25", "2"],
    ]
    assert all(line[4] in page for line in lines)


def test_a_figure_that_is_split_by_nothing_is_one_line(desk_of_ann):
    answer = desk_of_ann.get("/reports/figure.csv?metric=collected&month=2026-03")

    assert table_of(answer)[1:] == [["Collected", "130.25", "EUR", "€130.25", "3"]]


def test_names_in_a_table_are_never_computed(desk_of_ann):
    lines = table_of(desk_of_ann.get("/reports/figure.csv?metric=collected&by=customer"))
    book = desk_of_ann.get("/reports/figure.xlsx?metric=collected&by=customer")

    assert f"'{FORMULA}" in {line[0] for line in lines}
    with zipfile.ZipFile(io.BytesIO(book.data)) as file:
        sheet = file.read("xl/worksheets/sheet1.xml").decode()
    assert re.findall(r"<c><v>([^<]+)</v></c>", sheet)[::2] == ["360.25", "70.00"]
    assert "<f>" not in sheet


@pytest.mark.parametrize(
    "address",
    [
        "metric=collected",
        "metric=collected&by=month",
        "metric=collected&by=day",
        "metric=collected&by=customer",
        "metric=collected&by=month&by=method",
        "metric=collected&by=customer&by=method",
        "metric=dso",
        "metric=average_invoice&by=month",
        "metric=collected&year=2019&by=month",
        "metric=days_late&by=customer",
    ],
)
def test_a_figure_is_drawn_as_a_picture_of_one_size(desk_of_ann, address):
    answer = desk_of_ann.get(f"/reports/figure.png?{address}")

    assert answer.content_type == "image/png"
    image = Image.open(io.BytesIO(answer.data))
    assert image.size == (800, 420)
    assert image.getpixel((0, 0)) == (255, 255, 255)
    colours = image.getcolors(100_000)
    assert colours is not None
    assert len(colours) > 10  # words and shapes, no empty sheet


def test_the_columns_of_a_picture_are_as_high_as_their_figures(desk_of_ann):
    image = Image.open(
        io.BytesIO(desk_of_ann.get("/reports/figure.png?metric=collected&by=month&year=2026").data)
    )
    orange = (200, 100, 10)
    columns = {}
    for x in range(800):
        height = sum(image.getpixel((x, y)) == orange for y in range(120, 360))
        if height > 5:
            columns[x] = height
    whole = max(columns.values())
    march = [height for x, height in columns.items() if x > 500]

    # January 300.00 stands whole; February is empty; March (130.25, hatched, for it has not ended) lies below half.
    assert not any(330 < x < 480 for x in columns)
    assert march
    assert max(march) < whole * 130.25 / 300 + 3
