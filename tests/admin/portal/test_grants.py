"""Granting access in the project's Customer tab, as it shows once a portal stands behind it [R32-R40, 105-107]."""

import re

import pytest
from sqlalchemy import select

from admin_app.models import (
    AccessState,
    Company,
    Estimate,
    EstimateState,
    OutboxMessage,
    PortalAccount,
    ProjectAccess,
)
from tests.signing import on_sqlite

pytestmark = on_sqlite


@pytest.fixture
def home(project_id):
    return f"/admin/projects/{project_id}"


def told(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_both_presets_are_explained_and_a_first_time_client_has_a_tip(counter, home, otto, clara):
    """[R38, R39, R40]"""
    page = told(counter.page(f"{home}/people/{otto}/access"))

    assert "Document-only: Invite" in page and "Full portal: Invite and notify" in page
    assert "cost-plus" in page and "fixed price" in page
    assert "the proposal is the first thing they see" in page
    assert "Document-only is Invite" in told(counter.page(f"{home}/customer"))


def test_the_tab_shows_how_far_everybody_is_and_when_they_were_last_seen(counter, clock, home, clara):
    page = told(counter.page(f"{home}/customer"))
    assert "Access, no mail sent" in page and "Never signed in" in page and "Invited by mail" in page

    account = counter.look().scalars(select(PortalAccount)).one()
    account.last_signed_in_at = account.last_seen_at = clock.now()
    counter.session.commit()

    page = counter.page(f"{home}/customer")
    assert "Last seen today 09:30" in told(page)
    assert f"/portal/users/{clara}" in page


def test_an_invitation_in_silence_makes_a_way_in_and_sends_nothing(counter, home, clara):
    """[R32, R36, R37] Taking it away leaves the person assigned."""
    counter.post(f"{home}/people/{clara}/revoke")
    assert counter.look().scalars(select(ProjectAccess.state)).one() is AccessState.REVOKED
    page = told(counter.page(f"{home}/customer"))
    assert "Access taken away" in page or "Assigned, no access" in page

    counter.post(f"{home}/people/{clara}/access", {"how": "silent"})
    assert counter.look().scalars(select(ProjectAccess.state)).one() is AccessState.INVITED


def test_the_red_x_says_what_stops_and_undo_gives_it_back(counter, home, clara):
    """[R37]"""
    page = counter.post(f"{home}/people/{clara}/revoke", follow_redirects=True).text

    assert "closed to Clara Finch, who stays assigned. 1 link stops working." in page
    undo = re.search(r'action="([^"]*/access\?how=silent)"', page)
    assert undo
    assert counter.post(undo[1]).status_code == 302
    assert counter.look().scalars(select(ProjectAccess.state)).one() is AccessState.INVITED
    assert counter.session.scalars(select(OutboxMessage)).all() == []


def test_a_portal_that_is_off_is_said_beside_the_grants(counter, home, otto):
    counter.look().get_one(Company, 1).portal_enabled_default = False
    counter.session.commit()

    for page in (counter.page(f"{home}/customer"), counter.page(f"{home}/people/{otto}/access")):
        assert "switched off for everybody" in page
    assert "Open the switches" in counter.page(f"{home}/customer")


def test_a_proposal_to_somebody_without_access_is_refused_with_the_way_to_grant_it(counter, home, otto):
    """[R33, 105]"""
    estimate = counter.look().scalars(select(Estimate)).one().id

    refused = counter.post(
        f"{home}/estimates/{estimate}/step/send", {"way": "mail", "contact": str(otto), "message": ""}
    )

    assert refused.status_code in (409, 422)
    assert "grant access" in refused.text and f'href="{home}/customer"' in refused.text
    assert counter.look().get_one(Estimate, estimate).state is EstimateState.DRAFT
