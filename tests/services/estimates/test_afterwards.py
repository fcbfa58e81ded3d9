"""An estimate is revised, discarded, runs out, or meets a stale page [59, M14]."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from admin_app.kernel.errors import Unmet
from admin_app.models import (
    Estimate,
    LeadState,
)
from admin_app.services.answer_estimate import confirm_estimate, decline_estimate, request_changes
from admin_app.services.discard_estimate import discard_estimate
from admin_app.services.expire_estimates import expire_estimates
from admin_app.services.facts import Said
from admin_app.services.revise_estimate import revise_estimate
from admin_app.services.send_estimate import send_estimate
from admin_app.services.take import offers
from admin_app.services.walk_step import Words, walk_step
from admin_app.services.write_estimate import Line, write_estimate, write_lines, write_terms
from seeds.work_builders import a_lead
from tests.services.estimates.answered import AGREED, S, later
from tests.services.offers import confirmed, line, offer, sent


def test_a_revision_is_a_draft_with_the_same_keys_and_the_old_number(desk, project):
    """[M14, M17]"""
    draft = offer(desk, project, line("A", "10", "VAT", unit="h", details="By hand"), line("B", "20"))
    write_terms(desk.session, draft, {"discount_percent": "10", "show_unit_prices": "no"}, desk.actor)
    first = send_estimate(desk.session, draft, desk.actor, desk.clock)

    second = revise_estimate(desk.session, first, desk.actor, later(desk, 10))

    assert (first.state, second.state, second.revision) == (S.SUPERSEDED, S.DRAFT, 2)
    assert (second.number, second.base_id, second.first_id) == (first.number, first.id, first.id)
    assert [one.key for one in second.lines] == [one.key for one in first.lines]
    kept = second.lines[0]
    assert (kept.unit, kept.details, kept.tax_names) == ("h", "By hand", ["VAT"])
    assert (second.total, second.show_unit_prices) == (first.total, False)
    assert (second.expires_on, second.sent_at, second.confirmed_on) == (date(2026, 4, 26), None, None)
    assert str(second) == f"{first.number} revision 2"


def test_a_second_draft_is_refused(desk, project):
    first = sent(desk, project)
    revise_estimate(desk.session, first, desk.actor, desk.clock)

    with pytest.raises(Unmet):
        revise_estimate(desk.session, first, desk.actor, desk.clock)

    assert desk.session.scalar(select(func.count()).select_from(Estimate)) == 2


def test_a_draft_is_edited_not_revised(desk, project):
    with pytest.raises(Unmet, match="This estimate is draft; to revise it must be"):
        revise_estimate(desk.session, offer(desk, project), desk.actor, desk.clock)


def test_a_revision_goes_out_under_the_number_of_the_first(desk, project):
    second = revise_estimate(desk.session, sent(desk, project), desk.actor, desk.clock)

    send_estimate(desk.session, second, desk.actor, desk.clock)

    assert second.number == "NORTH-E-00001"
    assert sent(desk, project).number == "NORTH-E-00002"


def test_a_draft_is_discarded_and_its_lead_waits_again(desk, project):
    """[M39]"""
    lead = a_lead(desk.session, project)
    draft = offer(desk, project)
    other = offer(desk, project)

    assert discard_estimate(desk.session, draft, desk.actor, desk.clock) is None
    with_one_left = lead.state
    assert with_one_left is LeadState.ESTIMATED

    discard_estimate(desk.session, other, desk.actor, desk.clock)
    assert lead.state is LeadState.NEW
    assert desk.session.scalars(select(Estimate)).all() == []


@pytest.mark.parametrize("stood", [S.SENT, S.CHANGES_REQUESTED, S.CONFIRMED, S.DECLINED, S.EXPIRED])
def test_a_discarded_revision_lets_the_one_before_it_stand_where_it_stood(desk, project, stood):
    first = sent(desk, project)
    clock = desk.clock
    if stood is S.CHANGES_REQUESTED:
        request_changes(desk.session, first, desk.actor, clock, "Leave the hedge")
    elif stood is S.CONFIRMED:
        confirm_estimate(desk.session, first, desk.actor, clock, AGREED)
    elif stood is S.DECLINED:
        decline_estimate(desk.session, first, desk.actor, clock, "Too dear")
    elif stood is S.EXPIRED:
        clock = later(desk, 31)
        expire_estimates(desk.session, clock)
    said = (first.answered_at, first.client_comment, first.declined_reason, first.confirmed_on)
    draft = revise_estimate(desk.session, first, desk.actor, clock)

    assert discard_estimate(desk.session, draft, desk.actor, clock) is first

    assert first.state is stood
    assert (first.answered_at, first.client_comment, first.declined_reason, first.confirmed_on) == said


@pytest.mark.parametrize(
    ("act", "instead"),
    [
        (lambda desk, e: None, "is sent and cannot be deleted; decline it instead"),
        (
            lambda desk, e: confirm_estimate(desk.session, e, desk.actor, desk.clock, AGREED),
            "is confirmed and cannot be deleted; revise it, or cancel its workorder",
        ),
        (
            lambda desk, e: decline_estimate(desk.session, e, desk.actor, desk.clock, "No"),
            "is declined and cannot be deleted",
        ),
    ],
)
def test_what_went_out_stays_and_says_what_to_do_instead(desk, project, act, instead):
    """Deleting a confirmed estimate is refused (issue, "bad input")."""
    estimate = sent(desk, project)
    act(desk, estimate)

    with pytest.raises(Unmet, match=instead):
        discard_estimate(desk.session, estimate, desk.actor, desk.clock)

    assert desk.session.get(Estimate, estimate.id) is estimate


def test_every_night_what_nobody_answered_in_time_runs_out(desk, project):
    """The last day still counts."""
    waiting, wished, answered, draft = (
        sent(desk, project),
        sent(desk, project),
        confirmed(desk, project),
        offer(desk, project),
    )
    request_changes(desk.session, wished, desk.actor, desk.clock, "Cheaper")
    assert expire_estimates(desk.session, later(desk, 30)) == 0

    assert expire_estimates(desk.session, later(desk, 31)) == 2

    assert [one.state for one in (waiting, wished, answered, draft)] == [
        S.EXPIRED,
        S.EXPIRED,
        S.CONFIRMED,
        S.DRAFT,
    ]
    assert expire_estimates(desk.session, later(desk, 31)) == 0


def test_so_many_run_out_in_one_transaction_as_are_asked_for(desk, project):
    for _ in range(3):
        sent(desk, project)

    assert [expire_estimates(desk.session, later(desk, 31), limit=2) for _ in range(3)] == [2, 1, 0]


def test_a_stale_page_is_refused_by_the_state_it_finds(desk, project):
    """Two browsers: one confirms, the other still shows the buttons of a sent estimate."""
    estimate = sent(desk, project)
    buttons = [offer.step.name for offer in offers(desk.session, estimate, desk.actor, desk.clock)]
    confirm_estimate(desk.session, estimate, desk.actor, desk.clock, AGREED)

    for button in set(buttons) - {"revise"}:
        with pytest.raises(Unmet, match="This estimate is confirmed"):
            walk_step(
                desk.session, estimate, button, Words(Said(reason="x", how="x")), desk.actor, desk.clock
            )
    assert "confirm" in buttons


def test_lines_of_a_stale_page_do_not_reach_what_was_sent_meanwhile(desk, project):
    estimate = offer(desk, project)
    key = estimate.lines[0].key
    send_estimate(desk.session, estimate, desk.actor, desk.clock)

    with pytest.raises(Unmet, match="is sent; revise it"):
        write_estimate(
            desk.session,
            estimate,
            desk.actor,
            lines=[Line({"unit_price": "1"}, (), key)],
            terms={"title": "x"},
        )
    with pytest.raises(Unmet, match="is sent; revise it"):
        write_lines(desk.session, estimate, [], desk.actor)

    assert (estimate.total, len(estimate.lines)) == (120000, 1)
