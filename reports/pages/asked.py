"""The question that an address asks: its pairs, the period among them made days, its own words left aside [L1, 129]."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from flask import request

from admin_app.web.company import clock
from reports.engine import Query
from reports.engine.periods import NAME as PERIOD
from reports.engine.periods import with_days
from reports.engine.query import read_query

OF_THE_PAGE = frozenset({"side", "page", "filter", "key"})
"""Parameters that say how something is shown, and are no part of the question."""
_ORDER = ("metric", "by", PERIOD, "from", "to", "as_of", "compare")

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Question:
    """A question as it was asked: pairs in a fixed order, periods still by their names."""

    pairs: Pairs

    @property
    def address(self) -> str:
        """What stands behind the question mark; this is also how a question is kept."""
        return urlencode(self.pairs)

    @property
    def settled(self) -> Query:
        """The question with days; raises Invalid for what cannot be asked."""
        return read_query(with_days(self.pairs, clock().today()))

    def value(self, name: str) -> str:
        """The first value of a parameter, "" for none."""
        return next((value for given, value in self.pairs if given == name), "")

    @property
    def by(self) -> tuple[str, ...]:
        """The dimensions that are asked for."""
        return tuple(value for name, value in self.pairs if name == "by")

    @property
    def filters(self) -> Pairs:
        """Dimension and key of each filter."""
        return tuple(pair for pair in self.pairs if pair[0] not in _ORDER)

    def but(self, *left: tuple[str, str], **changed: str) -> Question:
        """The same question without these pairs, and with parameters set anew ("" takes one off)."""
        kept = [pair for pair in self.pairs if pair not in left and pair[0] not in changed]
        return in_order([*kept, *changed.items()])


def in_order(pairs: list[tuple[str, str]]) -> Question:
    """A question of these pairs, empty ones left out, each once."""
    given = [(name, value.strip()) for name, value in pairs if value.strip() and name not in OF_THE_PAGE]
    known = [pair for name in _ORDER for pair in given if pair[0] == name]
    return Question(tuple(dict.fromkeys([*known, *(pair for pair in given if pair[0] not in _ORDER)])))


def question() -> Question:
    """The question of this request's address."""
    return in_order(list(request.args.items(multi=True)))


def question_of(text: str) -> Question:
    """The question that was kept as the words of an address."""
    return in_order(parse_qsl(text))
