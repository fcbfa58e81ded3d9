"""Links to one document: what opens, what does not, and how the desk makes them and takes them back.

Every dead link is answered by the same calm page [A64, A83, A85, E12, W33, security.md].
"""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Role
from admin_app.models import (
    AccessState,
    Brand,
    Company,
    Contact,
    CustomerGroup,
    DocumentLink,
    Estimate,
    Invoice,
    InvoiceState,
    PortalAccount,
    Project,
    ProjectAccess,
)
from admin_app.services.portal.links import link_for
from seeds.builders import a_contact, a_group
from seeds.portal_builders import a_portal_account
from seeds.work_builders import MORNING, an_estimate
from tests.forms import send, token_of
from tests.portal.offered import Offered, another, offer_to_clara, revoke
from tests.portal.signing import link_path
from tests.services.desk import Desk
from tests.signing import sign_in_as

DEAD = "no longer opens"


@pytest.fixture
def offered(portal, rows) -> Offered:
    return offer_to_clara(portal, rows)


@pytest.fixture
def office(portal):
    """Ann at the desk."""
    client = portal.test_client()
    sign_in_as(client)
    return client


def _bill(rows, offered: Offered, **but) -> int:
    """An invoice that was issued for the same project."""
    with rows() as session:
        row = Invoice(
            **{
                "group_id": offered.group,
                "project_id": offered.project,
                "number": "R-1",
                "state": InvoiceState.ISSUED,
                "issued_on": MORNING.date(),
                "subtotal": 5000,
                "total": 5000,
                "balance": 5000,
            }
            | but
        )
        session.add(row)
        session.flush()
        return row.id


def _refused(answer) -> bool:
    return answer.status_code == 404 and "Fell the ash" not in answer.text


def test_the_link_opens_its_document_without_signing_in(visitor, offered):
    """[A85]"""
    assert visitor.get(offered.path + "/").status_code == 302
    assert "Fell the ash" in visitor.get(offered.at()).text


@pytest.mark.parametrize(
    "how", ["last letter", "case", "no signature", "another id", "blank", "very long", "nul"]
)
def test_a_token_that_was_altered_opens_nothing(visitor, offered, how):
    """[security.md] A guessed, tampered or shortened token finds nothing, and no page says why."""
    token = offered.path.removeprefix("/portal/d/")
    name, _, signature = token.partition(".")
    last = "0" if signature[-1] != "0" else "1"
    altered = {
        "last letter": f"{token[:-1]}{last}",
        "case": f"{name}.{signature.upper()}"
        if signature.upper() != signature
        else f"{name.swapcase()}.{signature}",
        "no signature": name,
        "another id": f"{name[::-1]}.{signature}",
        "blank": ".",
        "very long": f"{token}{'a' * 4000}",
        "nul": f"{token}%00",
    }[how]
    for page in ("/", f"/proposals/{offered.public_id}", f"/proposals/{offered.public_id}/pdf"):
        assert _refused(visitor.get(f"/portal/d/{altered}{page}")), page


def test_a_link_opens_its_own_document_and_no_other(portal, visitor, rows, offered):
    """The token of one document is none for another of the same people, nor for lists and the statement."""
    with rows() as session:
        desk = Desk(
            session,
            session.info["actor"],
            session.info["clock"],
            session.get_one(CustomerGroup, offered.group),
        )
        other = another(portal, desk, session.get_one(Project, offered.project))
    for path in (
        f"/proposals/{other.public_id}",
        f"/proposals/{other.public_id}/pdf",
        "/proposals/",
        "/projects/",
        "/appointments/",
        "/files/",
    ):
        assert visitor.get(offered.path + path).status_code == 404, path
    assert visitor.get(other.at()).status_code == 200


def test_a_link_that_was_taken_back_is_dead_for_reading_and_for_answers(visitor, rows, offered):
    page = visitor.get(offered.at())
    token = token_of(page)
    revoke(rows, offered)

    assert _refused(visitor.get(offered.path + "/")) and _refused(visitor.get(offered.at()))
    answer = visitor.post(offered.at("decline"), data={"csrf_token": token, "reason": "x"})
    assert answer.status_code == 404
    with rows() as session:
        assert session.get_one(Estimate, offered.id).declined_reason is None


