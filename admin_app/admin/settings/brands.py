"""The brands: identity, terms and bank details, the logo, and the number series of their documents [141, W23-W25]."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.admin.forms import (
    SAID_ON_THE_FORM,
    RecordForm,
    first_values,
    form_fields,
    open_form,
    record_values,
)
from admin_app.admin.settings.desk import PASSWORD, Editing, confirm_password, desk, save_edit, signed_base
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.models import Brand, DocumentKind, NumberSeries
from admin_app.models.base import OfficeSession
from admin_app.models.field import BoundField
from admin_app.policy import Permission, visible
from admin_app.records.values import office_reading
from admin_app.services import save_record
from admin_app.services.brand_logo import draw_logo, keep_logo, remove_logo
from admin_app.services.merge_edits import Base
from admin_app.services.record_rules import BANK_DETAILS
from admin_app.services.start_company import free_key
from admin_app.services.tell_company import tell_company_of_change
from admin_app.storage.folder import FolderStorage
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.login import release_transaction, settings
from admin_app.web.office import keep_nothing

PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Identity", ("name", "key", "legal_name", "tax_id", "country", "is_default")),
    ("Sender", ("email", "phone", "sms_sender", "website", "address")),
    ("Documents", ("payment_terms_days", "accent", "e_invoice", "document_footer")),
    ("Words on documents", ("estimate_intro", "estimate_closing", "invoice_intro", "invoice_closing")),
    ("Bank", BANK_DETAILS),
)
"""The headings of the form; a field that is declared and named nowhere here stands under the first one."""


@desk.get("/brands/")
@rule(Permission.SETTINGS)
def brands() -> ResponseReturnValue:
    """Every brand with its terms and its next invoice number."""
    session = office_session()
    rows = session.scalars(visible(actor(), select(Brand)).order_by(Brand.name)).all()
    series = session.scalars(
        visible(actor(), select(NumberSeries))
        .where(NumberSeries.document == DocumentKind.INVOICE)
        .order_by(NumberSeries.year)
    )
    next_numbers = {one.brand_id: one for one in series}
    return render_template("admin/settings/brands.html", brands=rows, series=next_numbers)


@desk.route("/brands/new", methods=["GET", "POST"])
@rule(Permission.SETTINGS)
def brand_new() -> ResponseReturnValue:
    """A new brand; its invoice numbers begin with its short name until somebody says otherwise."""
    session = office_session()
    fields = _asked()
    if request.method == "GET":
        data = first_values(fields, office_reading(session))
        return _page(None, Editing(open_form(session, actor(), fields, data=data)))
    form = open_form(session, actor(), fields, posted=request.form)
    values = form.values()
    try:
        values["key"] = values.get("key") or free_key(session, values.get("name", ""))
        brand = save_record.create(session, Brand, values, actor())
    except SAID_ON_THE_FORM as refusal:
        keep_nothing()
        form.show_refusal(refusal)
        return _page(None, Editing(form, status=refusal.status))
    flash(f"{brand.name} saved.", "success")
    return redirect(url_for("settings.brand", brand_id=brand.id))


@desk.route("/brands/<int:brand_id>", methods=["GET", "POST"])
@rule(Permission.SETTINGS)
def brand(brand_id: int) -> ResponseReturnValue:
    """One brand; other bank details ask for one's own password and are told to the company's address."""
    session = office_session()
    row = _brand(session, brand_id)
    fields = _asked()
    if request.method == "GET":
        form = open_form(session, actor(), fields, data=record_values(row, fields, office_reading(session)))
        return _page(row, Editing(form, signed_base(row)))
    form = open_form(session, actor(), fields, posted=request.form)
    other_bank = _has_other_bank(row, form)

    def save(values: Mapping[str, Any], base: Base) -> None:
        if other_bank:
            confirm_password()
        saved = save_record.update(office_session(), Brand, brand_id, values, actor(), base)
        if other_bank:
            tell_company_of_change(office_session(), "bank details", saved.name, actor(), clock())

    again = save_edit(form, save)
    if again is not None:
        return _page(_brand(office_session(), brand_id), again, asks_password=other_bank)
    flash("Saved.", "success")
    return redirect(url_for("settings.brand", brand_id=brand_id))


@desk.post("/brands/<int:brand_id>/series")
@rule(Permission.SETTINGS)
def brand_series(brand_id: int) -> ResponseReturnValue:
    """Set the prefix, the digits and the next number of one kind of document."""
    session = office_session()
    row = _brand(session, brand_id)
    kind = next((kind for kind in DocumentKind if kind.value == request.form.get("document")), None)
    if kind is None:
        raise NotFound("There is no such kind of document")
    values = {key: request.form.get(key, "") for key in ("prefix", "digits", "next_number")}
    known = session.scalar(
        visible(actor(), select(NumberSeries)).where(
            NumberSeries.brand_id == row.id, NumberSeries.document == kind, NumberSeries.year == 0
        )
    )
    if known is None:
        save_record.create(session, NumberSeries, {**values, "brand": row.id, "document": kind}, actor())
    else:
        save_record.update(session, NumberSeries, known.id, values, actor())
    flash(f"The next {kind.value} of {row.name} has the new number.", "success")
    return redirect(url_for("settings.brand", brand_id=brand_id, _anchor="numbers"))


@desk.post("/brands/<int:brand_id>/logo")
@rule(Permission.SETTINGS)
def brand_logo_keep(brand_id: int) -> ResponseReturnValue:
    """Take a logo, drawn anew; or take the present one off."""
    row = _brand(office_session(), brand_id)
    if request.form.get("remove"):
        remove_logo(office_session(), row, actor())
        flash("The logo is taken off.", "success")
        return redirect(url_for("settings.brand", brand_id=brand_id, _anchor="logo"))
    upload = request.files.get("logo")
    if upload is None or not upload.filename:
        raise Invalid("Choose a picture first")
    release_transaction()  # a picture takes its time
    with closing(upload):
        drawn = draw_logo(upload.stream)
    row = _brand(office_session(), brand_id)
    keep_logo(office_session(), FolderStorage(settings().files), row, drawn, actor())
    flash("The logo is saved.", "success")
    return redirect(url_for("settings.brand", brand_id=brand_id, _anchor="logo"))


@desk.get("/brands/<int:brand_id>/logo")
@rule(Permission.SIGNED_IN)
def brand_logo(brand_id: int) -> Response:
    """The logo as a picture."""
    row = office_session().scalar(visible(actor(), select(Brand)).where(Brand.id == brand_id))
    if row is None or row.logo_key is None:
        raise NotFound("This brand has no logo")
    with FolderStorage(settings().files).open(row.logo_key) as file:
        drawn = io.BytesIO(file.read())  # some kilobytes: a logo is drawn small when it comes in
    return send_file(drawn, mimetype="image/png")


def _asked() -> tuple[BoundField, ...]:
    """What the form asks; the switch of the portal stands on a page of its own, with what follows [E7]."""
    return tuple(bound for bound in form_fields(Brand, actor()) if bound.key != "portal_on")


def _brand(session: OfficeSession, brand_id: int) -> Brand:
    return save_record.find(session, Brand, brand_id, actor())


def _page(row: Brand | None, editing: Editing, *, asks_password: bool = False) -> ResponseReturnValue:
    named = {key for _, keys in PARTS for key in keys}
    others = tuple(bound.key for bound in editing.form.bound_fields if bound.key not in named)
    parts = [(PARTS[0][0], (*PARTS[0][1], *others)), *PARTS[1:]]
    series = _series_of(row) if row is not None else []
    page = render_template(
        "admin/settings/brand.html",
        brand=row,
        editing=editing,
        parts=parts,
        series=series,
        kinds=list(DocumentKind),
        password_name=PASSWORD,
        asks_password=asks_password,
    )
    return page, editing.status


def _series_of(row: Brand) -> list[tuple[DocumentKind, NumberSeries | None]]:
    """Each kind of document with its series for all years, where there is one."""
    kept = office_session().scalars(
        visible(actor(), select(NumberSeries)).where(NumberSeries.brand_id == row.id, NumberSeries.year == 0)
    )
    by_kind = {series.document: series for series in kept}
    return [(kind, by_kind.get(kind)) for kind in (DocumentKind.INVOICE, DocumentKind.REFUND)]


def _has_other_bank(row: Brand, form: RecordForm) -> bool:
    """Whether the form says that money should go elsewhere."""
    return any(
        (getattr(row, key) or "") != (form[key].data or "").strip() for key in BANK_DETAILS if key in form
    )
