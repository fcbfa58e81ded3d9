"""A stranger writes; at the phone the office makes the request a customer's, answers by keyboard, and is done [100]."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from admin_app.models import Company, Contact, OutboxMessage, Thread, ThreadState
from admin_app.models.engine import writing
from admin_app.services.inbound.read_mail import read_mail
from admin_app.services.inbound.take_in_mail import take_in_mail
from seeds.builders import a_group
from tests.browser.company import SmallCompany, found, sign_in
from tests.fixtures.browser import Serve
from tests.services.inbound.letters import a_mail

pytestmark = pytest.mark.browser


def test_a_request_is_answered_at_the_phone(narrow_page: Page, serve: Serve, tmp_path: Path) -> None:
    page, company = narrow_page, found(tmp_path)
    _sam_writes(company)
    address = serve(company.app)
    sign_in(page, address)

    page.goto(f"{address}/admin/inbox/")
    page.get_by_role("link", name="A beech across our drive").click()
    expect(page.get_by_text("Nobody knows the sender yet")).to_be_visible()
    page.get_by_placeholder("Type to find").fill("mill")
    page.get_by_role("option", name="Mill Lane Farm").click()
    expect(page.locator(".ts-control .item")).to_have_text(re.compile("Mill Lane Farm"))
    page.get_by_role("button", name="Attach to customer").click()
    expect(page.get_by_text("It belongs to Mill Lane Farm now.")).to_be_visible()

    expect(page.get_by_text("to Sam Harding, sam@example.org")).to_be_visible()
    page.get_by_label("What you say").fill("We come this afternoon.")
    page.get_by_label("What you say").press("Control+Enter")
    expect(page.get_by_text("Mail on its way to sam@example.org.")).to_be_visible()
    expect(page.get_by_text("Waits to go out")).to_be_visible()

    page.get_by_role("button", name="Mark done", exact=True).click()
    expect(page.get_by_text("Everybody has an answer")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Open again.")).to_be_visible()

    with company.session() as session:
        thread = session.scalars(select(Thread)).one()
        assert (thread.state, thread.waits) == (ThreadState.OPEN, False)
        assert str(thread.group) == "Mill Lane Farm"
        assert session.scalars(select(OutboxMessage.body)).all() == ["We come this afternoon."]
        assert session.scalars(select(Contact.email).where(Contact.last_name == "Harding")).all() == [
            "sam@example.org"
        ]


def _sam_writes(company: SmallCompany) -> None:
    """A mail of somebody whom nobody knows; Mill Lane Farm is a customer already."""
    with writing(), company.session() as session:
        session.scalars(select(Company)).one().email = "office@ashworth.test"
        a_group(session, name="Mill Lane Farm")
        raw = a_mail(
            "Can you come?", sender="Sam Harding <sam@example.org>", subject="A beech across our drive"
        )
        take_in_mail(session, read_mail(raw), [], "secret", session.info["clock"])
        session.commit()
