"""What the pages of the month close share: their blueprint, and the month of an address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint

from admin_app.services.month_statements import month_end
from admin_app.web.company import today

desk = Blueprint("closing", __name__, url_prefix="/admin/close")


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month: its days are `first` to `last`, half-open as [first, after) [M35]."""

    last: date

    @property
    def first(self) -> date:
        """Its first day."""
        return self.last.replace(day=1)

    @property
    def after(self) -> date:
        """The first day of the next month."""
        return self.last + timedelta(days=1)

    @property
    def key(self) -> str:
        """As it stands in addresses: "2026-03"."""
        return f"{self.last:%Y-%m}"

    @property
    def name(self) -> str:
        """As people say it: "March 2026"."""
        return f"{self.last:%B %Y}"

    @property
    def is_over(self) -> bool:
        """Whether its last day is past."""
        return self.last < today()

    @property
    def before(self) -> Month:
        """The month before."""
        return Month(self.first - timedelta(days=1))


def the_month(text: str) -> Month:
    """The month of an address; raises NotFound."""
    return Month(month_end(text))


def last_month() -> Month:
    """The last month that is over."""
    return Month(today().replace(day=1) - timedelta(days=1))
