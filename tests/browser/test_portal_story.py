"""A client's way on a phone: mail, proposal, signature, deposit, invitation, message, bill, receipt [54-56, 100-122].

The mails are read from a real SMTP listener, the card provider is a server of its own; the office looks on at 1280.
The same answers are given once more with scripts switched off.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from admin_app.jobs.send_messages import send_messages
from admin_app.jobs.shift import Shift
from admin_app.models import (
    Attachment,
    Brand,
    Company,
    Contact,
    CustomerGroup,
    Estimate,
    EstimateState,
    Invoice,
    Payment,
    PortalAccount,
    Signature,
    User,
    WorkOrder,
)
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine, writing
from admin_app.money.proof import prove
from admin_app.services.complete_services import complete_services
from admin_app.services.facts import Said
from admin_app.services.grant_access import grant_access
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.new_estimate import new_estimate
from admin_app.services.portal.address import doorstep_by
from admin_app.services.send_estimate import send_estimate
from admin_app.services.take import take
from admin_app.services.write_estimate import Line, write_estimate
from seeds.builders import a_contact, a_group, an_address
from seeds.work_builders import a_project, a_tax_rate
from tests.browser.company import SmallCompany, found, sign_in
from tests.browser.counted import count_from_now, task
from tests.fixtures.browser import NARROW, Serve, patient_page
from tests.gateways.stripe_provider import HOOK_KEY, KEY, CardProvider
from tests.outbox.conftest import PostOffice, free_port

pytestmark = pytest.mark.browser

PASSWORD = "a long word for the gate"
LINK = re.compile(r"http://\S+/portal/d/\S+/")
INVITATION = re.compile(r"http://\S+/portal/welcome/\S+")
CODE = re.compile(r"\b(\d{6})\b")


@dataclass
class Town:
    """The company at its public address, its mail server, and the provider of cards."""

    company: SmallCompany
    address: str
    post_office: PostOffice
    provider: CardProvider

    def office(self) -> OfficeSession:
        """A session of the desk, which knows where the portal is found."""
        session = self.company.session()
        ann = session.scalars(select(User).order_by(User.id)).first()
        assert ann is not None
        session.info.update(actor=ann.as_actor(), doorstep=doorstep_by(self.company.settings))
        return session

    def mail_to(self, recipient: str, pattern: re.Pattern[str]) -> str:
        """The worker goes round; what the newest mail to somebody says where the pattern matches."""
        engine = open_engine(self.company.settings.database_url)
        send_messages(Shift(self.company.settings, engine, self.company.clock))
        engine.dispose()
        for mail in reversed(self.post_office.mails):
            body = mail.get_body(("plain",))
            matched = (
                pattern.search(body.get_content())
                if body is not None and recipient in str(mail["To"])
                else None
            )
            if matched:
                return matched[matched.lastindex or 0]
        raise AssertionError(f"no mail to {recipient} says {pattern.pattern}: {self.post_office.recipients}")


@pytest.fixture
def town(tmp_path: Path, serve: Serve) -> Iterator[Town]:
    """Clara Finch was sent a proposal of two lines, with a deposit of a fifth."""
    company, post_office, port = found(tmp_path), PostOffice(), free_port()
    controller = Controller(post_office, hostname="127.0.0.1", port=port)
    controller.start()
    address = serve(company.app)
    with CardProvider(hook_url=f"{address}/hooks/stripe") as provider:
        settings = replace(
            company.settings,
            public_url=address,
            stripe_url=provider.url,
            smtp_url=f"smtp://127.0.0.1:{port}",
        )
        company.app.extensions["sawhorse_settings"] = settings
        town = Town(replace(company, settings=settings), address, post_office, provider)
        with writing(), town.office() as session:
            _propose(session, town)
            session.commit()
        yield town
    controller.stop()


def _propose(session: OfficeSession, town: Town) -> None:
    office = session.get_one(Company, 1)
    office.email, office.portal_enabled_default = "office@ashworth.test", True
    brand = session.scalars(select(Brand)).one()
    brand.stripe_key, brand.stripe_hook_key, brand.email = KEY, HOOK_KEY, "office@ashworth.test"
    a_tax_rate(session)
    finches = a_group(session, name="Finch household")
    clara = a_contact(
        session, finches, primary=True, first_name="Clara", last_name="Finch", email="clara@finch.example"
    )
    an_address(session, finches, is_billing=True)
    project = a_project(session, finches, title="Fell the ash")
    actor, clock = session.info["actor"], town.company.clock
    estimate = new_estimate(session, project, actor, clock)
    lines = [
        Line({"description": words, "quantity": "1", "unit_price": price}, taxes=("VAT 20 %",))
        for words, price in (("Fell the ash", "400.00"), ("Grind the stump", "100.00"))
    ]
    write_estimate(session, estimate, actor, terms={"deposit_percent": "20"}, lines=lines)
    grant_access(session, project, clara.id, actor, clock)
    send_estimate(session, estimate, actor, clock, contact_id=clara.id)


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def phone(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """The client's phone, 390 wide; without scripts everything still works."""
    context = browser.new_context(
        viewport=NARROW, locale="en-GB", java_script_enabled=request.param, has_touch=True
    )
    yield patient_page(context)
    context.close()


