"""What somebody typed into an estimate, checked line by line before anything is written [M2-M4, 57].

Nothing is written here: `write_estimate.py` keeps what is read, `preview_estimate.py` only works it out.  Text is
text: what looks like HTML stays as it was typed, and every door escapes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from babel import UnknownLocaleError
from babel.numbers import get_decimal_symbol
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import Invalid
from admin_app.kernel.parsing import parse_id
from admin_app.kernel.text import new_public_id
from admin_app.models import Attachment, Company, Entity, Estimate, EstimateLine, SiteAsset, TaxRate
from admin_app.models.field import BoundField
from admin_app.policy import visible
from admin_app.services.read_values import read_values

MOST_LINES = 500

LINE_FIELDS = (
    "description",
    "details",
    "quantity",
    "unit",
    "unit_price",
    "discount_percent",
    "discount_amount",
    "optional",
    "alternative",
    "chosen",
    "cost",
    "hours",
    "price_item",
    "price_item_id",
    "asset",
    "asset_id",
)
"""What can be typed into a line, beside its taxes, its key and "photo_id" (the id of a file of this customer)."""

TERMS = (
    "title",
    "prices_include_tax",
    "discount_percent",
    "discount_amount",
    "deposit_percent",
    "deposit_amount",
    "retainage_percent",
    "expires_on",
    "client_order_no",
    "show_quantities",
    "show_unit_prices",
    "show_line_totals",
    "signature_required",
    "intro",
    "closing",
)
"""What can be typed beside the lines."""

_FLAGS = ("optional", "chosen")
_NUMBERS = (
    "quantity",
    "unit_price",
    "cost",
    "hours",
    "discount_percent",
    "deposit_percent",
    "retainage_percent",
)
_THREE_DECIMALS = re.compile(r"\s*-?[0-9]{1,3}([.,])[0-9]{3}\s*%?\s*")
_NOT_BELOW_ZERO = {
    "quantity": "A quantity cannot be negative; to give something back, write a negative price",
    "cost": "A cost cannot be negative",
    "hours": "Hours cannot be negative",
    "discount_amount": "A discount cannot be negative",
    "deposit_amount": "A deposit cannot be negative",
}
_PERCENTS = ("discount_percent", "deposit_percent", "retainage_percent")
_BOTH = "Give a percentage or an amount, not both"


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it was typed: `values` by name of LINE_FIELDS and "photo_id", as text or typed.

    `taxes` are names of tax rates; `key` is that of a line that exists, None for a new one.
    """

    values: Mapping[str, Any]
    taxes: tuple[str, ...] = ()
    key: str | None = None


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line that can be kept: every value by the name of its column; `row` is None for a new one."""

    key: str
    values: dict[str, Any]
    taxes: tuple[str, ...]
    row: EstimateLine | None = None

    def value(self, name: str, default: Any = None) -> Any:
        """What the line will hold: typed, else stored, else the default."""
        if name in self.values:
            return self.values[name]
        return getattr(self.row, name) if self.row is not None else default

    @property
    def counts(self) -> bool:
        """Whether it will be part of the total."""
        return bool(self.value("chosen", True)) or not self.value("optional", False)


@dataclass(slots=True)
class Read:
    """What was read of all lines (None where one is wrong), and what is wrong, by field of the form."""

    lines: list[ReadLine | None] = field(default_factory=list)
    wrong: dict[str, str] = field(default_factory=dict)


def read_lines(session: Session, estimate: Estimate, lines: Sequence[Line], actor: Actor) -> Read:
    """Read every line, collecting mistakes under "lines-<place>-<field>"; raises Invalid for too many lines."""
    if len(lines) > MOST_LINES:
        raise Invalid(f"At most {MOST_LINES} lines fit on an estimate")
    existing = {line.key: line for line in estimate.lines}
    known = set(session.scalars(select(TaxRate.name)))
    earlier = _keys_of_earlier_revisions(session, estimate) - existing.keys()
    read, mark = Read(), _decimal_mark(session)
    for place, line in enumerate(lines):
        line = Line(_as_meant(line.values, mark), line.taxes, line.key)
        row = existing.pop(line.key, None) if line.key is not None else None
        values, wrong = _read_line(session, estimate, line, row, actor)
        wrong |= _wrong_taxes(line.taxes, known)
        read.wrong.update({f"lines-{place}-{name}": said for name, said in wrong.items()})
        key = row.key if row is not None else _key(line.key, earlier)
        read.lines.append(None if wrong else ReadLine(key, values, line.taxes, row))
    read.wrong.update(_more_than_one_chosen(read.lines))
    return read


def _keys_of_earlier_revisions(session: Session, estimate: Estimate) -> set[str]:
    """The keys of lines that were agreed or offered before: such a line may come back as the same work [M17]."""
    if estimate.base_id is None:
        return set()
    chain = or_(Estimate.id == estimate.base_id, Estimate.base_id == estimate.base_id)
    query = select(EstimateLine.key).join(Estimate, Estimate.id == EstimateLine.estimate_id).where(chain)
    return set(session.scalars(query))


def _key(typed: str | None, earlier: set[str]) -> str:
    """The key of a line that is not there: an earlier one comes back once, any other makes a new line."""
    if typed is not None and typed in earlier:
        earlier.remove(typed)
        return typed
    return new_public_id()


def _read_line(
    session: Session, estimate: Estimate, line: Line, row: EstimateLine | None, actor: Actor
) -> tuple[dict[str, Any], dict[str, str]]:
    """The values of one line by column, and what is wrong with it by field."""
    typed = {name: value for name, value in line.values.items() if name != "photo_id"}
    wrong = {name: f"“{name}” cannot be set here" for name in typed if name not in LINE_FIELDS}
    typed = {name: _unless_blank(name, value) for name, value in typed.items() if name in LINE_FIELDS}
    read, unread = _read_what_can_be(session, EstimateLine, typed, actor, estimate.currency)
    values = {bound.column_key: _stored(value) for bound, value in read.items()}
    wrong |= unread
    if row is None:
        for name, label in (("description", "Description"), ("unit_price", "Unit price")):
            if name not in typed:
                wrong.setdefault(name, f"{label} is missing")
    if "photo_id" in line.values:
        values["photo_id"] = parse_id(str(line.values["photo_id"] or ""))
    _settle(values, row)
    wrong = _nonsense(values) | _of_others(session, estimate, values, row, actor) | wrong
    return values, wrong


def _read_what_can_be(
    session: Session, entity: type[Entity], typed: Mapping[str, Any], actor: Actor, currency: str
) -> tuple[dict[BoundField, Any], dict[str, str]]:
    """The values that can be read, and what is wrong with the others by field: one mistake hides no other."""
    try:
        return read_values(session, entity, typed, actor, currency=currency), {}
    except Invalid as refusal:
        wrong = refusal.fields
    rest = {name: value for name, value in typed.items() if name.removesuffix("_id") not in wrong}
    return read_values(session, entity, rest, actor, currency=currency), wrong


def _decimal_mark(session: Session) -> str:
    """The mark before the decimals in the language of the office."""
    company = session.get(Company, 1)
    try:
        return get_decimal_symbol((company.language if company else "en").replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return "."


def _as_meant(values: Mapping[str, Any], mark: str) -> dict[str, Any]:
    """Numbers with three decimals, which could be thousands, are what the office's language makes of them [M2]."""
    meant = dict(values)
    for name in _NUMBERS:
        found = _THREE_DECIMALS.fullmatch(values[name]) if isinstance(values.get(name), str) else None
        if found is not None and found[1] == mark:
            meant[name] = values[name].strip().removesuffix("%").strip() + "0"
    return meant


