"""The desk at which questions are asked: it settles names and days, asks the policy, and answers [L1, 129, 138]."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import cached_property, partial

from babel import Locale
from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from admin_app.documents.printed import locale_of
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid
from admin_app.models import Company
from admin_app.policy import Permission, demand, rights_of, scope
from reports.engine.answer import Answer, Mark, spoken
from reports.engine.query import Query, check, shifted, unknown, wrong
from reports.engine.reading import Reading, as_read, reading_order
from reports.engine.rows import RowPage, SignedRow, all_rows, page_of_rows
from reports.engine.totals import Keys, Summed, add_up, by_currency
from reports.engine.vocabulary import demand_known_words
from reports.metrics import Asked, Computed, Mean, Metric, Ratio, Special, Total, Unit, Value
from reports.metrics.base import MIXED
from reports.sources import DIMENSIONS, Source
from reports.sources.company import at_company
from reports.sources.dimensions import NONE, Dimension

SIDES = ("over", "under")
"""The two totals of a ratio, whose rows are looked at one after the other."""
_EXAMPLES = {
    "day": "2026-03-31",
    "week": "2026-W14",
    "month": "2026-03",
    "quarter": "2026-Q1",
    "year": "2026",
}
"""How the keys of time are written."""


@dataclass(frozen=True)
class Desk:
    """Answers questions in one session for one person; figures that a role may not see are refused."""

    session: Session
    actor: Actor
    clock: Clock

    @cached_property
    def _company(self) -> tuple[str, str, str]:
        row = self.session.execute(select(Company.language, Company.currency, Company.zone)).first()
        return (str(row[0]), str(row[1]), str(row[2])) if row else ("en", "EUR", "UTC")

    @property
    def locale(self) -> Locale:
        """The language in which figures are printed."""
        return locale_of(self._company[0])

    @property
    def currency(self) -> str:
        """The currency of the books; figures of nothing are zero in it."""
        return self._company[1]

    def ask(self, query: Query) -> Answer:
        """The answer to a question; raises Invalid for what cannot be asked and NotAllowed for what may not."""
        metric = query.known
        check(query)
        self.demand(metric)
        asked = self.settle(query)
        answer = self._answered(metric, query, asked)
        if not answer.rows and asked.where:
            demand_known_words(self.session, metric, asked)
        return answer

    def _answered(self, metric: Metric, query: Query, asked: Asked) -> Answer:
        if isinstance(metric, Special):
            reading = Reading(self.session)
            return self._computed(metric, query, asked, metric.compute(reading, asked), reading.labels)
        if isinstance(metric, Ratio):
            return self._divided(metric, query, asked)
        assert isinstance(metric, Total | Mean)
        return self._summed(metric, query, asked)

    def compare(self, query: Query) -> Answer | None:
        """The answer for the period that the question compares with; None where it compares with nothing."""
        if query.compare is None:
            return None
        return self.ask(shifted(query, query.as_of or self.clock.today()))

    def rows(
        self,
        query: Query,
        keys: Mapping[str, str] | None = None,
        *,
        side: str = "over",
        limit: int = 50,
        offset: int = 0,
    ) -> RowPage:
        """The rows behind an answer, or behind the mark of these keys; of a ratio those of one side [L2]."""
        source, asked = self._behind(query, keys, side)
        return page_of_rows(self.session, source, asked, limit=limit, offset=offset)

    def every_row(
        self, query: Query, keys: Mapping[str, str] | None = None, *, side: str = "over"
    ) -> Iterator[SignedRow]:
        """All rows behind an answer or mark, streamed."""
        source, asked = self._behind(query, keys, side)
        return all_rows(self.session, source, asked)

    def demand(self, metric: Metric) -> None:
        """Raise NotAllowed unless the person may see figures, and every record that this one is made of [138]."""
        demand(self.actor, Permission.REPORTS)
        demand(self.actor, metric.permission)
        for source in metric.sources:
            for entity in source.entities:
                demand(self.actor, rights_of(entity).read)
                assert scope(self.actor, entity) is None, (
                    f"{entity.__name__} is shown in part: no figure of it"
                )

    def settle(self, query: Query) -> Asked:
        """The question with names looked up and days filled in; raises Invalid for a key that nothing has."""
        as_of = query.as_of or self.clock.today()
        at_company(zone=self._company[2], currency=self.currency)
        where: dict[str, list[str]] = defaultdict(list)
        for name, key in query.where:
            where[name].append(self._key(DIMENSIONS[name], key) if name in DIMENSIONS else key)
        return Asked(
            by=query.by,
            where=tuple((name, tuple(keys)) for name, keys in where.items()),
            start=query.start,
            end=query.end,
            as_of=as_of,
        )

    def _behind(self, query: Query, keys: Mapping[str, str] | None, side: str) -> tuple[Source, Asked]:
        metric = query.known
        check(query.narrowed(keys or {}))
        self.demand(metric)
        asked = self.settle(query)
        # Beside the question's own filters: a mark of one of two months asked for is that month alone.
        mark = self.settle(replace(query, where=tuple((keys or {}).items())))
        asked = replace(asked, where=(*asked.where, *mark.where))
        if not isinstance(metric, Ratio):
            return metric.sources[0], asked
        if side not in SIDES:
            raise Invalid(unknown("side", side, SIDES))
        return (metric.over if side == "over" else metric.under).source, _of_side(metric, asked, side)

    def _key(self, dimension: Dimension, key: str) -> str:
        """The key as the rows have it: a record is named by its id or by its name."""
        if dimension.period is not None:
            try:
                dimension.period(key)
            except (ValueError, IndexError):
                example = _EXAMPLES[dimension.name]
                raise wrong(
                    dimension.name, f"“{key[:40]}” is no {dimension.name}; write one as {example}"
                ) from None
            return key
        if dimension.record is None or key == NONE:
            return key
        return self._record_key(dimension, key)

    def _record_key(self, dimension: Dimension, key: str) -> str:
        entity = dimension.record
        assert entity is not None
        label = getattr(entity, dimension.record_label)
        if key.isdigit() and self.session.scalar(select(entity.id).where(entity.id == int(key))) is not None:
            return key
        found = self.session.scalars(
            select(entity.id).where(func.lower(cast(label, String)) == key.lower()).limit(2)
        ).all()
        if len(found) == 1:
            return str(found[0])
        if found:
            raise wrong(dimension.name, f"Several are called “{key[:60]}”; name one by its id")
        names = self.session.scalars(select(label).distinct().order_by(label).limit(500))
        raise wrong(dimension.name, unknown(dimension.name, key, [str(name) for name in names]))

    def _filters(self, asked: Asked) -> tuple[tuple[str, str, str], ...]:
        """Dimension, key and label of each filter."""
        found = []
        for name, keys in asked.where:
            dimension = DIMENSIONS.get(name)
            for key in keys:
                label = key
                if dimension is not None and key == NONE:
                    label = dimension.none_label
                elif dimension is not None and dimension.record is not None:
                    column = getattr(dimension.record, dimension.record_label)
                    label = self.session.scalar(select(column).where(dimension.record.id == int(key))) or key
                found.append((name, key, str(label)))
        return tuple(found)

    def _summed(self, metric: Total | Mean, query: Query, asked: Asked) -> Answer:
        found = add_up(self.session, metric.source, asked)
        whole = found.sums
        if any(DIMENSIONS[name].overlapping for name in asked.by):
            whole = add_up(self.session, metric.source, replace(asked, by=())).sums
        divided = isinstance(metric, Mean)
        values = {at: (_mean(*pair) if divided else pair[0], pair[1]) for at, pair in found.sums.items()}
        totals = {
            currency: (_mean(*pair) if divided else pair[0], pair[1])
            for currency, pair in by_currency(whole).items()
        }
        return self._answer(metric, query, asked, values, totals, found)

    def _divided(self, metric: Ratio, query: Query, asked: Asked) -> Answer:
        """One total by another; `n` is the number of rows of the lower one: of how many the share is a share."""
        sides = [add_up(self.session, metric.over.source, _of_side(metric, asked, "over"))]
        sides.append(add_up(self.session, metric.under.source, _of_side(metric, asked, "under")))
        over, under = sides
        values: dict[tuple[Keys, str | None], tuple[Value, int]] = {}
        for at in dict.fromkeys((*over.sums, *under.sums)):
            upper, lower = over.sums.get(at, (0, 0)), under.sums.get(at, (0, 0))
            values[at] = _quotient(upper[0], lower[0], metric.factor), upper[1] + lower[1]
        if any(DIMENSIONS[name].overlapping for name in asked.by):
            bare = replace(asked, by=())
            sides = [
                add_up(self.session, getattr(metric, side).source, _of_side(metric, bare, side))
                for side in SIDES
            ]
        uppers, lowers = by_currency(sides[0].sums), by_currency(sides[1].sums)
        totals: dict[str | None, tuple[Value, int]] = {}
        for currency in dict.fromkeys((*uppers, *lowers)):
            upper, lower = uppers.get(currency, (0, 0)), lowers.get(currency, (0, 0))
            totals[currency] = _quotient(upper[0], lower[0], metric.factor), upper[1] + lower[1]
        over.labels.update(under.labels)
        over.behind = over.behind or under.behind
        of = sum(rows for _, rows in lowers.values())
        return replace(self._answer(metric, query, asked, values, totals, over), of=of)

    def _answer(
        self,
        metric: Metric,
        query: Query,
        asked: Asked,
        values: Mapping[tuple[Keys, str | None], tuple[Value, int]],
        totals: Mapping[str | None, tuple[Value, int]],
        found: Summed,
    ) -> Answer:
        """The answer from the values of marks and of the whole; amounts of several currencies are never added [M9]."""
        currencies = [one for one in totals if one is not None]
        mixed = len(currencies) > 1
        value, rows, note, currency = self._whole(metric, totals, mixed)
        if mixed and not query.by:
            values = {((str(one),), one): pair for one, pair in totals.items()}
        locale = self.locale
        marks = [
            Mark(
                keys,
                tuple(
                    found.labels.get((name, key), key)
                    for name, key in zip(query.by or ("currency",), keys, strict=True)
                ),
                figure,
                count,
                one if metric.unit is Unit.MONEY else None,
                partial(spoken, figure, metric.unit, one or self.currency, locale),
            )
            for (keys, one), (figure, count) in values.items()
            if keys
        ]
        return Answer(
            metric=metric,
            query=query,
            as_of=asked.as_of,
            value=value,
            rows=rows,
            currency=currency,
            text=spoken(value, metric.unit, currency or self.currency, self.locale),
            marks=tuple(sorted(marks, key=reading_order(query.by))),
            note=note,
            behind=found.behind,
            filters=self._filters(asked),
            locale=self.locale,
        )

    def _whole(
        self, metric: Metric, totals: Mapping[str | None, tuple[Value, int]], mixed: bool
    ) -> tuple[Value, int, str | None, str | None]:
        rows = sum(count for _, count in totals.values())
        money = metric.unit is Unit.MONEY
        if not totals:
            nothing: Value = 0 if metric.additive else None
            return (
                nothing,
                0,
                None if metric.additive else "There are no rows to work it out from",
                (self.currency if money else None),
            )
        if mixed:
            return None, rows, MIXED, None
        currency, (value, _) = next(iter(totals.items()))
        note = None if value is not None else "Undefined: what it is divided by is not above zero"
        return value, rows, note, (currency or self.currency) if money else None

    def _computed(
        self,
        metric: Special,
        query: Query,
        asked: Asked,
        outcome: Computed,
        labels: Mapping[tuple[str, str], str],
    ) -> Answer:
        currency = outcome.currency or self.currency
        marks = tuple(
            Mark(
                one.keys,
                one.labels
                or tuple(
                    labels.get((name, key), key)
                    for name, key in zip(query.by or ("currency",), one.keys, strict=False)
                ),
                one.value,
                one.rows,
                (one.currency or currency) if metric.unit is Unit.MONEY else None,
                partial(spoken, one.value, metric.unit, one.currency or currency, self.locale),
                one.low,
                one.high,
                one.partial,
            )
            for one in outcome.marks
        )
        return Answer(
            metric=metric,
            query=query,
            as_of=asked.as_of,
            value=outcome.value,
            rows=outcome.rows,
            currency=currency if metric.unit is Unit.MONEY else None,
            text=spoken(outcome.value, metric.unit, currency, self.locale),
            marks=as_read(marks, query.by),
            note=outcome.note,
            filters=self._filters(asked),
            locale=self.locale,
        )


def _of_side(metric: Ratio, asked: Asked, side: str) -> Asked:
    """The question to one side of a ratio: a flow under a stock is asked for the days up to the as-of day."""
    if side == "under" and metric.window is not None:
        end = asked.as_of + timedelta(days=1)
        return replace(asked, start=end - timedelta(days=metric.window), end=end)
    return asked


def _mean(amount: int, rows: int) -> Value:
    return Decimal(amount) / rows if rows else None


def _quotient(upper: int, lower: int, factor: int) -> Value:
    return Decimal(upper * factor) / lower if lower > 0 else None
