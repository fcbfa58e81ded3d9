"""An estimate is answered: confirmed, signed on paper, declined, changes wished for [A58, M14]."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from admin_app.flow.machine import StepClosed
from admin_app.kernel.errors import Invalid, NotAllowed, NotFound, Unmet
from admin_app.models import (
    DocumentSnapshot,
    Signature,
    SignedBy,
    WorkOrder,
)
from admin_app.services.answer_estimate import Signed, confirm_estimate, decline_estimate, request_changes
from admin_app.services.discard_estimate import discard_estimate
from admin_app.services.estimate_options import choose_options
from admin_app.services.facts import Said
from admin_app.services.revise_estimate import revise_estimate
from admin_app.services.send_estimate import send_estimate
from admin_app.services.write_estimate import write_terms
from seeds.builders import a_contact, a_group
from tests.services.estimates.answered import AGREED, CEM, S, later
from tests.services.offers import confirmed, offer, sent


def test_a_confirmed_estimate_says_when_how_and_whose_win_it_is(desk, project):
    estimate = confirm_estimate(
        desk.session,
        sent(desk, project),
        desk.actor,
        desk.clock,
        replace(AGREED, comment="Please mind the roses"),
    )

    assert (estimate.state, estimate.confirmed_on) == (S.CONFIRMED, date(2026, 3, 17))
    assert (estimate.confirmed_how, estimate.client_comment) == (
        "agreed on the phone",
        "Please mind the roses",
    )
    assert estimate.won_by_id == project.estimator_id


def test_confirmed_twice_it_is_one_contract_with_one_workorder(desk, project):
    """[A69, 4.2]: the second click finds it confirmed."""
    estimate = confirmed(desk, project)

    with pytest.raises(Unmet, match="This estimate is confirmed; to confirm it must be sent"):
        confirm_estimate(desk.session, estimate, desk.actor, desk.clock, AGREED)

    assert desk.session.scalar(select(func.count()).select_from(WorkOrder)) == 1


def test_a_deposit_that_has_not_arrived_is_waited_for_or_passed_over_with_a_reason(desk, project):
    """[M22]"""
    draft = offer(desk, project)
    write_terms(desk.session, draft, {"deposit_percent": "30"}, desk.actor)
    estimate = send_estimate(desk.session, draft, desk.actor, desk.clock)
    assert estimate.deposit == 36000

    with pytest.raises(StepClosed) as closed:
        confirm_estimate(desk.session, estimate, desk.actor, desk.clock)
    assert closed.value.fix == "payment"
    assert estimate.confirmed_on is None

    desk.pay("360", project_id=project.id)
    confirm_estimate(desk.session, estimate, desk.actor, desk.clock)
    assert (estimate.state, estimate.confirmed_how) == (S.CONFIRMED, None)


def test_a_signature_on_paper_is_bound_to_what_was_frozen(desk, project):
    """[60, L9]"""
    draft = offer(desk, project)
    write_terms(desk.session, draft, {"signature_required": "yes"}, desk.actor)
    estimate = send_estimate(desk.session, draft, desk.actor, desk.clock)
    with pytest.raises(StepClosed, match="asks for a signature"):
        confirm_estimate(desk.session, estimate, desk.actor, desk.clock)

    confirm_estimate(
        desk.session, estimate, desk.actor, desk.clock, signature=Signed(" Clara Client ", project.contact_id)
    )

    frozen = desk.session.scalars(select(DocumentSnapshot)).one()
    kept = desk.session.scalars(select(Signature)).one()
    assert (kept.estimate_id, kept.content_hash) == (estimate.id, frozen.sha256)
    assert (kept.signer, kept.way, kept.path) == ("Clara Client", SignedBy.PAPER, "Ann Ashworth")
    assert estimate.confirmed_how == "Signed on paper by Clara Client"


def test_a_signature_does_not_stand_in_for_the_deposit(desk, project):
    """The words for a signature are no reason to go ahead without the money."""
    draft = offer(desk, project)
    write_terms(desk.session, draft, {"deposit_amount": "100"}, desk.actor)
    estimate = send_estimate(desk.session, draft, desk.actor, desk.clock)

    with pytest.raises(StepClosed, match="The deposit has not arrived"):
        confirm_estimate(desk.session, estimate, desk.actor, desk.clock, signature=Signed("Clara"))


def test_a_signature_without_a_name_of_a_stranger_or_without_a_paper_is_refused(desk, project):
    estimate, draft = sent(desk, project), offer(desk, project)

    with pytest.raises(Invalid) as refused:
        confirm_estimate(desk.session, estimate, desk.actor, desk.clock, signature=Signed(" "))
    assert set(refused.value.fields) == {"signer"}
    otto = a_contact(desk.session, a_group(desk.session, name="Otto Other"))
    with pytest.raises(NotFound):
        confirm_estimate(
            desk.session, estimate, desk.actor, desk.clock, signature=Signed("Otto", contact_id=otto.id)
        )
    with pytest.raises(Unmet, match="there is no paper that could be signed"):
        confirm_estimate(desk.session, draft, desk.actor, desk.clock, signature=Signed("Clara"))


def test_an_estimate_that_ran_out_yesterday_is_not_confirmed_today(desk, project):
    estimate = sent(desk, project)

    confirmable = later(desk, 30)
    with pytest.raises(Unmet, match="This estimate expired on 16 April 2026; revise it"):
        confirm_estimate(desk.session, estimate, desk.actor, later(desk, 31), AGREED)

    confirm_estimate(desk.session, estimate, desk.actor, confirmable, AGREED)
    assert estimate.state is S.CONFIRMED


def test_a_wish_and_a_no_are_kept_in_the_client_s_words(desk, project):
    wished, declined = sent(desk, project), sent(desk, project)
    for answer in (request_changes, decline_estimate):
        with pytest.raises(StepClosed, match="Say why"):
            answer(desk.session, wished, desk.actor, desk.clock, "  ")

    request_changes(desk.session, wished, desk.actor, desk.clock, "Leave the hedge")
    decline_estimate(desk.session, declined, desk.actor, desk.clock, "Too dear")

    assert (wished.state, wished.client_comment) == (S.CHANGES_REQUESTED, "Leave the hedge")
    assert (declined.state, declined.declined_reason) == (S.DECLINED, "Too dear")
    assert wished.answered_at == declined.answered_at == desk.clock.now()


@pytest.mark.parametrize("text", ["a" * 401, "NUL \x00"])
def test_words_that_cannot_be_kept_are_refused_by_their_field(desk, project, text):
    estimate = sent(desk, project)

    with pytest.raises(Invalid) as refused:
        decline_estimate(desk.session, estimate, desk.actor, desk.clock, text)
    assert set(refused.value.fields) == {"reason"}
    with pytest.raises(Invalid) as refused:
        confirm_estimate(desk.session, estimate, desk.actor, desk.clock, Said(how=text))
    assert set(refused.value.fields) == {"how"}


def test_a_crew_answers_no_estimate(desk, project):
    estimate = sent(desk, project)

    for act in (
        lambda: confirm_estimate(desk.session, estimate, CEM, desk.clock, AGREED),
        lambda: confirm_estimate(desk.session, estimate, CEM, desk.clock, AGREED, Signed("Clara")),
        lambda: decline_estimate(desk.session, estimate, CEM, desk.clock, "No"),
        lambda: revise_estimate(desk.session, estimate, CEM, desk.clock),
        lambda: discard_estimate(desk.session, estimate, CEM, desk.clock),
        lambda: choose_options(desk.session, estimate, [], CEM, desk.clock),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert estimate.state is S.SENT
