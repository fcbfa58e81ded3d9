"""The bar above every page of figures: period, brand, as-of, compare; read once from the address [M35, M37]."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from flask import request
from sqlalchemy import select

from admin_app.kernel.errors import Invalid
from admin_app.models import Brand
from admin_app.policy import visible
from admin_app.web.company import actor, clock, office_session
from reports.engine.query import COMPARISONS, Query, metric_of, read_day, unknown

PRESETS = {
    "month": "This month",
    "quarter": "This quarter",
    "year": "This year",
    "12months": "Last 12 months",
    "all": "All time",
}
"""Periods by a word; each ends with the day as of which is asked, so that years are compared like for like."""
USUAL = "12months"
_SAME_DAY_A_YEAR_AGO = "Same period a year before"
COMPARED = {"previous": "Period before", "year": _SAME_DAY_A_YEAR_AGO}


@dataclass(frozen=True)
class PageBar:
    """What a page is narrowed to.  `end` is the first day that is not in the period [M35]; `as_of` None is now."""

    preset: str | None
    start: date | None
    end: date | None
    brand: str | None
    as_of: date | None
    compare: str | None
    today: date
    brands: tuple[tuple[str, str], ...] = ()
    more: tuple[tuple[str, str], ...] = ()
    """Pairs of the address that the page itself reads (a switch), kept when the period changes."""
    standing: bool = False
    """Whether the page tells how things stood on a day, and has no period."""

    @property
    def day(self) -> date:
        """The day as of which the page tells."""
        return self.as_of or self.today

    @property
    def through(self) -> date | None:
        """The last day of the period."""
        return self.end - timedelta(days=1) if self.end else None

    @property
    def brand_name(self) -> str | None:
        """How the chosen brand is called."""
        return dict(self.brands).get(self.brand or "", self.brand)

    @property
    def presets(self) -> tuple[tuple[str, str, bool], ...]:
        """Label, address and whether it is chosen, of each period by a word."""
        return tuple(
            (label, self.address(period=name), name == self.preset) for name, label in PRESETS.items()
        )

    @property
    def days(self) -> tuple[tuple[str, str, bool], ...]:
        """Label, address and whether it is chosen, of days on which accounts are usually looked at."""
        first = self.today.replace(day=1)
        quarter = first.replace(month=(first.month - 1) // 3 * 3 + 1)
        ends = {
            "Today": None,
            "End of last month": first - timedelta(days=1),
            "End of last quarter": quarter - timedelta(days=1),
            "End of last year": first.replace(month=1) - timedelta(days=1),
        }
        return tuple((label, self.address(as_of=_day(day)), day == self.as_of) for label, day in ends.items())

    def ask(self, metric: str, *by: str, **where: str | Iterable[str]) -> Query:
        """A question about the period and brand of the page; a stock is asked as of the day.

        A figure that brands cannot split is asked for all of them; `narrows` tells so.
        """
        one = metric_of(metric)
        pairs = [
            (name, key)
            for name, keys in where.items()
            for key in ((keys,) if isinstance(keys, str) else keys)
        ]
        if self.brand and "brand" in one.dimensions:
            pairs.append(("brand", self.brand))
        asked = Query(metric, by, tuple(pairs), as_of=self.as_of)
        return asked if one.stock else replace(asked, start=self.start, end=self.end)

    def narrows(self, metric: str) -> bool:
        """Whether the page's brand narrows this figure; True where no brand is chosen."""
        return not self.brand or "brand" in metric_of(metric).dimensions

    @property
    def narrowing(self) -> dict[str, str]:
        """Brand and day as parameters of the address of another page."""
        given = {"brand": self.brand, "as_of": _day(self.as_of)}
        return {name: value for name, value in given.items() if value}

    def address(self, **changed: str | None) -> str:
        """The address of this page with some of its choices changed; a choice set to None is taken off."""
        given: dict[str, str | None] = {"brand": self.brand, "compare": self.compare} | dict(self.more)
        if self.preset is None:
            given |= {"from": _day(self.start), "through": _day(self.through)}
        elif self.preset != USUAL:
            given["period"] = self.preset
        given["as_of"] = _day(self.as_of)
        if "period" in changed:
            given |= {"from": None, "through": None}
        pairs = [(name, value) for name, value in (given | changed).items() if value]
        return f"{request.path}?{urlencode(pairs)}" if pairs else request.path


def page_bar(*also: str, standing: bool = False) -> PageBar:
    """The bar of this request; `also` names what else of the address the page reads, `standing` that it has no period.

    Raises Invalid for a day, period or comparison that there is not.
    """
    given = {name: value.strip() for name, value in request.args.items() if value.strip()}
    today = clock().today()
    as_of = read_day("as_of", given.get("as_of"))
    start, through = read_day("from", given.get("from")), read_day("through", given.get("through"))
    preset: str | None = given.get("period", USUAL)
    if start or through:
        preset, end = None, through + timedelta(days=1) if through else None
        if start and end and start >= end:
            raise Invalid("The period ends before it begins", fields={"through": str(through)})
    elif preset not in PRESETS:
        raise Invalid(unknown("period", str(preset), PRESETS), fields={"period": str(preset)})
    else:
        start, end = days_of(preset, as_of or today)
    compare = given.get("compare")
    if compare is not None and compare not in COMPARISONS:
        raise Invalid(unknown("comparison", compare, COMPARISONS), fields={"compare": compare})
    brands = office_session().scalars(visible(actor(), select(Brand).order_by(Brand.name)))
    return PageBar(
        preset=preset,
        start=start,
        end=end,
        brand=given.get("brand"),
        as_of=as_of,
        compare=compare,
        today=today,
        brands=tuple((str(one.id), one.name) for one in brands),
        more=tuple((name, given[name]) for name in also if name in given),
        standing=standing,
    )


def days_of(preset: str, day: date) -> tuple[date | None, date | None]:
    """The half-open days of a period by a word, up to and including `day`."""
    if preset == "all":
        return None, None
    first = day.replace(day=1)
    starts = {
        "month": first,
        "quarter": first.replace(month=(day.month - 1) // 3 * 3 + 1),
        "year": day.replace(month=1, day=1),
        "12months": (first.replace(year=first.year - 1) + timedelta(days=32)).replace(day=1),
    }
    return starts[preset], day + timedelta(days=1)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
