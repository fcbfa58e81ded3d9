"""See as this contact, with changes that nobody saved yet; and who can see this at all [112, 113, E14, L4].

From the profile, a contact or a document: choose the person, try changes, read what would appear or vanish and why,
then look at the portal through their eyes.  Nothing is written before "Save these changes".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import or_, select
from werkzeug.datastructures import MultiDict

from admin_app.admin.customers.portal import hidden_above, place_of
from admin_app.admin.settings.portal import MODULE_WORDS, hides_ticked
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.kernel.parsing import parse_id
from admin_app.models import (
    AccessState,
    Attachment,
    CustomerGroup,
    Entity,
    PortalModule,
    Project,
    ProjectAccess,
)
from admin_app.policy import Closed, Permission, Proposed, client_scope, reasons, visible
from admin_app.records.portal_people import Person, people_of
from admin_app.records.portal_views import compare, name_in_words
from admin_app.records.who_sees import Seer, who_sees
from admin_app.services.messages.about import KINDS, group_of, project_of
from admin_app.services.portal.keep_proposed import keep_proposed
from admin_app.services.portal.previews import Preview, token_of_preview
from admin_app.services.save_record import find
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.login import settings

page = Blueprint("previews", __name__, url_prefix="/admin/preview")

ABOUT: Mapping[str, type[Entity]] = {
    word: KINDS[word]
    for word in (
        "customer",
        "project",
        "lead",
        "estimate",
        "workorder",
        "invoice",
        "credit-note",
        "receipt",
        "event",
    )
} | {"file": Attachment}
"""What a preview can begin at, by its word in addresses."""
FIRST_PAGES = {
    "project": "project",
    "estimate": "proposal",
    "workorder": "job",
    "invoice": "invoice",
    "credit-note": "credit_note",
    "receipt": "receipt",
    "event": "appointment",
}
"""The page of the portal that shows one of these; everything else begins at the first page."""
PROJECTS_OFFERED = 50


@dataclass(frozen=True, slots=True)
class Offer:
    """A project that a preview can open or close: as it stands, and as it is proposed."""

    project: Project
    is_open: bool
    proposed: bool


@page.get("/<word>/<int:record_id>")
@rule(Permission.ACCESS_GRANT)
def see_as(word: str, record_id: int) -> ResponseReturnValue:
    """Choose the person and try changes; the difference is listed with its reasons [113]."""
    about, group = _about(word, record_id)
    people = who_sees(office_session(), actor(), about, group)
    wanted = request.args.get("contact", type=int)
    chosen = next((one for one in people if one.person.contact.id == wanted), None)
    if wanted is not None and chosen is None:
        raise NotFound("This contact has nothing to do with this customer")
    told: dict[str, Any] = {} if chosen is None else _tried(word, about, group, chosen.person)
    return render_template(
        "admin/previews/see_as.html",
        word=word,
        record_id=record_id,
        about_name="" if isinstance(about, CustomerGroup) else _called(about),
        group=group,
        place=_place(word, about, group),
        people=people,
        chosen=chosen,
        **told,
    )


@page.post("/<word>/<int:record_id>/save")
@rule(Permission.ACCESS_GRANT)
def save(word: str, record_id: int) -> ResponseReturnValue:
    """The second step: what was tried becomes what holds."""
    _, group = _about(word, record_id)
    person = _person(group, parse_id(request.form.get("contact")))
    proposed, _ = _proposed(group, person, request.form)
    kept = keep_proposed(office_session(), group, person.contact, proposed, actor(), clock())
    if kept:
        flash(f"{kept} {'change' if kept == 1 else 'changes'} saved for {person.contact.name}.", "success")
    else:
        flash("Everything stands like that already.", "info")
    return redirect(url_for("previews.see_as", word=word, record_id=record_id, contact=person.contact.id))


@page.get("/<word>/<int:record_id>/who-sees")
@rule(Permission.ACCESS_GRANT)
def who(word: str, record_id: int) -> ResponseReturnValue:
    """Everybody of the customer: shown or hidden, by which rule, and where that is changed [L4, 113]."""
    about, group = _about(word, record_id)
    if isinstance(about, CustomerGroup):
        return redirect(url_for("previews.see_as", word=word, record_id=record_id))
    seers = who_sees(office_session(), actor(), about, group)
    return render_template(
        "admin/previews/who_sees.html",
        word=word,
        record_id=record_id,
        about_name=_called(about),
        group=group,
        place=_place(word, about, group),
        seers=seers,
        changes={seer.person.contact.id: _way_to_change(seer, word, about, group) for seer in seers},
    )


def _about(word: str, record_id: int) -> tuple[Any, CustomerGroup]:
    """The record and whose it is; raises NotFound for what the desk does not see, or what is nobody's."""
    if word not in ABOUT:
        raise NotFound("There is nothing here")
    about: Any = find(office_session(), ABOUT[word], record_id, actor())
    group = group_of(about)
    if group is None:
        raise NotFound("This belongs to no customer")
    return about, group


