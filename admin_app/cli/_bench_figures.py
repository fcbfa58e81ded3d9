"""Measuring the figures: what the owner's overview asks, beside reading the same rows into pandas and grouping them.

Both ways are taken in one run on the same generated company and must come to the same sums, to the cent.  The rebuild
of all kept totals runs in a process of its own, whose memory is its own.
"""

from __future__ import annotations

import multiprocessing
import resource
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

import admin_app.records  # noqa: F401  switches the history on
from admin_app.cli._bench import Cost, Counted, Figure, found_company, measure_import, measured, new_office
from admin_app.cli._office import who_types
from admin_app.kernel.clock import Clock, SystemClock
from admin_app.kernel.errors import Unmet
from admin_app.kernel.money import Money
from admin_app.models import (
    Allocation,
    CustomerGroup,
    Invoice,
    InvoiceState,
    Payment,
    PaymentState,
    Refund,
    WriteOff,
)
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine, writing
from admin_app.services.record_payment import PaymentForm, record_payment
from reports.engine.desk import Desk
from reports.engine.keep_totals import flush, rebuild
from reports.engine.query import Query
from reports.engine.totals import stacked
from reports.engine.views import sources

if TYPE_CHECKING:
    from pandas import DataFrame

TIMES, TIMES_PANDAS = 5, 3
"""How often each way is taken; the median counts."""
PAYMENTS = 20
LATE = timedelta(days=60)
OVER_60 = ("61-90", "91+")

ByHand = Callable[[Session, date], int]
"""A figure worked out in pandas: minor units, or a count."""


@dataclass(frozen=True)
class Asked:
    """A question of the overview and the way of an analyst who reads the rows."""

    name: str
    query: Query
    by_hand: ByHand
    ago: int = 0
    """As of so many days ago."""


def measure_figures(groups: int, home: Path, database_url: str | None) -> list[Figure]:
    """What figures, a payment and a rebuild cost at this size; raises Unmet where the two ways differ by a cent."""
    settings = new_office(home, database_url)
    engine = open_engine(settings.database_url)
    try:
        found_company(engine)
        figures = [measure_import(engine, settings, groups), _rebuild(settings.database_url, groups)]
        figures += [_beside_pandas(engine, one, groups) for one in QUESTIONS]
        figures += _payments(engine, groups)
    finally:
        engine.dispose()
    return figures


def _rebuild(url: str, groups: int) -> Figure:
    with multiprocessing.get_context("spawn").Pool(1) as alone:
        return alone.apply(_rebuilt, (url, groups))


def _rebuilt(url: str, groups: int) -> Figure:
    """All totals anew, in a process that has done nothing else."""
    engine, counter = open_engine(url), Counted()
    counter.watch(engine)
    with measured(counter) as cost, writing(), OfficeSession(engine) as session:
        rebuild(session, SystemClock())
        session.commit()
    engine.dispose()
    return Figure(
        "rebuild all totals", groups, cost.cpu_ms, cost.wall_ms, cost.statements, peak_mb=_peak_mb()
    )


