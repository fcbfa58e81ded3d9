"""The forms of a job: all of them to read, opened from its day in the calendar, and each to fill in [A71, A72, 63]."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.jobs.acts import answer_act
from admin_app.admin.jobs.desk import FORM_ADDRESSES, FORM_WORDS, back_to, desk, the_job
from admin_app.admin.jobs.no_signal import keep_on_phone
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, NotFound, Refusal, Unmet
from admin_app.models import AnswerKind, FormKind, FormQuestion, WorkOrder
from admin_app.policy import Permission
from admin_app.services.fill_form import OVER, field_of, fill_form
from admin_app.services.form_questions import questions_of
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.office import keep_nothing
from admin_app.web.refusals import wants_json

KINDS = {word: kind for kind, word in FORM_ADDRESSES.items()}


@desk.get("/<int:work_id>/forms")
@rule(Permission.WORK_READ)
def forms(work_id: int) -> ResponseReturnValue:
    """What was answered, by whom and when; what is still asked for."""
    work = the_job(work_id)
    return render_template(
        "admin/jobs/forms.html",
        page_title=f"Forms of {work.number}",
        work=work,
        back=back_to(work),
        is_over=work.state in OVER,
        address_of=FORM_ADDRESSES,
    ), 200


@desk.route("/<int:work_id>/forms/<word>", methods=["GET", "POST"])
@rule(Permission.JOB_DO)
def fill(work_id: int, word: str) -> ResponseReturnValue:
    """Fill a form in, or correct what was filled in while the work is not completed."""
    work, kind = the_job(work_id), KINDS.get(word)
    if kind is None:
        raise NotFound("There is no such form")
    asked = questions_of(office_session(), [kind])
    typed = {question.id: _typed(question) for question in asked}
    if request.method == "GET":
        if actor().id in {one.id for one in work.crew}:
            keep_on_phone()
        if work.state in OVER:
            raise Unmet(f"This workorder is {work.state.value}; its forms stay as they are")
        return _page(work, kind, asked, _known(work, kind, asked), {}), 200
    if wants_json():
        return answer_act(work, f"form {word}", sorted(typed.items()), lambda at: _filled(work, kind, typed, at))
    back = back_to(work)
    try:
        fill_form(office_session(), work, kind, typed, actor(), clock())
    except (Invalid, Unmet) as refusal:
        return _refused(work_id, kind, typed, refusal)
    flash(f"{FORM_WORDS[kind][0]} filled in.", "success")
    return redirect(back)


def _filled(work: WorkOrder, kind: FormKind, typed: dict[int, str], at: Clock) -> str:
    """The form as a phone sends it that may have waited for signal."""
    fill_form(office_session(), work, kind, typed, actor(), at)
    return f"{FORM_WORDS[kind][0]} filled in."


def _typed(question: FormQuestion) -> str:
    return request.form.get(field_of(question), "")


def _known(work: WorkOrder, kind: FormKind, asked: list[FormQuestion]) -> dict[int, str]:
    """What was answered before to the same words."""
    form = next((one for one in work.forms if one.kind is kind), None)
    said = {one["question"]: one["answer"] for one in form.answers} if form else {}
    return {question.id: said.get(question.question, "") for question in asked}


def _refused(work_id: int, kind: FormKind, typed: dict[int, str], refusal: Refusal) -> ResponseReturnValue:
    """The same form with every answer still there, each mistake at its question."""
    office_session().rollback()
    keep_nothing()
    work = the_job(work_id)
    wrong = dict(refusal.fields) if isinstance(refusal, Invalid) else {}
    asked = questions_of(office_session(), [kind])
    return _page(work, kind, asked, typed, wrong, refusal.sentence), refusal.status


def _page(
    work: WorkOrder,
    kind: FormKind,
    asked: list[FormQuestion],
    values: dict[int, str],
    wrong: dict[str, str],
    sentence: str = "",
) -> str:
    return render_template(
        "admin/jobs/fill.html",
        page_title=FORM_WORDS[kind][0],
        work=work,
        word=FORM_ADDRESSES[kind],
        asked=asked,
        values=values,
        wrong=wrong,
        sentence=sentence,
        field_of=field_of,
        kinds=AnswerKind,
        back=back_to(work),
        settings_url=url_for("form-questions.index_view"),
    )
