"""How the portal looks: for the company, a brand or one customer, with a preview beside the form [W23-W26, 115, 116].

Nothing is active before Save [W24].  The preview is the portal's own page, drawn from what is typed: by the script
while somebody types, by the button "Show preview" without it.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.forms import RecordForm, form_fields, open_form, record_values
from admin_app.admin.settings.desk import Editing, desk, save_edit, signed_base
from admin_app.kernel.contrast import is_colour, is_readable, ratio
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.models import PortalLook
from admin_app.policy import Permission
from admin_app.records.values import office_reading
from admin_app.services import save_record
from admin_app.services.brand_logo import draw_logo, keep_logo, remove_logo
from admin_app.services.merge_edits import Base
from admin_app.services.portal import keep_look as keeping
from admin_app.services.portal.keep_look import Whose
from admin_app.services.portal.look import LIGHT_GROUND, Layer, Look, drawn, falls_back_to, with_own
from admin_app.services.portal.look_rules import readable_accent
from admin_app.storage.folder import FolderStorage
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session
from admin_app.web.login import release_transaction, settings
from admin_app.web.office import keep_nothing

WORDS = ("accent", "title", "welcome", "footer")
KINDS: Mapping[str, Callable[[int], Whose]] = {
    "company": lambda _number: Whose(),
    "brand": lambda number: Whose(brand_id=number),
    "customer": lambda number: Whose(group_id=number),
}
"""Whose logo an address asks for."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The frame of the page in the preview, by the names that templates/portal/base.html reads."""

    look: Look
    logo_url: str | None
    language: str = "en"
    mode: str = "sample"
    home_url: str = "#"
    person: str = "Clara Client"
    is_preview: bool = False

    def __getattr__(self, name: str) -> Any:
        """What the look says; what only a real visit has is not there."""
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.look, name, None)


@dataclass(frozen=True, slots=True)
class Checked:
    """What the contrast check says of an accent: as chosen, what it needs, and the colour of the dark theme."""

    accent: str
    ratio: str
    readable: bool
    fix: str
    dark: str


@desk.route("/portal-look", methods=["GET", "POST"])
@rule(Permission.SETTINGS)
def portal_look() -> ResponseReturnValue:
    """The company's look: what brands and customers without one of their own show."""
    return _answer(Whose())


@desk.route("/portal-look/brands/<int:brand_id>", methods=["GET", "POST"])
@rule(Permission.SETTINGS)
def portal_look_brand(brand_id: int) -> ResponseReturnValue:
    """The look of a brand."""
    return _answer(Whose(brand_id=brand_id))


@desk.route("/portal-look/customers/<int:group_id>", methods=["GET", "POST"])
@rule(Permission.SETTINGS)
def portal_look_customer(group_id: int) -> ResponseReturnValue:
    """The look that one customer sees [W26]."""
    return _answer(Whose(group_id=group_id))


@desk.get("/portal-look/<any(company,brand,customer):kind>/<int:number>/logo")
@rule(Permission.SETTINGS)
def portal_look_logo(kind: str, number: int) -> Response:
    """The logo that this look shows; with ?own=0 the one that it falls back to."""
    layers = keeping.layers_for(office_session(), KINDS[kind](number))
    key = drawn(layers if request.args.get("own") != "0" else layers[1:]).logo_key
    if key is None:
        raise NotFound("There is no logo")
    with FolderStorage(settings().files).open(key) as file:
        return send_file(io.BytesIO(file.read()), mimetype="image/png")


def _answer(whose: Whose) -> ResponseReturnValue:
    """Show the form, draw its preview, save it, or give the whole look up."""
    if request.method == "GET":
        return _shown(whose)
    if "preview" in request.form:
        keep_nothing()
        return _previewed(whose)
    if "reset" in request.form:
        keeping.reset_look(office_session(), whose, actor())
        flash("Reset. Everything on this page falls back again.", "success")
        return redirect(_address(whose))
    return _saved(whose)


def _shown(whose: Whose) -> ResponseReturnValue:
    session = office_session()
    look = keeping.own_look(session, whose, actor())
    fields = form_fields(PortalLook, actor())
    data = record_values(look, fields, office_reading(session)) if look is not None else {}
    form = open_form(session, actor(), fields, data=data)
    return _page(whose, Editing(form, _base_of(look)))


def _previewed(whose: Whose) -> ResponseReturnValue:
    """The page as it would look, with everything typed kept; a chosen picture is drawn into the page itself."""
    form = _typed_form()
    logo, refused = None, ""
    upload = request.files.get("logo")
    if upload is not None and upload.filename:
        release_transaction()  # a picture takes its time
        try:
            with closing(upload):
                logo = draw_logo(upload.stream).read()
        except Invalid as refusal:
            refused = refusal.sentence
    return _page(whose, Editing(form, request.form.get("base", "")), logo=logo, logo_refused=refused)


