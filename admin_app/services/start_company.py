"""A company begins: its facts, its brands with their number series, its tax rates, its owner [141, design 11].

Everything here works only until the first member of staff exists; afterwards the settings pages do the same with
rights.  The link to the set-up is drawn by `sawhorse serve` on an empty home.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import SYSTEM, Role
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotFound
from admin_app.kernel.text import fold
from admin_app.models import Brand, Company, DocumentKind, NumberSeries, TaxRate, User
from admin_app.services import lead_statuses, manage_user, save_record
from admin_app.services.company_rules import check_company
from admin_app.services.form_questions import ensure_form_questions
from admin_app.services.keep_reminders import usual_reminders
from admin_app.services.one_time_link import GONE, Purpose, draw_link, look_at_link, use_link
from admin_app.services.read_values import read_values

LONGEST_KEY = 40


def is_open(session: Session) -> bool:
    """Whether the company is still to be set up: nobody works here yet."""
    return session.scalar(select(User.id).limit(1)) is None


def draw_set_up_link(session: Session, clock: Clock) -> str | None:
    """The token of a new link to the set-up, `/setup/<token>`; None once somebody works here."""
    return draw_link(session, Purpose.SET_UP, None, clock) if is_open(session) else None


def enter(session: Session, token: str, clock: Clock) -> None:
    """Let somebody with the link look at the set-up; raises NotFound when it is over or the link is no good."""
    if not is_open(session):
        raise NotFound(GONE)
    look_at_link(session, Purpose.SET_UP, token, clock)


def keep_company(session: Session, values: Mapping[str, Any]) -> Company:
    """Write the company's facts down, for the first time or again."""
    company = session.scalar(select(Company))
    if company is not None:
        return save_record.update(session, Company, company.id, values, SYSTEM)
    read = {
        bound.key: value
        for bound, value in read_values(session, Company, values, SYSTEM, new=True, currency=None).items()
    }
    # The default would be right for nearly nobody, and would move every business day.
    check_company(session, None, {**read, "zone": values.get("zone") or ""}, SYSTEM)
    company = Company(id=1, **read)
    session.add(company)
    session.flush()
    lead_statuses.ensure(session)
    ensure_form_questions(session)
    usual_reminders(session, session.info["clock"])
    return company


def add_brand(session: Session, values: Mapping[str, Any], prefix: str, next_number: int) -> Brand:
    """Add a brand and begin its series of invoice numbers; the first brand is the one for new customers."""
    first = session.scalar(select(Brand.id).limit(1)) is None
    name = str(values.get("name") or "")
    complete = {**values, "key": values.get("key") or free_key(session, name), "is_default": first}
    brand = save_record.create(session, Brand, complete, SYSTEM)
    save_record.create(
        session,
        NumberSeries,
        {
            "brand": brand.id,
            "document": DocumentKind.INVOICE,
            "prefix": prefix or f"{brand.key.upper()}-",
            "next_number": next_number,
        },
        SYSTEM,
    )
    return brand


def free_key(session: Session, name: str) -> str:
    """A short name for files made from the brand's name, not used yet: "Harbour Roofing" → "harbour"."""
    words = re.findall(r"[a-z0-9]+", fold(name))
    key = (words[0] if words else "brand")[: LONGEST_KEY - 4]
    taken = set(session.scalars(select(Brand.key)))
    return next(
        candidate for candidate in (key, *(f"{key}{n}" for n in range(2, 1000))) if candidate not in taken
    )


def add_tax_rate(session: Session, values: Mapping[str, Any]) -> TaxRate:
    """Add a tax that lines can carry."""
    return save_record.create(session, TaxRate, values, SYSTEM)


def make_owner(
    session: Session, token: str, values: Mapping[str, Any], password_hash: str, clock: Clock
) -> User:
    """Make the owner and close the set-up; the link is used up, so that of two owners at once one is made.

    Raises NotFound for a used link, Invalid before the company and a brand are there.
    """
    enter(session, token, clock)
    if session.scalar(select(Company.id)) is None or session.scalar(select(Brand.id).limit(1)) is None:
        raise Invalid("The company and its first brand come first")
    use_link(session, Purpose.SET_UP, token, clock)
    owner = manage_user.add_user(session, {**values, "role": Role.OWNER, "active": True}, SYSTEM, clock)
    manage_user.keep_password(session, owner, password_hash, SYSTEM, clock)
    return owner
