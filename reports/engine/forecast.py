"""Cash of the coming weeks from the open invoices: expected day and probability of each, P10, P50 and P90 [132, L11].

The rows are those of the figure `receivable`, so their sum is that figure; the model and its back-test are
`reports.models.cash_forecast`.  A forecast that the past does not bear out is refused with the reason [L11].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from babel import Locale
from sqlalchemy import select

from admin_app.kernel.errors import Invalid
from admin_app.models import CustomerGroup
from admin_app.policy import Permission, demand
from reports.engine.answer import spoken
from reports.engine.desk import Desk
from reports.engine.query import Query, check
from reports.engine.totals import conditions, stacked
from reports.metrics import Unit
from reports.sources.receivables import RECEIVABLE
from reports.sources.waits import COLUMNS, waits

WEEKS = 4
NOTHING_OPEN = "No invoice is open, so no money is expected"


@dataclass(frozen=True)
class Week:
    """Seven days, both ends included, with what is expected in them and what falls due in them (minor units)."""

    start: date
    end: date
    p10: int
    p50: int
    p90: int
    due: int


@dataclass(frozen=True)
class OpenInvoice:
    """An open invoice, amounts in minor units.

    By `expected_on` it is as likely paid as not (None: later than anything seen); `probability` is that of being paid
    within the weeks, `never` that of not being paid at all.  All three are None where there is no forecast.
    """

    invoice_id: int
    number: str
    group_id: int
    customer: str
    issued: date
    due: date | None
    amount: int
    expected_on: date | None = None
    probability: float | None = None
    never: float | None = None


@dataclass(frozen=True)
class CashForecast:
    """What is expected of the open invoices of one currency; where it is refused there is no week and no total."""

    as_of: date
    currency: str
    weeks: tuple[Week, ...]
    total: Mapping[str, int]
    """p10, p50, p90 of all weeks together (minor units); those of the weeks do not add up to them."""
    open: int
    """Σ open invoices (minor units): the figure `receivable`."""
    invoices: tuple[OpenInvoice, ...]
    """The earliest expected first."""
    never_paid: float | None
    """Share of the open amount that is not expected at all."""
    backtest: Mapping[str, Any]
    """origins, pinball, due_date, mean_lag (mean losses), gain (share better than the better of these), coverage."""
    refused: str | None
    cautions: tuple[str, ...] = ()
    locale: Locale = field(default=Locale("en", "GB"), repr=False, compare=False)

    def money(self, minor: int | None) -> str:
        """An amount as every door prints it."""
        return spoken(minor, Unit.MONEY, self.currency, self.locale)

    @property
    def text(self) -> str:
        """The middle of what all weeks bring, or a dash."""
        return self.money(self.total.get("p50"))

    @property
    def range_text(self) -> str | None:
        """The two amounts between which it lies eight times in ten; None where it is refused."""
        if not self.total:
            return None
        return f"{self.money(self.total['p10'])} to {self.money(self.total['p90'])}"

    def frame(self) -> Any:
        """The weeks as a pandas frame (minor units)."""
        return _framed(self.weeks, Week)

    def invoice_frame(self) -> Any:
        """The open invoices as a pandas frame (minor units)."""
        return _framed(self.invoices, OpenInvoice)


def forecast(
    desk: Desk,
    *,
    as_of: date | None = None,
    weeks: int = WEEKS,
    currency: str | None = None,
    where: Iterable[tuple[str, str]] = (),
) -> CashForecast:
    """The cash of the `weeks` after `as_of` (today) in one currency, that of the books unless said.

    `where` narrows the open invoices as a question does ("brand", "3"); how people pay is learned from all.
    Raises NotAllowed for whoever may not explore money, Invalid for weeks outside 1 to 52 and unknown filters.
    """
    query = Query("receivable", where=tuple(where), as_of=as_of)
    check(query)
    demand(desk.actor, Permission.REPORTS)
    desk.demand(query.known)
    if not 1 <= weeks <= 52:
        raise Invalid("A forecast is of 1 to 52 weeks")
    day, unit = as_of or desk.clock.today(), currency or desk.currency
    rows, others = _open_bills(desk, query, unit)
    if not rows:
        return _refused(desk, day, unit, rows, NOTHING_OPEN, {})
    found = _modelled(desk, day, unit, rows, weeks)
    if found.refused is not None:
        return _refused(desk, day, unit, rows, found.refused, found.backtest)
    told = {int(one.invoice): one for one in found.per_invoice.itertuples(index=False)}
    return CashForecast(
        as_of=day,
        currency=unit,
        weeks=tuple(Week(**week) for week in found.weeks.to_dict("records")),
        total=dict(found.total),
        open=sum(int(row.amount) for row in rows),
        invoices=tuple(sorted((_expected(row, told.get(row.invoice)) for row in rows), key=_soonest)),
        never_paid=found.never_paid,
        backtest=found.backtest,
        refused=None,
        cautions=(*found.cautions, *others),
        locale=desk.locale,
    )


def _open_bills(desk: Desk, query: Query, currency: str) -> tuple[list[Any], tuple[str, ...]]:
    """The rows of the receivable in this currency with customer and segment; and what other currencies are open."""
    asked = desk.settle(query)
    names = ("invoice_id", "title", "group_id", "issued_on", "due_on", "amount", "currency")
    rows = stacked(RECEIVABLE.rows(asked.as_of), names, conditions(asked)).subquery("r")
    found = desk.session.execute(
        select(
            rows.c.invoice_id.label("invoice"),
            rows.c.title.label("number"),
            rows.c.group_id,
            CustomerGroup.name.label("customer"),
            CustomerGroup.kind.label("segment"),
            rows.c.issued_on.label("issued"),
            rows.c.due_on.label("due"),
            rows.c.amount,
            rows.c.currency,
        )
        .join(CustomerGroup, CustomerGroup.id == rows.c.group_id)
        .order_by(rows.c.issued_on, rows.c.invoice_id)
    ).all()
    others = sorted({str(row.currency) for row in found} - {currency})
    said = (f"Open invoices in {', '.join(others)} are no part of it",) if others else ()
    return [row for row in found if row.currency == currency], said


def _modelled(desk: Desk, day: date, currency: str, rows: list[Any], weeks: int) -> Any:
    """The forecast of the model for these rows, learned from all bills of the currency."""
    import pandas as pd

    from reports.models import cash_forecast

    history = pd.DataFrame(desk.session.execute(waits(day, currency)).all(), columns=list(COLUMNS))
    bills = pd.DataFrame(
        [
            (row.invoice, row.group_id, str(row.segment), row.issued, row.due or row.issued, row.amount)
            for row in rows
        ],
        columns=["invoice", "customer", "segment", "issued", "due", "amount_minor"],
    )
    history["segment"] = history["segment"].astype(str)
    return cash_forecast(bills, history, as_of=day, weeks=weeks)


def _expected(row: Any, told: Any) -> OpenInvoice:
    """The row with what the model says of it, if it does."""
    own = OpenInvoice(
        int(row.invoice), row.number, int(row.group_id), row.customer, row.issued, row.due, int(row.amount)
    )
    if told is None:
        return own
    given = asdict(own) | {
        "expected_on": told.expected_pay_date if isinstance(told.expected_pay_date, date) else None,
        "probability": float(told.probability),
        "never": float(told.never),
    }
    return OpenInvoice(**given)


def _soonest(one: OpenInvoice) -> tuple[date, date, int]:
    return one.expected_on or date.max, one.due or one.issued, one.invoice_id


def _refused(
    desk: Desk, day: date, currency: str, rows: list[Any], reason: str, backtest: Mapping[str, Any]
) -> CashForecast:
    """The open invoices alone, by their due date."""
    return CashForecast(
        as_of=day,
        currency=currency,
        weeks=(),
        total={},
        open=sum(int(row.amount) for row in rows),
        invoices=tuple(sorted((_expected(row, None) for row in rows), key=_soonest)),
        never_paid=None,
        backtest=backtest,
        refused=reason,
        locale=desk.locale,
    )


def _framed(rows: Iterable[Any], kind: type[Any]) -> Any:
    import pandas as pd

    return pd.DataFrame([asdict(row) for row in rows], columns=list(kind.__dataclass_fields__))