def _unless_blank(name: str, value: Any) -> Any:
    """A quantity that was left blank is one; a flag that was left blank is off."""
    blank = value is None or (isinstance(value, str) and not value.strip())
    if blank and name == "quantity":
        return Decimal(1)
    return False if blank and name in _FLAGS else value


def _stored(value: Any) -> Any:
    """A record is stored by its id."""
    return value.id if hasattr(value, "public_id") else value


def _settle(values: dict[str, Any], row: EstimateLine | None) -> None:
    """What follows: an alternative is an option, a line that is no option counts, one discount clears the other."""

    def now(name: str, default: Any = None) -> Any:
        return values.get(name, getattr(row, name) if row is not None else default)

    if now("alternative"):
        values["optional"] = True
    if not now("optional", False):
        values["chosen"] = True
    one_clears_the_other(values, "discount")


def one_clears_the_other(values: dict[str, Any], name: str) -> None:
    """Whoever types a percentage takes the amount back that stood there, and the other way round."""
    percent, amount = f"{name}_percent", f"{name}_amount"
    if values.get(percent) is not None:
        values.setdefault(amount, None)
    if values.get(amount) is not None:
        values.setdefault(percent, None)


def _nonsense(values: Mapping[str, Any]) -> dict[str, str]:
    """What no line and no estimate can say, by field."""
    wrong = {
        name: said
        for name, said in _NOT_BELOW_ZERO.items()
        if values.get(name) is not None and values[name] < 0
    }
    for name in _PERCENTS:
        if values.get(name) is not None and not 0 <= values[name] <= 100:
            wrong[name] = f"{values[name]:f} is not between 0 and 100 percent"
    for name in ("discount", "deposit"):
        if values.get(f"{name}_percent") and values.get(f"{name}_amount"):
            wrong[f"{name}_amount"] = _BOTH
    return wrong


