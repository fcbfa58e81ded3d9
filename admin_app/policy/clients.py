"""What a client sees and may do: named conditions, all of which must hold for a row to be shown [106-109, 114, W12].

Every kind of record that clients see has its conditions in `CLIENT_RULES`; a record that is not named there is shown
to no client.  Each condition is one predicate with the sentences that `explain` prints, so that a page can say why a
row is shown or hidden, and a test can take one away and see that the leak is noticed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import and_, false, func, not_, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, object_session

from admin_app.kernel.actor import ClientScope
from admin_app.models import (
    Address,
    Attachment,
    Checkout,
    Contact,
    ContactChange,
    CreditNote,
    CreditNoteLine,
    CustomerGroup,
    Estimate,
    EstimateLine,
    EstimateState,
    Event,
    EventKind,
    Invoice,
    InvoiceLine,
    InvoiceState,
    Lead,
    LeadState,
    Mandate,
    Membership,
    Message,
    OutboxMessage,
    OutboxState,
    Payment,
    PaymentMethod,
    PaymentState,
    PortalAccount,
    PortalModule,
    Project,
    Refund,
    Service,
    Signature,
    Subscription,
    Thread,
    WorkOrder,
)
from admin_app.models.kinds import KIND_OF
from admin_app.policy.conditions import (
    ACCOUNT_ONLY,
    Clause,
    Condition,
    either,
    granted,
    granted_or_of_account,
    in_state,
    linked,
    module,
    of_account,
    of_customer,
    only_signed_in,
    own,
    reached,
    sentence,
)

M = PortalModule


def seen_through(column: InstrumentedAttribute[Any], parent: type[Any]) -> Condition:
    """A part is seen with the whole that it belongs to."""

    def holds(scope: ClientScope) -> Clause:
        return column.in_(select(parent.id).where(client_condition(scope, parent)))

    return Condition(
        "through_its_whole", holds, "it is part of what they see", "it is part of what they do not see"
    )


_OF_NOTHING = or_(Thread.about.is_(None), Thread.about == "customer")
"""A thread about no document: a question out of the blue, or whatever the desk wrote to one of the customer."""


def _talks_of_what_is_shown(scope: ClientScope) -> Clause:
    """What is said about a document is seen with the document: a title tells of a draft as well as the draft."""
    about = [
        and_(
            Thread.about == word,
            Thread.about_id.in_(select(number).where(client_condition(scope, kind))),
        )
        for word, (kind, number) in _TALKED_OF.items()
    ]
    return or_(_OF_NOTHING, *about)


def _thread_is_reached(scope: ClientScope) -> Clause:
    if scope.document is not None:
        about, about_id = scope.document
        return and_(Thread.about == about, Thread.about_id == about_id)
    talked_with = and_(
        Thread.project_id.is_(None),
        Thread.id.in_(select(Message.thread_id).where(own(Message.contact_id)(scope))),
    )
    return or_(not_(_OF_NOTHING), granted_or_of_account(Thread.project_id)(scope), talked_with)


def _message_is_theirs(scope: ClientScope) -> Clause:
    """Of a thread about no document whoever does not look after the account sees their own part alone."""
    if scope.document is not None:
        return true()
    whole = or_(not_(_OF_NOTHING), granted_or_of_account(Thread.project_id)(scope))
    return or_(own(Message.contact_id)(scope), Message.thread_id.in_(select(Thread.id).where(whole)))


def _site_of_something_seen(scope: ClientScope) -> Clause:
    by_grant = granted(Project.id)(scope)
    return Address.id.in_(select(Project.address_id).where(Project.group_id == scope.group_id, by_grant))


def _photo_of_a_line(scope: ClientScope) -> Clause:
    return Attachment.id.in_(
        select(EstimateLine.photo_id).where(
            EstimateLine.photo_id.is_not(None),
            EstimateLine.estimate_id.in_(select(Estimate.id).where(client_condition(scope, Estimate))),
        )
    )


def _file_is_shared(scope: ClientScope) -> Clause:
    return or_(Attachment.shared.is_(True), _photo_of_a_line(scope))


def _file_is_reached(scope: ClientScope) -> Clause:
    """By its project, or with the message it came with; the latter alone, unless somebody filed it under a project."""
    by_project = only_signed_in(granted_or_of_account(Attachment.project_id, Attachment.work_order_id))(scope)
    of_no_project = select(Message.id).join(Message.thread).where(Thread.project_id.is_(None))
    filed = and_(Attachment.project_id.is_not(None), Attachment.message_id.in_(of_no_project))
    alone = or_(Attachment.message_id.is_(None), filed)
    with_message = Attachment.message_id.in_(select(Message.id).where(client_condition(scope, Message)))
    return or_(and_(by_project, alone), _photo_of_a_line(scope), with_message)


def _payment_of_credit(scope: ClientScope) -> Clause:
    return or_(
        Refund.payment_id.in_(select(Payment.id).where(client_condition(scope, Payment))),
        Refund.credit_note_id.in_(select(CreditNote.id).where(client_condition(scope, CreditNote))),
    )


_ESTIMATE_NUMBER = func.coalesce(Estimate.base_id, Estimate.id)
_TALKED_OF: dict[str, tuple[Any, Any]] = {
    word: (kind, _ESTIMATE_NUMBER if kind is Estimate else kind.id)
    for word, kind in KIND_OF.items()
    if word not in ("task", "customer", "file")
}
"""What a thread can be about that clients see, and by which number; our own tasks are not among it."""

CLIENT_RULES: dict[type[Any], tuple[Condition, ...]] = {
    CustomerGroup: (of_customer(CustomerGroup.id),),
    Contact: (Condition("themselves", own(Contact.id), "it is they themselves", "it is somebody else"),),
    Membership: (
        of_customer(Membership.group_id),
        Condition("themselves", own(Membership.contact_id), "it is their own", "it is somebody else's"),
    ),
    PortalAccount: (
        Condition(
            "themselves",
            only_signed_in(own(PortalAccount.contact_id)),
            "it is their own",
            "it is somebody else's",
        ),
    ),
    ContactChange: (
        of_customer(ContactChange.group_id),
        Condition(
            "themselves",
            only_signed_in(own(ContactChange.contact_id)),
            "it is their own wish",
            "it is somebody else's wish",
        ),
    ),
    Project: (of_customer(Project.group_id), reached(only_signed_in(granted(Project.id)))),
    Address: (
        of_customer(Address.group_id),
        reached(only_signed_in(either(of_account, _site_of_something_seen))),
    ),
    Event: (
        module(M.APPOINTMENTS),
        of_customer(Event.group_id),
        reached(
            linked(
                "event",
                Event.id,
                either(granted_or_of_account(Event.project_id, Event.work_order_id), own(Event.contact_id)),
            )
        ),
        in_state(
            lambda _scope: Event.kind.in_((EventKind.APPOINTMENT, EventKind.VISIT, EventKind.WORK)),
            "it is an appointment, a visit or work",
            "calls and other entries of our own calendar are not shown",
        ),
    ),
    Attachment: (
        module(M.FILES),
        of_customer(Attachment.group_id),
        reached(_file_is_reached),
        in_state(_file_is_shared, "it was shared with the client", "it was not shared"),
    ),
    Lead: (
        module(M.REQUESTS),
        of_customer(Lead.group_id),
        reached(only_signed_in(either(granted(Lead.project_id), own(Lead.asked_by_id)))),
        in_state(
            lambda _scope: Lead.state != LeadState.DRAFT, "it is more than a draft", "it is a draft of ours"
        ),
    ),
    Estimate: (
        module(M.PROPOSALS),
        of_customer(Estimate.group_id),
        reached(linked("estimate", _ESTIMATE_NUMBER, granted(Estimate.project_id))),
        in_state(
            lambda _scope: and_(
                Estimate.state != EstimateState.DRAFT,
                Estimate.sent_at.is_not(None),
                Estimate.not_sent.is_(False),
            ),
            "it was sent",
            "it was not sent",
        ),
    ),
    EstimateLine: (seen_through(EstimateLine.estimate_id, Estimate),),
    Signature: (seen_through(Signature.estimate_id, Estimate),),
    WorkOrder: (
        module(M.JOBS),
        of_customer(WorkOrder.group_id),
        reached(linked("workorder", WorkOrder.id, granted(WorkOrder.project_id))),
    ),
    Service: (seen_through(Service.work_order_id, WorkOrder),),
    Invoice: (
        module(M.INVOICES),
        of_customer(Invoice.group_id),
        reached(linked("invoice", Invoice.id, granted_or_of_account(Invoice.project_id))),
        in_state(lambda _scope: Invoice.state != InvoiceState.DRAFT, "it was issued", "it is a draft"),
    ),
    InvoiceLine: (seen_through(InvoiceLine.invoice_id, Invoice),),
    CreditNote: (
        module(M.INVOICES),
        of_customer(CreditNote.group_id),
        reached(
            linked(
                "credit-note",
                CreditNote.id,
                lambda scope: CreditNote.invoice_id.in_(
                    select(Invoice.id).where(client_condition(scope, Invoice))
                ),
            )
        ),
    ),
    CreditNoteLine: (seen_through(CreditNoteLine.credit_note_id, CreditNote),),
    Payment: (
        module(M.INVOICES),
        of_customer(Payment.group_id),
        reached(linked("receipt", Payment.id, granted_or_of_account(Payment.project_id))),
        in_state(
            lambda _scope: Payment.state.in_((PaymentState.RECEIVED, PaymentState.PENDING)),
            "it was received",
            "it failed or was taken back",
        ),
    ),
    Refund: (of_customer(Refund.group_id), reached(_payment_of_credit)),
    PaymentMethod: (module(M.INVOICES), of_customer(PaymentMethod.group_id), ACCOUNT_ONLY),
    Mandate: (module(M.INVOICES), of_customer(Mandate.group_id), ACCOUNT_ONLY),
    Subscription: (module(M.INVOICES), of_customer(Subscription.group_id), ACCOUNT_ONLY),
    Checkout: (
        of_customer(Checkout.group_id),
        reached(
            lambda scope: (
                and_(Checkout.link_id.is_not(None), Checkout.link_id == scope.link_id)
                if scope.document is not None
                else own(Checkout.contact_id)(scope)
            )
        ),
    ),
    Thread: (
        module(M.MESSAGES),
        of_customer(Thread.group_id),
        reached(_thread_is_reached),
        in_state(
            _talks_of_what_is_shown,
            "it is about something that they see",
            "it is about something that is hidden from them",
        ),
    ),
    Message: (
        seen_through(Message.thread_id, Thread),
        Condition(
            "theirs",
            _message_is_theirs,
            "they may read the whole thread, or it was written to them or by them",
            "it was written to somebody else",
        ),
        in_state(
            lambda _scope: or_(
                Message.outbox_id.is_(None),
                Message.outbox_id.not_in(
                    select(OutboxMessage.id).where(OutboxMessage.state == OutboxState.WITHDRAWN)
                ),
            ),
            "it went out or came in",
            "it was taken back before it went",
        ),
    ),
}
"""What must hold for a client to see a row; what is not named here no client sees."""
NOT_FOR_CLIENTS = "Hidden: records of this kind are not shown to clients"


def client_condition(scope: ClientScope, entity: type[Any]) -> Clause:
    """The rows of `entity` that a client sees."""
    conditions = CLIENT_RULES.get(entity)
    return and_(*(one.holds(scope) for one in conditions)) if conditions else false()


def sees(scope: ClientScope, thing: Any, session: Session | None = None) -> bool:
    """Whether a client sees this record."""
    return _first_missing(scope, thing, CLIENT_RULES.get(type(thing), ()), session) is None and (
        type(thing) in CLIENT_RULES
    )


def why_client(scope: ClientScope, thing: Any) -> str:
    """The rule, in a sentence, that shows this record to a client or hides it [L4, 113]."""
    conditions = CLIENT_RULES.get(type(thing))
    if not conditions:
        return NOT_FOR_CLIENTS
    return sentence(conditions, _first_missing(scope, thing, conditions))


def _first_missing(
    scope: ClientScope, thing: Any, conditions: Iterable[Condition], session: Session | None = None
) -> Condition | None:
    """The first condition that does not hold for a stored record."""
    session = session or object_session(thing)
    kind = type(thing)
    for condition in conditions:
        if session is None or not session.scalar(
            select(kind.id).where(kind.id == thing.id, condition.holds(scope))
        ):
            return condition
    return None