def _person(group: CustomerGroup, contact_id: int | None) -> Person:
    """One of the customer's people; raises NotFound."""
    found = people_of(office_session(), actor(), group.id, contact_id) if contact_id is not None else []
    if not found:
        raise NotFound("This contact has nothing to do with this customer")
    return found[0]


def _tried(word: str, about: Any, group: CustomerGroup, person: Person) -> dict[str, Any]:
    """What the page says of one person: the changes that are tried, what differs, and the way in."""
    session = office_session()
    proposed, offers = _proposed(group, person, request.args)
    now = client_scope(session, person.contact.id, group.id)
    then = client_scope(session, person.contact.id, group.id, proposed=proposed)
    shown = client_scope(session, person.contact.id, group.id, proposed=proposed, preview=True)
    kind = type(about)
    return {
        "person": person,
        "offers": offers,
        "words": MODULE_WORDS,
        "hidden_above": hidden_above(group),
        "account_on": _or(proposed.account_on, person.account is not None and person.account.active),
        "group_on": _or(proposed.group_on, group.portal_on),
        "hides": proposed.hides if proposed.hides is not None else person.hides,
        "changes": _in_words(proposed, group, person, offers),
        "posted": list(request.args.items(multi=True)),
        "compared": compare(session, actor(), group.id, now, then),
        "reason_now": reasons(session, now, kind, [about.id])[about.id],
        "reason_then": reasons(session, then, kind, [about.id])[about.id],
        "closed": shown.why if isinstance(shown, Closed) else "",
        "look": _first_page(word, about, Preview(person.contact.id, group.id, proposed), shown),
        "place_of": lambda kind_word, number: place_of(group.id, kind_word, number),
    }


def _proposed(
    group: CustomerGroup, person: Person, asked: MultiDict[str, str]
) -> tuple[Proposed, list[Offer]]:
    """The changes that were typed, by what differs from how it stands; and the projects that are offered."""
    tries = "changes" in asked
    was, ticked = _ids(asked.getlist("was")), _ids(asked.getlist("open"))
    opened, closed = (ticked - was, was - ticked) if tries else (set(), set())
    projects = _projects(group, person, opened | closed)
    # What somebody else opened or closed meanwhile is no change any more.
    opened = {one.id for one, is_open in projects if not is_open} & opened
    closed = {one.id for one, is_open in projects if is_open} & closed
    offers = [
        Offer(one, is_open, (is_open or one.id in opened) and one.id not in closed)
        for one, is_open in projects
    ]
    if not tries:
        return Proposed(), offers
    hides = _hides_typed(asked) if person.membership is not None else None
    proposed = Proposed(
        account_on=_differs(
            _yes(asked.get("account-on")), person.account is not None and person.account.active
        ),
        group_on=_differs(_yes(asked.get("group-on")), group.portal_on),
        hides=hides if hides is not None and hides != person.hides else None,
        opened=frozenset(opened),
        closed=frozenset(closed),
    )
    return proposed, offers