def _of_others(
    session: Session, estimate: Estimate, values: Mapping[str, Any], row: EstimateLine | None, actor: Actor
) -> dict[str, str]:
    """Site assets and photos of another customer, by field; what the line has already stays."""
    wrong = {}
    for name, kind, said in (
        ("asset_id", SiteAsset, "This site asset belongs to another customer"),
        ("photo_id", Attachment, "This photo is not among the files of this customer"),
    ):
        wanted = values.get(name)
        if wanted is None or (row is not None and getattr(row, name) == wanted):
            continue
        query = select(kind.id).where(kind.id == wanted, kind.group_id == estimate.group_id)
        if session.scalar(visible(actor, query)) is None:
            wrong[name.removesuffix("_id")] = said
    return wrong


def _wrong_taxes(names: Sequence[str], known: set[str]) -> dict[str, str]:
    unknown = [name for name in names if name not in known]
    if unknown:
        return {"tax": f"There is no tax called “{unknown[0][:40]}”"}
    twice = [name for place, name in enumerate(names) if name in names[:place]]
    return {"tax": f"“{twice[0]}” is there twice"} if twice else {}


def _more_than_one_chosen(lines: Sequence[ReadLine | None]) -> dict[str, str]:
    """Of lines that exclude each other at most one is chosen [57]."""
    wrong = {}
    taken: set[str] = set()
    for place, line in enumerate(lines):
        word = line.value("alternative") if line is not None else None
        if line is None or not word or not line.counts:
            continue
        if word in taken:
            wrong[f"lines-{place}-chosen"] = (
                f"Another line of “{word}” is chosen already; they exclude each other"
            )
        taken.add(word)
    return wrong


def read_terms(
    session: Session, estimate: Estimate, terms: Mapping[str, Any], actor: Actor
) -> tuple[dict[str, Any], dict[str, str]]:
    """The header fields by column, and what is wrong with them by field."""
    wrong = {name: f"“{name}” cannot be set here" for name in terms if name not in TERMS}
    meant = _as_meant(terms, _decimal_mark(session))
    typed = {name: value for name, value in meant.items() if name in TERMS}
    read, unread = _read_what_can_be(session, Estimate, typed, actor, estimate.currency)
    wrong |= unread
    values = {bound.column_key: value for bound, value in read.items()}
    for name in ("discount", "deposit"):
        one_clears_the_other(values, name)
    wrong = _nonsense(values) | wrong
    if estimate.change_of_id is not None and values.get("prices_include_tax") not in (
        None,
        estimate.prices_include_tax,
    ):
        wrong["prices_include_tax"] = "A change order counts like the estimate that it adds to"
    return values, wrong
