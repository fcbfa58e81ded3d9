"""Twenty desks at one estimate: one confirmation, one number, one revision; the others are told [A69, M10, 4.2]."""

from __future__ import annotations

from threading import Barrier

import pytest
from sqlalchemy import func, select

from admin_app.kernel.errors import Conflict, Unmet
from admin_app.models import Estimate, EstimateState, OfficeSession, WorkOrder
from admin_app.models.engine import open_engine
from admin_app.services.answer_estimate import confirm_estimate
from admin_app.services.facts import Said
from admin_app.services.revise_estimate import revise_estimate
from admin_app.services.send_estimate import send_estimate
from admin_app.services.write_estimate import mark_of, write_lines
from tests.services.offers import line, offer, open_project, sent
from tests.services.test_payments_at_once import DESKS, at_once, set_up


@pytest.fixture
def engine(database):
    engine = open_engine(database, pool_size=DESKS)
    yield engine
    engine.dispose()


def test_twenty_confirmations_are_one_contract_with_one_workorder(engine, ann, clock):
    """[A69, 4.2]"""
    (estimate_id,) = set_up(engine, ann, clock, lambda desk: (sent(desk, open_project(desk)).id,))

    def confirm(session: OfficeSession, number: int) -> int:
        estimate = session.get_one(Estimate, estimate_id)
        return confirm_estimate(session, estimate, ann, clock, Said(how=f"desk {number}")).id

    answers = at_once(engine, ann, clock, confirm)

    assert sum(isinstance(answer, int) for answer in answers) == 1
    assert all(isinstance(answer, int | Unmet) for answer in answers)
    with OfficeSession(engine) as session:
        assert session.scalar(select(func.count()).select_from(WorkOrder)) == 1


def test_twenty_estimates_sent_at_once_take_twenty_numbers_without_a_gap(engine, ann, clock):
    """[M10]"""

    def prepare(desk):
        project = open_project(desk)
        return tuple(offer(desk, project).id for _ in range(DESKS))

    ids = set_up(engine, ann, clock, prepare)

    def send(session: OfficeSession, number: int) -> str | None:
        return send_estimate(session, session.get_one(Estimate, ids[number]), ann, clock).number

    numbers = at_once(engine, ann, clock, send)

    assert sorted(map(str, numbers)) == [f"NORTH-E-{number:05d}" for number in range(1, DESKS + 1)]


def test_twenty_revisions_are_one_draft(engine, ann, clock):
    (estimate_id,) = set_up(engine, ann, clock, lambda desk: (sent(desk, open_project(desk)).id,))

    def revise(session: OfficeSession, number: int) -> int:
        return revise_estimate(session, session.get_one(Estimate, estimate_id), ann, clock).id

    answers = at_once(engine, ann, clock, revise)

    assert sum(isinstance(answer, int) for answer in answers) == 1
    with OfficeSession(engine) as session:
        states = session.scalars(select(Estimate.state).order_by(Estimate.revision)).all()
        assert states == [EstimateState.SUPERSEDED, EstimateState.DRAFT]


def test_of_twenty_editors_one_is_kept_and_the_others_hear_of_it(engine, ann, clock):
    """Nothing of theirs is lost in silence: each has a sentence and still his form."""
    (estimate_id,) = set_up(engine, ann, clock, lambda desk: (offer(desk, open_project(desk)).id,))
    with OfficeSession(engine) as session:
        seen = mark_of(session.get_one(Estimate, estimate_id))

    def write(session: OfficeSession, number: int) -> int:
        estimate = session.get_one(Estimate, estimate_id)
        return write_lines(session, estimate, [line("Mine", str(number + 1))], ann, seen=seen).total

    answers = at_once(engine, ann, clock, write)

    kept = [answer for answer in answers if isinstance(answer, int)]
    assert len(kept) == 1
    assert sum(isinstance(answer, Conflict) for answer in answers) == DESKS - 1
    with OfficeSession(engine) as session:
        assert session.get_one(Estimate, estimate_id).total == kept[0]


def test_who_has_read_the_lines_before_somebody_else_changed_them_hears_of_it(postgres_database, ann, clock):
    """On SQLite a desk that writes has locked out all others before it reads."""
    engine = open_engine(postgres_database, pool_size=DESKS)
    (estimate_id,) = set_up(engine, ann, clock, lambda desk: (offer(desk, open_project(desk)).id,))
    everybody_has_read = Barrier(DESKS)

    def write(session: OfficeSession, number: int) -> int:
        estimate = session.get_one(Estimate, estimate_id)
        held, seen = estimate.lines[0], mark_of(estimate)
        everybody_has_read.wait()
        write_lines(session, estimate, [line("Mine", str(number + 1), key=held.key)], ann, seen=seen)
        return held.net

    answers = at_once(engine, ann, clock, write)

    engine.dispose()
    assert sum(isinstance(answer, int) for answer in answers) == 1
    assert sum(isinstance(answer, Conflict) for answer in answers) == DESKS - 1
