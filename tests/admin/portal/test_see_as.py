"""See as this contact, with changes nobody saved; who can see this: the difference, the rules [112, 113, E14, L4]."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import SYSTEM, Role
from admin_app.models import (
    AccessState,
    Attachment,
    Contact,
    CustomerGroup,
    Estimate,
    EstimateState,
    Membership,
    OutboxMessage,
    PortalAccount,
    PortalReceipt,
    Project,
    ProjectAccess,
)
from admin_app.policy import Proposed, client_scope
from admin_app.records.portal_views import compare
from admin_app.services.portal.previews import preview_of
from seeds.builders import a_brand, a_company, a_contact, a_group, an_event
from seeds.portal_builders import MORNING, a_portal_account, access_to
from seeds.work_builders import a_project, an_estimate
from tests.forms import read_off, send
from tests.portal.household import an_invoice
from tests.records.lists import statements
from tests.signing import a_user, on_sqlite, sign_in_as

SHOWN = [
    "appointments",
    "files",
    "proposals",
    "jobs",
    "invoices",
    "messages",
    "requests",
]


@dataclass(frozen=True)
class House:
    """Clara may come in and sees the ash; Otto belongs to the customer and has no portal user; the desk is ann's."""

    desk: Any
    rows: Any
    group: int
    clara: int
    otto: int
    ash: int
    stump: int
    of_ash: int
    of_stump: int

    def page(self, word: str = "customer", number: int | None = None, **told: Any) -> str:
        """The page, its entities read."""
        answer = self.desk.get(f"/admin/preview/{word}/{number or self.group}", query_string=told)
        assert answer.status_code == 200, answer.status_code
        return html.unescape(answer.get_data(as_text=True))

    def tried(self, contact: int, **but: Any) -> dict[str, Any]:
        """What the form says when nothing in it was changed, but for `but`."""
        facts: dict[str, Any] = {"contact": contact, "changes": "1", "group-on": "yes", "user-shows": SHOWN}
        facts |= (
            {"account-on": "yes", "was": [self.ash], "open": [self.ash]}
            if contact == self.clara
            else {"account-on": "no"}
        )
        return {key.replace("_", "-"): value for key, value in (facts | but).items()}


@pytest.fixture
def house(app: Any, signed_in: Any, rows: Any) -> House:
    with rows() as session:
        a_company(session, portal_enabled_default=True)
        a_brand(session, is_default=True)
        group = a_group(session)
        clara = a_contact(session, group, primary=True)
        a_portal_account(session, clara)
        otto = a_contact(session, group, first_name="Otto", last_name="Other")
        ash, stump = a_project(session, group), a_project(session, group, title="Grind the stump")
        access_to(session, ash, clara)
        sent = {"state": EstimateState.SENT, "sent_at": MORNING}
        of_ash = an_estimate(session, ash, number="E-1", title="The ash", **sent)
        of_stump = an_estimate(session, stump, number="E-2", title="The stump <b>", **sent)
        an_estimate(session, ash, title="A secret draft")
        an_event(session, group, title="Of the account")
        other = a_group(session, name="Somebody else")
        an_estimate(session, a_project(session, other), number="E-9", title="Of somebody else", **sent)
        ids = (group.id, clara.id, otto.id, ash.id, stump.id, of_ash.id, of_stump.id)
    return House(signed_in, rows, *ids)


def counted(rows: Any, kind: Any) -> int:
    with rows() as session:
        return int(session.scalar(select(func.count()).select_from(kind)) or 0)


def section(page: str, title: str) -> str:
    """One part of the page by its heading."""
    return page.split(f">{title}</h2>", 1)[1].split("</section>\n", 1)[0]


