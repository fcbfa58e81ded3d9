"""The lines of an estimate as a form asks them: what was typed, what is wrong at which field [52, 57, 58].

A discount is typed into one field, "10 %" or "25.00"; whether the client chooses a line into another.  Without script
a line is moved by the number of its place and taken off by a tick.  One call::

    lines = posted_lines(request.form)
    write_estimate(session, estimate, actor, lines=[line.said() for line in lines])   # Invalid: tell(lines, refusal)
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from admin_app.models import Estimate, EstimateLine
from admin_app.models.field import field_named
from admin_app.records.values import Reading, typed
from admin_app.services.read_estimate import MOST_LINES, Line

FIXED, CHOSEN, OPEN = "", "in", "out"
"""A line that always counts; an option that counts unless the client takes it off; one that waits for a yes."""

OPTIONS = ((FIXED, "No"), (CHOSEN, "Chosen"), (OPEN, "Not chosen"))

PLAIN = ("description", "details", "quantity", "unit", "unit_price", "alternative", "cost", "hours")
"""What is typed as it is called."""
LINKED = ("price_item_id", "asset_id", "photo_id")
"""What is chosen from a list."""
_COSTS = ("cost", "hours")

_PLACE = re.compile(r"lines-(\d{1,6})-(\w+)")
_ASKED_AS = {
    "discount_percent": "discount",
    "discount_amount": "discount",
    "deposit_percent": "deposit",
    "deposit_amount": "deposit",
    "optional": "option",
    "chosen": "option",
    "asset": "asset_id",
    "photo": "photo_id",
    "price_item": "price_item_id",
}
"""A field of the services → the field of the form that asks for it."""


@dataclass
class TypedLine:
    """One line of the form; `number` is the one in the names of its fields, `net` what it comes to once known."""

    number: int | str
    values: dict[str, str] = field(default_factory=dict)
    taxes: tuple[str, ...] = ()
    key: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    net: int | None = None

    @property
    def is_blank(self) -> bool:
        """Whether nobody typed anything that matters: such lines are left out."""
        return not self["description"].strip() and not self["unit_price"].strip()

    @property
    def counts(self) -> bool:
        """Whether it is part of the total as typed."""
        return self["option"] != OPEN

    @property
    def folded(self) -> bool:
        """Whether nothing stands in its fold-out."""
        return not any(self[name].strip() for name in ("details", *_COSTS, "asset_id", "photo_id"))

    def __getitem__(self, name: str) -> str:
        """What was typed into a field; nothing is ""."""
        return self.values.get(name, "")

    def said(self, *, with_costs: bool = True, unfinished: bool = False) -> Line:
        """The line as the services read it; `unfinished` lets a line without words or price pass, for a preview."""
        values: dict[str, object] = {name: self[name] for name in (*PLAIN, *LINKED)}
        if not with_costs:
            for name in _COSTS:
                del values[name]
        values |= split_portion("discount", self["discount"])
        values |= {"optional": self["option"] != FIXED or bool(self["alternative"].strip())}
        values |= {"chosen": self.counts}
        if unfinished:
            values["description"] = self["description"].strip() or f"Line {self.number}"
            values["unit_price"] = self["unit_price"].strip() or "0"
        return Line(values, self.taxes, self.key or None)


def split_portion(name: str, text: str) -> dict[str, str]:
    """ "10 %" as a percentage, anything else as an amount; the other one is cleared."""
    bare = text.strip()
    if bare.endswith("%"):
        return {f"{name}_percent": bare.removesuffix("%").strip(), f"{name}_amount": ""}
    return {f"{name}_percent": "", f"{name}_amount": bare}


def portion_text(estimate_or_line: Estimate | EstimateLine, name: str, reading: Reading) -> str:
    """A discount or a deposit as it is typed: "10 %", "25.00" or nothing."""
    entity = type(estimate_or_line)
    for part, sign in (("percent", " %"), ("amount", "")):
        value = getattr(estimate_or_line, f"{name}_{part}")
        if value is not None:
            return typed(field_named(entity, f"{name}_{part}"), value, reading) + sign
    return ""


def kept_lines(estimate: Estimate, reading: Reading) -> list[TypedLine]:
    """The lines as they are stored, ready to be typed over; `reading` is in the currency of the estimate."""
    return [_kept(number, line, reading) for number, line in enumerate(estimate.lines)]


def _kept(number: int, line: EstimateLine, reading: Reading) -> TypedLine:
    values = {name: typed(field_named(EstimateLine, name), getattr(line, name), reading) for name in PLAIN}
    values |= {name: str(getattr(line, name) or "") for name in LINKED}
    values["discount"] = portion_text(line, "discount", reading)
    values["option"] = FIXED if not line.optional else CHOSEN if line.chosen else OPEN
    return TypedLine(number, values, tuple(line.tax_names), line.key, net=line.net)


def posted_lines(form: MultiDict[str, str]) -> list[TypedLine]:
    """The lines of a posted form in the order in which they stand, or by the places that were typed."""
    found: dict[int, TypedLine] = {}
    for name in form:
        match = _PLACE.fullmatch(name)
        if match is None:
            continue
        number, what = int(match[1]), match[2]
        line = found.setdefault(number, TypedLine(number))
        if what == "tax":
            line.taxes = tuple(form.getlist(name))
        elif what == "key":
            line.key = form[name]
        else:
            line.values[what] = form[name]
    lines = [line for line in found.values() if not line.is_blank and not line["gone"]]
    order = sorted(range(len(lines)), key=lambda at: (_place(lines[at], at), at))
    return [lines[at] for at in order][: MOST_LINES + 1]


def _place(line: TypedLine, at: int) -> float:
    """Where a line wants to stand: moved up it goes before the one that has that place, moved down behind it."""
    text = line["place"].strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        return at
    wanted = int(text) - 1
    return wanted if wanted == at else wanted + (0.5 if wanted > at else -0.5)


def tell(lines: Sequence[TypedLine], wrong: Mapping[str, str]) -> dict[str, str]:
    """Put what a service found wrong at the fields of the lines; gives it back by the names of the form's fields."""
    told: dict[str, str] = {}
    for path, sentence in wrong.items():
        match = _PLACE.fullmatch(path)
        if match is None or int(match[1]) >= len(lines):
            told[_ASKED_AS.get(path, path)] = sentence
            continue
        line = lines[int(match[1])]
        name = _ASKED_AS.get(match[2], match[2])
        line.errors.setdefault(name, sentence)
        told[f"lines-{line.number}-{name}"] = sentence
    return told
