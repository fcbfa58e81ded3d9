"""The forms of a workorder: asked, answered as asked, switched off one by one, kept as evidence [A71, A72, 63]."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import SYSTEM, Role
from admin_app.kernel.errors import Invalid, NotFound, Unmet
from admin_app.models import AnswerKind, FormKind, FormQuestion, WorkForm
from admin_app.services.complete_services import ALL, complete_services
from admin_app.services.fill_form import fill_form
from admin_app.services.form_questions import SHIPPED, ensure_form_questions, questions_of
from admin_app.services.start_company import keep_company
from admin_app.services.take import take
from seeds.work_builders import a_form_question, a_project, a_work_order, an_estimate
from tests.services.desk import Desk
from tests.signing import a_user


@pytest.fixture
def work(desk: Desk):
    """New work that asks for the safety and the finish form."""
    estimate = an_estimate(desk.session, a_project(desk.session, desk.group))
    return a_work_order(desk.session, estimate, needs_safety_form=True, needs_finish_form=True)


def test_answers_are_kept_with_the_questions_as_they_were_asked(desk, work):
    """[A71]"""
    closed = a_form_question(desk.session, position=1)
    wind = a_form_question(desk.session, position=2, question="Wind, km/h", answer=AnswerKind.NUMBER)
    words = a_form_question(
        desk.session, position=3, question="Dangers", answer=AnswerKind.TEXT, required=False
    )

    typed = {closed.id: "on", wind.id: " 12.50 ", words.id: ""}
    form = fill_form(desk.session, work, FormKind.SAFETY, typed, desk.actor, desk.clock)
    closed.question = "Something else by now"

    assert form.answers == [
        {"question": "Is the drop zone closed off?", "answer": "yes"},
        {"question": "Wind, km/h", "answer": "12.5"},
        {"question": "Dangers", "answer": ""},
    ]
    assert (form.filled_by, form.filled_at) == (desk.actor.name, desk.clock.now())
    assert work.forms == [form]


def test_every_question_left_out_or_answered_otherwise_is_named_at_once(desk, work):
    closed = a_form_question(desk.session)
    wind = a_form_question(desk.session, question="Wind, km/h", answer=AnswerKind.NUMBER)

    with pytest.raises(Invalid, match="2 questions need an answer") as refused:
        fill_form(desk.session, work, FormKind.SAFETY, {wind.id: "strong"}, desk.actor, desk.clock)

    assert set(refused.value.fields) == {f"q{closed.id}", f"q{wind.id}"}


def test_a_question_that_was_archived_is_asked_no_more(desk, work):
    a_form_question(desk.session, archived=True)

    form = fill_form(desk.session, work, FormKind.SAFETY, {}, desk.actor, desk.clock)

    assert form.answers == []


def test_a_form_filled_twice_is_one_form(desk, work):
    question = a_form_question(desk.session)
    for answer in ("no", "yes"):
        fill_form(desk.session, work, FormKind.SAFETY, {question.id: answer}, desk.actor, desk.clock)

    (form,) = desk.session.scalars(select(WorkForm))
    assert form.answers[0]["answer"] == "yes"


def test_work_starts_with_its_safety_form_or_without_one_that_is_switched_off(desk, work):
    """[A72]"""
    with pytest.raises(Unmet, match="safety form is not filled in"):
        take(desk.session, work, "start", desk.actor, desk.clock)

    work.needs_safety_form = False
    take(desk.session, work, "start", desk.actor, desk.clock)

    complete_services(desk.session, work, ALL, desk.actor, desk.clock)
    with pytest.raises(Unmet, match="finish form is not filled in"):
        take(desk.session, work, "complete", desk.actor, desk.clock)
    fill_form(desk.session, work, FormKind.FINISH, {}, desk.actor, desk.clock)
    take(desk.session, work, "complete", desk.actor, desk.clock)


def test_forms_of_completed_work_are_evidence(desk, work):
    """[A71] visible after completion, changed no more."""
    fill_form(desk.session, work, FormKind.SAFETY, {}, desk.actor, desk.clock)
    fill_form(desk.session, work, FormKind.FINISH, {}, desk.actor, desk.clock)
    take(desk.session, work, "start", desk.actor, desk.clock)
    complete_services(desk.session, work, ALL, desk.actor, desk.clock)
    take(desk.session, work, "complete", desk.actor, desk.clock)

    with pytest.raises(Unmet, match="stay as they are"):
        fill_form(desk.session, work, FormKind.SAFETY, {}, desk.actor, desk.clock)


def test_a_crew_fills_the_forms_of_its_own_work_only(desk, work):
    cem = a_user(desk.session, Role.CREW)
    with pytest.raises(NotFound):
        fill_form(desk.session, work, FormKind.SAFETY, {}, cem.as_actor(), desk.clock)

    work.crew = [cem]
    desk.session.flush()
    form = fill_form(desk.session, work, FormKind.SAFETY, {}, cem.as_actor(), desk.clock)

    assert form.filled_by == cem.name


def test_a_new_company_begins_with_questions_and_keeps_its_own(session):
    """[63] what we ship is written once; who deletes or adds is not overruled."""
    session.info["actor"] = SYSTEM
    keep_company(session, {"name": "Ashworth", "currency": "GBP", "country": "GB", "zone": "Europe/London"})
    asked = questions_of(session)
    assert [(one.form, one.question) for one in asked] == sorted(
        [(form, question) for form, question, _, _ in SHIPPED],
        key=lambda pair: (pair[0].value, [q for _, q, _, _ in SHIPPED].index(pair[1])),
    )

    session.delete(asked[0])
    session.flush()
    ensure_form_questions(session)

    assert session.scalar(select(func.count()).select_from(FormQuestion)) == len(SHIPPED) - 1
