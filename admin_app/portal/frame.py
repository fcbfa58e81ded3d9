"""The frame around every page of the portal: the brand, the parts that are switched on, who is here [W23-W26, 115-117].

Every template below templates/portal gets `frame`, refusals and the pages of the door (`portal_door`) included.  What
is switched off is not in the menu, as its address answers with "nothing here".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from flask import Flask, current_app, g, request, url_for
from sqlalchemy.exc import SQLAlchemyError

from admin_app.kernel.money import Money
from admin_app.models import PortalModule
from admin_app.portal.forms import FILES_HELP
from admin_app.portal.logo import logo_url
from admin_app.portal.shown import address_of
from admin_app.portal.states import state_of
from admin_app.services.portal.look import Look, look_of
from admin_app.web.clients import LINK, PORTAL, SEE_AS, ClientHere
from admin_app.web.company import company, today, zone
from admin_app.web.database import db
from admin_app.web.formats import dated, day

M = PortalModule
DOOR = "portal_door"
OF_CLIENTS = ("/portal/", "/admin/see-as/")
HEX = re.compile(r"#[0-9a-fA-F]{6}\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """One place in the menu; `active` marks where the client is."""

    label: str
    url: str
    icon: str
    active: bool = False
    name: str = ""
    """The endpoint, by which the bar of a phone knows it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What base.html draws around a page; colours are checked hex, the rest is text."""

    title: str = "Customer portal"
    language: str = "en"
    accent: str = "#0d6570"
    on_accent: str = "#ffffff"
    accent_dark: str = "#5cc4d1"
    on_accent_dark: str = "#000000"
    logo_url: str | None = None
    phone: str | None = None
    email: str | None = None
    website: str | None = None
    welcome: str = ""
    footer: str = ""
    mode: str = DOOR
    """Which way the client came: "portal", "portal_link", "see_as"; "portal_door" where nobody is known yet."""
    home_url: str | None = None
    places: tuple[Place, ...] = ()
    rest: tuple[Place, ...] = ()
    """The places that stand behind More on a phone."""
    thumbs: tuple[Place, ...] = ()
    """The places that the bar of a phone shows beside More."""
    person: str | None = None
    choose_url: str | None = None
    sign_out_url: str | None = None
    office_url: str | None = None
    """From a preview back to the page of the office that chose it."""

    @property
    def by_link(self) -> bool:
        """Whether the client holds a link to one document, and sees that alone."""
        return self.mode == LINK

    @property
    def is_preview(self) -> bool:
        """Whether the desk looks through a client's eyes."""
        return self.mode == SEE_AS


USUAL = Frame()
PLACES: tuple[tuple[str, str, str, PortalModule | None, tuple[str, ...]], ...] = (
    ("Home", "home", "house", None, ()),
    ("Proposals", "proposals", "pen", M.PROPOSALS, ("proposal",)),
    ("Invoices", "invoices", "receipt", M.INVOICES, ("invoice", "credit_note", "receipt", "statement")),
    ("Appointments", "appointments", "calendar", M.APPOINTMENTS, ("appointment",)),
    ("Messages", "messages", "chat", M.MESSAGES, ("thread", "new_thread")),
    ("Jobs", "jobs", "tools", M.JOBS, ("job",)),
    ("Photos and files", "files", "image", M.FILES, ("file",)),
    ("Projects", "projects", "folder", None, ("project",)),
    ("Requests", "requests", "plus", M.REQUESTS, ("request", "new_request")),
    ("Payments", "payments", "wallet", M.INVOICES, ()),
    ("Cards", "cards", "card", M.INVOICES, ()),
    ("Your details", "details", "person", None, ()),
)
"""Label, endpoint, icon, the module it belongs to, and the endpoints of the pages below it."""
THUMBS = {
    "home": "",
    "proposals": "",
    "invoices": "",
    "messages": "",
    "appointments": "Calendar",
    "jobs": "",
    "files": "Photos",
}
"""What the bar of a phone holds, the first four that are on, with a shorter word where the usual one is long."""
MOST_THUMBS = 4


def init_frame(app: Flask) -> None:
    """Give every page of the portal its `frame`, and the filters by which it prints days and times."""
    app.jinja_env.filters.update(moment=_moment, at_time=_at_time, until=_until, amount=_amount)

    @app.context_processor
    def _frame() -> dict[str, Any]:
        if not request.path.startswith(OF_CLIENTS):
            return {}
        return {"frame": frame(), "state_of": state_of, "address_of": address_of, "files_help": FILES_HELP}


def frame() -> Frame:
    """The frame of this request, made once; a plain one where the database does not answer."""
    if "portal_frame" not in g:
        try:
            g.portal_frame = _draw()
        except SQLAlchemyError:
            db.session.rollback()
            g.portal_frame = Frame()
    drawn: Frame = g.portal_frame
    return drawn


