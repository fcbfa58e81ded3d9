"""A proposal on a phone: a touch works out the total, a finger draws the signature, and every state is accessible.

The same answers without a script are tested in test_proposals.py [54, 57, E4].
"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from admin_app.models import Estimate, EstimateState, Signature
from tests.browser.eyes import ALL_LOOKS, AXE, Eyes
from tests.portal.offered import WITH_CHOICE, mailed_code, offer_to_clara, sign_by_link

pytestmark = pytest.mark.browser


@pytest.fixture
def database(sqlite_database):
    """What is drawn in a browser is the same on every database."""
    return sqlite_database


def test_a_choice_counts_at_once_and_a_finger_signs(portal, rows, serve, narrow_page):
    """Mail, link, code, signature: four touches to the deposit, no password."""
    offered = offer_to_clara(portal, rows, *WITH_CHOICE)
    page, base = narrow_page, serve(portal)

    page.goto(f"{base}{offered.path}/")
    expect(page.get_by_role("button", name="Work out the total")).to_be_hidden()
    page.get_by_label("Grind the stump").check()
    expect(page.locator("#total")).to_contain_text("€1,440.00")
    page.get_by_role("button", name="Send me the code").click()
    page.get_by_label("The code").fill(mailed_code(rows))
    expect(page.get_by_label("Your name")).to_have_value("Clara Client")
    pad = page.locator("canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 20, steps=5)
    page.mouse.up()
    page.get_by_role("button", name="Sign for €1,440.00").click()

    expect(page.get_by_role("heading", name="Signed by Clara Client")).to_be_visible()
    with rows() as session:
        kept = session.scalars(select(Signature)).one()
        assert kept.drawing_key is not None and kept.evidence["drawn"]
        assert session.get_one(Estimate, offered.id).state is EstimateState.CONFIRMED


def test_every_state_of_a_proposal_is_accessible_in_every_light(portal, rows, serve, browser):
    """[look.md] Waiting, with the code sent, signed with its deposit open, for whom it is not."""
    offered = offer_to_clara(
        portal, rows, *WITH_CHOICE, deposit_amount=30000, intro="Dear Clara,\n\nas agreed."
    )
    client, base = portal.test_client(), serve(portal)
    context = browser.new_context(locale="en-GB")
    context.add_init_script(path=AXE)
    eyes = Eyes(context.new_page(), ALL_LOOKS)
    eyes.look_at(base + offered.at())
    refused = sign_by_link(client, offered, rows, seen="0" * 64)
    assert refused.status_code == 409, "the code is sent, and nothing is signed"
    eyes.look_at(base + offered.at())
    assert sign_by_link(client, offered, rows).status_code == 302
    eyes.look_at(base + offered.at())
    context.close()
    assert not eyes.wrong, "\n".join(eyes.wrong)
