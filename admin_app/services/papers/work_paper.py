"""What a workorder says on paper: services to tick, notes, forms to fill in by hand; no prices [A76, 63, 64]."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.documents.content import (
    Columns,
    DocumentContent,
    Fact,
    FieldKind,
    Form,
    FormField,
    Line,
    PaperKind,
)
from admin_app.models import (
    AnswerKind,
    Company,
    CustomerGroup,
    FormKind,
    FormQuestion,
    ServiceState,
    WorkForm,
    WorkOrder,
)
from admin_app.services.papers.parties import letterhead
from admin_app.services.papers.sums import plain

_FIELDS = {
    AnswerKind.YES_NO: FieldKind.CHECK,
    AnswerKind.TEXT: FieldKind.TEXT,
    AnswerKind.NUMBER: FieldKind.NUMBER,
}


def work_order_content(session: Session, work: WorkOrder) -> DocumentContent:
    """The workorder as it stands."""
    group = session.get_one(CustomerGroup, work.group_id)
    head = letterhead(session, group, project=work.project)
    words = head.words
    company = session.scalars(select(Company)).one()
    facts = []
    if work.starts_at is not None:
        local = work.starts_at.astimezone(ZoneInfo(company.zone))
        facts.append(Fact(words("starts"), f"{words.day(local.date())}, {local:%H:%M}"))
    if work.crew:
        facts.append(Fact(words("crew"), ", ".join(user.name for user in work.crew)))
    site = work.project.address
    if site is not None and site.has_access_details:
        known = (site.access_contact_name, site.access_phone, site.access_notes)
        facts.append(Fact(words("access"), "; ".join(part for part in known if part)))
    return DocumentContent(
        kind=PaperKind.WORKORDER,
        currency=company.currency,
        sender=head.sender,
        recipient=head.recipient,
        language=head.language,
        number=work.number,
        title=work.title,
        issued_on=work.created_at.date(),
        facts=tuple(facts),
        site=head.site,
        lines=tuple(
            Line(
                description=service.description,
                position=str(service.position),
                details=service.details,
                quantity=plain(service.quantity),
                unit=service.unit,
                done=service.state is ServiceState.COMPLETED,
            )
            for service in work.services
            if service.state is not ServiceState.CANCELLED
        ),
        columns=Columns(unit_price=False, line_totals=False),
        crew_notes="\n\n".join(filter(None, (work.notes, work.client_comment))) or None,
        forms=_forms(session, work),
    )


def _forms(session: Session, work: WorkOrder) -> tuple[Form, ...]:
    """The forms it asks for: filled ones with their answers, the others to be filled in by hand."""
    wanted = {
        FormKind.SAFETY: work.needs_safety_form,
        FormKind.REPORT: work.needs_report,
        FormKind.FINISH: work.needs_finish_form,
    }
    filled = {form.kind: form for form in work.forms}
    questions = session.scalars(
        select(FormQuestion)
        .where(FormQuestion.archived.is_(False))
        .order_by(FormQuestion.position, FormQuestion.id)
    ).all()
    found = []
    for kind, is_wanted in wanted.items():
        if kind in filled:
            found.append(Form(kind.value.capitalize(), _answers(filled[kind])))
        elif is_wanted:
            asked = tuple(FormField(q.question, _FIELDS[q.answer]) for q in questions if q.form is kind)
            blank = 4 if kind is FormKind.REPORT or not asked else 0
            found.append(Form(kind.value.capitalize(), asked, blank, ("Name, date, signature",)))
    return tuple(found)


def _answers(form: WorkForm) -> tuple[FormField, ...]:
    return tuple(FormField(str(one["question"]), FieldKind.TEXT, str(one["answer"])) for one in form.answers)
