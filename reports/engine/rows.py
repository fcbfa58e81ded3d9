"""The rows behind a figure: what a click on a mark shows, page by page, with their sum [L2, 128, I15]."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from admin_app.models import CustomerGroup
from reports.engine.totals import conditions, grained, keyed, stacked
from reports.metrics import Asked
from reports.sources import CORE, DIMENSIONS, Source


@dataclass(frozen=True)
class SignedRow:
    """One row: what it tells of, when it counts, whose it is, its signed amount.

    `amount` is in the unit of the metric (minor units for money); `labels` are those of the dimensions asked for.
    """

    row: str
    day: date | None
    group_id: int | None
    customer: str | None
    about: str
    about_id: int
    title: str
    amount: int
    currency: str | None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class RowPage:
    """Some of the rows with the number and sum of all of them, by currency."""

    rows: tuple[SignedRow, ...]
    count: int
    sums: dict[str | None, int]


def page_of_rows(session: Session, source: Source, asked: Asked, *, limit: int, offset: int) -> RowPage:
    """The rows of a source as asked, the latest first; three columns of dimensions at most."""
    source = grained(source, asked)
    narrowed = conditions(asked)
    rows = stacked(source.rows(asked.as_of), ("amount", "currency"), narrowed).subquery("r")
    totals = session.execute(
        select(rows.c.currency, func.count(), func.sum(rows.c.amount)).group_by(rows.c.currency)
    ).all()
    found = session.execute(_listed(source, asked).limit(limit).offset(offset))
    return RowPage(
        tuple(_row(values, asked) for values in found),
        sum(int(count) for _, count, _ in totals),
        {currency: int(amount or 0) for currency, _, amount in totals},
    )


def all_rows(session: Session, source: Source, asked: Asked) -> Iterator[SignedRow]:
    """Every row, streamed; for downloads."""
    for values in session.execute(_listed(source, asked).execution_options(yield_per=2000)):
        yield _row(values, asked)


def frame_of_rows(session: Session, source: Source, asked: Asked, columns: tuple[str, ...]) -> Any:
    """The rows as a pandas frame of these columns (`CORE` and the source's extras), in the order of day and key."""
    import pandas as pd

    source = grained(source, asked).with_columns(columns)
    names = [*dict.fromkeys((*columns, "day", "row"))]
    rows = stacked(source.rows(asked.as_of), names, conditions(asked)).subquery("r")
    picked = select(*(rows.c[name] for name in names)).order_by(rows.c.day, rows.c.row)
    return pd.DataFrame(session.execute(picked).all(), columns=names)[list(dict.fromkeys(columns))]


def _listed(source: Source, asked: Asked) -> Select[Any]:
    source = grained(source, asked)
    dimensions = [DIMENSIONS[name] for name in asked.by if not DIMENSIONS[name].overlapping]
    names = [*CORE, *(one.needs for one in dimensions if one.needs not in CORE)]
    rows = stacked(source.rows(asked.as_of), list(dict.fromkeys(names)), conditions(asked)).subquery("r")
    so_far, pairs = keyed(rows, dimensions, asked.as_of)
    labels = pairs[1::2]
    so_far = so_far.outerjoin(CustomerGroup.__table__, CustomerGroup.id == rows.c.group_id)
    return (
        select(*(rows.c[name] for name in CORE), CustomerGroup.name.label("customer"), *labels)
        .select_from(so_far)
        .order_by(rows.c.day.desc(), rows.c.row.desc())
    )


def _row(values: Any, asked: Asked) -> SignedRow:
    row, day, group_id, amount, currency, about, about_id, title, customer, *labels = values
    shown = [name for name in asked.by if not DIMENSIONS[name].overlapping]
    return SignedRow(
        row=row,
        day=day,
        group_id=group_id,
        customer=customer,
        about=about,
        about_id=int(about_id),
        title=title or row,
        amount=int(amount or 0),
        currency=currency,
        labels=tuple(
            DIMENSIONS[name].none_label if label is None else str(label)
            for name, label in zip(shown, labels, strict=True)
        ),
    )
