"""The book of figures that a notebook or a script opens: read-only, with the rights of one role [135, 138].

One call::

    book = open_book("sqlite:///var/sawhorse.db")
    book.ask("collected", by="month", where={"brand": "North"}).frame()
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from sqlalchemy import Engine, event, select
from sqlalchemy.engine import make_url

from admin_app.config import read_settings
from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.clock import Clock, SystemClock
from admin_app.models import Company
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine
from reports.engine.answer import Answer
from reports.engine.desk import Desk
from reports.engine.periods import with_days
from reports.engine.query import Query, read_query
from reports.metrics import METRICS

if TYPE_CHECKING:
    from reports.engine.fits import Modelled
    from reports.engine.forecast import CashForecast


class Book:
    """Figures of one company for one reader; nothing can be written through it.  Use it in a `with`, or `close` it."""

    def __init__(self, engine: Engine, actor: Actor, clock: Clock | None = None) -> None:
        """Read through `engine`, which this book closes."""
        self._engine = engine
        self.session = OfficeSession(engine, expire_on_commit=False)
        zone = self.session.scalar(select(Company.zone)) or "UTC"
        self.desk = Desk(self.session, actor, clock or SystemClock(zone))
        self.asked: dict[str, int] = {}
        """The metrics that were asked for, with the version of their definition: the evidence of a run [137]."""

    def ask(
        self,
        metric: str,
        by: str | Iterable[str] = (),
        where: Mapping[str, str | Iterable[str]] | None = None,
        *,
        start: date | None = None,
        end: date | None = None,
        as_of: date | None = None,
        compare: str | None = None,
    ) -> Answer:
        """The answer to a question, as the pages give it; the period is half-open [M35]."""
        return self.put(self.query(metric, by, where, start=start, end=end, as_of=as_of, compare=compare))

    def put(self, question: Query | str) -> Answer:
        """The answer to a question that is made already, or written as the address of a page writes it [136]."""
        if isinstance(question, str):
            pairs = with_days(parse_qsl(question.strip().lstrip("?")), self.desk.clock.today())
            question = read_query(pairs)
        answer = self.desk.ask(question)
        self.asked[answer.metric.name] = answer.metric.version
        return answer

    @staticmethod
    def query(
        metric: str,
        by: str | Iterable[str] = (),
        where: Mapping[str, str | Iterable[str]] | None = None,
        **days: Any,
    ) -> Query:
        """A question in the words of a notebook."""
        pairs = [
            (name, key)
            for name, keys in (where or {}).items()
            for key in ([keys] if isinstance(keys, str) else keys)
        ]
        return Query(metric, (by,) if isinstance(by, str) else tuple(by), tuple(pairs), **days)

    def rows(self, answer: Answer, **keys: str) -> Any:
        """The rows behind an answer, or behind one of its marks, as a pandas frame; Σ amount is the figure [L2]."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "row": one.row,
                    "day": one.day,
                    "customer": one.customer,
                    "title": one.title,
                    "amount": one.amount,
                    "currency": one.currency,
                }
                for one in self.desk.every_row(answer.query, keys)
            ],
            columns=["row", "day", "customer", "title", "amount", "currency"],
        )

    def model(
        self,
        name: str,
        *,
        as_of: date | None = None,
        unit: str = "week",
        basis: str = "invoiced",
        keep_zero_days: bool = False,
        currency: str | None = None,
    ) -> Modelled:
        """A model fitted to the purchases or waits of the books: `told`, and `fit` with its `summary` [131, L10]."""
        from reports.engine.fits import modelled

        return modelled(
            self.desk,
            name,
            as_of=as_of,
            unit=unit,
            basis=basis,
            keep_zero_days=keep_zero_days,
            currency=currency,
        )

    def forecast(
        self,
        weeks: int = 4,
        *,
        as_of: date | None = None,
        currency: str | None = None,
        where: Mapping[str, str] | None = None,
    ) -> CashForecast:
        """The cash of the coming weeks from the open invoices: quantiles a week, each invoice with its day [132]."""
        from reports.engine.forecast import forecast

        pairs = tuple((where or {}).items())
        return forecast(self.desk, as_of=as_of, weeks=weeks, currency=currency, where=pairs)

    def glossary(self) -> Any:
        """Every metric with its sentence, unit, basis and version, as a pandas frame [M36]."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "metric": one.name,
                    "says": one.sentence,
                    "unit": one.unit.value,
                    "basis": one.basis.value,
                    "splits by": ", ".join(one.dimensions),
                    "version": one.version,
                }
                for one in METRICS.values()
            ]
        )

    def close(self) -> None:
        """Let the database go."""
        self.session.close()
        self._engine.dispose()

    def __enter__(self) -> Book:
        """The book itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let the database go."""
        self.close()


def open_book(
    url: str | None = None, *, role: str | None = None, name: str = "a notebook", clock: Clock | None = None
) -> Book:
    """The book of the company at `url` (default: SAWHORSE_REPORTS_URL, else the company's database), read-only.

    `role` is the role whose rights hold: an analyst's unless said, or SAWHORSE_REPORTS_ROLE [138].
    """
    if url is None:
        settings = read_settings()
        url = settings.reports_url or settings.database_url
    actor = Actor(
        ActorKind.STAFF, name, None, Role(role or os.environ.get("SAWHORSE_REPORTS_ROLE") or Role.ANALYST)
    )
    return Book(read_only_engine(url), actor, clock)


def read_only_engine(url: str) -> Engine:
    """An engine whose connections cannot write: the file opened for reading, or each transaction declared so.

    A transaction sees one state of the company from its first read to its end, on both databases.
    """
    engine = open_engine(for_reading(url))
    if engine.dialect.name != "sqlite":

        @event.listens_for(engine, "begin")
        def _read_only(connection: Any) -> None:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    return engine


def for_reading(url: str) -> str:
    """The address of a SQLite file as one that is opened for reading only."""
    made = make_url(url)
    if made.get_backend_name() != "sqlite" or not made.database or made.database.startswith("file:"):
        return url
    return made.set(
        database=f"file:{os.path.abspath(made.database)}", query={"mode": "ro", "uri": "true"}
    ).render_as_string(hide_password=False)
