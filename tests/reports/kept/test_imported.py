"""What is moved in by the thousand counts like what is written one by one, and so does what a second file changes."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from sqlalchemy import func, select

from admin_app.cli._demo import move_in_folder
from admin_app.models import Invoice, RollupDirty
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine
from reports.engine.keep_totals import flush, rebuild
from reports.engine.tie_out import tie_out
from seeds.builders import a_brand, a_company
from seeds.generator import write_company
from tests.reports.kept.walking import SPLITS, as_kept, asked, told


@pytest.fixture
def engine(database):
    engine = open_engine(database)
    yield engine
    engine.dispose()


def agreed(session: OfficeSession) -> bool:
    """Whether kept totals with what is behind, and the rows, say the same in every split."""
    return all(told(session, asked(by), kept=True) == told(session, asked(by), kept=False) for by in SPLITS)


def test_an_import_and_the_file_that_changes_it_are_counted_at_once(
    engine, settings, tmp_path: Path, ann, clock
):
    folder = tmp_path / "generated"
    write_company(40, folder)
    with OfficeSession(engine, info={"actor": ann, "clock": clock, "door": "test"}) as session:
        a_company(session)
        a_brand(session, name="South", key="south", is_default=True)
        rebuild(session, clock)
        session.commit()

        move_in_folder(engine, settings, folder, "test")
        assert session.scalar(select(func.count()).select_from(Invoice))
        assert agreed(session)
        flush(session, clock)
        session.commit()
        assert tie_out(session, clock) == []

        move_to_brand(folder, "South")
        session.commit()
        move_in_folder(engine, settings, folder, "test")
        assert session.scalar(select(func.count()).select_from(RollupDirty)), (
            "payments are another brand's now"
        )
        assert agreed(session)
        flush(session, clock)
        little_by_little = as_kept(session)
        rebuild(session, clock)
        assert as_kept(session) == little_by_little


def move_to_brand(folder: Path, brand: str) -> None:
    """Leave nothing but the customers, all of them of that brand."""
    file = folder / "groups.csv"
    with file.open(encoding="utf-8", newline="") as given:
        rows = list(csv.DictReader(given))
    for other in folder.glob("*.csv"):
        if other != file:
            other.unlink()
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, [*rows[0], "brand"])
        writer.writeheader()
        writer.writerows(row | {"brand": brand} for row in rows)
