"""A run that was asked for on a page: queued once, done by the worker, kept with its evidence [135-138]."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from admin_app.jobs.run_notebook import run_asked_notebook
from admin_app.jobs.schedule import HANDLERS
from admin_app.jobs.shift import Shift
from admin_app.jobs.sweep import sweep_files
from admin_app.jobs.worker import Worker
from admin_app.kernel.actor import Role
from admin_app.kernel.clock import FixedClock, SystemClock
from admin_app.kernel.errors import NotAllowed, Unmet
from admin_app.models import Job, NotebookRun, NotebookRunState, User
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine, writing
from admin_app.services.ask_for_notebook import JOB, MOST_WAITING, ask_for_notebook
from admin_app.storage.folder import FolderStorage
from reports.gallery.compare import compare
from tests.fixtures.office import ANN
from tests.reports.notebooks.conftest import CLOCK, TODAY, pay_a_hundred
from tests.signing import a_user

GIVEN = {"as_of": TODAY, "start": None, "end": None, "brand": None}


@pytest.fixture
def desk(told):
    """An open session at the desk of the told company."""
    engine = open_engine(told.url)
    with OfficeSession(
        engine, info={"actor": ANN, "clock": CLOCK, "door": "test"}, expire_on_commit=False
    ) as session:
        yield session
    engine.dispose()


def ask(session, *, verifies=None, role=Role.ANALYST, notebook="getting_started"):
    """Ask for a run as a member of staff of this role; kept at once."""
    session.commit()  # what comes is a transaction of its own
    with writing():
        actor = a_user(session, role).as_actor()
        run = ask_for_notebook(
            session, actor=actor, clock=CLOCK, notebook=notebook, parameters=GIVEN, verifies=verifies
        )
        session.commit()
    return run


def work_off(told, desk):
    """Let a worker do the runs that wait, and nothing else; gives back how many, and the desk sees what came out."""
    desk.commit()
    worker = Worker(told.settings, CLOCK, {JOB: HANDLERS[JOB]})
    try:
        return worker.work_off()
    finally:
        worker.close()


def test_a_run_is_done_by_the_worker_and_keeps_its_evidence(told, desk):
    """[135, 137]: figures, result, hashes, versions, and how writing was made impossible."""
    run = ask(desk)

    assert work_off(told, desk) == 1
    desk.refresh(run)

    assert (run.state, run.error) == (NotebookRunState.DONE, None)
    with told.book() as book:
        start, end = book.desk.clock.today().replace(year=2025, month=4, day=1), None
        expected = book.ask("collected", start=start, end=end)
    assert run.figures["collected"] == expected.text
    assert run.metric_versions["collected"] == expected.metric.version
    assert len(run.code_hash) == len(run.data_hash) == 64
    assert run.reads == "a file opened for reading only"
    with FolderStorage(told.settings.files).open(run.result_key) as file:
        kinds = [piece["kind"] for piece in json.load(file)["pieces"]]
    assert {"text", "code", "told", "table", "figure"} <= set(kinds)


def test_pressing_twice_is_one_run(told, desk):
    """[135]: until it is done; after that the same question is a new run."""
    first, second = ask(desk), ask(desk)

    assert first.id == second.id
    assert desk.scalar(select(func.count(Job.id)).where(Job.name == JOB)) == 1

    with writing():
        first.state = NotebookRunState.DONE
        desk.commit()
    assert ask(desk).id != first.id


def test_a_job_that_is_taken_twice_changes_nothing(told, desk):
    """[135]: a lease that ran out gives a job to two workers."""
    run = ask(desk)
    work_off(told, desk)
    desk.refresh(run)
    before = (run.result_key, run.finished_at, dict(run.figures))

    engine = open_engine(told.url)
    run_asked_notebook(Shift(told.settings, engine, CLOCK, {"run_id": run.id}))
    engine.dispose()
    desk.refresh(run)

    assert (run.result_key, run.finished_at, dict(run.figures)) == before


def test_verifying_says_the_same_until_somebody_pays(told, desk):
    """[137, L13]: the same records give the same figures; a payment changes what came in, not what was billed."""
    first = ask(desk)
    work_off(told, desk)
    desk.refresh(first)

    same = ask(desk, verifies=first)
    work_off(told, desk)
    desk.refresh(same)
    pay_a_hundred(told.url)
    other = ask(desk, verifies=first)
    work_off(told, desk)
    desk.refresh(other)

    assert compare(first, same).different == 0
    assert compare(first, same).reasons == ()
    found = compare(first, other)
    assert [line.name for line in found.lines if not line.same] == ["collected"]
    assert found.reasons == ("The records changed in between",)


def test_a_failed_notebook_keeps_its_error_and_is_not_tried_again(told, desk):
    """[135]: the sentence stands in the run; the worker goes on."""
    run = ask(desk)
    with writing():
        run.parameters = {**GIVEN, "brand": "Nobody & Sons"}
        desk.commit()

    work_off(told, desk)
    desk.refresh(run)

    assert run.state is NotebookRunState.FAILED
    assert run.error.startswith(
        "Cell 3 under “One figure” failed: There is no brand “Nobody & Sons”; nearest:"
    )
    job = desk.scalars(select(Job).where(Job.name == JOB)).one()
    assert (job.last_error, job.attempts) == (None, 0) and job.done_at is not None
    assert work_off(told, desk) == 0


def test_a_notebook_that_is_no_longer_shipped_is_told(told, desk):
    """[135]: a run that waited over an update."""
    run = ask(desk, notebook="getting_startled")

    work_off(told, desk)
    desk.refresh(run)

    assert run.error == "There is no notebook “getting_startled”; nearest: getting_started"


@pytest.mark.parametrize("change", [{"active": False}, {"role": Role.CREW}])
def test_a_run_has_the_rights_that_its_asker_has_when_it_runs(told, desk, change):
    """[138]: who was switched off or given another role meanwhile gets no figures."""
    run = ask(desk)
    asker = desk.get_one(User, run.asked_by_id)
    desk.commit()
    with writing():
        for name, value in change.items():
            setattr(asker, name, value)
        desk.commit()

    work_off(told, desk)
    desk.refresh(run)

    assert run.state is NotebookRunState.FAILED
    assert run.error == "Whoever asked for this run may no longer see the figures"
    assert run.figures == {}


def test_crews_ask_for_no_runs(told, desk):
    """[138]"""
    with pytest.raises(NotAllowed):
        ask(desk, role=Role.CREW)


def test_only_so_many_runs_wait(told, desk):
    """[135]: the worker has other work."""
    with writing():
        asker = a_user(desk, Role.ANALYST)
        for number in range(MOST_WAITING):
            given = {"n": number}
            desk.add(
                NotebookRun(
                    notebook="receivables", parameters=given, asked_by_id=asker.id, asked_at=CLOCK.now()
                )
            )
        desk.commit()

    with pytest.raises(Unmet, match=f"{MOST_WAITING} runs wait already"):
        ask(desk)


def test_a_kept_result_is_not_swept(told, desk):
    """[137]: the sweep of files knows the runs."""
    run = ask(desk)
    work_off(told, desk)
    desk.refresh(run)

    engine = open_engine(told.url)
    later = FixedClock(SystemClock("UTC").now() + timedelta(days=3))
    sweep_files(Shift(told.settings, engine, later))
    engine.dispose()

    with FolderStorage(told.settings.files).open(run.result_key) as file:
        assert file.read(1) == b"{"
