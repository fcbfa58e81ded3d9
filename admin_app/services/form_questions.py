"""The questions of the forms of a workorder: those that we ship, and those that a form asks now [A71, 63]."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.models import AnswerKind, FormKind, FormQuestion

_YES_NO, _TEXT = AnswerKind.YES_NO, AnswerKind.TEXT

SHIPPED: tuple[tuple[FormKind, str, AnswerKind, bool], ...] = (
    (FormKind.SAFETY, "Have all of the crew been told about the dangers of this site?", _YES_NO, True),
    (FormKind.SAFETY, "Is everyone wearing the protective equipment that this work needs?", _YES_NO, True),
    (FormKind.SAFETY, "Is the work area closed off to other people?", _YES_NO, True),
    (FormKind.SAFETY, "Are power lines, pipes and cables located?", _YES_NO, True),
    (FormKind.SAFETY, "Were tools and machines checked before use?", _YES_NO, True),
    (FormKind.SAFETY, "Where is the first-aid kit, and who gives first aid?", _TEXT, True),
    (FormKind.SAFETY, "Dangers found, and what is done about them", _TEXT, False),
    (FormKind.REPORT, "What was done?", _TEXT, True),
    (FormKind.REPORT, "What was different from the estimate?", _TEXT, False),
    (FormKind.REPORT, "What should be done next, and when?", _TEXT, False),
    (FormKind.FINISH, "Is everything done that was agreed?", _YES_NO, True),
    (FormKind.FINISH, "Is the site clean and safe?", _YES_NO, True),
    (FormKind.FINISH, "Was anything damaged?", _YES_NO, True),
    (FormKind.FINISH, "Has the customer seen the result?", _YES_NO, True),
    (FormKind.FINISH, "Anything the office should know", _TEXT, False),
)
"""Form, question, how it is answered, and whether it must be: what a new company begins with."""


def ensure_form_questions(session: Session) -> None:
    """Give a company that has no question at all the ones that we ship; what it has is never touched."""
    if session.scalar(select(FormQuestion.id).limit(1)) is not None:
        return
    places: dict[FormKind, int] = {}
    for form, question, answer, required in SHIPPED:
        places[form] = places.get(form, 0) + 10
        session.add(
            FormQuestion(
                form=form, position=places[form], question=question, answer=answer, required=required
            )
        )
    session.flush()  # a second call in the same transaction finds them


def questions_of(session: Session, kinds: Iterable[FormKind] = tuple(FormKind)) -> list[FormQuestion]:
    """What these forms ask now, in their order; archived questions are asked no more."""
    query = (
        select(FormQuestion)
        .where(FormQuestion.form.in_(list(kinds)), FormQuestion.archived.is_(False))
        .order_by(FormQuestion.form, FormQuestion.position, FormQuestion.id)
    )
    return list(session.scalars(query))
