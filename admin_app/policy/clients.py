"""What a client sees and may do: named conditions, all of which must hold for a row to be shown [106-109, 114, W12].

Every kind of record that clients see has its conditions in `CLIENT_RULES`; a record that is not named there is shown
to no client.  Each condition is one predicate with the sentences that `explain` prints, so that a page can say why a
row is shown or hidden, and a test can take one away and see that the leak is noticed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import and_, false, func, or_, select
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
from admin_app.policy.conditions import (
    ABOUT_MODULE,
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
)
from admin_app.policy.permissions import P, Permission

M = PortalModule


def seen_through(column: InstrumentedAttribute[Any], parent: type[Any]) -> Condition:
    """A part is seen with the whole that it belongs to."""

    def holds(scope: ClientScope) -> Clause:
        return column.in_(select(parent.id).where(client_condition(scope, parent)))

    return Condition(
        "through_its_whole", holds, "it is part of what they see", "it is part of what they do not see"
    )


def _talks_of_what_is_shown(scope: ClientScope) -> Clause:
    hidden = [word for word, one in ABOUT_MODULE.items() if one not in scope.modules]
    return or_(Thread.about.is_(None), Thread.about.not_in([*hidden, "task"]))


def _thread_of_link(scope: ClientScope) -> Clause:
    if scope.document is None:
        return either(
            granted_or_of_account(Thread.project_id),
            lambda own: and_(Thread.project_id.is_(None), Thread.id.in_(_threads_of_contact(own))),
            lambda own: and_(Thread.about == "lead", Thread.about_id.in_(_own_requests(own))),
        )(scope)
    about, about_id = scope.document
    return and_(Thread.about == about, Thread.about_id == about_id)


def _threads_of_contact(scope: ClientScope) -> Any:
    return select(Message.thread_id).where(Message.contact_id == scope.contact_id)


def _own_requests(scope: ClientScope) -> Any:
    return select(Lead.id).where(Lead.asked_by_id == scope.contact_id)


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
    by_project = only_signed_in(granted_or_of_account(Attachment.project_id))(scope)
    in_thread = Attachment.message_id.in_(
        select(Message.id).where(
            Message.thread_id.in_(select(Thread.id).where(client_condition(scope, Thread)))
        )
    )
    return or_(by_project, _photo_of_a_line(scope), in_thread)


def _payment_of_credit(scope: ClientScope) -> Clause:
    return or_(
        Refund.payment_id.in_(select(Payment.id).where(client_condition(scope, Payment))),
        Refund.credit_note_id.in_(select(CreditNote.id).where(client_condition(scope, CreditNote))),
    )


_ESTIMATE_NUMBER = func.coalesce(Estimate.base_id, Estimate.id)

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
                either(granted_or_of_account(Event.project_id), own(Event.contact_id)),
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
    Refund: (module(M.INVOICES), of_customer(Refund.group_id), reached(_payment_of_credit)),
    PaymentMethod: (module(M.INVOICES), of_customer(PaymentMethod.group_id), ACCOUNT_ONLY),
    Mandate: (module(M.INVOICES), of_customer(Mandate.group_id), ACCOUNT_ONLY),
    Subscription: (module(M.INVOICES), of_customer(Subscription.group_id), ACCOUNT_ONLY),
    Checkout: (
        of_customer(Checkout.group_id),
        reached(
            lambda scope: (
                Checkout.link_id == scope.link_id
                if scope.document is not None
                else own(Checkout.contact_id)(scope)
            )
        ),
    ),
    Thread: (
        module(M.MESSAGES),
        of_customer(Thread.group_id),
        reached(_thread_of_link),
        in_state(
            _talks_of_what_is_shown,
            "it is about something that they see",
            "it is about something that is hidden from them",
        ),
    ),
    Message: (
        seen_through(Message.thread_id, Thread),
        in_state(
            lambda _scope: or_(
                Message.outbox_id.is_(None),
                Message.outbox_id.not_in(
                    select(OutboxMessage.id).where(OutboxMessage.state == OutboxState.WITHDRAWN)
                ),
            ),
            "it was written to them or by them",
            "it was taken back before it went",
        ),
    ),
}
"""What must hold for a client to see a row; what is not named here no client sees."""


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
        return "Hidden: records of this kind are not shown to clients"
    missing = _first_missing(scope, thing, conditions)
    if missing is not None:
        return f"Hidden: {missing.hidden}"
    return f"Shown: {', and '.join(one.shown for one in conditions)}"


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


def _named_with_access(scope: ClientScope, estimate: Any) -> bool:
    """A link binds nobody unless it was made for a contact to whom the project is open (design section 6)."""
    if scope.contact_id is None or estimate is None:
        return scope.contact_id is not None
    session = object_session(estimate)
    if session is None:
        return False
    signed_in = ClientScope(scope.group_id, scope.contact_id, opened=scope.opened, closed=scope.closed)
    return bool(
        session.scalar(
            select(Project.id).where(Project.id == estimate.project_id, granted(Project.id)(signed_in))
        )
    )


def _anything(_scope: ClientScope, _thing: Any) -> bool:
    return True


def _in_person(scope: ClientScope, _thing: Any) -> bool:
    return scope.document is None


def _has(one: PortalModule) -> Callable[[ClientScope, Any], bool]:
    return lambda scope, thing: scope.document is None and one in scope.modules


CLIENT_GRANTS: dict[Permission, Callable[[ClientScope, Any], bool]] = {
    P.ANSWER_ESTIMATE: _named_with_access,
    P.PAY_ONLINE: _anything,
    P.WRITE_AS_CLIENT: _anything,
    P.ASK_FOR_WORK: _has(M.REQUESTS),
    P.ANSWER_APPOINTMENT: _anything,
    P.KEEP_OWN_DETAILS: _in_person,
}
"""What clients may do with what they see, and the condition beyond seeing it."""


def client_may(scope: ClientScope, permission: Permission, thing: Any = None) -> bool:
    """Whether a client may do this: nothing in a preview, and nothing with what they do not see."""
    beyond = CLIENT_GRANTS.get(permission)
    if beyond is None or scope.preview:
        return False
    if thing is not None and not sees(scope, thing):
        return False
    return beyond(scope, thing)