def test_a_project_that_is_opened_names_what_appears_and_the_rule(house: House) -> None:
    """Proposed, not saved: the estimate of the stump would be shown, with its reason [113]."""
    page = house.page(**house.tried(house.clara, open=[house.ash, house.stump]))
    assert "“Grind the stump” is opened" in page
    difference = page.split(">The difference</h2>")[1]
    assert "E-2 The stump <b>" in difference and "Appears" in difference
    assert "Shown: the part “proposals” is on for them, and it belongs to their customer" in difference
    assert "A secret draft" not in difference and "Of somebody else" not in difference
    assert "Vanishes" not in difference
    with house.rows() as session:
        assert session.scalars(select(ProjectAccess.project_id)).all() == [house.ash], "nothing was saved"


def test_what_would_vanish_is_named_with_the_rule_that_hides_it(house: House) -> None:
    """Closing the project, and hiding a part, each by its own sentence [113]."""
    page = house.page(**house.tried(house.clara, open=[]))
    difference = page.split(">The difference</h2>")[1]
    assert "Vanishes" in difference and "E-1 The ash" in difference
    assert "Hidden: its project was not opened to them" in difference

    page = house.page(**house.tried(house.clara, user_shows=[one for one in SHOWN if one != "proposals"]))
    difference = page.split(">The difference</h2>")[1]
    assert "Proposals from the menu" in difference
    assert "Hidden: the part “proposals” of the portal is hidden from them" in difference


@on_sqlite
@pytest.mark.parametrize(
    ("but", "says"),
    [
        ({"account_on": "no"}, "The portal user is switched off, so nothing would be seen."),
        ({"group_on": "no"}, "The portal is switched off for this customer, so nothing would be seen."),
    ],
)
def test_a_switch_that_is_proposed_off_leaves_nothing(house: House, but: dict[str, str], says: str) -> None:
    """And there is nothing to look at then [113, W33]."""
    page = house.page(**house.tried(house.clara, **but))
    assert says in page
    assert "Look as Clara" not in page


@on_sqlite
def test_nothing_tried_shows_what_is_seen_now(house: House) -> None:
    """Of two sent estimates and a draft Clara sees one [112, E14]."""
    page = house.page(contact=house.clara)
    counts = re.search(r"Proposals</th><td[^>]*>(\d+)</td><td[^>]*>(\d+)</td>", page)
    assert counts is not None and counts.groups() == ("3", "1")
    assert "Save these changes" not in page
    assert "Look as Clara" in page


@on_sqlite
def test_a_contact_without_a_portal_user_is_told_so_and_can_be_looked_at(house: House) -> None:
    """The look shows what would be seen; Yes proposes a portal user [113]."""
    page = house.page(contact=house.otto)
    assert "This contact has no portal user yet, so nothing is seen" in page
    assert "Look as Otto" in page
    page = house.page(**house.tried(house.otto, account_on="yes", open=[house.ash]))
    assert "Otto Other gets a portal user" in page
    assert "E-1 The ash" in page.split(">The difference</h2>")[1]


def test_saving_is_a_second_step_by_the_services(house: House) -> None:
    """Account, part, projects: what was tried holds, silently [113, R36, R37]."""
    tried = house.tried(house.otto, account_on="yes", open=[house.stump], user_shows=SHOWN[1:])
    answer = send(house.desk, f"/admin/preview/customer/{house.group}/save", tried)
    assert answer.status_code == 302
    with house.rows() as session:
        account = session.scalars(select(PortalAccount).where(PortalAccount.contact_id == house.otto)).one()
        assert account.active
        access = session.scalars(select(ProjectAccess).where(ProjectAccess.contact_id == house.otto)).one()
        assert (access.project_id, access.state) == (house.stump, AccessState.INVITED)
        member = session.scalars(select(Membership).where(Membership.contact_id == house.otto)).one()
        assert member.portal_hides == ["appointments"]
    assert counted(house.rows, OutboxMessage) == 0

    send(
        house.desk,
        f"/admin/preview/customer/{house.group}/save",
        house.tried(house.clara, open=[], group_on="no"),
    )
    with house.rows() as session:
        states = session.scalars(select(ProjectAccess.state).where(ProjectAccess.contact_id == house.clara))
        assert states.all() == [AccessState.REVOKED]
        assert session.get_one(CustomerGroup, house.group).portal_on is False


