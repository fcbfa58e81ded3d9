"""How far the answer to a proposal is, in the same words on every page [W5, 56]."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.models import Estimate, EstimateState, Event, Invoice, Signature, SignedBy, WorkOrder
from admin_app.portal.proposal_page import SENTENCES
from admin_app.portal.states import PROPOSALS, Answer
from seeds.work_builders import an_estimate
from tests.portal.household import EARLIER, Household

PAGES = ("/portal/projects/", "/portal/projects/{project}")


def the_proposal(session: Session, house: Household) -> Estimate:
    return session.scalars(select(Estimate).where(Estimate.public_id == house.estimate)).one()


def sign(session: Session, estimate: Estimate) -> None:
    session.add(
        Signature(
            estimate_id=estimate.id,
            signer="Clara",
            signed_at=datetime(2026, 3, 16, tzinfo=UTC),
            way=SignedBy.PORTAL,
            content_hash="0" * 64,
        )
    )


def nothing_but_the_proposal(session: Session, house: Household) -> Estimate:
    """Neither work, bills nor appointments stand beside it."""
    for kind in (WorkOrder, Event, Invoice):
        for row in session.scalars(select(kind)):
            session.delete(row)
    session.flush()
    return the_proposal(session, house)


def told(clara: FlaskClient, house: Household, page: str) -> str:
    words = clara.get(page.format(project=house.project)).get_data(as_text=True)
    return words[words.index("<main") : words.index("</main")]


def test_every_answer_has_its_words_and_its_sentence():
    assert set(PROPOSALS) == set(Answer)
    assert set(SENTENCES) == set(Answer) - {Answer.WAITS}


@pytest.mark.parametrize("page", [*PAGES, "/portal/proposals/"])
def test_a_signed_proposal_waits_for_its_deposit_and_for_no_second_signature(
    clara: FlaskClient, house: Household, rows: Any, page: str
):
    """[56]"""
    with rows() as session:
        sign(session, nothing_but_the_proposal(session, house))

    words = told(clara, house, page)

    assert "Signed, deposit open" in words
    assert "Waits for your answer" not in words


def test_the_first_page_asks_for_no_second_signature(clara: FlaskClient, house: Household, rows: Any):
    with rows() as session:
        sign(session, nothing_but_the_proposal(session, house))

    words = told(clara, house, "/portal/")

    assert "Signed, deposit open" in words
    assert "Open signed proposal" in words
    assert "Read and sign proposal" not in words


def test_an_open_bill_goes_before_the_deposit_of_what_is_signed(
    clara: FlaskClient, house: Household, rows: Any
):
    """The bill may be the deposit's own."""
    with rows() as session:
        sign(session, the_proposal(session, house))

    assert "Pay invoice" in told(clara, house, "/portal/")


@pytest.mark.parametrize("page", [*PAGES, "/portal/proposals/"])
def test_what_ran_out_today_does_not_wait_for_an_answer_any_more(
    clara: FlaskClient, house: Household, rows: Any, page: str
):
    with rows() as session:
        nothing_but_the_proposal(session, house).expires_on = date(2026, 3, 16)

    assert "Waits for your answer" not in told(clara, house, page)


@pytest.mark.parametrize("page", PAGES)
def test_a_revision_that_was_replaced_says_nothing_of_the_project(
    clara: FlaskClient, house: Household, rows: Any, page: str
):
    with rows() as session:
        first = nothing_but_the_proposal(session, house)
        first.state = EstimateState.SUPERSEDED
        an_estimate(
            session,
            first.project,
            number=first.number,
            base_id=first.id,
            revision=2,
            state=EstimateState.DECLINED,
            sent_at=EARLIER,
        )

    assert "Declined" in told(clara, house, page)