def _projects(group: CustomerGroup, person: Person, named: set[int]) -> list[tuple[Project, bool]]:
    """Projects of the customer with whether they are open to the person: open and named ones, then the latest."""
    access = select(ProjectAccess.project_id).where(
        ProjectAccess.contact_id == person.contact.id, ProjectAccess.state.in_(AccessState.open())
    )
    is_open = Project.id.in_(access)
    query: Any = (
        select(Project, is_open.label("is_open"))
        .where(Project.group_id == group.id)
        .order_by(or_(is_open, Project.id.in_(named)).desc(), Project.id.desc())
        .limit(PROJECTS_OFFERED + len(named))
    )
    return [(project, bool(flag)) for project, flag in office_session().execute(visible(actor(), query))]


def _in_words(proposed: Proposed, group: CustomerGroup, person: Person, offers: list[Offer]) -> list[str]:
    """Each proposed change as a sentence."""
    name = person.contact.name
    said = []
    if proposed.account_on is not None:
        if person.account is None:
            said.append(f"{name} gets a portal user")
        else:
            said.append(f"The portal user of {name} is switched {'on' if proposed.account_on else 'off'}")
    if proposed.group_on is not None:
        said.append(f"The portal is switched {'on' if proposed.group_on else 'off'} for {group.name}")
    if proposed.hides is not None:
        for words, some in (
            ("hidden from", proposed.hides - person.hides),
            ("shown to", person.hides - proposed.hides),
        ):
            said += [f"{MODULE_WORDS[one]}: {words} {name}" for one in PortalModule if one.value in some]
    for offer in offers:
        if offer.proposed is not offer.is_open:
            said.append(f"“{offer.project.title}” is {'opened' if offer.proposed else 'closed'}")
    return said


def _first_page(word: str, about: Any, preview: Preview, shown: Any) -> str:
    """Where the look through their eyes begins: at the record where they would see it, else at the first page."""
    token = token_of_preview(settings().secret_key, preview)
    endpoint = f"see_as.{FIRST_PAGES.get(word, 'home')}"
    sees = reasons(office_session(), shown, type(about), [about.id])[about.id].shown
    if word in FIRST_PAGES and sees and endpoint in current_app.view_functions:
        return url_for(endpoint, token=token, public_id=about.public_id)
    return url_for("see_as.home", token=token)


def _way_to_change(seer: Seer, word: str, about: Any, group: CustomerGroup) -> tuple[str, str]:
    """Where what hides the record from somebody is changed, and the words of the link; of what is shown: to hide it."""
    contact_id, lacks = seer.person.contact.id, seer.reason.lacks
    project = project_of(about)
    if lacks in ("company_on", "brand_on"):
        return url_for("settings.portal"), "Open the switches"
    if lacks in ("group_on", "group_here"):
        return url_for("customers.portal", group_id=group.id), "Open the customer's portal"
    if lacks == "in_state":
        return _place(word, about, group), "Open it"
    if lacks in ("reached", "belongs") and project is not None:
        return url_for("projects.grant", project_id=project.id, contact_id=contact_id), "Grant access"
    if seer.reason.shown and project is not None:
        return url_for("projects.customer", project_id=project.id), "Change access"
    return url_for("customers.portal_user", group_id=group.id, contact_id=contact_id), "Open the portal user"


def _place(word: str, about: Any, group: CustomerGroup) -> str:
    """The desk's page of the record."""
    return place_of(group.id, word, about.id) or url_for("customers.profile", group_id=group.id)


def _called(about: Any) -> str:
    kind = "receipt" if ABOUT["receipt"] is type(about) else type(about).singular
    return f"{kind.capitalize()} {name_in_words(about)}"


def _hides_typed(asked: MultiDict[str, str]) -> frozenset[str]:
    """The parts that were not ticked; raises Invalid for one that there is not."""
    if not {one.value for one in PortalModule}.issuperset(asked.getlist("user-shows")):
        raise Invalid("The portal has no such part")
    return hides_ticked(asked, "user")


def _yes(word: str | None) -> bool | None:
    return {"yes": True, "no": False}.get(word or "")


def _differs(wanted: bool | None, stands: bool) -> bool | None:
    return wanted if wanted is not None and wanted is not stands else None


def _or(wanted: bool | None, stands: bool) -> bool:
    return stands if wanted is None else wanted


def _ids(words: list[str]) -> set[int]:
    """The numbers among these words that can be an id."""
    return {number for number in map(parse_id, words) if number is not None}
