"""An estimate goes out: numbered, frozen, mailed to whom has access, its sums worked out once more [A60, R33]."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from admin_app.flow.machine import StepClosed
from admin_app.kernel.errors import Invalid, NotFound, Unmet
from admin_app.models import (
    DocumentSnapshot,
    FrozenKind,
    OutboxMessage,
    ProjectAccess,
    TaxRate,
)
from admin_app.services.new_estimate import new_estimate
from admin_app.services.send_estimate import send_estimate
from seeds.builders import a_contact, a_group
from seeds.work_builders import a_project
from tests.services.estimates.answered import S, numbers
from tests.services.offers import confirmed, line, offer, sent


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
