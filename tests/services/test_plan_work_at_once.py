"""Twenty desks confirm at once: one workorder, one number; services ticked by two are completed once [A69, 4.2]."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import func, select

from admin_app.kernel.errors import Unmet
from admin_app.models import AuditEntry, Change, Estimate, NumberSeries, Service, ServiceState, WorkOrder
from admin_app.services.answer_estimate import confirm_estimate
from admin_app.services.complete_services import ALL, complete_services
from admin_app.services.plan_work import plan_work
from tests.services.agreed import ON_THE_PHONE, agree, offer
from tests.services.test_payments_at_once import DESKS, at_once, engine, set_up

__all__ = ["engine"]


def test_confirming_an_estimate_at_twenty_desks_makes_one_workorder(engine, ann, clock):
    """[A69] double click, two browsers: one is heard, the others are told."""
    (estimate_id,) = set_up(engine, ann, clock, lambda desk: (offer(desk, "100", "200").id,))

    def confirm(session, number):
        estimate = session.get_one(Estimate, estimate_id)
        return confirm_estimate(session, estimate, ann, clock, ON_THE_PHONE).id

    answers = at_once(engine, ann, clock, confirm)

    assert answers.count(estimate_id) == 1
    assert sum(isinstance(answer, Unmet) for answer in answers) == DESKS - 1
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(WorkOrder)) == 1
        assert connection.scalar(select(func.count()).select_from(Service)) == 2
        taken = select(NumberSeries.next_number).where(NumberSeries.document == "workorder")
        assert connection.scalar(taken) == 2


def test_the_reaction_by_itself_makes_one_workorder_too(engine, ann, clock):
    """Whoever calls it, from the flow or a forced step, finds the one that is there [A69, D8]."""

    def agreed(desk):
        work = agree(desk, offer(desk))
        desk.session.delete(work.services[0])
        estimate_id = work.estimate_id
        desk.session.flush()
        desk.session.expire(work)
        desk.session.delete(work)
        desk.session.flush()
        return (estimate_id,)

    (estimate_id,) = set_up(engine, ann, clock, agreed)

    def plan(session, number):
        return plan_work(session, session.get_one(Estimate, estimate_id), ann, clock, ON_THE_PHONE).id

    answers = at_once(engine, ann, clock, plan)

    assert len(set(answers)) == 1
    assert isinstance(answers[0], int)


def test_two_who_tick_the_same_services_complete_them_once(engine, ann, clock):
    """[A74]"""
    (work_id,) = set_up(engine, ann, clock, lambda desk: (agree(desk, offer(desk, "10", "20", "30")).id,))

    def tick(session, number):
        results = complete_services(session, session.get_one(WorkOrder, work_id), ALL, ann, clock)
        return sum(result.done for result in results)

    answers = at_once(engine, ann, clock, tick)

    assert Counter(answers) == {0: DESKS - 1, 3: 1}
    with engine.connect() as connection:
        states = connection.scalars(select(Service.state)).all()
        assert states == [ServiceState.COMPLETED] * 3
        changed = select(func.count()).where(
            AuditEntry.entity == "Service", AuditEntry.change == Change.CHANGED
        )
        assert connection.scalar(changed) == 6  # for each the step, and who took it