@pytest.mark.parametrize(
    "switch", ["company", "brand", "customer", "module", "user", "archived", "access", "left"]
)
def test_whatever_is_switched_off_closes_the_link_at_once(visitor, rows, offered, switch):
    """[W13-W20, W33, 108]"""
    assert visitor.get(offered.at()).status_code == 200
    with rows() as session:
        clara = session.get_one(Contact, offered.clara)
        if switch == "company":
            session.get_one(Company, 1).portal_enabled_default = False
        elif switch == "brand":
            session.scalars(select(Brand)).first().portal_on = False
        elif switch == "customer":
            session.get_one(CustomerGroup, offered.group).portal_on = False
        elif switch == "module":
            session.get_one(CustomerGroup, offered.group).portal_hides = ["proposals"]
        elif switch == "user":
            a_portal_account(session, clara, active=False)
        elif switch == "archived":
            clara.archived_at = MORNING
        elif switch == "access":
            session.scalars(select(ProjectAccess)).one().state = AccessState.REVOKED
        else:
            for membership in clara.memberships:
                session.delete(membership)
            session.delete(session.scalars(select(ProjectAccess)).one())
    assert _refused(visitor.get(offered.at()))
    assert _refused(visitor.get(offered.path + "/"))


def test_dead_links_are_answered_alike_whatever_the_reason(visitor, rows, offered):
    revoke(rows, offered)
    taken = visitor.get(offered.at())
    unknown = visitor.get(f"/portal/d/{'a' * 22}.{'b' * 32}/proposals/{offered.public_id}")
    assert taken.status_code == unknown.status_code == 404

    def words(answer) -> str:
        return re.sub(r'nonce="[^"]*"', "", answer.text).split("<main", 1)[1].split("</main>")[0]

    assert words(taken) == words(unknown)


def test_the_page_of_a_link_names_nobody_else(portal, visitor, rows, offered):
    """[W12, 114] Other contacts, customers and documents are not in the page, whatever their names."""
    with rows() as session:
        group = session.get_one(CustomerGroup, offered.group)
        a_contact(session, group, first_name="Canaryotto", last_name="Canarylast", email="canary@otto.test")
        stranger = a_group(session, name="Canarystranger Ltd")
        project = session.get_one(Project, offered.project)
        an_estimate(session, project, "77.00", title="Canarydraft")
        assert stranger.id != group.id
    page = visitor.get(offered.at()).text
    assert "anary" not in page


def test_whoever_the_link_names_may_be_signed_in_as_nobody(visitor, rows, offered):
    """A link begins no session: the portal itself stays closed to its holder."""
    visitor.get(offered.at())
    home = visitor.get("/portal/")
    assert home.status_code == 302 and "sign-in" in home.location


# At the desk


def _links(rows) -> int:
    with rows() as session:
        return int(session.scalar(select(func.count()).select_from(DocumentLink)))


def test_the_desk_copies_the_link_of_a_contact_and_looking_makes_none(portal, office, visitor, rows, offered):
    """[A64, E12, E13]"""
    page = office.get(f"/admin/projects/{offered.project}/estimates/{offered.id}").text
    assert f"/admin/links/estimate/{offered.id}" in page and "Copy portal link" in page
    before = _links(rows)
    shown = office.get(f"/admin/links/estimate/{offered.id}").text
    assert f"http://localhost{offered.path}/" in shown, "clara has one since the estimate was sent"
    assert "not opened yet" in shown and _links(rows) == before

    made = send(office, f"/admin/links/estimate/{offered.id}", {"make": "anybody"})
    assert made.status_code == 302 and _links(rows) == before + 1
    shown = office.get(made.location).text
    address = re.search(
        r'value="http://localhost(/portal/d/[^"]+/)"[^>]*>', shown.split("Anybody with the link", 1)[1]
    )
    assert address and visitor.get(address[1]).status_code == 302
    visitor.get(offered.at())
    assert "opened" in office.get(made.location).text


