"""Drafts and totals as JSON, as `sawhorse calculate` and the API speak it (design section 11).

Numbers are text ("2.25"), so that no digit is lost on the way; whole numbers may stand bare.  A key that
is not known is refused: a discount behind a misspelt key would be money lost in silence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money, plain_decimal
from admin_app.kernel.parsing import clean_text
from admin_app.kernel.rounding import TaxMode
from admin_app.money.calculator import Totals
from admin_app.money.draft import Draft, DraftLine, Portion, Tax, refuse

LONGEST_NAME = 200
"""Characters of a tax's name or a line's description in the explanation."""


def read_draft(text: str) -> Draft:
    """The draft in a JSON text; raises Invalid with the path of the field, or for text that is no JSON."""
    try:
        data = json.loads(
            text, parse_float=_refuse_float, parse_constant=_refuse_float, object_pairs_hook=_no_key_twice
        )
    except (json.JSONDecodeError, RecursionError) as error:
        where = (
            f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        )
        raise Invalid(f"This is not JSON{where}") from None
    except ValueError:  # Python's own limit on the digits of a whole number
        raise Invalid("This JSON holds a number that is far too long") from None
    return draft_from_json(data)


def draft_from_json(data: object) -> Draft:
    """The draft in parsed JSON; raises Invalid with the path of the field (`lines[2].quantity`)."""
    known = (
        "currency",
        "tax_mode",
        "prices_include_tax",
        "lines",
        "taxes",
        "discount",
        "allowance",
        "deposit",
    )
    fields = _object(data, "", known)
    currency = _text(fields.get("currency"), "currency")
    try:
        zero = Money.zero(currency)
    except Invalid as refusal:
        raise refuse("currency", refusal.sentence) from None
    return Draft(
        currency=zero.currency,
        lines=tuple(
            _line(item, f"lines[{index}]", currency)
            for index, item in enumerate(_list(fields, "lines", "lines"))
        ),
        taxes=tuple(
            _tax(item, f"taxes[{index}]") for index, item in enumerate(_list(fields, "taxes", "taxes"))
        ),
        tax_mode=_tax_mode(fields.get("tax_mode")),
        prices_include_tax=_flag(fields, "prices_include_tax", "prices_include_tax"),
        discount=_portion(fields.get("discount"), "discount", currency),
        allowance=_portion(fields.get("allowance"), "allowance", currency),
        deposit=_portion(fields.get("deposit"), "deposit", currency),
    )


def totals_to_json(totals: Totals) -> dict[str, Any]:
    """The totals as JSON-able dicts; amounts are decimal text, `deposit` is null where none was asked."""
    found: dict[str, Any] = {
        "currency": totals.currency,
        "subtotal": str(totals.subtotal),
        "discount": str(totals.discount),
        "net": str(totals.net),
        "tax": str(totals.tax),
        "total": str(totals.total),
        "deposit": None if totals.deposit is None else str(totals.deposit),
        "lines": [
            {"gross": str(line.gross), "discount": str(line.discount), "net": str(line.net)}
            for line in totals.lines
        ],
        "taxes": [
            {"name": tax.name, "rate": f"{tax.rate:f}", "base": str(tax.base), "amount": str(tax.amount)}
            for tax in totals.taxes
        ],
        "derivation": totals.derivation.to_json(),
    }
    if totals.allowance:
        found["allowance"] = str(totals.allowance)
    return found


def _line(data: object, path: str, currency: str) -> DraftLine:
    fields = _object(data, path, ("description", "quantity", "unit_price", "discount", "taxes"))
    names = enumerate(_list(fields, "taxes", f"{path}.taxes"))
    description = fields.get("description")
    return DraftLine(
        quantity=_number(fields.get("quantity"), f"{path}.quantity"),
        unit_price=_number(fields.get("unit_price"), f"{path}.unit_price"),
        description="" if description is None else _text(description, f"{path}.description"),
        discount=_portion(fields.get("discount"), f"{path}.discount", currency),
        taxes=tuple(_text(name, f"{path}.taxes[{index}]") for index, name in names),
    )


def _tax(data: object, path: str) -> Tax:
    fields = _object(data, path, ("name", "rate", "compound"))
    return Tax(
        name=_text(fields.get("name"), f"{path}.name"),
        rate=_number(fields.get("rate"), f"{path}.rate"),
        compound=_flag(fields, "compound", f"{path}.compound"),
    )


def _portion(data: object, path: str, currency: str) -> Portion | None:
    """{"percent": …} or {"amount": …}; null and {} mean that there is none."""
    if data is None or data == {}:
        return None
    fields = _object(data, path, ("percent", "amount"))
    if len(fields) != 1:
        raise refuse(path, "give either a percent or an amount")
    if "percent" in fields:
        return Portion(percent=_number(fields["percent"], f"{path}.percent"))
    number = _number(fields["amount"], f"{path}.amount")
    digits = Money.minor_units(currency)
    if number != round(number, digits):
        raise refuse(f"{path}.amount", f"{number:f} has more decimals than the {digits} of {currency}")
    try:
        return Portion(amount=Money.of(number, currency))
    except Invalid as refusal:
        raise refuse(f"{path}.amount", refusal.sentence) from None


def _tax_mode(data: object) -> TaxMode:
    if data is None:
        return TaxMode.DOCUMENT
    try:
        return TaxMode(_text(data, "tax_mode"))
    except ValueError:
        raise refuse("tax_mode", "this is “document” or “line”") from None


def _number(data: object, path: str) -> Decimal:
    """A number as text or a whole number; raises Invalid for everything that could have lost a digit."""
    if data is None:
        raise refuse(path, "this number is missing")
    if isinstance(data, _Float):
        raise refuse(path, f"write {data[:40]} in quotes, so that no digit is lost on the way")
    if isinstance(data, bool) or not isinstance(data, str | int):
        raise refuse(path, 'this is not a number; write it as text, such as "2.25"')
    try:
        return plain_decimal(str(data))
    except Invalid as refusal:
        raise refuse(path, refusal.sentence) from None


def _text(data: object, path: str) -> str:
    if isinstance(data, _Float) or not isinstance(data, str):
        raise refuse(path, "this is missing" if data is None else "this is not text")
    try:
        return clean_text(data, LONGEST_NAME)
    except Invalid as refusal:
        raise refuse(path, refusal.sentence) from None


def _flag(fields: Mapping[str, object], key: str, path: str) -> bool:
    found = fields.get(key, False)
    if not isinstance(found, bool):
        raise refuse(path, "this is true or false")
    return found


def _list(fields: Mapping[str, object], key: str, path: str) -> list[object]:
    found = fields.get(key)
    if found is None:
        return []
    if not isinstance(found, list):
        raise refuse(path, "this is not a list")
    return found


def _object(data: object, path: str, known: tuple[str, ...]) -> Mapping[str, object]:
    if not isinstance(data, dict):
        raise refuse(path or "file", "this is not an object in braces")
    for key in data:
        if key not in known:
            where = f"{path}.{key[:40]}" if path else key[:40]
            raise refuse(where, f"this is not known here; known are {', '.join(known)}")
    return data


class _Float(str):
    """A JSON number with a point or an exponent, kept as its text so that the refusal can name it."""

    __slots__ = ()


def _refuse_float(text: str) -> _Float:
    """Hold a float's text until its field is read: there the refusal can say which field it is."""
    return _Float(text)


def _no_key_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """JSON keeps the last of two equal keys in silence; here the second one is refused."""
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise refuse(key[:40], "this key stands twice in one object")
        found[key] = value
    return found