@pytest.fixture
def scripts(request: pytest.FixtureRequest) -> bool:
    """Whether the phone runs scripts."""
    return "without scripts" not in request.node.name


def test_from_the_mail_to_the_receipt(phone: Page, page: Page, town: Town, scripts: bool) -> None:
    told: Callable[[str], AbstractContextManager[object]] = nullcontext
    if scripts:
        count_from_now(phone)
        told = partial(task, phone)
    phone.goto(town.mail_to("clara@finch.example", LINK))
    with told("signed by a code from the mail, and the deposit paid"):
        _sign_and_pay_the_deposit(phone, town, scripts)
    _is_invited_and_signs_in(phone, page, town)
    with told("a message with a photo"):
        _writes_with_a_photo(phone, town)
    _do_the_work_and_send_the_bill(town)
    with told("the bill paid, its receipt opened"):
        _pays_the_bill(phone, town, scripts)
    _the_office_sees_it_all(page, town)
    with town.company.session() as session:
        assert not [found for found in prove(session) if found.offences]


def _sign_and_pay_the_deposit(phone: Page, town: Town, scripts: bool) -> None:
    """From the mail to the provider's page in four taps: the link, the code, the signature, the deposit."""
    expect(phone.get_by_role("heading", name="Fell the ash").first).to_be_visible()
    phone.get_by_role("button", name="Send me the code").click()
    expect(phone.get_by_label("The code")).to_be_visible()
    phone.get_by_label("The code").fill(town.mail_to("clara@finch.example", CODE))
    phone.get_by_role("button", name="Sign for €600.00").click()
    expect(phone.get_by_role("heading", name="Signed by Clara Finch")).to_be_visible()
    phone.get_by_role("button", name="Pay deposit of €120.00").click()
    _pay_at_the_provider(phone, town, scripts)
    with town.company.session() as session:
        signed = session.scalars(select(Signature)).one()
        assert (signed.signer, bool(signed.evidence)) == ("Clara Finch", True)
        assert session.scalars(select(Estimate.state)).one() is EstimateState.CONFIRMED
        assert session.scalars(select(WorkOrder)).one().title
        assert session.scalars(select(Payment.amount)).all() == [12_000]


def _pay_at_the_provider(phone: Page, town: Town, scripts: bool) -> None:
    if not scripts:
        phone.get_by_role("link", name=re.compile("Go on and pay")).click()
    expect(phone.get_by_role("heading", level=1)).to_be_visible()
    phone.wait_for_url(lambda url: url.startswith(town.provider.url))
    phone.get_by_role("button", name="Pay").click()
    phone.wait_for_url(lambda url: url.startswith(town.address))
    thanks = phone.get_by_text(re.compile("Thank you", re.IGNORECASE)).first
    look = phone.get_by_role("button", name=re.compile("^Look"))
    expect(thanks.or_(look)).to_be_visible()
    if not scripts and look.is_visible():
        look.click()  # a script would have asked by itself
    expect(thanks).to_be_visible()


