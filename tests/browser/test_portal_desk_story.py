"""The office opens its portal: the switch for all, a portal user at the phone by keyboard, what follows when it ends.

Issue 5, point 8 [E7-E14, W13-W33, L19, 121].  Each page is looked at in both themes and widths on the way.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, expect
from sqlalchemy import select

from admin_app.models import (
    Company,
    Contact,
    CustomerGroup,
    EstimateState,
    PortalAccount,
    PortalReceipt,
    Project,
    ProjectContact,
    SeenHow,
)
from admin_app.models.engine import writing
from seeds.builders import a_brand, a_contact, a_group
from seeds.portal_builders import a_contact_change, a_document_link, a_portal_account, access_to
from seeds.work_builders import a_project, an_estimate
from tests.browser.company import SmallCompany, found, sign_in
from tests.browser.eyes import Eyes
from tests.fixtures.browser import Serve

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Office:
    """The company with a customer whose people are at every stage; the ids that its pages carry."""

    company: SmallCompany
    group: int
    clara: int
    project: int
    estimate: int
    wish: int

    @property
    def pages(self) -> list[str]:
        """Every page of this story."""
        home = f"/admin/customers/{self.group}"
        return [
            "/admin/settings/communications",
            "/admin/settings/communications/portal",
            f"{home}/contacts",
            f"{home}/portal",
            f"{home}/portal/users/new",
            f"{home}/portal/users/{self.clara}",
            f"/admin/projects/{self.project}/customer",
            f"/admin/projects/{self.project}/people/{self.clara}/access",
            f"/admin/projects/{self.project}/estimates/{self.estimate}",
            "/admin/inbox/?box=details",
            f"/admin/inbox/changes/{self.wish}",
        ]


def an_office(home: Path) -> Office:
    """A household of four with long names, one of them active, one off, one invited, one of nothing yet."""
    company = found(home)
    now = company.clock.now()
    with writing(), company.session() as session:
        a_brand(session, name="Southbridge Landscape and Tree Care", key="south", portal_hides=["files"])
        group = a_group(session, name="Featherstonehaugh-Cholmondeley household and stables")
        clara = a_contact(
            session,
            group,
            primary=True,
            first_name="Clara Wilhelmina",
            last_name="Featherstonehaugh-Cholmondeley",
            email="clara.wilhelmina.featherstonehaugh@a-long-domain.example",
        )
        otto = a_contact(session, group, first_name="Otto", last_name="Off", email="otto@client.example")
        ines = a_contact(session, group, first_name="Ines", last_name="Invited", email="ines@client.example")
        a_contact(session, group, first_name="Nils", last_name="Nobody")
        a_portal_account(session, clara, last_signed_in_at=now, last_seen_at=now)
        a_portal_account(session, otto, active=False)
        a_portal_account(session, ines, invited_at=None)
        project = a_project(session, group, title="Fell the ash beside the stables")
        session.add(ProjectContact(project_id=project.id, contact_id=clara.id))
        access_to(session, project, clara)
        sent = {"state": EstimateState.SENT, "sent_at": now, "number": "E-00012"}
        estimate = an_estimate(session, project, "1200.00", **sent)
        a_document_link(session, estimate, clara)
        a_document_link(session, estimate)
        for how, more in ((SeenHow.OPENED, {}), (SeenHow.DOWNLOADED, {"content_hash": "ab12" * 16})):
            session.add(
                PortalReceipt(
                    at=now,
                    group_id=group.id,
                    contact_id=clara.id,
                    about="estimate",
                    about_id=estimate.id,
                    how=how,
                    **more,
                )
            )
        wish = a_contact_change(
            session,
            clara,
            group,
            before={"email": clara.email, "phone": None},
            after={"email": "clara@new.example", "phone": "+44 20 7946 0000"},
        )
        session.commit()
        return Office(company, group.id, clara.id, project.id, estimate.id, wish.id)


def test_the_office_opens_its_portal_at_the_phone(narrow_page: Page, serve: Serve, tmp_path: Path) -> None:
    page, office = narrow_page, an_office(tmp_path)
    address = serve(office.company.app)
    sign_in(page, address)

    # On for everybody: what follows is said, nothing is taken away, so one Save is enough [E7-E9].
    page.goto(f"{address}/admin/settings/communications")
    page.get_by_role("link", name="Set up the portal").click()
    page.get_by_role("group", name="Clients can use the portal").get_by_label("Yes").check()
    page.get_by_role("button", name="Save portal").click()
    expect(page.get_by_text("2 portal users get in. 2 links work again.")).to_be_visible()

    # A portal user by keyboard [W29].
    page.goto(f"{address}/admin/customers/{office.group}/portal")
    page.get_by_role("link", name="Add portal user").press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("User name").fill("nils")
    dialog.get_by_label("Invoices, statement and payments").press("Space")
    dialog.get_by_label("User name").press("Enter")
    expect(page.get_by_text("Nils Nobody is a portal user now. No mail was sent.")).to_be_visible()
    expect(page.get_by_text("sees no invoices")).to_be_visible()

    # An identifier, copied [W21, E13].
    page.get_by_label("Portal identifier").fill("featherstone")
    page.get_by_role("button", name="Save identifier").click()
    expect(page.get_by_label("Where Featherstonehaugh")).to_have_value(f"{address}/portal/featherstone/")
    page.get_by_role("button", name="Copy link").first.click()
    expect(page.get_by_text("Copied")).to_be_visible()

    # Off for this customer: the numbers first, then once more [W31].
    page.get_by_role("group", name="can use the portal").get_by_label("No").check()
    page.get_by_role("button", name="Save portal").click()
    expect(page.get_by_text("3 portal users lose access")).to_be_visible()
    expect(page.get_by_text("2 links stop working")).to_be_visible()
    page.get_by_role("button", name="Save, and this follows").click()
    expect(page.get_by_text("nobody gets in, and no link opens")).to_be_visible()

    with office.company.session() as session:
        nils = session.scalars(select(Contact).where(Contact.last_name == "Nobody")).one()
        account = session.scalars(select(PortalAccount).where(PortalAccount.contact_id == nils.id)).one()
        assert account.user_name == "nils" and nils.memberships[0].portal_hides == ["invoices"]
        group = session.get_one(CustomerGroup, office.group)
        assert not group.portal_on and group.portal_identifier == "featherstone"
        assert session.get_one(Company, 1).portal_enabled_default
        assert session.get_one(Project, office.project).group_id == group.id


def test_unsaved_switches_warn_before_they_are_left(page: Page, serve: Serve, tmp_path: Path) -> None:
    """[E9, W30]"""
    office = an_office(tmp_path)
    address = serve(office.company.app)
    sign_in(page, address)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)

    page.goto(f"{address}/admin/settings/communications/portal")
    page.get_by_label("Messages").first.uncheck()
    page.get_by_role("link", name="Communications", exact=True).last.click(no_wait_after=True)
    page.wait_for_timeout(300)

    assert asked == ["beforeunload"]
    with office.company.session() as session:
        assert session.get_one(Company, 1).portal_hides == []


def test_the_pages_about_the_portal_are_accessible(visitor, serve: Serve, tmp_path: Path) -> None:
    office = an_office(tmp_path)
    with writing(), office.company.session() as session:
        session.get_one(Company, 1).portal_enabled_default = True
        session.commit()
    address = serve(office.company.app)
    sign_in(visitor, address)
    eyes = Eyes(visitor)

    for path in office.pages:
        eyes.look_at(address + path)

    assert not eyes.wrong, "\n".join(eyes.wrong)
