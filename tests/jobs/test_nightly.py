"""What the nights do: a backup that is kept, files that nothing names, traces that ran out."""

import os
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from admin_app.jobs.expire_estimates import let_estimates_expire
from admin_app.jobs.keep_backups import KEPT, keep_backups, nightly_backups
from admin_app.jobs.shift import Shift
from admin_app.jobs.sweep import forget_what_ran_out, sweep_files
from admin_app.kernel.clock import FixedClock
from admin_app.models import (
    Attachment,
    Brand,
    CustomerGroup,
    Estimate,
    EstimateState,
    Job,
    OneTimeLink,
    SignInAttempt,
)
from admin_app.models.engine import open_engine
from admin_app.services.backups.archive import reading_archive
from admin_app.services.backups.make import last_backup
from admin_app.services.expire_estimates import AT_A_TIME
from admin_app.storage.folder import FolderStorage
from seeds.builders import a_group
from seeds.work_builders import a_project, an_estimate

NIGHT = datetime(2026, 3, 17, 2, 30, tzinfo=UTC)


@pytest.fixture
def nights(settings):
    """A function that gives the shift of a night, counted from the first."""
    engine = open_engine(settings.database_url)
    yield lambda number=0: Shift(settings, engine, FixedClock(NIGHT + timedelta(days=number)))
    engine.dispose()


def test_the_nightly_backup_can_be_read_and_its_age_is_known(nights):
    keep_backups(nights())

    (file,) = nightly_backups(nights().settings.home / "backups")
    with reading_archive(file) as archive:
        archive.verify()
    with nights().transaction() as session:
        last = last_backup(session)
    assert last is not None
    assert (last.file, last.made_at) == (file, NIGHT)


def test_the_latest_backups_are_kept_and_nobody_elses_file_is_touched(nights):
    folder = nights().settings.home / "backups"
    folder.mkdir(parents=True)
    for number in range(KEPT + 3):
        (folder / f"sawhorse-202602{number + 1:02}-023000.zip").write_text("older")
    (folder / "before-the-move.zip").write_text("mine")

    keep_backups(nights())

    kept = nightly_backups(folder)
    assert len(kept) == KEPT
    assert kept[0].name == "sawhorse-20260317-023000.zip"
    assert kept[-1].name == "sawhorse-20260205-023000.zip"
    assert (folder / "before-the-move.zip").exists()


def test_a_file_that_no_row_names_is_swept_after_a_day(nights):
    storage = FolderStorage(nights().settings.files)
    named, preview, logo, orphan, fresh = (storage.store(BytesIO(b"x"), limit=9) for _ in range(5))
    with nights().transaction() as session:
        group = CustomerGroup(name="The Hardings")
        session.add(group)
        session.flush()
        session.add(Brand(name="Harbour", key="harbour", logo_key=logo.key))
        session.add(
            Attachment(
                group_id=group.id,
                name="plan.pdf",
                content_type="application/pdf",
                size=1,
                sha256="0" * 64,
                store_key=named.key,
                preview_key=preview.key,
            )
        )
    long_ago = (NIGHT - timedelta(days=2)).timestamp()
    for stored in (named, preview, logo, orphan):
        os.utime(storage.path(stored.key), (long_ago, long_ago))
    just_now = (NIGHT - timedelta(minutes=5)).timestamp()
    os.utime(storage.path(fresh.key), (just_now, just_now))

    sweep_files(nights())

    assert set(storage.stored_keys()) == {named.key, preview.key, logo.key, fresh.key}


def test_what_ran_out_is_forgotten_and_what_may_still_work_is_kept(nights):
    with nights().transaction() as session:
        for key, expires in (("old", -40), ("young", -3), ("open", 1)):
            session.add(
                OneTimeLink(token_hash=key, purpose="welcome", expires_at=NIGHT + timedelta(days=expires))
            )
        for account, age in (("old", 31), ("new", 1)):
            session.add(SignInAttempt(account=account, address="::1", at=NIGHT - timedelta(days=age)))
        finished = NIGHT - timedelta(days=31)
        session.add(Job(name="x", key="done", payload={}, due_at=finished, done_at=finished))
        session.add(Job(name="x", key="recurs", payload={}, due_at=NIGHT, done_at=finished))

    forget_what_ran_out(nights())

    with nights().transaction() as session:
        assert set(session.scalars(select(OneTimeLink.token_hash))) == {"young", "open"}
        assert set(session.scalars(select(SignInAttempt.account))) == {"new"}
        assert set(session.scalars(select(Job.key))) == {"recurs"}


def test_estimates_that_nobody_answered_in_time_run_out_at_night(nights):
    """[53]: the last day still counts; the next morning they have run out, all of them."""
    with nights().transaction() as session:
        project = a_project(session, a_group(session))
        for _ in range(AT_A_TIME + 1):
            an_estimate(session, project, state=EstimateState.SENT, expires_on=NIGHT.date())

    def states() -> set[EstimateState]:
        with nights().transaction() as session:
            return set(session.scalars(select(Estimate.state)))

    let_estimates_expire(nights())
    assert states() == {EstimateState.SENT}
    let_estimates_expire(nights(1))

    assert states() == {EstimateState.EXPIRED}
