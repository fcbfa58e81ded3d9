"""The form of an estimate: its terms beside its lines, stored or posted, and what is wrong with it [A66-A68].

Discount and deposit are typed as "10 %" or "50.00".  One form a page; the editor and the pop-up of the terms use it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import request
from sqlalchemy import select

from admin_app.admin.customers.desk import may, reading
from admin_app.admin.customers.sheet import Question, Sheet
from admin_app.admin.derivations import Explained, explain
from admin_app.admin.projects.line_form import (
    TypedLine,
    kept_lines,
    portion_text,
    posted_lines,
    split_portion,
    tell,
)
from admin_app.kernel.errors import Refusal
from admin_app.kernel.money import Money
from admin_app.models import Attachment, Estimate, SiteAsset, TaxRate
from admin_app.policy import Permission, visible
from admin_app.records.values import Reading
from admin_app.services.copy_lines import usual_taxes
from admin_app.services.preview_estimate import preview
from admin_app.services.read_estimate import TERMS, Line
from admin_app.services.write_estimate import mark_of
from admin_app.web.company import actor, office_session

SPARE_LINES = 3
"""Blank lines for those without script."""
MOST_OFFERED = 200
"""Things on site and photos in a list to choose from."""

PORTIONS = (("discount", "Discount on everything"), ("deposit", "Deposit asked for"))
"""Typed into one field each, as a percentage or an amount."""
_HELP = "10 % or 50.00"
_REQUIREMENT = re.compile(r" \[[A-Z\d, -]+\]$")
"""Where a declaration names its requirement, which is nothing to the person who types."""


@dataclass
class EstimateForm:
    """What the form holds, typed or stored; `mark` is what its writer had before his eyes."""

    estimate: Estimate
    sheet: Sheet
    lines: list[TypedLine]
    mark: str
    error: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def counted(self) -> int:
        """How many lines are part of the total as typed."""
        return sum(1 for line in self.lines if line.counts)

    @property
    def wrong(self) -> list[tuple[str, str, str]]:
        """Every mistake as (id of its field, its name, sentence), terms first."""
        found = [(q.name, q.label, q.error) for q in self.sheet.questions if q.error]
        for place, line in enumerate(self.lines, start=1):
            for name, sentence in line.errors.items():
                words = name.removesuffix("_id").replace("_", " ")
                found.append((f"lines-{line.number}-{name}", f"Line {place}, {words}", sentence))
        return found

    def terms(self) -> dict[str, Any]:
        """The terms as typed, for the services."""
        typed = self.sheet.read(request.form)
        for name, _ in PORTIONS:
            if f"{name}_amount" in typed:
                typed |= split_portion(name, typed.pop(f"{name}_amount"))
        return typed

    def said(self, *, unfinished: bool = False) -> list[Line]:
        """The lines as typed, for the services."""
        costs = may(Permission.COSTS_READ)
        return [line.said(with_costs=costs, unfinished=unfinished) for line in self.lines]

    def sums(self) -> dict[str, Any]:
        """What all of it comes to, by the server's calculator; mistakes are told at their fields."""
        found = preview(office_session(), self.estimate, actor(), self.terms(), self.said(unfinished=True))
        found["errors"] = self.tell(found["errors"])
        for line, priced in zip(self.lines, found["lines"], strict=True):
            line.net = None if priced is None else Money.of(priced["net"], found["currency"]).minor
        return found

    def refuse(self, refusal: Refusal) -> None:
        """Put what a service refused at its fields; the sentence stands above all."""
        self.error = refusal.sentence
        self.tell(getattr(refusal, "fields", {}))

    def tell(self, wrong: dict[str, str]) -> dict[str, str]:
        """Mistakes by field of the services → by field of this form, shown there."""
        self.errors = tell(self.lines, wrong)
        for question in self.sheet.questions:
            question.error = self.errors.get(question.name)
        return self.errors


def reading_of(estimate: Estimate) -> Reading:
    """How amounts of this estimate are read and written."""
    return replace(reading(), currency=estimate.currency)


