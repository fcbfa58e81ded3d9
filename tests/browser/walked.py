"""The company whose every page is walked: a part of the demo's story, and a record of every kind it lacks.

The story is told for a few customers only, since a page of one kind is looked at once however many there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import make_url, select

from admin_app.app import create_app
from admin_app.config import Settings, read_settings
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock, SystemClock
from admin_app.kernel.money import Money
from admin_app.models import Brand, Company, CustomerGroup, Invoice, PaymentMethod, Project, User
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine
from admin_app.models.migrate import upgrade
from admin_app.services.bill_contract import bill_services
from admin_app.services.book_cost import CostForm, book_cost
from admin_app.services.charge_interest import charge_interest
from admin_app.services.complete_services import complete_services
from admin_app.services.estimate_sums import keep_sums
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.passwords import Passwords
from admin_app.services.refund_credit import CreditRefundForm, refund_credit
from admin_app.services.schedule_work import Plan, schedule_work
from admin_app.services.subscribe import Enrolment, enrol, pause
from admin_app.services.track_time import TimeForm, track_time
from admin_app.services.use_credit import use_credit
from admin_app.services.write_credit_note import CreditForm, write_credit_note
from admin_app.services.write_off_invoice import WriteOffForm, write_off_invoice
from seeds.builders import an_event
from seeds.demo.plan import plan
from seeds.demo.plan_projects import plan_projects
from seeds.demo.tell import CURRENCY, VAT, found_the_company, live_the_years
from seeds.demo.trouble import NUMBERS, ugly_cases
from seeds.portal_builders import a_contact_change, a_mandate
from seeds.work_builders import (
    a_lead,
    a_package,
    a_piece_of_equipment,
    a_price_item,
    a_project,
    a_service_plan,
    a_template,
    an_estimate,
)
from tests.browser.talked import talked
from tests.fixtures.office import ANN
from tests.services.agreed import agree, offer
from tests.services.desk import Desk

FEW = 12
"""So many of the oldest customers are told, besides those to whom something ugly happens."""
EACH = 3
"""Every third of the projects is told: they are in every stage still."""


def open_office(home: Path) -> tuple[Flask, str]:
    """The office of the told company, and the address of its database."""
    url = f"sqlite:///{home / 'office.sqlite'}"
    told = {
        "SAWHORSE_HOME": str(home),
        "SAWHORSE_DATABASE_URL": url,
        "SAWHORSE_SECRET_KEY": "only for tests " * 3,
    }
    settings = replace(read_settings(told), testing=True, hash_time_cost=1, hash_memory_kib=8)
    upgrade(url)
    app = create_app(settings)
    _tell(url, settings)
    return app, url


def _tell(url: str, settings: Settings) -> None:
    engine, clock = open_engine(url), SystemClock("Europe/London")
    with OfficeSession(engine, info={"actor": ANN, "clock": clock, "door": "test"}) as session:
        _, ann = found_the_company(session, clock, Passwords.by(settings))
        today = clock.today()
        groups = [one for one in plan(today) if one.number <= FEW or one.number in NUMBERS]
        ids = live_the_years(session, ann, groups, plan_projects(groups, today)[::EACH], today)
        session.info.update(actor=ann, clock=clock, door="test")
        ugly_cases(session, ann, clock, ids)
        session.commit()
    engine.dispose()


def every_kind(url: str) -> list[str]:
    """Give one customer what the story lacks; the addresses at which its pages are found."""
    engine, clock = open_engine(url), SystemClock("Europe/London")
    with OfficeSession(engine, info={"actor": ANN, "clock": clock, "door": "test"}) as session:
        group = session.scalars(select(CustomerGroup).where(CustomerGroup.archived_at.is_(None))).first()
        assert group is not None
        desk = Desk(session, ANN, clock, group)
        invoices = [_credited(desk), _written_off(desk), _retained(desk), *_late(desk)]
        projects = [_asked(desk), _offered(desk), _drafted(desk), _worked(desk)]
        _on_plans(session, group, ANN, clock)
        _lets_a_card_be_charged(session, group)
        wish = a_contact_change(session, group.memberships[0].contact, group)
        talks = talked(desk, projects[0], Path(make_url(url).database or "").parent / "files")
        scheduled = _scheduled(desk)
        package = a_package(session, a_price_item(session, "Bat survey"))
        found = [f"/admin/packages/details/?id={package.id}"]
        found += [f"/admin/customers/{group.id}", f"/admin/customers/{group.id}/payments"]
        found += [f"/admin/customers/{group.id}/brand", f"/admin/inbox/changes/{wish.id}"]
        found += _at("/admin/invoices/details/?id={}", invoices)
        for step in ("lead", "estimate", "workorder", "invoice"):
            found += _at(f"/admin/projects/{{}}/{step}", projects)
        session.commit()
    engine.dispose()
    return [*found, *talks, *scheduled]


def _at(address: str, records: Iterable[Any]) -> list[str]:
    return [address.format(record.id) for record in records]


def _pounds(text: str) -> Money:
    return Money.of(text, CURRENCY)


def _draft(desk: Desk, price: str, **but: Any) -> Invoice:
    facts = {"currency": CURRENCY, "tax_names": (VAT,), "brand_id": desk.group.brand_id, "title": "Call-out"}
    return desk.draft(price, **facts | but)


def _bill(desk: Desk, price: str, **but: Any) -> Invoice:
    return issue_invoice(desk.session, _draft(desk, price, **but), desk.actor, desk.clock)


def _credited(desk: Desk) -> Invoice:
    """A paid invoice, its credit used for another, paid back in part, and open for the rest [M24, M25, M27]."""
    paid, other = _bill(desk, "300.00"), _bill(desk, "50.00")
    desk.pay("360.00", paid, amount=_pounds("360.00"))
    note = write_credit_note(
        desk.session, CreditForm(paid.id, "Wrong tree", _pounds("120.00")), desk.actor, desk.clock
    )
    use_credit(desk.session, note, other, _pounds("10.00"), desk.actor, desk.clock)
    back = CreditRefundForm(note.id, _pounds("20.00"), desk.clock.today())
    refund_credit(desk.session, back, desk.actor, desk.clock)
    return paid


def _written_off(desk: Desk) -> Invoice:
    invoice = _bill(desk, "40.00")
    form = WriteOffForm(invoice.id, "Moved away", _pounds("8.00"))
    write_off_invoice(desk.session, form, desk.actor, desk.clock)
    return invoice


def _retained(desk: Desk) -> Invoice:
    """An invoice of which the customer holds a part back until all is well."""
    draft = _draft(desk, "100.00")
    draft.total, draft.retained = _pounds("100.00").minor, _pounds("12.00").minor
    return issue_invoice(desk.session, draft, desk.actor, desk.clock)


def _late(desk: Desk) -> tuple[Invoice, Invoice]:
    """An invoice that is long due, and the draft over its interest [M31]."""
    desk.session.scalars(select(Company)).one().interest_percent = Decimal(8)
    late = _bill(desk, "900.00")
    late.due_on = desk.clock.today() - timedelta(days=90)
    desk.session.flush()
    return late, charge_interest(desk.session, late, desk.actor, desk.clock)


def _asked(desk: Desk) -> Project:
    """A project of which only the question has come in."""
    project = a_project(desk.session, desk.group, title="Look at the oak")
    a_lead(desk.session, project)
    return project


def _drafted(desk: Desk) -> Project:
    """A project whose estimate is still being written."""
    project = a_project(desk.session, desk.group, title="Crown the limes")
    keep_sums(desk.session, an_estimate(desk.session, project, "80.00", taxes=(VAT,), currency=CURRENCY))
    return project


def _offered(desk: Desk) -> Project:
    """A project whose estimate is out, with work that the client may choose."""
    project = a_project(desk.session, desk.group, title="Lift the beeches")
    estimate = offer(desk, "80.00", "30.00", project=project, currency=CURRENCY)
    estimate.lines[1].optional = True
    keep_sums(desk.session, estimate)
    return project


def _worked(desk: Desk) -> Project:
    """A project in work: a part is billed, a part is done; it took time, and something was bought for it [A75]."""
    project = a_project(desk.session, desk.group, title="Fell the poplars")
    estimate = offer(desk, "100.00", "200.00", "300.00", project=project, currency=CURRENCY)
    work = agree(desk, estimate)
    first, second = work.services[:2]
    complete_services(desk.session, work, [first.id, second.id], desk.actor, desk.clock)
    bill = bill_services(desk.session, estimate.id, [first.line_key], desk.actor, desk.clock)
    issue_invoice(desk.session, bill, desk.actor, desk.clock)
    write_credit_note(
        desk.session, CreditForm(bill.id, "A day less", _pounds("10.00")), desk.actor, desk.clock
    )
    cost = CostForm("Chipper for a day", _pounds("145.00"), desk.clock.today())
    book_cost(desk.session, work, cost, desk.actor, desk.clock)
    worker = desk.session.scalars(select(User.id).order_by(User.id)).first()
    assert worker is not None
    track_time(desk.session, work, TimeForm(worker, desk.clock.today(), 90), desk.actor, desk.clock)
    return project


def _scheduled(desk: Desk) -> list[str]:
    """Work of today with a machine, and a visit that nobody makes yet; their pages on the schedule."""
    session, now = desk.session, desk.clock.now()
    a_template(session)
    machine = a_piece_of_equipment(session)
    project = a_project(session, desk.group, title="Grind the stumps")
    work = agree(desk, offer(desk, "80.00", project=project, currency=CURRENCY))
    plan = Plan(now, now + timedelta(hours=3), equipment=(machine.id,))
    schedule_work(session, work, plan, desk.actor, desk.clock)
    visit = an_event(session, desk.group, starts_at=now + timedelta(hours=1))
    return [
        f"/admin/equipment/details/?id={machine.id}",
        f"/admin/schedule/workorder/{work.id}",
        f"/admin/schedule/workorder/{work.id}/off",
        f"/admin/schedule/event/{visit.id}",
    ]


def _lets_a_card_be_charged(session: OfficeSession, group: CustomerGroup) -> None:
    """The brand has keys of a card provider, and the client saved a card and said that it may be charged [A20]."""
    brand = group.brand or session.scalars(select(Brand).where(Brand.is_default.is_(True))).one()
    brand.stripe_key, brand.stripe_hook_key = "sk_test_walked", "whsec_walked"
    card = PaymentMethod(group_id=group.id, token="pm_charged", brand="visa", last4="1881", brand_id=brand.id)
    card.provider_customer = "cus_walked"
    session.add(card)
    session.flush()
    a_mandate(session, group, card)


def _on_plans(session: OfficeSession, group: CustomerGroup, actor: Actor, clock: Clock) -> None:
    """One plan that runs and one that is paused."""
    for name in ("Yearly tree check", "Spring hedge"):
        chosen = a_service_plan(session, name=name)
        signed = enrol(session, Enrolment(group.id, chosen.id, clock.today()), actor, clock)
    pause(session, signed, actor, clock)