@on_sqlite
def test_saving_what_stands_already_changes_nothing(house: House) -> None:
    """Somebody else was faster, or the page was sent twice."""
    tried = house.tried(house.clara, open=[house.ash, house.stump])
    for _ in range(2):
        assert send(house.desk, f"/admin/preview/customer/{house.group}/save", tried).status_code == 302
    assert "Everything stands like that already." in house.page(contact=house.clara)
    assert counted(house.rows, ProjectAccess) == 2


@on_sqlite
def test_projects_of_another_customer_are_never_opened(house: House, app: Any) -> None:
    """A number that was put into the form by hand."""
    with house.rows() as session:
        foreign = a_project(session, a_group(session, name="Otto's pub")).id
    tried = house.tried(house.clara, open=[house.ash, foreign])
    page = house.page(**tried)
    assert "is opened" not in page
    token = read_off(r'href="/admin/see-as/([^"/]+)', page)
    preview = preview_of(app.extensions["sawhorse_settings"].secret_key, token)
    assert preview is not None and preview.proposed.opened == frozenset()
    send(house.desk, f"/admin/preview/customer/{house.group}/save", tried)
    assert counted(house.rows, ProjectAccess) == 1


@on_sqlite
def test_the_look_is_the_portal_itself_read_only_and_leaves_no_trace(house: House) -> None:
    """Banner, the client's pages, no receipt, no act [L4, E14, 112]."""
    page = house.page("estimate", house.of_ash, contact=house.clara)
    path = re.search(r'href="(/admin/see-as/[^"]+)"', page)
    assert path is not None and "/proposals/" in path[1]
    seen = house.desk.get(path[1])
    assert seen.status_code == 200
    assert "Preview" in seen.text and "Clara" in seen.text and "The ash" in seen.text
    for act in ("decline", "changes", "sign", "code", "options"):
        refused = send(house.desk, f"{path[1]}/{act}", {"reason": "x", "comment": "x"})
        assert refused.status_code == 409, act
        assert "This is a preview" in html.unescape(refused.text), act
    assert counted(house.rows, PortalReceipt) == 0
    with house.rows() as session:
        assert session.get_one(Estimate, house.of_ash).state is EstimateState.SENT


@on_sqlite
def test_the_look_obeys_what_was_tried(house: House) -> None:
    """The proposed project is open in it, and in it alone [113]."""
    tried = house.tried(house.clara, open=[house.ash, house.stump])
    page = house.page("estimate", house.of_stump, **tried)
    assert "Would see it" in page and "Does not see it now" in page
    path = re.search(r'href="(/admin/see-as/[^"]+)"', page)
    assert path is not None
    assert house.desk.get(path[1]).status_code == 200
    now = house.page("estimate", house.of_stump, contact=house.clara)
    home = re.search(r'href="(/admin/see-as/[^"]+)"', now)
    assert home is not None and "/proposals/" not in home[1], "what is hidden is not where the look begins"
    assert house.desk.get(home[1].rstrip("/") + "/proposals/" + path[1].rsplit("/", 1)[1]).status_code == 404


def test_who_can_see_this_lists_everybody_with_the_rule_and_the_way(house: House) -> None:
    """Clara by her project, Otto not for want of a portal user; then for want of access [L4, 113]."""

    def row_of(name: str) -> str:
        page = house.desk.get(f"/admin/preview/estimate/{house.of_ash}/who-sees").get_data(as_text=True)
        assert "Seen in the portal by 1 of 2 people." in page
        found = re.search(rf"{name}.*?</tr>", page.split("<tbody>")[1], re.S)
        assert found is not None
        return found[0]

    assert "Shown" in row_of("Clara") and "it was sent" in row_of("Clara")
    assert "Hidden" in row_of("Otto") and "no portal user yet" in row_of("Otto")
    assert f"/portal/users/{house.otto}" in row_of("Otto")
    with house.rows() as session:
        a_portal_account(session, session.get_one(Contact, house.otto))
    assert "Its project was not opened to them" in row_of("Otto")
    assert f"/people/{house.otto}/access" in row_of("Otto")