def terms_sheet(estimate: Estimate, only: Collection[str] = TERMS) -> Sheet:
    """The questions of the terms, filled with what is stored."""
    sheet = Sheet(Estimate, reading_of(estimate), actor(), record=estimate, only=only)
    for name, _ in PORTIONS:
        if f"{name}_amount" in sheet:
            question = sheet[f"{name}_amount"]
            question.name, question.value = name, portion_text(estimate, name, reading_of(estimate))
    sheet.questions = [q for q in sheet.questions if q.bound.key not in _ASKED_TOGETHER]
    return sheet


_ASKED_TOGETHER = frozenset(f"{name}_percent" for name, _ in PORTIONS)


def stored_form(estimate: Estimate) -> EstimateForm:
    """The form as it opens."""
    lines = kept_lines(estimate, reading_of(estimate))
    return EstimateForm(estimate, terms_sheet(estimate), lines, mark_of(estimate))


def posted_form(estimate: Estimate) -> EstimateForm:
    """The form as it was sent."""
    form = EstimateForm(
        estimate, terms_sheet(estimate), posted_lines(request.form), request.form.get("mark", "")
    )
    form.sheet.read(request.form)
    return form


def label_of(question: Question) -> str:
    """The words of a question; a discount and a deposit are asked in one field."""
    return dict(PORTIONS).get(question.name, question.label)


def help_of(question: Question) -> str:
    """What stands under a question."""
    if question.name in dict(PORTIONS):
        return _HELP
    return _REQUIREMENT.sub("", question.help)


def line_choices(estimate: Estimate) -> dict[str, Any]:
    """What lines are chosen from: taxes, things on the customer's sites, photos of the customer, and blank lines."""
    session, who = office_session(), actor()
    rates = session.scalars(select(TaxRate.name).where(TaxRate.archived.is_(False)).order_by(TaxRate.id))
    names = list(rates)
    carried = {name for line in estimate.lines for name in line.tax_names}
    assets = select(SiteAsset).where(SiteAsset.group_id == estimate.group_id)
    photos = select(Attachment).where(
        Attachment.group_id == estimate.group_id, Attachment.preview_key.is_not(None)
    )
    return {
        "taxes": names + sorted(carried - set(names)),
        "assets": [
            (str(one.id), one.name)
            for one in session.scalars(
                visible(who, assets.order_by(SiteAsset.name, SiteAsset.id).limit(MOST_OFFERED))
            )
        ],
        "photos": [
            (str(one.id), one.name)
            for one in session.scalars(
                visible(who, photos.order_by(Attachment.id.desc()).limit(MOST_OFFERED))
            )
        ],
    }


def blank_lines(lines: Sequence[TypedLine]) -> dict[str, Any]:
    """A line to be copied by the script, and spare ones for those without it."""
    usual = usual_taxes(office_session())
    start = max((int(line.number) for line in lines), default=-1) + 1
    spare = [TypedLine(start + n, taxes=usual) for n in range(SPARE_LINES)]
    return {"blank": TypedLine("__prefix__", taxes=usual), "spare": spare}


def stored_sums(estimate: Estimate) -> dict[str, Any]:
    """What is stored of an estimate's sums, in the form of services/preview_estimate.py."""
    code = estimate.currency
    worked_out = estimate.derivation is not None
    return {
        "currency": code,
        "subtotal": str(Money(estimate.subtotal, code)),
        "discount": str(Money(estimate.discount, code)),
        "net": str(Money(estimate.total - estimate.tax, code)),
        "tax": str(Money(estimate.tax, code)),
        "total": str(Money(estimate.total, code)) if worked_out else None,
        "deposit": str(Money(estimate.deposit, code)) if estimate.deposit else None,
        "taxes": [{"name": tax.name, "amount": str(Money(tax.amount, code))} for tax in estimate.taxes],
        "derivation": estimate.derivation,
        "errors": {},
        "note": "",
    }


def branches_of(sums: dict[str, Any], counted: int, deposit: str) -> Explained:
    """The tree behind each of the sums; `counted` lines are part of the total, `deposit` is as typed ("30 %")."""
    if sums["total"] is None:
        return Explained()
    rule = f"{deposit.strip()} of {sums['total']}" if deposit.strip().endswith("%") else "fixed amount"
    return explain(sums["derivation"], counted, sums["subtotal"], sums["deposit"], rule)


def counted_lines(estimate: Estimate) -> int:
    """How many of the stored lines are part of the total."""
    return sum(1 for line in estimate.lines if line.counts)