def look_at(group_id: int | None) -> None:
    """Draw this page in the look of a customer, where nobody signed in yet: a door of their own [W22, E13]."""
    g.portal_group_id = group_id


def look_like(look: Look) -> None:
    """Draw this page in a look that nobody saved yet [E1, 116]."""
    g.portal_look = look


def _draw() -> Frame:
    here: ClientHere | None = g.get("client")
    known = _in_the_look(_look())
    if here is None:
        return Frame(**known)
    places = _places(here)
    known |= {"mode": here.mode, "places": places, "home_url": _beside("home")}
    if here.mode == PORTAL:
        known |= {
            "person": here.name,
            "choose_url": _at_the_door("choose"),
            "sign_out_url": _at_the_door("sign_out"),
        }
    elif here.mode == SEE_AS:
        known |= {"person": here.name, "office_url": _back_to_the_office(here)}
    thumbs = _thumbs(places)
    shown = {place.name for place in thumbs}
    return Frame(**known, thumbs=thumbs, rest=tuple(one for one in places if one.name not in shown))


def _back_to_the_office(here: ClientHere) -> str:
    """Where the desk chose through whose eyes to look [E14]."""
    return url_for("previews.see_as", word="customer", record_id=here.group_id, contact=here.contact_id)


def _look() -> Look:
    """The look of the customer whose things are shown, of a door of their own, or of the company."""
    if "portal_look" in g:
        shown: Look = g.portal_look
        return shown
    here: ClientHere | None = g.get("client")
    return look_of(db.session(), here.group_id if here is not None else g.get("portal_group_id"))


def _in_the_look(look: Look) -> dict[str, Any]:
    """The brand's side of the frame; colours stand in a style sheet, so nothing but a colour passes."""
    row = company()
    return {
        "title": look.title,
        "language": str(row.language) if row is not None else "en",
        "accent": _hex_or(look.accent, USUAL.accent),
        "on_accent": _hex_or(look.on_accent, USUAL.on_accent),
        "accent_dark": _hex_or(look.accent_dark, USUAL.accent_dark),
        "on_accent_dark": _hex_or(look.on_accent_dark, USUAL.on_accent_dark),
        "logo_url": logo_url(look),
        "phone": look.phone,
        "email": look.email,
        "website": look.website,
        "welcome": look.welcome,
        "footer": look.footer,
    }


def _hex_or(colour: str, usual: str) -> str:
    return colour if HEX.match(colour) else usual


def _places(here: ClientHere) -> tuple[Place, ...]:
    """The parts that are on, for somebody who is in; a link to one document has no menu."""
    if here.mode == LINK:
        return ()
    asked = (request.endpoint or "").rpartition(".")[2]
    return tuple(
        Place(label, url, icon, asked == name or asked in below, name)
        for label, name, icon, module, below in PLACES
        if (module is None or module in here.scope.modules) and (url := _beside(name)) is not None
    )


def _thumbs(places: tuple[Place, ...]) -> tuple[Place, ...]:
    """The places of the bar of a phone, in the order of the menu; none where there is nowhere to go."""
    by_name = {place.name: place for place in places}
    chosen = [by_name[name] for name in THUMBS if name in by_name][:MOST_THUMBS]
    short = [replace(place, label=THUMBS[place.name] or place.label) for place in chosen]
    return tuple(short) if len(places) > 1 else ()


def _beside(name: str) -> str | None:
    """The address of a page of the portal by the way that the client came."""
    endpoint = f"{request.blueprint or PORTAL}.{name}"
    return url_for(endpoint) if endpoint in current_app.view_functions else None


def _at_the_door(name: str) -> str | None:
    endpoint = f"{DOOR}.{name}"
    return url_for(endpoint) if endpoint in current_app.view_functions else None


def _amount(record: Any, key: str) -> Money:
    """One of a document's amounts with its currency: {{ invoice|amount("total") }}."""
    return Money(getattr(record, key), record.currency)


def _moment(instant: date | datetime) -> str:
    """The day in few words, with the time of an instant: "Tue 3 Mar, 14:05"."""
    words = day(instant, today(), zone())
    if not isinstance(instant, datetime) or words.startswith("today"):
        return words
    return f"{words}, {_at_time(instant)}"


def _until(ends: datetime, starts: datetime) -> str:
    """When something ends: the time alone where it ends on the day on which it starts."""
    same_day = dated(ends, zone()).rpartition(", ")[0] == dated(starts, zone()).rpartition(", ")[0]
    return _at_time(ends) if same_day else _moment(ends)


def _at_time(instant: datetime) -> str:
    """The time of day in the company's zone: "14:05"."""
    return dated(instant, zone()).rpartition(", ")[2]
