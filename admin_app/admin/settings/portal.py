"""Settings > Communications > Customer portal: whom it is open to and what it shows, for all and by brand [E7-E10].

Only Save makes a switch hold; where one takes something away, the page says in numbers what follows and asks once
more [W14, W15, W30, W32].
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from admin_app.admin.portal_addresses import portal_home
from admin_app.admin.settings.company import the_company
from admin_app.admin.settings.desk import desk
from admin_app.kernel.errors import Invalid
from admin_app.models import Brand, Company, PortalModule
from admin_app.policy import Permission, visible
from admin_app.services.portal.keep_switches import keep_everywhere
from admin_app.services.portal.who_gets_in import Level, Wanted, count_reach, what_follows
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session
from admin_app.web.office import keep_nothing

MODULE_WORDS: dict[PortalModule, str] = {
    PortalModule.APPOINTMENTS: "Appointments and work dates",
    PortalModule.FILES: "Photos and files",
    PortalModule.PROPOSALS: "Proposals",
    PortalModule.JOBS: "Jobs",
    PortalModule.INVOICES: "Invoices, statement and payments",
    PortalModule.MESSAGES: "Messages",
    PortalModule.REQUESTS: "Requests for a quote or a job",
}
"""The parts of the portal as the desk calls them."""

OTHERS_SAVED = "Somebody else changed these switches meanwhile"


@dataclass(frozen=True, slots=True)
class Switches:
    """One level as the form shows it: `name` begins the names of its inputs."""

    name: str
    title: str
    level: Level


@desk.route("/communications/portal", methods=["GET", "POST"])
@rule(Permission.SETTINGS)
def portal() -> ResponseReturnValue:
    """The switches of the company and its brands."""
    session, company = office_session(), the_company()
    brands = session.scalars(visible(actor(), select(Brand)).order_by(Brand.name, Brand.id)).all()
    if request.method == "GET":
        return _page(company, brands, _as_they_stand(company, brands)), 200
    wanted = _posted(brands)
    if request.form.get("seen") != fingerprint(_as_they_stand(company, brands)):
        keep_nothing()
        return _page(company, brands, wanted, refused=OTHERS_SAVED), 409
    told = what_follows(session, wanted)
    if told.takes_away and request.form.get("agreed") != ", ".join(told.sentences):
        keep_nothing()
        return _page(company, brands, wanted, asks=told.sentences), 200
    keep_everywhere(session, wanted, actor())
    flash(f"Saved. {_said(told.sentences)}".strip(), "success")
    return redirect(url_for("settings.portal"))


def levels_of(on: bool | None, hides: Sequence[str] | None) -> Level:
    """A level as it stands in the database."""
    return Level(bool(on), frozenset(hides or ()))


def level_posted(name: str) -> Level:
    """A level as the form sent it; raises Invalid without a word on its switch."""
    answer = request.form.get(f"{name}-on")
    if answer not in ("yes", "no"):
        raise Invalid("Say yes or no", {f"{name}-on": "Say yes or no"})
    return Level(answer == "yes", hides_ticked(request.form, name))


def hides_ticked(typed: MultiDict[str, str], name: str) -> frozenset[str]:
    """The parts whose tick was taken off; a tick at a part that there is not hides nothing."""
    shown = set(typed.getlist(f"{name}-shows"))
    return frozenset(one.value for one in PortalModule if one.value not in shown)


def fingerprint(wanted: Wanted) -> str:
    """What a form of switches was filled from, so that a save can tell whether others saved meanwhile."""
    levels = [("company", wanted.company), *sorted(wanted.brands.items()), *sorted(wanted.groups.items())]
    text = ";".join(f"{name}:{level.on}:{','.join(sorted(level.hides or ()))}" for name, level in levels)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def standing_words(session: Session, group_id: int | None = None) -> str:
    """How many get in now, in a sentence."""
    now = count_reach(session, group_id=group_id)
    users = "1 portal user gets in" if now.users == 1 else f"{now.users:,} portal users get in"
    links = "1 document link opens" if now.links == 1 else f"{now.links:,} document links open"
    return f"Now {users}, and {links}."


def _as_they_stand(company: Company, brands: Sequence[Brand]) -> Wanted:
    return Wanted(
        levels_of(company.portal_enabled_default, company.portal_hides),
        {brand.id: levels_of(brand.portal_on, brand.portal_hides) for brand in brands},
    )


def _posted(brands: Sequence[Brand]) -> Wanted:
    return Wanted(level_posted("company"), {brand.id: level_posted(f"brand-{brand.id}") for brand in brands})


def _said(sentences: Sequence[str]) -> str:
    return " ".join(f"{sentence}." for sentence in sentences)


def _page(
    company: Company,
    brands: Sequence[Brand],
    wanted: Wanted,
    *,
    asks: Sequence[str] = (),
    refused: str = "",
) -> str:
    return render_template(
        "admin/settings/portal.html",
        everybody=Switches("company", "Everybody", wanted.company),
        brands=[Switches(f"brand-{one.id}", one.name, wanted.brands[one.id]) for one in brands],
        words=MODULE_WORDS,
        seen=fingerprint(_as_they_stand(company, brands)),
        asks=asks,
        agreed=", ".join(asks),
        refused=refused,
        standing=standing_words(office_session()),
        link=portal_home(),
    )
