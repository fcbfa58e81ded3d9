"""Estimates go out, are answered, run out, are revised and thrown away [A58-A60, 53-57, M10, M14, M22, M39, R33]."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from admin_app.flow.machine import StepClosed
from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.clock import FixedClock
from admin_app.kernel.errors import Invalid, NotAllowed, NotFound, Unmet
from admin_app.models import (
    DocumentSnapshot,
    Estimate,
    EstimateState,
    FrozenKind,
    LeadState,
    OutboxMessage,
    ProjectAccess,
    Signature,
    SignedBy,
    TaxProfile,
    TaxRate,
    WorkOrder,
)
from admin_app.services.answer_estimate import Signed, confirm_estimate, decline_estimate, request_changes
from admin_app.services.discard_estimate import discard_estimate
from admin_app.services.estimate_options import choose_options
from admin_app.services.expire_estimates import expire_estimates
from admin_app.services.facts import Said
from admin_app.services.new_estimate import new_estimate
from admin_app.services.papers.freeze import snapshot_of
from admin_app.services.revise_estimate import revise_estimate
from admin_app.services.send_estimate import send_estimate
from admin_app.services.take import offers
from admin_app.services.walk_step import Words, walk_step
from admin_app.services.write_estimate import Line, write_estimate, write_lines, write_terms
from seeds.builders import a_contact, a_group
from seeds.work_builders import a_lead, a_project
from tests.services.desk import Desk
from tests.services.offers import confirmed, line, offer, open_project, sent

CEM = Actor(ActorKind.STAFF, "Cem Yılmaz", id=99, role=Role.CREW)
AGREED = Said(how="agreed on the phone")
S = EstimateState


@pytest.fixture
def project(desk: Desk):
    return open_project(desk)


def later(desk: Desk, days: int) -> FixedClock:
    return FixedClock(desk.clock.now() + timedelta(days=days))


# ------------------------------------------------------------------- it goes out


def numbers(*estimates: Estimate) -> list[str | None]:
    """What number each of them has by now."""
    return [estimate.number for estimate in estimates]


def test_the_first_revision_takes_the_number_and_the_sums_stand(desk, project):
    """[M10]: a draft has no number; numbers have no gaps."""
    first, second = offer(desk, project), offer(desk, project)
    assert numbers(first, second) == [None, None]

    send_estimate(desk.session, second, desk.actor, desk.clock)
    send_estimate(desk.session, first, desk.actor, desk.clock)

    assert numbers(second, first) == ["NORTH-E-00001", "NORTH-E-00002"]
    assert (first.state, first.sent_at, first.not_sent) == (S.SENT, desk.clock.now(), False)
    assert (first.total, first.tax) == (120000, 20000)


def test_what_goes_out_is_frozen_and_mailed_to_whom_the_project_speaks_with(desk, project):
    """[A60, M11]"""
    estimate = send_estimate(
        desk.session, offer(desk, project), desk.actor, desk.clock, message="Here is our offer."
    )

    frozen = desk.session.scalars(select(DocumentSnapshot)).one()
    assert (frozen.kind, frozen.document_id, frozen.total) == (FrozenKind.ESTIMATE, estimate.id, 120000)
    mail = desk.session.scalars(select(OutboxMessage)).one()
    assert (mail.recipient, mail.body) == ("clara@client.test", "Here is our offer.")
    assert mail.papers == [{"paper": "estimate", "id": estimate.id, "name": "NORTH-E-00001"}]


def test_without_access_nothing_is_sent_unless_it_is_handed_over(desk, project):
    """[R33]"""
    desk.session.delete(desk.session.scalars(select(ProjectAccess)).one())
    desk.session.flush()
    estimate = offer(desk, project)

    with pytest.raises(StepClosed, match="grant access before sending") as closed:
        send_estimate(desk.session, estimate, desk.actor, desk.clock)
    assert (closed.value.fix, closed.value.fix_label) == ("access", "Grant access")
    assert estimate.number is None

    send_estimate(desk.session, estimate, desk.actor, desk.clock, by_hand=True)
    assert estimate.state is S.SENT
    assert desk.session.scalar(select(func.count()).select_from(OutboxMessage)) == 0


def test_somebody_else_s_contact_and_nobody_at_all_get_nothing(desk, project):
    other = a_contact(desk.session, a_group(desk.session, name="Otto Other"), email="otto@other.test")
    alone = a_project(desk.session, a_group(desk.session, name="Nobody's"))

    with pytest.raises(NotFound):
        send_estimate(desk.session, offer(desk, project), desk.actor, desk.clock, other.id)
    with pytest.raises(Invalid) as refused:
        send_estimate(desk.session, offer(desk, project), desk.actor, desk.clock, message="NUL \x00")
    assert set(refused.value.fields) == {"message"}
    with pytest.raises(Unmet, match="choose a contact, or hand it over"):
        send_estimate(desk.session, offer(desk, alone), desk.actor, desk.clock)


def test_an_estimate_without_a_line_that_counts_is_not_sent(desk, project):
    empty = new_estimate(desk.session, project, desk.actor, desk.clock)
    options = offer(desk, project, line("Maybe", "5", optional="yes", chosen="no"))

    for estimate in (empty, options):
        with pytest.raises(Unmet, match="at least one line that counts"):
            send_estimate(desk.session, estimate, desk.actor, desk.clock)


def test_less_than_nothing_is_no_estimate_but_may_be_a_change_order(desk, project):
    """[M15]"""
    back = line("Not done after all", "-100", "VAT")
    estimate = offer(desk, project, back)
    with pytest.raises(Unmet, match="less than nothing"):
        send_estimate(desk.session, estimate, desk.actor, desk.clock)

    base = confirmed(desk, project)
    change = sent(desk, project, back, change_of=base)

    assert (change.state, change.total) == (S.SENT, -12000)


def test_sums_are_worked_out_once_more_by_the_rates_of_the_day_it_goes_out(desk, project):
    estimate = offer(desk, project)
    rate = desk.session.scalars(select(TaxRate)).one()
    rate.rate = 25
    desk.session.flush()

    send_estimate(desk.session, estimate, desk.actor, desk.clock)

    assert estimate.tax == 25000


def test_a_tax_that_is_gone_is_not_dropped_in_silence(desk, project):
    estimate = offer(desk, project)
    desk.session.scalars(select(TaxRate)).one().name = "Another"
    desk.session.flush()

    with pytest.raises(Unmet, match="There is no tax called “VAT” any more"):
        send_estimate(desk.session, estimate, desk.actor, desk.clock)


def test_a_forced_step_passes_over_it_and_says_that_nobody_sent_it(desk, project):
    """[D8]"""
    estimate = send_estimate(desk.session, offer(desk, project), desk.actor, desk.clock, forced=True)

    assert (estimate.state, estimate.not_sent, estimate.sent_at) == (S.SENT, True, None)
    assert estimate.number == "NORTH-E-00001"
    assert desk.session.scalar(select(func.count()).select_from(OutboxMessage)) == 0


def test_a_second_click_on_send_finds_it_sent_and_takes_no_number(desk, project):
    estimate = sent(desk, project)

    with pytest.raises(Unmet, match="This estimate is sent; to send it must be draft"):
        send_estimate(desk.session, estimate, desk.actor, desk.clock)

    assert sent(desk, project).number == "NORTH-E-00002"


# --------------------------------------------------------------- it is answered


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


# -------------------------------------------------------------------- its options


@pytest.fixture
def with_options(desk: Desk, project) -> Estimate:
    """100.00, or 150.00 with the stump; oak 80.00 is chosen before pine 40.00; a third of it beforehand."""
    draft = offer(
        desk,
        project,
        line("Fell", "100", "VAT"),
        line("Stump", "50", "VAT", optional="yes", chosen="no"),
        line("Oak", "80", alternative="bench", chosen="yes"),
        line("Pine", "40", alternative="bench", chosen="no"),
    )
    write_terms(desk.session, draft, {"deposit_percent": "50"}, desk.actor)
    return send_estimate(desk.session, draft, desk.actor, desk.clock)


def test_the_client_chooses_and_the_sums_follow_by_the_rates_it_was_sent_with(desk, with_options):
    """[57]"""
    assert (with_options.total, with_options.deposit) == (20000, 10000)
    desk.session.scalars(select(TaxRate)).one().rate = 25
    desk.session.flush()
    _, stump, _, pine = with_options.lines

    choose_options(desk.session, with_options, [stump.key, pine.key], desk.actor, desk.clock)

    assert [one.counts for one in with_options.lines] == [True, True, False, True]
    assert (with_options.subtotal, with_options.tax, with_options.total) == (19000, 3000, 22000)
    assert with_options.deposit == 11000


@pytest.mark.parametrize(
    ("then", "now", "tax"),
    [(TaxProfile.EXEMPT, TaxProfile.STANDARD, 0), (TaxProfile.STANDARD, TaxProfile.EXEMPT, 3000)],
)
def test_a_choice_is_taxed_as_the_estimate_was_sent_whatever_the_customer_is_by_then(
    desk, project, then, now, tax
):
    """[A15, M6]"""
    desk.group.tax_profile = then
    estimate = sent(
        desk, project, line("Fell", "100", "VAT"), line("Stump", "50", "VAT", optional="yes", chosen="no")
    )
    desk.group.tax_profile = now
    desk.session.flush()

    choose_options(desk.session, estimate, [estimate.lines[1].key], desk.actor, desk.clock)

    assert (estimate.subtotal, estimate.tax) == (15000, tax)


def test_exactly_one_of_the_alternatives_is_chosen(desk, with_options):
    fell, _, oak, pine = with_options.lines

    with pytest.raises(Unmet, match="“bench” are alternatives; choose one of them"):
        choose_options(desk.session, with_options, [], desk.actor, desk.clock)
    with pytest.raises(Unmet, match="“bench” are alternatives; choose only one of them"):
        choose_options(desk.session, with_options, [oak.key, pine.key], desk.actor, desk.clock)
    with pytest.raises(NotFound, match="no option of this estimate"):
        choose_options(desk.session, with_options, [oak.key, fell.key], desk.actor, desk.clock)

    assert with_options.total == 20000


def test_what_is_signed_is_the_paper_with_the_options_that_were_chosen(desk, with_options):
    """[57, L9]"""
    _, stump, oak, _ = with_options.lines
    choose_options(desk.session, with_options, [stump.key, oak.key], desk.actor, desk.clock)
    desk.pay("130", project_id=with_options.project_id)

    confirm_estimate(desk.session, with_options, desk.actor, desk.clock, signature=Signed("Clara Client"))

    signed = snapshot_of(desk.session, with_options)
    assert signed is not None
    assert (signed.total, with_options.total) == (26000, 26000)
    assert desk.session.scalars(select(Signature.content_hash)).all() == [signed.sha256]


def test_options_are_not_chosen_any_more_once_it_is_answered(desk, with_options):
    desk.pay("100", project_id=with_options.project_id)
    confirm_estimate(desk.session, with_options, desk.actor, desk.clock)

    with pytest.raises(Unmet, match="options are chosen while it waits for an answer"):
        choose_options(desk.session, with_options, [with_options.lines[2].key], desk.actor, desk.clock)


def test_without_a_choice_among_alternatives_nothing_is_confirmed(desk, project):
    estimate = sent(
        desk,
        project,
        line("Fell", "100"),
        line("Oak", "80", alternative="bench", chosen="no"),
        line("Pine", "40", alternative="bench", chosen="no"),
    )

    with pytest.raises(StepClosed, match="exactly one of each set of alternatives"):
        confirm_estimate(desk.session, estimate, desk.actor, desk.clock, AGREED)


def test_a_choice_that_leaves_less_than_the_deposit_is_refused(desk, project):
    draft = offer(desk, project, line("Fell", "100"), line("Stump", "50", optional="yes"))
    write_terms(desk.session, draft, {"deposit_amount": "120"}, desk.actor)
    estimate = send_estimate(desk.session, draft, desk.actor, desk.clock)

    with pytest.raises(Unmet, match=r"A deposit of 120\.00 is more than the total, which is 100\.00"):
        choose_options(desk.session, estimate, [], desk.actor, desk.clock)

    assert estimate.total == 15000


# ------------------------------------------------------------------ it is revised


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


# --------------------------------------------------------------- it is thrown away


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


# ------------------------------------------------------------------- it runs out


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


# ------------------------------------------------------------------ a stale page


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
