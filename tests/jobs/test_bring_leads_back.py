"""Every night, postponed leads whose day has come are on the list again, however many there are [A49, 4.2]."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from admin_app.jobs.bring_leads_back import bring_leads_back
from admin_app.jobs.schedule import HANDLERS
from admin_app.jobs.shift import Shift
from admin_app.kernel.clock import FixedClock
from admin_app.models import AuditEntry, Lead, LeadState
from admin_app.models.engine import open_engine
from admin_app.services.leads_come_back import AT_A_TIME
from seeds.builders import a_group
from seeds.work_builders import a_lead, a_project

NIGHT = datetime(2026, 3, 20, 0, 15, tzinfo=UTC)


@pytest.fixture
def shift(settings):
    """The shift of the night to 20 March."""
    engine = open_engine(settings.database_url)
    yield Shift(settings, engine, FixedClock(NIGHT))
    engine.dispose()


def test_leads_that_are_due_come_back_in_the_night_and_others_wait(shift):
    with shift.transaction() as session:
        project = a_project(session, a_group(session))
        for number in range(AT_A_TIME + 1):
            day = date(2026, 3, 20) if number % 2 else date(2026, 2, 1)
            a_lead(session, project, state=LeadState.POSTPONED, postponed_until=day)
        later = a_lead(session, project, state=LeadState.POSTPONED, postponed_until=date(2026, 3, 21))
        waiting = later.id

    bring_leads_back(shift)

    with shift.transaction() as session:
        still = session.scalars(select(Lead.id).where(Lead.state == LeadState.POSTPONED)).all()
        back = session.scalar(select(func.count()).select_from(Lead).where(Lead.state == LeadState.NEW))
        names = set(
            session.scalars(
                select(AuditEntry.actor).where(AuditEntry.entity == "Lead", AuditEntry.change == "changed")
            )
        )
    assert (still, back, names) == ([waiting], AT_A_TIME + 1, {"Sawhorse"})


def test_the_night_knows_the_job():
    handler = HANDLERS["bring leads back"]

    assert handler.do is bring_leads_back and handler.next_due is not None
