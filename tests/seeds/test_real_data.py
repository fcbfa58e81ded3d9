"""Chinook and CDNOW in our folder format: the real data that the office and the statistics are tried on."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select

from admin_app.models import Brand, CustomerGroup, Invoice, InvoiceLine, Payment
from admin_app.money import proof
from seeds.cdnow import write_cdnow
from seeds.chinook import DATA, TOTAL, write_chinook
from tests.services.moving import Mover

CDNOW = Path(__file__).parents[1] / "data" / "cdnow"


@pytest.fixture
def move(database: str, tmp_path: Path) -> Mover:
    return Mover(database, tmp_path / "moving")


def test_the_sample_shop_moves_in_due_on_issue_and_open(move, rows, tmp_path):
    outcome = move(write_chinook(tmp_path / "chinook"))

    assert not outcome.refused
    counts = {name: tally.created for name, tally in outcome.tallies.items()}
    assert counts == {
        "groups.csv": 59,
        "contacts.csv": 59,
        "addresses.csv": 59,
        "tags.csv": 59,
        "invoices.csv": 412,
        "invoice_lines.csv": 2240,
    }
    with rows() as session:
        assert session.scalar(select(func.sum(Invoice.balance))) == int(TOTAL * 100)
        assert session.scalar(select(func.count(Invoice.id)).where(Invoice.due_on != Invoice.issued_on)) == 0
        assert (
            session.scalar(select(func.count(CustomerGroup.id)).where(CustomerGroup.brand_id.is_(None))) == 0
        )
        assert session.scalars(select(Brand.key)).all() == ["chinook"]
        assert all(found.holds for found in proof.prove(session))


def test_cdnow_is_bought_and_paid_the_same_day(move, rows, tmp_path):
    outcome = move(write_cdnow(CDNOW, tmp_path / "cdnow"))

    assert not outcome.refused
    with rows() as session:
        assert session.scalar(select(func.count(CustomerGroup.id))) == 2357
        assert session.scalar(select(func.count(Invoice.id))) == 6919
        assert session.scalar(select(func.count(InvoiceLine.id))) == 6919
        assert session.scalar(select(func.count(Payment.id))) == 6911
        assert session.scalar(select(func.sum(Invoice.balance))) == 0
        assert all(found.holds for found in proof.prove(session))


def test_the_sums_are_those_of_the_data_sets():
    with (DATA / "invoices.csv").open(encoding="utf-8", newline="") as file:
        assert sum(Decimal(row["amount"]) for row in csv.DictReader(file)) == TOTAL
    assert (DATA / "SOURCE.md").exists()
    assert (CDNOW / "SOURCE.md").exists()
