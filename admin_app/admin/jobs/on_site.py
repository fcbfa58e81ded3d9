"""What a job asks of a crew next, one thing at a time, and the clock of whoever looks [61-63, A70-A74]."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import func, select

from admin_app.admin.jobs.desk import FORM_ADDRESSES, FORM_WORDS, OPEN
from admin_app.models import Attachment, FormKind, Note, ServiceState, TimeEntry, WorkOrder
from admin_app.policy import visible
from admin_app.services.job_photos import photos_of
from admin_app.services.run_clock import GUESSED, guessed_end, is_left_running, running_clock
from admin_app.services.work_on_site import NOT_BEGUN
from admin_app.web.company import actor, clock, office_session, today

MOST_NOTES = 50
MOST_GUESSED = 5


@dataclass(frozen=True, slots=True)
class SiteStep:
    """One thing to do on site: a page to open (`url`), or a button that is pressed (`posts`)."""

    name: str
    words: str
    icon: str
    done: bool
    url: str
    posts: bool = False
    left: int | None = None
    """How many services are open, where the step is about them."""


@dataclass(frozen=True, slots=True)
class MyClock:
    """The clock of whoever looks: where it runs, and whether it was left running."""

    work_id: int | None = None
    work: WorkOrder | None = None
    since: datetime | None = None
    left: bool = False
    suggested: datetime | None = None
    """The end that a clock left running would get if nobody said one."""
    guessed: Sequence[TimeEntry] = field(default_factory=tuple)
    """Entries of theirs whose end was guessed and that nobody has put right yet."""


def my_clock() -> MyClock:
    """The clock of the signed-in person."""
    session, who = office_session(), actor()
    guesses = (
        select(TimeEntry)
        .where(TimeEntry.user_id == who.id, TimeEntry.note.startswith(GUESSED, autoescape=True))
        .order_by(TimeEntry.id.desc())
        .limit(MOST_GUESSED)
    )
    guessed = tuple(session.scalars(visible(who, guesses)))
    running = running_clock(session, who)
    if running is None:
        return MyClock(guessed=guessed)
    left = is_left_running(running, clock().now())
    return MyClock(
        running.work_order_id,
        running.work_order,
        running.started_at,
        left,
        guessed_end(session, running) if left else None,
        guessed,
    )


def worked_on(ids: Collection[int]) -> set[int]:
    """On which of these workorders the signed-in person has time of today: who stopped need not be told to start."""
    query = select(TimeEntry.work_order_id).where(
        TimeEntry.user_id == actor().id, TimeEntry.worked_on == today(), TimeEntry.work_order_id.in_(ids)
    )
    return set(office_session().scalars(query))


def photo_counts(ids: Collection[int]) -> Mapping[int, int]:
    """How many photos each of these workorders has."""
    query = (
        select(Attachment.work_order_id, func.count())
        .where(Attachment.work_order_id.in_(ids), Attachment.preview_key.is_not(None))
        .group_by(Attachment.work_order_id)
    )
    return {int(work_id): number for work_id, number in office_session().execute(query) if work_id}


def photos(work: WorkOrder) -> list[Attachment]:
    """The photos of a workorder that the signed-in person may see."""
    return list(office_session().scalars(visible(actor(), photos_of(work.id))))


def notes_from_site(work: WorkOrder) -> list[Note]:
    """What those on the job wrote from it; the notes of the office stay on its own pages, for they may name prices."""
    writers = {one.name for one in work.crew} | {actor().name}
    query = (
        select(Note)
        .where(Note.project_id == work.project_id, Note.author.in_(writers))
        .order_by(Note.id.desc())
        .limit(MOST_NOTES)
    )
    return list(office_session().scalars(visible(actor(), query)))


def steps_on_site(work: WorkOrder, running: MyClock, worked_today: bool) -> list[SiteStep]:
    """All that this job asks, in order, what is done among it: the first that is not done is the thing to do now."""
    begun = work.state not in NOT_BEGUN
    here = running.work_id == work.id and not running.left
    started = begun and (here or worked_today or work.state not in OPEN)
    live = [one for one in work.services if one.state is not ServiceState.CANCELLED]
    left = sum(one.state in ServiceState.unsettled() for one in live)
    page = url_for("jobs.job", work_id=work.id)
    steps = [_form(work, FormKind.SAFETY, begun)] if work.needs_safety_form else []
    words = "Start my clock" if begun else "Start work"
    steps.append(
        SiteStep("begin", words, "play-fill", started, url_for("jobs.begin", work_id=work.id), posts=True)
    )
    if live:
        steps.append(
            SiteStep(
                "services",
                f"Tick what is done: {left} left",
                "check2-square",
                not left,
                f"{page}#services",
                left=left,
            )
        )
    steps += [_form(work, FormKind.REPORT)] if work.needs_report else []
    steps += [_form(work, FormKind.FINISH)] if work.needs_finish_form else []
    finish = url_for("jobs.finish", work_id=work.id)
    steps.append(SiteStep("finish", "Complete job", "flag-fill", work.state not in OPEN, finish, posts=True))
    return steps


def _form(work: WorkOrder, kind: FormKind, passed: bool = False) -> SiteStep:
    word = FORM_ADDRESSES[kind]
    url = url_for("jobs.fill", work_id=work.id, word=word)
    done = passed or any(form.kind is kind for form in work.forms)
    return SiteStep(f"form-{word}", f"Fill in the {FORM_WORDS[kind][0].lower()}", "clipboard-check", done, url)


def card_facts(jobs: Sequence[WorkOrder]) -> dict[str, Any]:
    """What the cards of several jobs show beside the jobs, in a fixed number of statements."""
    ids = [job.id for job in jobs]
    return {"my_clock": my_clock(), "worked_on": worked_on(ids), "photo_counts": photo_counts(ids)}
