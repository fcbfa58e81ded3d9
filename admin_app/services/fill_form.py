"""A form of a workorder is filled in: the questions as they were asked, with their answers [A71, A72, 63].

One call::

    fill_form(session, work, FormKind.SAFETY, {12: "yes", 13: "2.5"}, cem, clock)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid, Unmet
from admin_app.kernel.parsing import clean_text, parse_boolean, parse_decimal
from admin_app.models import AnswerKind, FormKind, FormQuestion, WorkForm, WorkOrder, WorkOrderState
from admin_app.money.ledger import lock_customer
from admin_app.services.demand_job import demand_job
from admin_app.services.form_questions import questions_of

LONGEST_ANSWER = 4000
OVER = (WorkOrderState.COMPLETED, WorkOrderState.CANCELLED)


def fill_form(
    session: Session, work: WorkOrder, kind: FormKind, answers: Mapping[int, str], actor: Actor, clock: Clock
) -> WorkForm:
    """Keep what was answered, by the question's id; filled again, the history keeps what was said before.

    Raises Invalid with a sentence for each question (`q12`) left out or answered in another way than asked, Unmet
    once the work is completed: then the forms are evidence.
    """
    demand_job(actor, work)
    lock_customer(session, work.group_id)
    session.refresh(work)
    if work.state in OVER:
        raise Unmet(f"This workorder is {work.state.value}; its forms stay as they are")
    kept = _read(questions_of(session, [kind]), answers)
    form = session.scalar(
        select(WorkForm).where(WorkForm.work_order_id == work.id, WorkForm.kind == kind)
    ) or WorkForm(work_order_id=work.id, kind=kind)
    form.answers, form.filled_by, form.filled_at = kept, actor.name[:120], clock.now()
    session.add(form)
    session.flush()  # the guards of the next step ask for it
    session.expire(work, ["forms"])
    return form


def field_of(question: FormQuestion) -> str:
    """The name of a question in a form and in a refusal: "q12"."""
    return f"q{question.id}"


def _read(questions: list[FormQuestion], answers: Mapping[int, str]) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = []
    wrong: dict[str, str] = {}
    for question in questions:
        try:
            answer = _answer(question, answers.get(question.id, ""))
        except Invalid as refusal:
            wrong[field_of(question)] = refusal.sentence
        else:
            kept.append({"question": question.question, "answer": answer})
    if wrong:
        raise Invalid(_so_many(len(wrong)), wrong)
    return kept


def _so_many(left: int) -> str:
    return f"{left} {'question needs' if left == 1 else 'questions need'} an answer"


def _answer(question: FormQuestion, typed: str) -> str:
    """The answer as it is kept; "" for a question that was left out and may be."""
    if not typed.strip():
        if question.required:
            raise Invalid("This needs an answer")
        return ""
    match question.answer:
        case AnswerKind.YES_NO:
            return "yes" if parse_boolean(typed) else "no"
        case AnswerKind.NUMBER:
            return format(parse_decimal(typed).normalize(), "f")
        case _:
            return clean_text(typed, LONGEST_ANSWER, multiline=True)