def _peak_mb() -> float:
    """The most memory that this program has held (Linux tells it without what came before it in the process)."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(one for one in status.read_text().splitlines() if one.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _beside_pandas(engine: Engine, asked: Asked, groups: int) -> Figure:
    """The median of both ways; the ratio is of CPU, on a database server of the wall, whose CPU is not ours."""
    clock = SystemClock()
    as_of = clock.today() - timedelta(days=asked.ago)
    counter = Counted()
    counter.watch(engine)
    ours = [
        _timed(engine, counter, lambda session: _figure(session, asked, as_of, clock)) for _ in range(TIMES)
    ]
    theirs = [
        _timed(engine, counter, lambda session: asked.by_hand(session, as_of)) for _ in range(TIMES_PANDAS)
    ]
    if ours[0][0] != theirs[0][0]:
        raise Unmet(f"{asked.name}: {ours[0][0]} is not {theirs[0][0]}")
    cost, pandas_cost = _median(ours), _median(theirs)
    place = 0 if engine.dialect.name == "sqlite" else 1
    return Figure(asked.name, groups, cost[0], cost[1], ours[0][2], ratio=cost[place] / pandas_cost[place])


def _timed(
    engine: Engine, counter: Counted, act: Callable[[Session], int]
) -> tuple[int, tuple[float, float], int]:
    """What it came to, (CPU, wall) in ms, and the statements."""
    with OfficeSession(engine) as session, measured(counter) as cost:
        found = act(session)
    return found, (cost.cpu_ms, cost.wall_ms), cost.statements


def _median(runs: list[tuple[int, tuple[float, float], int]]) -> tuple[float, float]:
    return statistics.median(run[1][0] for run in runs), statistics.median(run[1][1] for run in runs)


def _figure(session: Session, asked: Asked, as_of: date, clock: Clock) -> int:
    query = replace(asked.query, as_of=as_of if asked.ago else None)
    answer = Desk(session, who_types(), clock).ask(query)
    assert isinstance(answer.value, int), f"{asked.name} has no single value"
    return answer.value


def _payments(engine: Engine, groups: int) -> list[Figure]:
    """What a payment costs with its marks, and what keeping the totals after one costs."""
    counter, clock, actor = Counted(), SystemClock(), who_types()
    counter.watch(engine)
    info = {"actor": actor, "clock": clock, "door": "bench"}
    with writing(), OfficeSession(engine, info=info, expire_on_commit=False) as session:
        ids = session.scalars(select(CustomerGroup.id).order_by(CustomerGroup.id).limit(PAYMENTS)).all()
    paid, kept = [], []
    for group_id in ids:
        with _act(engine, counter, info) as (cost, session):
            form = PaymentForm(group_id, Money(1_000, "EUR"), clock.today())
            record_payment(session, form, actor, clock)
        paid.append(cost)
        with _act(engine, counter, info) as (cost, session):
            flush(session, clock)
        kept.append(cost)
    return [
        Figure(
            name,
            groups,
            statistics.median(one.cpu_ms for one in costs),
            statistics.median(one.wall_ms for one in costs),
            costs[-1].statements,
        )
        for name, costs in (("record a payment", paid), ("keep totals after it", kept))
    ]


@contextmanager
def _act(engine: Engine, counter: Counted, info: dict[str, Any]) -> Iterator[tuple[Cost, OfficeSession]]:
    """A transaction of its own with what it cost."""
    with measured(counter) as cost, writing(), OfficeSession(engine, info=dict(info)) as session:
        yield cost, session
        session.commit()


# ---------------------------------------------------------------------------------------- by hand


def _read(session: Session, statement: Any) -> DataFrame:
    import pandas as pd

    return pd.read_sql_query(statement, session.connection())


def _by_month(source: str) -> ByHand:
    """The rows of a flow, grouped by month."""

    def by_hand(session: Session, as_of: date) -> int:
        import pandas as pd

        rows = _read(session, stacked(sources()[source].rows(as_of), ("day", "currency", "amount"), []))
        months = pd.to_datetime(rows["day"]).dt.to_period("M")
        return int(rows.groupby([months, rows["currency"].fillna("")])["amount"].sum().sum())

    return by_hand


def _open_invoices(session: Session, as_of: date) -> DataFrame:
    """Every issued invoice with what was open of it at the end of a day."""
    invoices = _read(
        session,
        select(
            Invoice.id,
            Invoice.group_id,
            Invoice.due_on,
            (Invoice.total - Invoice.deducted - Invoice.retained).label("open"),
        ).where(Invoice.state == InvoiceState.ISSUED, Invoice.issued_on <= as_of),
    ).set_index("id")
    used = _read(
        session, select(Allocation.invoice_id, Allocation.amount).where(Allocation.effective_on <= as_of)
    )
    lost = _read(
        session,
        select(WriteOff.invoice_id, WriteOff.amount).where(
            WriteOff.written_off_on <= as_of, WriteOff.taken_back_on.is_(None)
        ),
    )
    for gone in (used, lost):
        invoices["open"] -= gone.groupby("invoice_id")["amount"].sum().reindex(invoices.index, fill_value=0)
    return invoices


def _receivable(session: Session, as_of: date) -> int:
    return int(_open_invoices(session, as_of)["open"].sum())


def _overdue(session: Session, as_of: date) -> int:
    invoices = _open_invoices(session, as_of)
    return int(invoices.loc[invoices["due_on"].notna() & (invoices["due_on"] < as_of), "open"].sum())


def _over_60(session: Session, as_of: date) -> int:
    invoices = _open_invoices(session, as_of)
    late = invoices[invoices["due_on"].notna() & (invoices["due_on"] < as_of - LATE)]
    return int(late.groupby("group_id")["open"].sum().sum())


def _unallocated(session: Session, as_of: date) -> int:
    payments = _read(
        session,
        select(Payment.id, (Payment.amount - Payment.tip).label("left")).where(
            Payment.state == PaymentState.RECEIVED, Payment.paid_on <= as_of
        ),
    ).set_index("id")
    used = _read(
        session,
        select(Allocation.payment_id, Allocation.amount).where(
            Allocation.effective_on <= as_of, Allocation.payment_id.is_not(None)
        ),
    )
    back = _read(session, select(Refund.payment_id, Refund.amount).where(Refund.refunded_on <= as_of))
    for gone in (used, back):
        payments["left"] -= gone.groupby("payment_id")["amount"].sum().reindex(payments.index, fill_value=0)
    return int(payments["left"].sum())


def _new_customers(session: Session, as_of: date) -> int:
    import pandas as pd

    rows = _read(
        session, stacked(sources()["invoiced"].rows(as_of), ("group_id", "currency", "day", "amount"), [])
    )
    days = rows.groupby(["group_id", "currency", "day"])["amount"].sum()
    first = days[days > 0].reset_index().groupby("group_id")["day"].min()
    return int(pd.to_datetime(first).dt.to_period("M").value_counts().sum())


QUESTIONS: tuple[Asked, ...] = (
    Asked("invoiced by month", Query("invoiced", by=("month",)), _by_month("invoiced")),
    Asked("collected by month", Query("collected", by=("month",)), _by_month("collected")),
    Asked("invoices by month", Query("invoices", by=("month",)), _by_month("invoices")),
    Asked("receivable", Query("receivable"), _receivable),
    Asked("receivable 30 days ago", Query("receivable"), _receivable, ago=30),
    Asked("receivable a year ago", Query("receivable"), _receivable, ago=365),
    Asked("overdue", Query("overdue"), _overdue),
    Asked("unallocated", Query("unallocated"), _unallocated),
    Asked(
        "over 60 days by customer",
        Query("ageing", by=("customer",), where=tuple(("bucket", one) for one in OVER_60)),
        _over_60,
    ),
    Asked("new customers by month", Query("new_customers", by=("month",)), _new_customers),
)
"""What the owner's overview asks, as far as generated companies have rows of it."""
