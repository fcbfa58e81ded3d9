"""Lists of the portal page by page: a fixed number of rows and of statements, whatever there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import request, url_for
from sqlalchemy import Select

from admin_app.kernel.parsing import parse_id
from admin_app.models import Entity
from admin_app.portal.things import things

Kind = TypeVar("Kind", bound=Entity)
Choices = Sequence[tuple[str, str]]
"""The filter of a list: (key, words); the key of the first is ""."""
ROWS = 20
LAST_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class Page(Generic[Kind]):
    """One page of a list; the first has the number 1."""

    rows: Sequence[Kind]
    number: int
    has_more: bool


def page_of(query: Select[Kind], rows: int = ROWS) -> Page[Kind]:
    """The page that `?page=` names of what the client sees of the query, in its order.  One statement."""
    number = min(max(parse_id(request.args.get("page", "")) or 1, 1), LAST_PAGE)
    found = things(query.limit(rows + 1).offset((number - 1) * rows))
    return Page(found[:rows], number, len(found) > rows)


def chosen_filter(choices: Choices) -> str:
    """Which filter `?show=` names; one that is not offered is the first."""
    asked = request.args.get("show", "")
    return asked if any(asked == key for key, _ in choices) else choices[0][0]


def listed(endpoint: str, page: Page[Any], choices: Choices = (), chosen: str = "") -> dict[str, Any]:
    """What the template of a list prints beside its rows.

    `filters` are links: (words, address, whether it is chosen), the first choice without a parameter; `shown` is the
    key of the chosen one; `url_of` gives the address of a page by its number.
    """
    return {
        "page": page,
        "shown": chosen,
        "filters": [(words, url_for(endpoint, show=key or None), key == chosen) for key, words in choices],
        "url_of": lambda number: url_for(endpoint, page=number, show=chosen or None),
    }