@on_sqlite
@pytest.mark.parametrize("part", ["", "/who-sees"])
def test_previews_are_for_those_who_grant_access(house: House, app: Any, part: str) -> None:
    """The crew is refused; what is not there is not there [L4]."""
    with house.rows() as session:
        a_user(session, Role.CREW)
    crew = app.test_client()
    sign_in_as(crew, Role.CREW)
    assert crew.get(f"/admin/preview/estimate/{house.of_ash}{part}").status_code == 403
    assert app.test_client().get(f"/admin/preview/estimate/{house.of_ash}{part}").status_code == 302
    for wrong in ("estimate/999", "task/1", "nonsense/1", "estimate/99999999999999999999"):
        assert house.desk.get(f"/admin/preview/{wrong}{part}").status_code == 404, wrong
    stranger = house.desk.get(f"/admin/preview/customer/{house.group}?contact=999")
    assert stranger.status_code == 404


@on_sqlite
@pytest.mark.parametrize(
    "but", [{"user_shows": ["nonsense"]}, {"open": ["x", "-1", "9" * 30]}, {"account_on": "maybe"}]
)
def test_what_was_typed_into_the_address_breaks_nothing(house: House, but: dict[str, Any]) -> None:
    """Refused in words or read as nothing."""
    told = house.tried(house.clara, **but)
    assert house.desk.get(f"/admin/preview/customer/{house.group}", query_string=told).status_code in (
        200,
        422,
    )


def test_more_records_cost_no_more_statements(house: House, app: Any) -> None:
    """The difference is counted by one statement and named by two a kind, however much there is."""

    def cost() -> tuple[int, int]:
        with house.rows() as session:
            now = client_scope(session, house.clara, house.group)
            proposed = Proposed(opened=frozenset({house.stump}))
            then = client_scope(session, house.clara, house.group, proposed=proposed)
            with statements(session) as asked:
                compared = compare(session, SYSTEM, house.group, now, then)
            return len(asked), compared.differs

    before, few = cost()
    with house.rows() as session:
        stump = session.get_one(Project, house.stump)
        for number in range(40):
            an_estimate(session, stump, number=f"E-{100 + number}", state=EstimateState.SENT, sent_at=MORNING)
    after, many = cost()
    assert before == after
    assert many == few + 40


@on_sqlite
def test_profile_and_documents_lead_to_who_sees_them(house: House) -> None:
    """From the profile, a project, an estimate, an invoice, a file and an appointment [112, E14, 113]."""
    with house.rows() as session:
        invoice = an_invoice(session, session.get_one(Project, house.ash), "N-1").id
        photo = Attachment(
            group_id=house.group,
            name="before.png",
            content_type="image/png",
            size=1,
            sha256="0" * 64,
            store_key="before",
            created_at=MORNING,
            uploaded_by="Ann Ashworth",
        )
        session.add(photo)
        session.flush()
        photo_id = photo.id
    for path, link in (
        (f"/admin/customers/{house.group}", f"/admin/preview/customer/{house.group}"),
        (f"/admin/projects/{house.ash}/customer", f"/admin/preview/project/{house.ash}/who-sees"),
        (
            f"/admin/projects/{house.ash}/estimates/{house.of_ash}",
            f"/admin/preview/estimate/{house.of_ash}/who-sees",
        ),
        (f"/admin/invoices/details/?id={invoice}", f"/admin/preview/invoice/{invoice}/who-sees"),
        (f"/admin/customers/{house.group}/files", f"/admin/preview/file/{photo_id}/who-sees"),
        (f"/admin/customers/{house.group}/events", "/admin/preview/event/1/who-sees"),
    ):
        page = house.desk.get(path, follow_redirects=True)
        assert page.status_code == 200, path
        assert f'href="{link}"' in page.text, path
        assert house.desk.get(link).status_code == 200, link
