"""The next number of a document, taken inside the transaction that issues it: no gaps, no doubles [M10]."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Unmet
from admin_app.models import Brand, DocumentKind, NumberSeries
from admin_app.money.invariants.numbers import DATED_EARLIER
from admin_app.policy import Permission, demand
from admin_app.records.guard import allow_bulk

_WORDS = {
    DocumentKind.INVOICE: "",
    DocumentKind.REFUND: "R-",
    DocumentKind.CREDIT_NOTE: "C-",
    DocumentKind.ESTIMATE: "E-",
    DocumentKind.WORK_ORDER: "W-",
}
"""What stands between a brand's key and the number in a series that nobody has set up."""


def take_number(
    session: Session, brand: Brand, document: DocumentKind, on: date, earlier_because: str = ""
) -> str:
    """The next number of the brand's series for the year of `on`, or of its series for all years.

    The row of the series is locked until the transaction ends; a roll-back returns the number.  Raises Unmet for a
    day before the last issued one, unless `earlier_because` says why (see `out_of_order`): the tax office wants
    numbers and dates in one order.
    """
    series = _locked_series(session, brand, document, on.year)
    if series is None:
        series = _start_series(session, brand, document, on.year)
    last = series.last_issued_on
    if last is not None and on < last and not earlier_because:
        raise Unmet(
            f"The last {document.value} of {brand.name} is dated {last:%d %B %Y}; "
            "a later number cannot carry an earlier day"
        )
    number = f"{series.prefix}{series.next_number:0{series.digits}d}"
    with allow_bulk("a counter: the document that carries the number is the trace"):
        session.execute(
            update(NumberSeries)
            .where(NumberSeries.id == series.id)
            .values(next_number=series.next_number + 1, last_issued_on=max(on, last or on))
        )
    return number


def is_before_last(session: Session, brand: Brand, document: DocumentKind, on: date) -> bool:
    """Whether a document of that day would be dated before the last number of its series."""
    series = _locked_series(session, brand, document, on.year)
    return series is not None and series.last_issued_on is not None and on < series.last_issued_on


@contextmanager
def out_of_order(session: Session, actor: Actor, reason: str) -> Iterator[str]:
    """Let a document be dated before the last number of its series, for a reason that its history keeps [M10].

    Gives the reason back, without a blank around it; without one everything is as usual.  Raises NotAllowed for a
    role that may not lock the books either.
    """
    said = reason.strip()
    if not said:
        yield ""
        return
    demand(actor, Permission.PERIOD_LOCK)
    before = session.info.get("reason")
    session.info["reason"] = f"{DATED_EARLIER}{said}"[:300]
    try:
        yield said
        session.flush()  # the entry of the history carries the reason
    finally:
        session.info["reason"] = before


def brand_for(session: Session, brand_id: int | None) -> Brand:
    """The brand named, else the default one, else the first; raises Unmet where there is none."""
    if brand_id is not None:
        return session.get_one(Brand, brand_id)
    brand = session.scalar(select(Brand).order_by(Brand.is_default.desc(), Brand.id).limit(1))
    if brand is None:
        raise Unmet("Documents are numbered by brand; set up a brand first")
    return brand


def _locked_series(session: Session, brand: Brand, document: DocumentKind, year: int) -> NumberSeries | None:
    """The series of that year, else the one for all years, locked and read afresh."""
    return session.scalar(
        select(NumberSeries)
        .where(
            NumberSeries.brand_id == brand.id,
            NumberSeries.document == document,
            or_(NumberSeries.year == year, NumberSeries.year == 0),
        )
        .order_by(NumberSeries.year.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _start_series(session: Session, brand: Brand, document: DocumentKind, year: int) -> NumberSeries:
    """A series for all years, named after the brand; of two requests at once the second takes the first's."""
    prefix = f"{brand.key.upper()}-{_WORDS.get(document, '')}"
    series = NumberSeries(brand_id=brand.id, document=document, prefix=prefix)
    try:
        with session.begin_nested():
            session.add(series)
    except IntegrityError:
        found = _locked_series(session, brand, document, year)
        assert found is not None
        return found
    return series
