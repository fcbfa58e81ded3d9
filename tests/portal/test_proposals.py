"""The page of a proposal: one text with its PDF, choices that count, answers without a script [52-60, E4, W5, M8]."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from admin_app.kernel.clock import FixedClock
from admin_app.models import (
    CustomerGroup,
    Estimate,
    EstimateState,
    Message,
    PortalReceipt,
    Project,
    SeenHow,
    Signature,
    SigningCode,
)
from admin_app.services.papers.freeze import snapshot_of
from admin_app.services.revise_estimate import revise_estimate
from admin_app.services.send_estimate import send_estimate
from tests.api.program import a_program
from tests.portal.counting import statements_of
from tests.portal.offered import (
    WITH_CHOICE,
    another,
    count_of,
    link_to,
    offer_to_clara,
    paper_hash,
    plain_words,
    post,
    sign_by_link,
    state_of,
    words_of_pdf,
)
from tests.portal.signing import sign_in_client
from tests.services.desk import Desk
from tests.services.offers import line


def test_a_link_leads_to_the_letter_with_the_figures_of_its_paper(portal, visitor, rows):
    """[A64, E4, W5, M8, A59] Page, PDF and the frozen paper are one text."""
    offered = offer_to_clara(portal, rows, *WITH_CHOICE)

    came = visitor.get(offered.path + "/")
    assert came.status_code == 302 and came.location.endswith(offered.at())
    page = visitor.get(offered.at())

    assert page.status_code == 200
    words = plain_words(page.text)
    assert "Fell the ash" in words and "With care for the hedge" in words
    assert "€1,200.00" in words and "Waits for your answer" in words
    assert "€1,200.00" in words_of_pdf(visitor.get(offered.at("pdf")))


def test_opening_and_downloading_are_written_down_and_a_get_changes_nothing_else(portal, visitor, rows):
    """[L19, security.md promise 10]"""
    offered = offer_to_clara(portal, rows)
    visitor.get(offered.at())
    visitor.get(offered.at())
    visitor.get(offered.at("pdf"))
    with rows() as session:
        kept = session.execute(
            select(
                PortalReceipt.how, PortalReceipt.contact_id, PortalReceipt.content_hash, PortalReceipt.by_link
            )
        ).all()
    assert [tuple(one) for one in kept] == [
        (SeenHow.OPENED, offered.clara, paper_hash(rows, offered), True),
        (SeenHow.DOWNLOADED, offered.clara, paper_hash(rows, offered), True),
    ]
    assert count_of(rows, SigningCode) == 0 and state_of(rows, offered) is EstimateState.SENT


def test_a_choice_changes_page_pdf_and_record_alike(portal, visitor, rows):
    """[57, M8, L9] Without a script, by the button."""
    offered = offer_to_clara(portal, rows, *WITH_CHOICE)
    chosen = {"choice-1": offered.keys["We take it away"], "option": offered.keys["Grind the stump"]}

    answer = post(visitor, offered.at(), offered.at("options"), chosen)

    assert answer.status_code == 302
    assert "€1,620.00" in plain_words(visitor.get(offered.at()).text)
    assert "€1,620.00" in words_of_pdf(visitor.get(offered.at("pdf")))
    with rows() as session:
        estimate = session.get_one(Estimate, offered.id)
        frozen = snapshot_of(session, estimate)
        assert frozen is not None and estimate.total == frozen.total == 162000
    told: Any = a_program(portal).get(f"/estimates/{offered.public_id}").json
    assert told["total"] == "1620.00", "the API says the same"
    assert sign_by_link(visitor, offered, rows).status_code == 302
    with rows() as session:
        kept = session.scalars(select(Signature)).one()
        assert kept.evidence["options"] == ["We take it away", "Grind the stump"]
        assert kept.evidence["total"] == 162000


@pytest.mark.parametrize("bad", ["none of each", "both", "a stranger's key"])
def test_a_choice_that_does_not_go_together_is_said_calmly(portal, visitor, rows, bad):
    offered = offer_to_clara(portal, rows, *WITH_CHOICE)
    stays, away = offered.keys["Wood chips stay"], offered.keys["We take it away"]
    data = {
        "none of each": {},
        "both": {"choice-1": stays, "option": away},
        "a stranger's key": {"option": "x"},
    }[bad]

    answer = post(visitor, offered.at(), offered.at("options"), data)

    assert answer.status_code == (404 if bad == "a stranger's key" else 409)
    assert "€1,200.00" in plain_words(visitor.get(offered.at()).text)


def test_a_choice_of_another_device_is_seen_before_it_is_signed(portal, visitor, rows):
    """[L9] What is on the screen is signed, or nothing."""
    offered = offer_to_clara(portal, rows, *WITH_CHOICE)
    stale = paper_hash(rows, offered)
    other = portal.test_client()
    post(other, offered.at(), offered.at("options"), {"choice-1": offered.keys["We take it away"]})

    refused = sign_by_link(visitor, offered, rows, seen=stale)

    assert refused.status_code == 409
    assert "changed since you opened it" in refused.text
    assert count_of(rows, Signature) == 0


def test_declining_and_asking_for_changes_work_as_plain_forms(portal, visitor, rows):
    """[55]"""
    offered = offer_to_clara(portal, rows)
    empty = post(visitor, offered.at(), offered.at("changes"), {"wish": " "})
    assert empty.status_code == 422 and 'id="wish-error"' in empty.text

    assert post(visitor, offered.at(), offered.at("changes"), {"wish": "Keep the hedge"}).status_code == 302
    page = visitor.get(offered.at())
    assert "We are changing it" in page.text and "Keep the hedge" in page.text
    with rows() as session:
        message = session.scalars(select(Message).where(Message.in_portal)).one()
        assert message.body == "Keep the hedge"
        later = revise_estimate(
            session, session.get_one(Estimate, offered.id), session.info["actor"], session.info["clock"]
        )
        send_estimate(session, later, session.info["actor"], session.info["clock"])
        second = later.public_id
    came = visitor.get(offered.path + "/")
    assert came.location.endswith(second), "the link opens the newest revision"
    base = f"{offered.path}/proposals/{second}"
    assert post(visitor, base, f"{base}/decline", {"reason": "Too dear"}).status_code == 302
    assert "Declined" in visitor.get(base).text
    assert post(visitor, base, f"{base}/decline", {"reason": "Too dear"}).status_code == 409


def test_a_revision_says_what_it_replaces_and_what_was_signed_stays(portal, visitor, rows):
    """[60, M14] "signed, then replaced", with its own PDF."""
    offered = offer_to_clara(portal, rows)
    sign_by_link(visitor, offered, rows)
    with rows() as session:
        later = revise_estimate(
            session, session.get_one(Estimate, offered.id), session.info["actor"], session.info["clock"]
        )
        later_id, later_public = later.id, later.public_id
    assert "We are writing a new revision" in visitor.get(offered.at()).text
    assert visitor.get(f"{offered.path}/proposals/{later_public}").status_code == 404, "a draft is not shown"
    with rows() as session:
        send_estimate(
            session, session.get_one(Estimate, later_id), session.info["actor"], session.info["clock"]
        )

    page = plain_words(visitor.get(f"{offered.path}/proposals/{later_public}").text)
    assert "Revision 2 replaces what Clara Client signed" in page
    assert "Signed, then replaced" in page
    old = plain_words(visitor.get(offered.at()).text)
    assert "Signed, then replaced" in old and "Open revision 2" in old
    assert "Signed by Clara Client" in words_of_pdf(visitor.get(offered.at("pdf")))
    assert "Signed by" not in words_of_pdf(visitor.get(f"{offered.path}/proposals/{later_public}/pdf"))


def test_with_a_deposit_the_signature_stands_and_the_way_to_pay_is_shown(portal, visitor, rows):
    """[56]"""
    offered = offer_to_clara(portal, rows, deposit_amount=30000)
    assert "deposit of €300.00" in plain_words(visitor.get(offered.at()).text)

    assert sign_by_link(visitor, offered, rows).status_code == 302

    page = plain_words(visitor.get(offered.at()).text)
    assert "Signed, deposit open" in page and "The deposit of €300.00 makes it firm" in page
    assert state_of(rows, offered) is EstimateState.SENT


def test_what_the_paper_hides_the_page_hides(portal, visitor, rows):
    """[58]"""
    lines = line("Fell the ash", "123.45", "VAT", quantity="4", unit="h"), line("Tidy up", "77", "VAT")
    offered = offer_to_clara(
        portal, rows, *lines, show_quantities=False, show_unit_prices=False, show_line_totals=False
    )
    words = plain_words(re.sub(r"<details.*?</details>", "", visitor.get(offered.at()).text, flags=re.S))
    assert "123.45" not in words and "493.80" not in words and "77.00" not in words and "4 h" not in words
    assert "€684.96" in words, "the total is always shown"


def test_what_expired_says_so_and_takes_no_answer(portal, visitor, rows, clock):
    offered = offer_to_clara(portal, rows)
    portal.extensions["sawhorse_clock"] = FixedClock(clock.now() + timedelta(days=90))
    page = visitor.get(offered.at())
    assert "Expired" in page.text and "Send me the code" not in page.text


def test_who_may_not_answer_reads_for_whom_it_was_made(portal, visitor, rows):
    """[R33, design 6] A link for whoever holds it shows, and signs nothing."""
    offered = offer_to_clara(portal, rows)
    with rows() as session:
        path = link_to(portal, session, offered, None)
    address = f"{path}/proposals/{offered.public_id}"
    page = visitor.get(address)
    assert page.status_code == 200
    assert "Who can sign" in page.text and "Send me the code" not in page.text
    for act in ("code", "sign", "decline", "changes", "options"):
        data = {"signer": "X", "code": "1", "reason": "x", "wish": "x", "agreed": "yes"}
        assert post(visitor, address, f"{address}/{act}", data).status_code in (404, 422), act
    assert count_of(rows, SigningCode) == 0 and state_of(rows, offered) is EstimateState.SENT


def test_the_list_shows_the_newest_revision_of_each_with_filters(portal, visitor, rows, clock):
    """[W5]"""
    offered = offer_to_clara(portal, rows)
    sign_in_client(visitor, offered.clara, offered.group, clock)
    with rows() as session:
        estimate = session.get_one(Estimate, offered.id)
        later = revise_estimate(session, estimate, session.info["actor"], session.info["clock"])
        send_estimate(session, later, session.info["actor"], session.info["clock"])
        second = later.public_id

    page = visitor.get("/portal/proposals/").text
    assert f"/portal/proposals/{second}" in page and f"/portal/proposals/{offered.public_id}" not in page
    assert f"/portal/proposals/{second}" in visitor.get("/portal/proposals/?show=open").text
    assert f"/portal/proposals/{second}" not in visitor.get("/portal/proposals/?show=agreed").text
    assert visitor.get("/portal/proposals/?show=nonsense&page=-3").status_code == 200


def test_the_letter_and_the_list_cost_the_same_whatever_they_hold(portal, visitor, rows, clock):
    """Twenty lines and a second revision take as many statements as one line alone."""
    few = offer_to_clara(portal, rows)
    sign_in_client(visitor, few.clara, few.group, clock)
    letter = statements_of(portal, lambda: visitor.get(few.inside()))
    listed = statements_of(portal, lambda: visitor.get("/portal/proposals/"))
    with rows() as session:
        desk = Desk(
            session, session.info["actor"], session.info["clock"], session.get_one(CustomerGroup, few.group)
        )
        project = session.get_one(Project, few.project)
        many = another(portal, desk, project, *(line(f"Work {number}", "10", "VAT") for number in range(20)))
        for _ in range(3):
            another(portal, desk, project)

    visitor.get(many.inside())  # its receipt is written once
    assert statements_of(portal, lambda: visitor.get(many.inside())) <= letter
    assert statements_of(portal, lambda: visitor.get("/portal/proposals/")) == listed
