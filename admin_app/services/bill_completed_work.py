"""Completed work is billed: a draft over what is not billed yet, in the tray, or issued at once [A77, D7]."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import SYSTEM, Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Refusal
from admin_app.kernel.money import Money
from admin_app.models import Billing, Company, Invoice, ServiceState, WorkOrder
from admin_app.money.contract import unbilled_nets
from admin_app.services.bill_contract import bill_services, contract_and_billed
from admin_app.services.contract_chain import confirmed_revisions
from admin_app.services.facts import Said
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.papers.send import mail_paper

NO_CONTRACT = "Its estimate is not confirmed, so there is no contract to bill"
LONGEST_NOTE = 200
NOTHING_LEFT = "Nothing was left to invoice: everything done is on earlier invoices"
GIVES_BACK = "What is left gives money back; write a credit note for it"


def bill_completed_work(
    session: Session, work: WorkOrder, actor: Actor, clock: Clock, _said: Said
) -> Invoice | None:
    """The reaction to a completed workorder: one draft over the services that no bill or draft has, or a note why not.

    A company that bills at once has it issued, and if it says so mailed, in the same transaction.
    """
    if not confirmed_revisions(session, work.estimate_id):
        work.billing_note = NO_CONTRACT
        return None
    contract, billed = contract_and_billed(session, work.estimate_id, with_drafts=True)
    rests = unbilled_nets(contract, billed)
    done = {service.line_key for service in work.services if service.state is ServiceState.COMPLETED}
    keys = [key for key, rest in rests.items() if key in done and (rest or key not in billed.nets)]
    zero = Money.zero(contract.currency)
    left = Money.total((rests[key] for key in keys), contract.currency)
    if not keys or left == zero:
        work.billing_note = NOTHING_LEFT
    elif left < zero:
        work.billing_note = GIVES_BACK
    else:
        return _bill(session, work, keys, actor, clock)
    session.flush()  # the workorder says why there is no invoice
    return None


def _bill(session: Session, work: WorkOrder, keys: list[str], actor: Actor, clock: Clock) -> Invoice:
    """The draft, issued at once where the company wants it so; crews complete work without the right to bill."""
    invoice = bill_services(session, work.estimate_id, keys, SYSTEM, clock)
    work.billing_note = None
    billing = session.scalar(select(Company.billing))
    if billing is not Billing.TRAY:
        issue_invoice(session, invoice, SYSTEM, clock)
    if billing is Billing.SEND:
        work.billing_note = _send(session, invoice, clock)
    session.flush()
    return invoice


def _send(session: Session, invoice: Invoice, clock: Clock) -> str | None:
    """Mail the issued invoice to whoever pays; gives back why nothing went: it is issued either way."""
    try:
        with session.begin_nested():
            mail_paper(session, "invoice", invoice, SYSTEM, clock, "completed")
    except Refusal as refusal:
        return f"Issued, but not sent: {refusal.sentence}"[:LONGEST_NOTE]
    return None
