"""Invoices: a draft is written with its lines in one form; issuing and voiding are acts of their own [M10, M12]."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_admin.base import expose
from sqlalchemy import select

from admin_app.admin import record_page
from admin_app.admin.bill_acts import acts_on
from admin_app.admin.cells import Cell
from admin_app.admin.entity_view import EntityView
from admin_app.admin.forms import RecordForm
from admin_app.kernel.errors import NotFound
from admin_app.models import Entity, Invoice, InvoiceLine, InvoiceState, TaxRate
from admin_app.models.field import BoundField, field_named
from admin_app.models.invoice import standing_of
from admin_app.policy import Permission
from admin_app.records.invoice_credits import credits_of, losses_of
from admin_app.records.portal_receipts import seen_of_document
from admin_app.records.values import office_reading, typed
from admin_app.services import save_record
from admin_app.services.checkout.charge_saved import charges_of
from admin_app.services.facts import Said, facts_of
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.merge_edits import Base
from admin_app.services.record_rules import OPEN_AFTER_ISSUE
from admin_app.services.take import flow_of
from admin_app.services.void_invoice import void_invoice
from admin_app.services.write_draft import MOST_LINES, Line, write_lines
from admin_app.web.company import actor, clock, office_session

ASKED = ("description", "quantity", "unit_price")
"""What a line is asked for; its place is where it stands, its taxes are ticked."""

SAID_BY_THE_TOTALS = frozenset(
    "state currency subtotal discount tax total balance deducted retained credited written_off".split()
)

_LINE = re.compile(r"lines-(\d{1,6})-(?:description|quantity|unit_price|id)")


@dataclass
class LineInput:
    """One line of the form: what was typed, its ticked taxes, what is wrong with it; its sum when it is known."""

    number: int | str
    values: dict[str, str] = field(default_factory=lambda: dict.fromkeys(ASKED, ""))
    id: str = ""
    taxes: tuple[str, ...] = ()
    errors: dict[str, str] = field(default_factory=dict)
    net: Any = None

    @property
    def is_blank(self) -> bool:
        """Whether nobody typed anything that matters: such lines are left out."""
        return not self.values["description"].strip() and not self.values["unit_price"].strip()


class InvoiceView(EntityView):
    """The pages of invoices."""

    access: ClassVar[Mapping[str, Permission | str]] = {
        **EntityView.access,
        "issue_view": Permission.MONEY_WRITE,
        "void_view": Permission.MONEY_WRITE,
    }
    usual_order = "-issued_on"
    form_template = "admin/invoices/{}.html"
    details_template_of_ours = "admin/invoices/details.html"

    def told(self, values: dict[str, Any]) -> dict[str, Any]:
        """An issued invoice says how it stands: open, partly paid, overdue, paid [D12]."""
        if not {"state", "balance", "total", "due_on"} <= values.keys():
            return values
        balance, total = values["balance"][0], values["total"][0]
        standing = standing_of(values["state"], balance, total, values["due_on"], clock().today())
        return {**values, "state": standing}

    def asked_fields(self, *, short: bool = False) -> tuple[BoundField, ...]:
        """Of an issued invoice only the due date and the notes are open [M12]."""
        asked = super().asked_fields(short=short)
        if request.endpoint != f"{self.endpoint}.edit_view" or self._edited().state is InvoiceState.DRAFT:
            return asked
        return tuple(bound for bound in asked if bound.key in OPEN_AFTER_ISSUE)

    def _edited(self) -> Invoice:
        return cast(Invoice, self.find())

    # ------------------------------------------------------------------ lines

    def form_extras(self, form: RecordForm, record: Entity | None) -> dict[str, Any]:
        """The lines, as posted or as they are, and the taxes they can carry."""
        taxes = office_session().execute(
            select(TaxRate.name, TaxRate.is_default).where(TaxRate.archived.is_(False)).order_by(TaxRate.id)
        )
        offered = [(name, is_default) for name, is_default in taxes]
        usual = tuple(name for name, is_default in offered if is_default)
        lines = self._typed_lines() if request.method == "POST" else _kept_lines(record)
        for key, sentence in getattr(form, "line_errors", {}).items():
            _, place, name = key.split("-", 2)
            if int(place) < len(lines):
                lines[int(place)].errors[name] = sentence
        if not lines:
            lines = [LineInput(0, taxes=usual)]
        is_draft = record is None or cast(Invoice, record).state is InvoiceState.DRAFT
        return {
            "lines": lines,
            "blank_line": LineInput("__prefix__", taxes=usual),
            "line_fields": [field_named(InvoiceLine, key) for key in ASKED],
            "tax_names": [name for name, _ in offered],
            "is_draft": is_draft,
        }

    def _typed_lines(self) -> list[LineInput]:
        """The lines of the posted form in their order, blank ones left out."""
        numbers = sorted({int(found[1]) for name in request.form if (found := _LINE.fullmatch(name))})
        lines = []
        for number in numbers[: MOST_LINES + 1]:
            start = f"lines-{number}-"
            line = LineInput(number, {key: request.form.get(start + key, "") for key in ASKED})
            line.id = request.form.get(start + "id", "")
            line.taxes = tuple(request.form.getlist(start + "tax"))
            if not line.is_blank:
                lines.append(line)
        return lines

    def _write(self, invoice: Invoice) -> None:
        if "with_lines" not in request.form:
            return
        lines = [
            Line(
                {**line.values, "quantity": line.values["quantity"].strip() or "1"},
                line.taxes,
                int(line.id) if line.id.isascii() and line.id.isdigit() and len(line.id) <= 18 else None,
            )
            for line in self._typed_lines()
        ]
        write_lines(office_session(), invoice, lines, actor())

    def create_record(self, values: Mapping[str, Any]) -> Entity:
        """A draft with its lines."""
        invoice = save_record.create(office_session(), Invoice, values, actor())
        self._write(invoice)
        return invoice

    def update_record(self, record: Entity, values: Mapping[str, Any], base: Base) -> save_record.Saved:
        """The draft's own fields, then its lines."""
        saved = super().update_record(record, values, base)
        if saved.record.state is InvoiceState.DRAFT:
            self._write(saved.record)
        return saved

    # ------------------------------------------------------------------ acts

    def shown_facts(self, record: Entity) -> list[tuple[str, Cell]]:
        """What the lines and their totals do not say, where there is something to say."""
        said = record_page.facts(
            record, actor(), office_reading(office_session()), clock().today(), without=SAID_BY_THE_TOTALS
        )
        return [(label, cell) for label, cell in said if cell.kind != "none"]

    def details_extras(self, record: Entity) -> dict[str, Any]:
        """Lines, taxes and the standing of today."""
        invoice = cast(Invoice, record)
        return {
            "invoice": invoice,
            "standing": invoice.standing(clock().today()),
            "is_draft": invoice.state is InvoiceState.DRAFT,
            "is_issued": invoice.state is InvoiceState.ISSUED,
            "acts": acts_on(invoice, clock().today(), self.get_url(".details_view", id=invoice.id)),
            "credits": credits_of(office_session(), actor(), invoice),
            "losses": losses_of(office_session(), actor(), invoice),
            "charges": charges_of(office_session(), actor(), invoice),
            "why_not_void": _why_not_void(invoice),
            "seen": seen_of_document(office_session(), "invoice", invoice.id),
        }

    @expose("/issue/", methods=("POST",))
    def issue_view(self) -> ResponseReturnValue:
        """The draft takes its number and is booked."""
        invoice = self._draft_or_issued()
        issue_invoice(office_session(), invoice, actor(), clock())
        flash(f"Invoice {invoice.number} issued.", "success")
        return redirect(self.record_url(invoice))

    @expose("/void/", methods=("POST",))
    def void_view(self) -> ResponseReturnValue:
        """An invoice that was a mistake is taken back in the books; its number stays."""
        invoice = self._draft_or_issued()
        void_invoice(office_session(), invoice, actor(), clock())
        flash(f"Invoice {invoice.number} is void.", "success")
        return redirect(self.record_url(invoice))

    def _draft_or_issued(self) -> Invoice:
        found = self.find(lock=True)
        if not isinstance(found, Invoice):
            raise NotFound("There is no such invoice")
        return found


def _why_not_void(invoice: Invoice) -> str:
    """The sentence of what is in the way of voiding an issued invoice, "" where nothing is."""
    if invoice.state is not InvoiceState.ISSUED:
        return ""
    return (
        flow_of(invoice).offer("void", invoice, facts_of(office_session(), invoice, clock(), Said())).reason
    )


def _kept_lines(record: Entity | None) -> list[LineInput]:
    if record is None:
        return []
    reading = office_reading(office_session())
    lines = []
    for number, line in enumerate(cast(Invoice, record).lines):
        values = {key: typed(field_named(InvoiceLine, key), getattr(line, key), reading) for key in ASKED}
        lines.append(LineInput(number, values, str(line.id), tuple(line.tax_names), net=line.net))
    return lines
