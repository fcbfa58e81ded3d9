"""An office for tests of generated pages."""

import pytest

from admin_app.kernel.actor import SYSTEM
from admin_app.kernel.clock import SystemClock
from admin_app.models.base import OfficeSession
from admin_app.web.database import db
from seeds.builders import a_company, a_group, a_tag
from tests.admin.entity_view.pages import kept


@pytest.fixture
def office(app):
    """A session beside the application's, with a company; what a test keeps is committed by `kept`."""
    info = {"actor": SYSTEM, "clock": SystemClock(), "door": "test"}
    with app.app_context():  # not held: requests inside it would share one `g` and one session
        engine = db.engine
    with OfficeSession(engine, info=info, expire_on_commit=False) as session:
        a_company(session, zone="UTC")
        session.commit()
        yield session
        session.rollback()


@pytest.fixture
def ten(office):
    tag = a_tag(office, "old")
    groups = [a_group(office, name=f"Group {n}", balance=n * 100) for n in range(10)]
    for group in groups[:4]:
        group.tags.append(tag)
    kept(office)
    return groups