def test_taken_back_at_the_desk_it_is_dead_and_the_next_one_differs(office, visitor, rows, offered):
    here = f"/admin/links/estimate/{offered.id}"
    assert send(office, here, {"take-back": str(offered.link)}).status_code == 302
    assert _refused(visitor.get(offered.at()))
    assert send(office, here, {"take-back": str(offered.link)}).status_code == 404, "it is gone already"

    assert send(office, here, {"make": str(offered.clara)}).status_code == 302
    shown = office.get(here).text
    assert offered.path not in shown and "/portal/d/" in shown


def test_to_whom_the_project_is_closed_no_link_is_made(office, rows, offered):
    """[R33] The refusal comes with the way to grant."""
    with rows() as session:
        otto = a_contact(session, session.get_one(CustomerGroup, offered.group), email="otto@client.test").id
    here = f"/admin/links/estimate/{offered.id}"
    shown = office.get(here).text
    assert "The project is not open to this contact" in shown
    assert f"/admin/projects/{offered.project}/customer" in shown
    before = _links(rows)
    assert send(office, here, {"make": str(otto)}).status_code == 409
    assert send(office, here, {"make": "999999"}).status_code == 404
    assert send(office, here, {"make": "x"}).status_code == 422
    assert _links(rows) == before


def test_a_draft_has_no_link(office, rows, offered):
    with rows() as session:
        draft = an_estimate(session, session.get_one(Project, offered.project), "10.00")
        draft_id = draft.id
    shown = office.get(f"/admin/links/estimate/{draft_id}")
    assert shown.status_code == 200 and "never sent" in shown.text
    assert send(office, f"/admin/links/estimate/{draft_id}", {"make": str(offered.clara)}).status_code == 409


def test_an_invoice_has_its_link_among_its_actions(office, visitor, rows, offered):
    """[A83, A85]"""
    bill_id = _bill(rows, offered)
    page = office.get(f"/admin/projects/{offered.project}/invoice?bill={bill_id}").text
    assert f"/admin/links/invoice/{bill_id}" in page

    assert send(office, f"/admin/links/invoice/{bill_id}", {"make": str(offered.clara)}).status_code == 302
    shown = office.get(f"/admin/links/invoice/{bill_id}").text
    address = re.search(r'value="http://localhost(/portal/d/[^"]+)/"', shown)
    assert address and visitor.get(address[1] + "/").status_code == 302
    assert _refused(visitor.get(f"{address[1]}/proposals/{offered.public_id}")), "it opens the invoice alone"


@pytest.mark.parametrize(
    ("role", "estimates", "bills"),
    [(Role.OFFICE, 200, 200), (Role.ESTIMATOR, 200, 200), (Role.CREW, 403, 403), (Role.ANALYST, 403, 403)],
)
def test_who_may_write_a_document_may_make_its_links(portal, rows, offered, role, estimates, bills):
    bill_id = _bill(rows, offered)
    client = portal.test_client()
    sign_in_as(client, role)
    assert client.get(f"/admin/links/estimate/{offered.id}").status_code == estimates
    assert client.get(f"/admin/links/invoice/{bill_id}").status_code == bills
    answer = send(client, f"/admin/links/invoice/{bill_id}", {"make": "anybody"})
    assert answer.status_code == (302 if bills == 200 else bills)


def test_links_of_two_contacts_and_two_documents_are_all_different(portal, rows, offered):
    with rows() as session:
        estimate = session.get_one(Estimate, offered.id)
        clara = session.get_one(Contact, offered.clara)
        made = [
            link_for(session, about, contact, session.info["actor"], session.info["clock"])
            for about in (estimate,)
            for contact in (clara, None)
        ]
        assert len({link_path(portal, one) for one in made}) == 2
        assert link_path(portal, made[0]) == offered.path, "the living one is found again"
        assert session.scalar(select(PortalAccount)) is None
