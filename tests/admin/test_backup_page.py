"""The backup page tells the age of the last backup and asks the worker for one (issue 2, point 12)."""

from datetime import timedelta
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.kernel.clock import Clock, SystemClock
from admin_app.models import Job
from admin_app.models.base import OfficeSession
from admin_app.services.backups.make import Backup, remember_backup
from tests.forms import send
from tests.signing import sign_in_as


def test_without_a_backup_the_page_says_so(signed_in: FlaskClient) -> None:
    assert "There is no backup yet." in signed_in.get("/admin/backup/").get_data(as_text=True)


def test_the_last_backup_and_its_age_are_shown(signed_in: FlaskClient, session: OfficeSession) -> None:
    now = SystemClock().now()
    remember_backup(session, Backup(Path("/backups/monday.zip"), now - timedelta(days=3), 2_048, 7))
    session.commit()

    page = signed_in.get("/admin/backup/").get_data(as_text=True)

    assert "/backups/monday.zip" in page
    assert "7 stored files" in page
    assert "older than a day and a half" in page


def test_a_backup_asked_for_twice_is_queued_once(signed_in: FlaskClient, session: OfficeSession) -> None:
    for _ in range(2):
        assert send(signed_in, "/admin/backup/", follow_redirects=True).status_code == 200

    waiting = session.scalars(select(Job).where(Job.key.startswith("keep backups: asked for"))).all()
    assert len(waiting) == 1
    assert "On its way" in signed_in.get("/admin/backup/").get_data(as_text=True)


def test_a_crew_may_not_ask(signed_in: FlaskClient, clock: Clock) -> None:
    sign_in_as(signed_in, Role.CREW)

    assert send(signed_in, "/admin/backup/").status_code == 403
