"""Statements of account go to whoever pays: one by hand, or a month's to all who have a balance [90].

The paper is drawn while no transaction is open and kept in the store, so that the mail says what was queued.  A month's
statement goes once to each customer and currency: the message's key says so.  One call::

    paper = draw_statement(session, storage, group, account)        # reads only
    queue_statement(session, group, account, paper, payer, actor, clock, key=month_key(group, account))
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from admin_app import policy
from admin_app.documents.content import DocumentContent
from admin_app.documents.pdf import render_pdf
from admin_app.documents.printed import locale_of, print_money
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Unmet
from admin_app.kernel.money import Money
from admin_app.models import Channel, Contact, CustomerGroup, Membership, MembershipRole, OutboxMessage
from admin_app.records.statement_of_account import Account
from admin_app.services.messages.resolve import Recipient, refuse_reason
from admin_app.services.messages.threads import keep_sent, thread_of
from admin_app.services.papers.paper_of import file_name, pictures_of
from admin_app.services.papers.statement_paper import statement_content
from admin_app.services.queue_mail import queue_mail
from admin_app.services.queue_message import told
from admin_app.services.take_number import brand_for
from admin_app.storage.folder import FolderStorage

LARGEST_PAPER = 50_000_000
NO_PAYER = "Nobody of this customer has an email address"


@dataclass(frozen=True, slots=True)
class DrawnStatement:
    """A statement in the store, with the words of its mail."""

    name: str
    store_key: str
    subject: str
    body: str


def payer_of(session: Session, group_id: int) -> Contact | None:
    """Who gets statements: the billing contact, else the primary one, else anybody with an email address."""
    order = case((Membership.role == MembershipRole.BILLING, 0), (Membership.is_primary, 1), else_=2)
    return session.scalar(
        select(Contact)
        .join(Membership, Membership.contact_id == Contact.id)
        .where(Membership.group_id == group_id, Contact.email.is_not(None))
        .order_by(order, Contact.id)
        .limit(1)
    )


def statement_pdf(
    session: Session, storage: FolderStorage, group: CustomerGroup, account: Account
) -> tuple[str, bytes]:
    """The name of the file and the PDF."""
    content = statement_content(session, group, account)
    return file_name(content), render_pdf(content, pictures_of(content, storage))


def draw_statement(
    session: Session, storage: FolderStorage, group: CustomerGroup, account: Account
) -> DrawnStatement:
    """Draw the paper and keep it in the store; what no mail names is swept after a day."""
    content = statement_content(session, group, account)
    pictures = pictures_of(content, storage)
    session.rollback()  # setting a paper takes long; nothing is held meanwhile
    pdf = render_pdf(content, pictures)
    stored = storage.store(io.BytesIO(pdf), limit=LARGEST_PAPER)
    subject, body = _words(content, account)
    return DrawnStatement(file_name(content), stored.key, subject, body)


def _words(content: DocumentContent, account: Account) -> tuple[str, str]:
    """Subject and words of the mail."""
    written = print_money(Money(abs(account.closing), account.currency), locale_of(content.language))
    if account.closing > 0:
        says = f"{written} is open."
    elif account.closing < 0:
        says = f"You have {written} with us."
    else:
        says = "Everything is settled."
    greeting = f"Dear {content.recipient.contact or content.recipient.name},"
    until = f"{account.ends_on:%-d %B %Y}"
    body = f"{greeting}\n\nattached is your statement of account as of {until}. {says}\n\n{content.sender.name}\n"
    return f"Statement of account, {until}", body


def queue_statement(
    session: Session,
    group: CustomerGroup,
    account: Account,
    paper: DrawnStatement,
    payer: Contact | None,
    actor: Actor,
    clock: Clock,
    *,
    key: str,
) -> OutboxMessage:
    """Queue the mail with the paper; the same key again gives the message that is queued already.

    Raises Unmet where nobody can be written to, or no sender is known.
    """
    policy.demand(actor, policy.Permission.MONEY_WRITE)
    if payer is None or not payer.email:
        raise Unmet(NO_PAYER)
    sent = message_of(session, key)
    if sent is not None:
        return sent
    to = Recipient(
        payer.id, None, payer.name, payer.email, f"{payer.name} gets the statements of {group.name}"
    )
    refused = refuse_reason(session, Channel.MAIL, [to])
    if refused:
        raise Unmet(refused[to.address])
    message = queue_mail(
        session,
        payer.email,
        paper.subject,
        paper.body,
        clock,
        brand=brand_for(session, group.brand_id),
        group_id=group.id,
        contact_id=payer.id,
        key=key,
        papers=[{"name": paper.name, "store_key": paper.store_key}],
        purpose="statement",
        reason=to.why,
    )
    keep_sent(session, thread_of(session, group), message, to, actor, clock)
    return message


def month_key(public_id: str, ends_on: date, currency: str) -> str:
    """By which a month's statement of one customer is known: it goes once."""
    return f"statement-{public_id}-{ends_on:%Y-%m-%d}-{currency}"


def message_of(session: Session, key: str) -> OutboxMessage | None:
    """The mail that was queued under this key, from whichever brand."""
    return told(session, [key]).get(key)


def messages_of(session: Session, keys: Sequence[str]) -> dict[str, OutboxMessage]:
    """Key → the mail queued under it."""
    return told(session, keys)
