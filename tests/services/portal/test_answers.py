"""What clients answer to proposals: one signature, bound to the paper they saw [54-57, 60, E4, M14, M22, R33]."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import ActorKind, ClientScope
from admin_app.kernel.clock import FixedClock
from admin_app.kernel.errors import Conflict, Invalid, NotFound, Unmet
from admin_app.models import (
    AccessState,
    Contact,
    DocumentLink,
    DocumentSnapshot,
    Estimate,
    EstimateState,
    Message,
    OfficeSession,
    OutboxMessage,
    Project,
    ProjectAccess,
    Signature,
    SignedBy,
    SigningCode,
    Thread,
    WorkOrder,
)
from admin_app.models.engine import open_engine
from admin_app.policy import as_client, link_scope
from admin_app.services.estimate_options import choose_options
from admin_app.services.estimate_sums import keep_sums
from admin_app.services.papers.freeze import snapshot_of, thawed
from admin_app.services.papers.paper_of import content_of
from admin_app.services.portal.answers import (
    CONSENT,
    Hand,
    ask_for_changes,
    confirm_when_paid,
    decline_proposal,
    sign_proposal,
    signature_of,
)
from admin_app.services.portal.links import link_for
from admin_app.services.portal.signing import check_code, send_code
from admin_app.services.revise_estimate import revise_estimate
from admin_app.services.send_estimate import send_estimate
from seeds.builders import a_contact
from seeds.portal_builders import a_portal_account
from tests.forms import read_off
from tests.services.desk import Desk
from tests.services.offers import line, offer, open_project, sent
from tests.services.portal.clients import by_link, portal_on, signed_in
from tests.services.test_payments_at_once import DESKS, at_once, set_up

SECRET = "a key that only tests use, never an office"


@pytest.fixture
def proposal(desk: Desk):
    """A proposal of 1,200.00 that waits for clara."""
    return sent(desk, open_project(desk))


def _frozen(session, proposal) -> DocumentSnapshot:
    """The paper of a proposal that was sent."""
    frozen = snapshot_of(session, proposal)
    assert frozen is not None
    return frozen


def _hand(session, proposal, **but) -> Hand:
    facts: dict[str, Any] = {
        "signer": "Clara Client",
        "seen": _frozen(session, proposal).sha256,
        "agreed": True,
    }
    return Hand(**facts | but)


def _clara(project: Project) -> Contact:
    """Whom the project is spoken about with."""
    assert project.contact is not None
    return project.contact


def _scope(session, link: DocumentLink) -> ClientScope:
    """What a living link opens."""
    scope = link_scope(session, link)
    assert isinstance(scope, ClientScope)
    return scope


def _code(desk: Desk, proposal, actor) -> int:
    """A code that was mailed and typed back."""
    send_code(desk.session, proposal, SECRET, actor, desk.clock)
    body = desk.session.scalars(
        select(OutboxMessage.body).where(OutboxMessage.purpose == "signing code").order_by(OutboxMessage.id)
    ).all()[-1]

    @contextmanager
    def transaction():
        yield desk.session

    typed = read_off(r"signing code: (\d{6})", body)
    return check_code(transaction, proposal.id, actor.client.contact_id, typed, SECRET, desk.clock)


def test_a_signature_by_link_is_bound_to_the_frozen_paper_with_its_evidence(desk, proposal):
    """[E4, L9, 54, 60]"""
    clara = proposal.project.contact
    actor = by_link(desk, proposal, clara)
    hand = _hand(
        desk.session, proposal, code_id=_code(desk, proposal, actor), address="203.0.113.9", agent="Phone"
    )

    assert sign_proposal(desk.session, proposal, hand, actor, desk.clock) is True

    (signature,) = proposal.signatures
    assert signature.content_hash == _frozen(desk.session, proposal).sha256
    assert (signature.way, signature.contact_id, signature.signer) == (
        SignedBy.PORTAL,
        clara.id,
        "Clara Client",
    )
    assert signature.path == "document link of Clara Client"
    kept = signature.evidence
    assert (kept["address"], kept["agent"], kept["code_sent_to"]) == (
        "203.0.113.9",
        "Phone",
        "clara@client.test",
    )
    assert kept["consent"] == CONSENT and kept["total"] == proposal.total == 120000
    assert proposal.state is EstimateState.CONFIRMED
    assert proposal.confirmed_how is None
    assert desk.session.scalar(select(func.count()).select_from(WorkOrder)) == 1, "the work is planned [A69]"


def test_signed_in_clients_sign_without_a_code_and_links_do_not(desk, proposal):
    clara = proposal.project.contact
    with pytest.raises(Invalid) as refused:
        sign_proposal(
            desk.session, proposal, _hand(desk.session, proposal), by_link(desk, proposal, clara), desk.clock
        )
    assert "code" in refused.value.fields
    assert signature_of(desk.session, proposal) is None

    assert sign_proposal(
        desk.session, proposal, _hand(desk.session, proposal), signed_in(desk, clara), desk.clock
    )
    assert proposal.signatures[0].path == "portal account of Clara Client"


def test_a_code_that_was_used_signs_nothing_again(desk, proposal):
    clara = proposal.project.contact
    other = sent(desk, proposal.project)
    actor = by_link(desk, proposal, clara)
    code_id = _code(desk, proposal, actor)
    sign_proposal(desk.session, proposal, _hand(desk.session, proposal, code_id=code_id), actor, desk.clock)

    with pytest.raises(Conflict):
        sign_proposal(
            desk.session,
            other,
            _hand(desk.session, other, code_id=code_id),
            by_link(desk, other, clara),
            desk.clock,
        )


def test_another_paper_than_that_on_the_screen_is_not_signed(desk, proposal):
    """[L9]"""
    actor = signed_in(desk, proposal.project.contact)
    with pytest.raises(Conflict, match="changed since you opened it"):
        sign_proposal(desk.session, proposal, _hand(desk.session, proposal, seen="0" * 64), actor, desk.clock)
    assert signature_of(desk.session, proposal) is None


@pytest.mark.parametrize("missing", ["signer", "agreed"])
def test_a_signature_needs_a_name_and_the_tick(desk, proposal, missing):
    actor = signed_in(desk, proposal.project.contact)
    hand = _hand(desk.session, proposal, **{missing: "" if missing == "signer" else False})
    with pytest.raises(Invalid) as refused:
        sign_proposal(desk.session, proposal, hand, actor, desk.clock)
    assert missing in refused.value.fields


def test_only_to_whom_the_project_is_open_it_can_be_signed(desk, proposal):
    """[R33]"""
    clara = proposal.project.contact
    otto = a_contact(desk.session, desk.group, email="otto@client.test")
    anybody = by_link(desk, proposal, None)
    stranger = signed_in(desk, otto)
    actor = by_link(desk, proposal, clara)
    for who in (anybody, stranger):
        for act in (
            lambda who=who: sign_proposal(
                desk.session, proposal, _hand(desk.session, proposal), who, desk.clock
            ),
            lambda who=who: decline_proposal(desk.session, proposal, who, desk.clock, "no"),
            lambda who=who: ask_for_changes(desk.session, proposal, who, desk.clock, "other"),
            lambda who=who: choose_options(desk.session, proposal, [], who, desk.clock),
        ):
            with pytest.raises(NotFound):
                act()
    access = desk.session.scalars(select(ProjectAccess)).one()
    access.state = AccessState.REVOKED
    desk.session.flush()
    with pytest.raises(NotFound):
        decline_proposal(desk.session, proposal, actor, desk.clock, "no")
    assert proposal.state is EstimateState.SENT


def test_with_a_deposit_the_signature_is_kept_and_the_money_confirms(desk):
    """[56, M22]"""
    project = open_project(desk)
    proposal = _with_deposit(desk, project)
    actor = signed_in(desk, _clara(project))

    assert sign_proposal(desk.session, proposal, _hand(desk.session, proposal), actor, desk.clock) is False
    waits: EstimateState = proposal.state
    assert waits is EstimateState.SENT
    assert proposal.signatures[0].content_hash == _frozen(desk.session, proposal).sha256
    assert confirm_when_paid(desk.session, proposal, desk.clock) is False, "nothing was paid yet"

    desk.pay("299.99", project_id=project.id)
    assert confirm_when_paid(desk.session, proposal, desk.clock) is False, "a cent is missing"
    desk.pay("0.01", project_id=project.id)
    assert confirm_when_paid(desk.session, proposal, desk.clock) is True
    assert proposal.state is EstimateState.CONFIRMED
    assert confirm_when_paid(desk.session, proposal, desk.clock) is True, "a second notice changes nothing"
    assert desk.session.scalar(select(func.count()).select_from(WorkOrder)) == 1


def test_a_deposit_alone_confirms_nothing(desk):
    project = open_project(desk)
    proposal = _with_deposit(desk, project)
    desk.pay("300", project_id=project.id)
    assert confirm_when_paid(desk.session, proposal, desk.clock) is False
    assert proposal.state is EstimateState.SENT


def test_a_deposit_that_comes_after_a_revision_leaves_it_to_the_desk(desk):
    """[M14] The signature stays with revision 1."""
    project = open_project(desk)
    proposal = _with_deposit(desk, project)
    sign_proposal(
        desk.session, proposal, _hand(desk.session, proposal), signed_in(desk, _clara(project)), desk.clock
    )
    later = revise_estimate(desk.session, proposal, desk.actor, desk.clock)
    desk.pay("300", project_id=project.id)

    assert confirm_when_paid(desk.session, proposal, desk.clock) is False
    assert (proposal.state, later.state) == (EstimateState.SUPERSEDED, EstimateState.DRAFT)
    assert later.signatures == [] and len(proposal.signatures) == 1


def test_what_is_signed_keeps_its_options_and_its_answer(desk):
    project = open_project(desk)
    extra = line("Grind the stump", "200", "VAT", optional="on", chosen="")
    proposal = _with_deposit(desk, project, line("Fell the ash", "1000", "VAT"), extra)
    actor = signed_in(desk, _clara(project))
    key = next(one.key for one in proposal.lines if one.optional)
    sign_proposal(desk.session, proposal, _hand(desk.session, proposal), actor, desk.clock)

    for act in (
        lambda: choose_options(desk.session, proposal, [key], actor, desk.clock),
        lambda: choose_options(desk.session, proposal, [key], desk.actor, desk.clock),
        lambda: decline_proposal(desk.session, proposal, actor, desk.clock, "no"),
        lambda: ask_for_changes(desk.session, proposal, actor, desk.clock, "other"),
        lambda: sign_proposal(desk.session, proposal, _hand(desk.session, proposal), actor, desk.clock),
    ):
        with pytest.raises(Unmet, match="signed"):
            act()


def test_the_options_of_the_client_are_on_the_paper_that_is_signed(desk):
    """[57, L9] One total everywhere [M8]."""
    project = open_project(desk)
    extra = line("Grind the stump", "200", "VAT", optional="on", chosen="")
    proposal = sent(desk, project, line("Fell the ash", "1000", "VAT"), extra)
    actor = signed_in(desk, _clara(project))
    before = _frozen(desk.session, proposal)
    assert proposal.total == 120000
    key = next(one.key for one in proposal.lines if one.optional)

    choose_options(desk.session, proposal, [key], actor, desk.clock)

    assert proposal.total == 144000
    after = _frozen(desk.session, proposal)
    assert after.sha256 != before.sha256 and after.total == 144000
    assert thawed(after).totals[-1].amount == "1440.00"
    with pytest.raises(Conflict):
        sign_proposal(
            desk.session, proposal, _hand(desk.session, proposal, seen=before.sha256), actor, desk.clock
        )
    sign_proposal(desk.session, proposal, _hand(desk.session, proposal), actor, desk.clock)
    assert (proposal.signatures[0].evidence or {})["options"] == ["Grind the stump"]
    printed = content_of(desk.session, "estimate", proposal).signed
    assert printed is not None and printed.content_hash == after.sha256
    assert desk.session.scalar(select(func.count()).select_from(DocumentSnapshot)) == 2


def test_what_expired_is_not_signed(desk):
    project = open_project(desk)
    proposal = sent(desk, project)
    proposal.expires_on = desk.clock.today()
    desk.session.flush()
    actor = signed_in(desk, _clara(project))
    tomorrow = FixedClock(desk.clock.now() + timedelta(days=1))
    with pytest.raises(Unmet, match="expired on"):
        sign_proposal(desk.session, proposal, _hand(desk.session, proposal), actor, tomorrow)
    assert signature_of(desk.session, proposal) is None
    assert sign_proposal(desk.session, proposal, _hand(desk.session, proposal), actor, desk.clock)


def test_a_wish_for_changes_lands_on_the_estimate_and_in_its_thread(desk, proposal):
    """[55, W10]"""
    actor = by_link(desk, proposal, proposal.project.contact)

    ask_for_changes(desk.session, proposal, actor, desk.clock, "Leave the hedge <b>standing</b>")

    assert proposal.state is EstimateState.CHANGES_REQUESTED
    message = desk.session.scalars(select(Message).where(Message.in_portal)).one()
    assert message.body == "Leave the hedge <b>standing</b>" == proposal.client_comment
    thread = desk.session.get_one(Thread, message.thread_id)
    assert (thread.about, thread.about_id, thread.waits) == ("estimate", proposal.id, True)
    assert message.address == "clara@client.test"
    with pytest.raises(Invalid):
        ask_for_changes(desk.session, proposal, actor, desk.clock, "  ")


def test_a_refusal_names_its_reason_and_lets_staff_hear_it(desk, proposal):
    """[A55, 55]"""
    actor = by_link(desk, proposal, proposal.project.contact)
    with pytest.raises(Invalid):
        decline_proposal(desk.session, proposal, actor, desk.clock, " ")

    decline_proposal(desk.session, proposal, actor, desk.clock, "Too dear")

    assert (proposal.state, proposal.declined_reason) == (EstimateState.DECLINED, "Too dear")
    message = desk.session.scalars(select(Message).where(Message.in_portal)).one()
    assert "Too dear" in message.body
    with pytest.raises(Unmet):
        decline_proposal(desk.session, proposal, actor, desk.clock, "Once more")


def test_two_devices_at_once_are_one_signature(database, ann, clock):
    """Twenty at the same moment: one signature, one workorder, and a sentence for everybody else."""
    engine = open_engine(database, pool_size=DESKS)

    def prepare(desk: Desk) -> tuple[int, ...]:
        estimate = sent(desk, open_project(desk))
        portal_on(desk)
        clara = _clara(estimate.project)
        a_portal_account(desk.session, clara)
        link = link_for(desk.session, estimate, clara, ann, clock)
        actor = as_client(clara.name, _scope(desk.session, link))
        return estimate.id, clara.id, _code(desk, estimate, actor), link.id

    estimate_id, clara_id, code_id, link_id = set_up(engine, ann, clock, prepare)

    def sign(session: OfficeSession, number: int) -> bool:
        estimate = session.get_one(Estimate, estimate_id)
        clara = session.get_one(Contact, clara_id)
        actor = as_client(clara.name, _scope(session, session.get_one(DocumentLink, link_id)))
        assert actor.kind is ActorKind.CLIENT
        return sign_proposal(session, estimate, _hand(session, estimate, code_id=code_id), actor, clock)

    answers = at_once(engine, ann, clock, sign)

    assert answers.count(True) == 1
    assert all(answer is True or isinstance(answer, Unmet | Conflict) for answer in answers)
    with OfficeSession(engine) as session:
        assert session.scalar(select(func.count()).select_from(Signature)) == 1
        assert session.scalar(select(func.count()).select_from(WorkOrder)) == 1
        assert session.scalars(select(SigningCode.used_at)).one() is not None
    engine.dispose()


def _with_deposit(desk: Desk, project, *lines):
    """A proposal that asks for 300.00 when it is accepted."""
    draft = offer(desk, project, *lines)
    draft.deposit_amount = 30000
    keep_sums(desk.session, draft)
    return send_estimate(desk.session, draft, desk.actor, desk.clock)