def _saved(whose: Whose) -> ResponseReturnValue:
    """Save words, colour and picture in one act: all of it, or nothing."""
    logo = None
    upload = request.files.get("logo")
    if upload is not None and upload.filename:
        release_transaction()
        try:
            with closing(upload):
                logo = draw_logo(upload.stream)
        except Invalid as refusal:
            keep_nothing()
            editing = Editing(_typed_form(), request.form.get("base", ""), status=refusal.status)
            return _page(whose, editing, logo_refused=refusal.sentence)
    form = _typed_form()

    def save(values: Mapping[str, Any], base: Base) -> None:
        session = office_session()
        wanted = {**values, "accent": request.form["use"]} if request.form.get("use") else values
        look = keeping.keep_look(session, whose, wanted, base, actor())
        if logo is not None:
            keep_logo(session, FolderStorage(settings().files), look, logo, actor())
        elif request.form.get("remove_logo"):
            remove_logo(session, look, actor())

    again = save_edit(form, save)
    if again is not None:
        chosen = "Choose the picture again: it was not kept" if logo is not None else ""
        return _page(whose, again, logo_refused=chosen)
    flash("Saved. Clients see it from now on.", "success")
    return redirect(_address(whose))


def _typed_form() -> RecordForm:
    return open_form(office_session(), actor(), form_fields(PortalLook, actor()), posted=request.form)


def _page(
    whose: Whose, editing: Editing, *, logo: bytes | None = None, logo_refused: str = ""
) -> ResponseReturnValue:
    session = office_session()
    name = keeping.name_of(session, whose, actor())
    layers = keeping.layers_for(session, whose)
    own = dict(layers[0].said)
    if request.method == "POST":
        own = {key: (editing.form[key].data or "").strip() for key in WORDS} | {
            "logo_key": "" if request.form.get("remove_logo") else own.get("logo_key", "")
        }
    look = drawn(with_own(layers, own))
    kind, number = _kind_of(whose)
    page = render_template(
        "admin/settings/portal_look.html",
        name=name,
        kind=kind,
        editing=editing,
        parts_back=_ways(kind, number),
        falls_back={key: falls_back_to(layers, key) for key in (*WORDS, "logo_key")},
        has_look=bool(layers[0].said),
        has_logo=bool(layers[0].said.get("logo_key")),
        removes_logo=bool(request.form.get("remove_logo")),
        own_logo=url_for("settings.portal_look_logo", kind=kind, number=number),
        logo_refused=logo_refused,
        logo_again=logo is not None,
        checked=_checked(own.get("accent", ""), layers, look),
        sample=_sample(Sample(look, _logo_url(look, kind, number, own, logo)), look),
    )
    return page, editing.status


def _sample(frame: Sample, look: Look) -> str:
    """The first page of the portal in this look, as a document of its own: messages of this page stay out of it."""
    return render_template(
        "admin/settings/portal_sample.html", frame=frame, look=look, get_flashed_messages=lambda **_kinds: ()
    )


def _checked(typed: str, layers: list[Layer], look: Look) -> Checked:
    """The check of what is typed, else of what it falls back to."""
    accent = typed if is_colour(typed) else falls_back_to(layers, "accent")[0]
    return Checked(
        accent=accent.lower(),
        ratio=f"{ratio(accent, LIGHT_GROUND):.1f}",
        readable=is_readable(accent, LIGHT_GROUND),
        fix=readable_accent(accent),
        dark=look.accent_dark,
    )


def _logo_url(
    look: Look, kind: str, number: int, own: Mapping[str, str | None], logo: bytes | None
) -> str | None:
    """The picture of the preview: the one just chosen, the own one, or the one that is fallen back to."""
    if logo is not None:
        return f"data:image/png;base64,{base64.b64encode(logo).decode()}"
    if look.logo_key is None:
        return None
    return url_for("settings.portal_look_logo", kind=kind, number=number, own=int(bool(own.get("logo_key"))))


def _ways(kind: str, number: int) -> tuple[str, str]:
    """The page that this one belongs to: its address, and its name."""
    if kind == "brand":
        return url_for("settings.brand", brand_id=number), "The brand"
    if kind == "customer":
        return url_for("customers.profile", group_id=number), "The customer"
    return url_for("settings.brands"), "All brands"


def _kind_of(whose: Whose) -> tuple[str, int]:
    if whose.brand_id is not None:
        return "brand", whose.brand_id
    return ("customer", whose.group_id) if whose.group_id is not None else ("company", 0)


def _address(whose: Whose) -> str:
    if whose.brand_id is not None:
        return url_for("settings.portal_look_brand", brand_id=whose.brand_id)
    if whose.group_id is not None:
        return url_for("settings.portal_look_customer", group_id=whose.group_id)
    return url_for("settings.portal_look")


def _base_of(look: PortalLook | None) -> str:
    """What the form was filled from; nothing at all where there is no look yet."""
    return signed_base(look) if look is not None else save_record.sign_base({}, settings().secret_key)