def _is_invited_and_signs_in(phone: Page, page: Page, town: Town) -> None:
    sign_in(page, town.address)
    with town.company.session() as session:
        group, contact = (
            session.scalars(select(CustomerGroup.id)).one(),
            session.scalars(select(Contact.id)).one(),
        )
    page.goto(f"{town.address}/admin/customers/{group}/portal/users/{contact}")
    page.get_by_role("button", name=re.compile("Invite")).first.click()
    phone.goto(town.mail_to("clara@finch.example", INVITATION))
    phone.get_by_label("Password", exact=False).first.fill(PASSWORD)
    for again in phone.get_by_label(re.compile("again", re.IGNORECASE)).all():
        again.fill(PASSWORD)
    phone.get_by_role("button", name="Keep this password and sign in").click()
    expect(phone.get_by_role("heading", name="Hello, Clara")).to_be_visible()


def _writes_with_a_photo(phone: Page, town: Town) -> None:
    drawn = BytesIO()
    Image.new("RGB", (300, 200), "#3a6b35").save(drawn, "JPEG")
    phone.goto(f"{town.address}/portal/jobs/")
    phone.get_by_role("link", name=re.compile("Fell the ash")).first.click()
    phone.locator("summary").filter(has_text="Write a message").click()
    phone.get_by_label("Your message").fill("The gate sticks; lift it a little. <b>Thanks</b>")
    phone.locator("input[type=file]").first.set_input_files(
        {"name": "the gate.jpg", "mimeType": "image/jpeg", "buffer": drawn.getvalue()}
    )
    phone.get_by_role("button", name="Send message").click()
    expect(phone.get_by_text("The gate sticks; lift it a little. <b>Thanks</b>").first).to_be_visible()
    with town.company.session() as session:
        assert session.scalars(select(Attachment)).one().content_type == "image/jpeg"


def _do_the_work_and_send_the_bill(town: Town) -> None:
    with writing(), town.office() as session:
        actor, clock = session.info["actor"], town.company.clock
        work = session.scalars(select(WorkOrder)).one()
        work.needs_safety_form = work.needs_finish_form = work.needs_report = False
        take(session, work, "start", actor, clock, Said())
        complete_services(session, work, [one.id for one in work.services], actor, clock)
        take(session, work, "complete", actor, clock, Said())
        bill = session.scalars(select(Invoice)).one()
        issue_invoice(session, bill, actor, clock)
        session.commit()


def _pays_the_bill(phone: Page, town: Town, scripts: bool) -> None:
    phone.goto(f"{town.address}/portal/")
    phone.get_by_role("link", name="Pay invoice").first.click()
    expect(phone.get_by_text("€480.00").first).to_be_visible()
    phone.get_by_role("button", name=re.compile("^Pay")).first.click()
    _pay_at_the_provider(phone, town, scripts)
    phone.get_by_role("link", name="Open receipt").click()
    expect(phone.get_by_text("€480.00").first).to_be_visible()


def _the_office_sees_it_all(page: Page, town: Town) -> None:
    page.goto(f"{town.address}/admin/inbox/")
    page.get_by_role("link", name=re.compile("Fell the ash")).first.click()
    expect(page.get_by_text("The gate sticks; lift it a little. <b>Thanks</b>").first).to_be_visible()
    with town.company.session() as session:
        project = session.scalars(select(Estimate.project_id)).one()
        assert session.scalars(select(Invoice.balance)).all() == [0]
        assert session.scalars(select(PortalAccount.last_signed_in_at)).one()
    page.goto(f"{town.address}/admin/projects/{project}/estimate")
    expect(page.get_by_text(re.compile("[Oo]pened .*Clara Finch|Clara Finch.* opened")).first).to_be_visible()
    page.goto(f"{town.address}/admin/projects/{project}/invoice")
    expect(page.get_by_text(re.compile("[Oo]pened .*Clara Finch|Clara Finch.* opened")).first).to_be_visible()
