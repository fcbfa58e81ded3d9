"""Statements of a bank as tests write them: a CSV with one row a payment, and its lines in the books."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.models import BankLine
from admin_app.services.take_in_bank_file import Kept, read_bank_file, recall_mapping, sample_of, take_in
from tests.services.desk import Desk

HEADER = "Date,Payee,IBAN,Reference,Amount"
Row = tuple[str, str, str, str, str]
"""Day, other party, its account, text, amount."""


def a_statement(folder: Path, rows: Sequence[Row], name: str = "march.csv") -> Path:
    """A file with these rows."""
    file = folder / name
    file.write_text("\n".join([HEADER, *(",".join(row) for row in rows)]) + "\n", encoding="utf-8")
    return file


def bring(session: Session, file: Path, desk: Desk) -> Kept:
    """Take a file in as its proposed columns say."""
    mapping = sample_of(file, file.name, None, "EUR").mapping
    read = read_bank_file(file, file.name, lambda mark: recall_mapping(session, mark), mapping=mapping)
    return take_in(session, read, desk.actor, desk.clock)


def lines_of(session: Session) -> list[BankLine]:
    """Every line, in the order in which they came."""
    return list(session.scalars(select(BankLine).order_by(BankLine.id)))


def a_line(session: Session, desk: Desk, folder: Path, amount: str, text: str = "", **but: str) -> BankLine:
    """One open line of 10 March 2026 on the statement."""
    row = (
        but.get("on", "2026-03-10"),
        but.get("payer", "SOMEBODY ELSE"),
        but.get("iban", ""),
        text or "money",
        amount,
    )
    bring(session, a_statement(folder, [row], f"{len(lines_of(session))}.csv"), desk)
    return lines_of(session)[-1]
