"""The journal says what the documents say, account by account (design section 4) [J2]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, Table, and_, case, exists, func, literal, or_, select

from admin_app.models import EntryKind, InvoiceKind, InvoiceState, PaymentState, PaymentWay, WriteOffKind
from admin_app.money import accounts
from admin_app.money.invariants.check import (
    ALLOCATION,
    CREDIT,
    CREDIT_TAX,
    DEPOSIT_USE,
    ENTRY,
    INVOICE,
    PAYMENT,
    PAYOUT,
    POSTING,
    REFUND,
    TAX,
    WRITE_OFF,
    Check,
    Invariant,
    as_text,
    or_zero,
    row,
    total,
    total_where,
    whole,
)

DOCUMENTS_BOOKED: dict[str, Table] = {
    "invoice": INVOICE,
    "retainage": INVOICE,
    "credit note": CREDIT,
    "write-off": WRITE_OFF,
    "payment": PAYMENT,
    "allocation": ALLOCATION,
    "refund": REFUND,
    "payout": PAYOUT,
}
"""What the journal books, by the word that its entries carry; the release of retainage is of an invoice."""

_ISSUED = INVOICE.c.state == InvoiceState.ISSUED
_IS_DEPOSIT = INVOICE.c.kind == InvoiceKind.DEPOSIT


def _says_the_same(
    document: str,
    name: Any,
    sides: Mapping[str, tuple[ColumnElement[bool], Any]],
    beside: tuple[Any, Any] | None = None,
) -> Select[Any]:
    """Documents of which the journal says something else: `sides` maps an account to what it should hold.

    `beside` is another source that the expectations read, with the condition that joins it.
    """
    table = DOCUMENTS_BOOKED[document]
    booked = (
        select(
            ENTRY.c.document_id,
            *(total_where(on_it, POSTING.c.amount).label(side) for side, (on_it, _) in sides.items()),
            total_where(
                ~or_(*(on_it for on_it, _ in sides.values())), func.abs(whole(POSTING.c.amount))
            ).label("elsewhere"),
        )
        .join(POSTING, POSTING.c.entry_id == ENTRY.c.id)
        .where(ENTRY.c.document == document)
        .group_by(ENTRY.c.document_id)
        .subquery()
    )
    expected = {side: what for side, (_, what) in sides.items()} | {"elsewhere": literal(0)}
    differs = {side: or_zero(booked.c[side]) != what for side, what in expected.items()}
    source = table.outerjoin(booked, booked.c.document_id == table.c.id)
    if beside is not None:
        source = source.outerjoin(*beside)

    def first(values: Mapping[str, Any]) -> ColumnElement[Any]:
        """What belongs to the first side that differs."""
        return case(*((differs[side], values[side]) for side in expected))

    return (
        row(
            table.c.id,
            name + ", " + first({side: literal(side) for side in expected}),
            first(expected),
            first({side: or_zero(booked.c[side]) for side in expected}),
            table.c.currency,
        )
        .select_from(source)
        .where(or_(*differs.values()))
    )


def _on(*names: str) -> ColumnElement[bool]:
    return POSTING.c.account.in_(names)


def _below(prefix: str) -> ColumnElement[bool]:
    return func.substr(POSTING.c.account, 1, len(prefix)) == prefix


def _while_issued(amount: Any) -> ColumnElement[int]:
    return case((_ISSUED, amount), else_=0)


def _deductions() -> Subquery:
    """The deposits that each bill deducts."""
    return (
        select(
            DEPOSIT_USE.c.invoice_id,
            total(DEPOSIT_USE.c.net).label("net"),
            total(DEPOSIT_USE.c.tax).label("tax"),
        )
        .group_by(DEPOSIT_USE.c.invoice_id)
        .subquery()
    )


def _invoices_are_booked() -> Select[Any]:
    """At issue everything held back stands apart; its release is an entry of its own."""
    off = _deductions()
    net = whole(INVOICE.c.total) - whole(INVOICE.c.tax)
    retained = whole(INVOICE.c.retained)
    deposits = case((_IS_DEPOSIT, -net), else_=0) + or_zero(off.c.net)
    return _says_the_same(
        "invoice",
        func.coalesce(INVOICE.c.number, ""),
        {
            "receivable": (
                _on(accounts.RECEIVABLE),
                _while_issued(whole(INVOICE.c.total) - whole(INVOICE.c.deducted) - retained),
            ),
            "retained": (_on(accounts.RETAINED), _while_issued(retained)),
            "revenue": (_on(accounts.REVENUE), _while_issued(case((_IS_DEPOSIT, 0), else_=-net))),
            "deposits": (_on(accounts.DEPOSITS), _while_issued(deposits)),
            "tax": (_below(accounts.TAX), _while_issued(or_zero(off.c.tax) - whole(INVOICE.c.tax))),
        },
        (off, off.c.invoice_id == INVOICE.c.id),
    )


def _releases_are_booked() -> Select[Any]:
    released = case((and_(_ISSUED, INVOICE.c.released_on.is_not(None)), whole(INVOICE.c.retained)), else_=0)
    return _says_the_same(
        "retainage",
        func.coalesce(INVOICE.c.number, ""),
        {
            "receivable": (_on(accounts.RECEIVABLE), released),
            "retained": (_on(accounts.RETAINED), -released),
        },
    )


def _credits_are_booked() -> Select[Any]:
    net = whole(CREDIT.c.subtotal)
    return _says_the_same(
        "credit note",
        CREDIT.c.number,
        {
            "revenue": (_on(accounts.REVENUE), case((_IS_DEPOSIT, 0), else_=net)),
            "deposits": (_on(accounts.DEPOSITS), case((_IS_DEPOSIT, net), else_=0)),
            "tax": (_below(accounts.TAX), whole(CREDIT.c.tax)),
            "credits": (_on(accounts.CREDITS), -whole(CREDIT.c.total)),
        },
        (INVOICE, INVOICE.c.id == CREDIT.c.invoice_id),
    )


def _write_offs_are_booked() -> Select[Any]:
    amount = case((WRITE_OFF.c.taken_back_on.is_(None), whole(WRITE_OFF.c.amount)), else_=0)
    let_off = WRITE_OFF.c.kind == WriteOffKind.ALLOWANCE
    return _says_the_same(
        "write-off",
        as_text(WRITE_OFF.c.id),
        {
            "receivable": (_on(accounts.RECEIVABLE), -amount),
            "write-off": (_on(accounts.WRITE_OFF), case((let_off, 0), else_=amount)),
            "allowance": (_on(accounts.ALLOWANCE), case((let_off, amount), else_=0)),
        },
    )


def _payments_are_booked() -> Select[Any]:
    came = PAYMENT.c.state == PaymentState.RECEIVED
    amount, tip = whole(PAYMENT.c.amount), whole(PAYMENT.c.tip)
    return _says_the_same(
        "payment",
        as_text(PAYMENT.c.paid_on),
        {
            "cash": (_below(accounts.CASH), case((came, amount), else_=0)),
            "advances": (_on(accounts.ADVANCES), case((came, tip - amount), else_=0)),
            "tips": (_on(accounts.TIPS), case((came, -tip), else_=0)),
        },
    )


def _from_money(column: Any, amount: Any) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """An amount on the side of payments or of credits, whichever the row names."""
    return case((column.is_not(None), amount), else_=0), case((column.is_(None), amount), else_=0)


def _allocations_are_booked() -> Select[Any]:
    amount = whole(ALLOCATION.c.amount)
    advances, credits = _from_money(ALLOCATION.c.payment_id, amount)
    return _says_the_same(
        "allocation",
        as_text(ALLOCATION.c.id),
        {
            "advances": (_on(accounts.ADVANCES), advances),
            "credits": (_on(accounts.CREDITS), credits),
            "receivable": (_on(accounts.RECEIVABLE), -amount),
        },
    )


def _refunds_are_booked() -> Select[Any]:
    amount = whole(REFUND.c.amount)
    advances, credits = _from_money(REFUND.c.payment_id, amount)
    return _says_the_same(
        "refund",
        func.coalesce(REFUND.c.number, as_text(REFUND.c.id)),
        {
            "cash": (_below(accounts.CASH), -amount),
            "advances and tips": (_on(accounts.ADVANCES, accounts.TIPS), advances),
            "credits": (_on(accounts.CREDITS), credits),
        },
    )


def _payouts_are_booked() -> Select[Any]:
    """What was taken back (its line of the bank is open again) is in the books with its reversal, together nothing."""
    taken_back = exists().where(
        ENTRY.c.document == "payout", ENTRY.c.document_id == PAYOUT.c.id, ENTRY.c.kind == EntryKind.REVERSAL
    )
    gross, fee = (case((taken_back, 0), else_=whole(column)) for column in (PAYOUT.c.gross, PAYOUT.c.fee))
    return _says_the_same(
        "payout",
        func.coalesce(PAYOUT.c.reference, as_text(PAYOUT.c.id)),
        {
            "bank": (_on(accounts.cash(PaymentWay.TRANSFER)), gross - fee),
            "fees": (_on(accounts.FEES), fee),
            "card": (_on(accounts.cash(PaymentWay.CARD)), -gross),
        },
    )


def _booked_by_account(document: str) -> Subquery:
    """What the journal holds of each document on each account of a tax."""
    return (
        select(ENTRY.c.document_id, POSTING.c.account, total(POSTING.c.amount).label("sum"))
        .join(POSTING, POSTING.c.entry_id == ENTRY.c.id)
        .where(ENTRY.c.document == document, _below(accounts.TAX))
        .group_by(ENTRY.c.document_id, POSTING.c.account)
        .subquery()
    )


def _taxes_are_booked_by_name() -> Select[Any]:
    """Taxes of issued invoices that do not stand on their own account; where deposits are deducted, see `tax`."""
    booked = _booked_by_account("invoice")
    mine = and_(
        booked.c.document_id == TAX.c.invoice_id, booked.c.account == literal(accounts.TAX) + TAX.c.name
    )
    return (
        row(
            TAX.c.id,
            func.coalesce(INVOICE.c.number, "") + " " + TAX.c.name,
            TAX.c.amount,
            -or_zero(booked.c.sum),
            INVOICE.c.currency,
        )
        .select_from(TAX.join(INVOICE, INVOICE.c.id == TAX.c.invoice_id).outerjoin(booked, mine))
        .where(_ISSUED, whole(INVOICE.c.deducted) == 0, -or_zero(booked.c.sum) != whole(TAX.c.amount))
    )


def _credited_taxes_are_booked_by_name() -> Select[Any]:
    """Taxes of credit notes that do not stand on their own account."""
    booked = _booked_by_account("credit note")
    mine = and_(
        booked.c.document_id == CREDIT_TAX.c.credit_note_id,
        booked.c.account == literal(accounts.TAX) + CREDIT_TAX.c.name,
    )
    return (
        row(
            CREDIT_TAX.c.id,
            CREDIT.c.number + " " + CREDIT_TAX.c.name,
            CREDIT_TAX.c.amount,
            or_zero(booked.c.sum),
            CREDIT.c.currency,
        )
        .select_from(
            CREDIT_TAX.join(CREDIT, CREDIT.c.id == CREDIT_TAX.c.credit_note_id).outerjoin(booked, mine)
        )
        .where(or_zero(booked.c.sum) != whole(CREDIT_TAX.c.amount))
    )


def _cash_lies_where_it_came(document: str) -> Select[Any]:
    """Postings on the account of another way of paying than the document names."""
    table = DOCUMENTS_BOOKED[document]
    return (
        row(POSTING.c.id, POSTING.c.account, POSTING.c.amount, POSTING.c.amount, POSTING.c.currency)
        .select_from(
            POSTING.join(ENTRY, ENTRY.c.id == POSTING.c.entry_id).join(
                table, table.c.id == ENTRY.c.document_id
            )
        )
        .where(ENTRY.c.document == document, _below(accounts.CASH))
        .where(POSTING.c.account != literal(accounts.CASH) + as_text(table.c.method))
    )


def _payments_lie_where_they_came() -> Select[Any]:
    return _cash_lies_where_it_came("payment")


def _refunds_lie_where_they_went() -> Select[Any]:
    return _cash_lies_where_it_came("refund")


def _entries_have_documents() -> Select[Any]:
    """Entries whose document is gone, or that name no document at all."""
    there = [
        and_(ENTRY.c.document == name, exists().where(table.c.id == ENTRY.c.document_id))
        for name, table in DOCUMENTS_BOOKED.items()
    ]
    return row(ENTRY.c.id, ENTRY.c.document, 1, 0).where(~or_(*there))


SAID = Invariant(
    "J2",
    "The journal says what the documents say",
    (
        *(
            Check(table, f"{what} {{name}}: {{expected}} expected, {{actual}} booked", offences)
            for table, what, offences in (
                ("invoice", "Invoice", _invoices_are_booked),
                ("invoice", "Release of invoice", _releases_are_booked),
                ("credit_note", "Credit note", _credits_are_booked),
                ("write_off", "Write-off", _write_offs_are_booked),
                ("payment", "Payment of", _payments_are_booked),
                ("allocation", "Allocation", _allocations_are_booked),
                ("refund", "Refund", _refunds_are_booked),
                ("payout", "Payout", _payouts_are_booked),
                ("invoice_tax", "Tax", _taxes_are_booked_by_name),
                ("credit_note_tax", "Tax of credit note", _credited_taxes_are_booked_by_name),
            )
        ),
        Check(
            "posting",
            "Posting {id} lies on {name}, its payment came another way",
            _payments_lie_where_they_came,
        ),
        Check(
            "posting",
            "Posting {id} lies on {name}, its refund went another way",
            _refunds_lie_where_they_went,
        ),
        Check("journal_entry", "Entry {id} books a {name} that is not there", _entries_have_documents),
    ),
)
