"""camt.053, the statement that banks send as XML (ISO 20022), of every version and any size.

The tree never holds more than the entry that is being read.  A broken file is refused whole: the generator raises
Invalid, and what it gave before must be rolled back by whoever asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from admin_app.kernel.currency import MINOR_DIGITS
from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money
from admin_app.records.bank_files.camt_entry import (
    BOOKED,
    Detail,
    Entry,
    Payment,
    Unreadable,
    account_at,
    day_at,
    each,
    money_at,
    payments_of,
    read_detail,
    read_entry,
    status_of,
    text_at,
)
from admin_app.records.bank_files.fingerprint import Fingerprints
from admin_app.records.bank_files.kinds import require_camt053
from admin_app.records.bank_files.statement import (
    LONGEST_ID,
    MOST_LINES,
    PART,
    LineError,
    Statement,
    StatementLine,
    plain,
)
from admin_app.records.bank_files.xml_root import CAREFULLY, broken_xml, local

_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)


@dataclass(slots=True)
class _Open:
    """A statement that is being read, and what of it was not given yet."""

    identifier: str
    account: str
    currency: str
    from_on: date | None
    to_on: date | None
    opening: Money | None
    closing: Money | None
    known: tuple[str, ...]
    is_whole: bool
    lines: list[StatementLine] = field(default_factory=list)
    errors: list[LineError] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    pending: int = 0
    empty: int = 0
    part: int = 0
    moved: int = 0
    failed: int = 0

    def part_given(self, *, is_last: bool) -> Statement:
        """What was read since the last part."""
        self.part += 1
        given = Statement(
            self.identifier, self.account, self.currency, self.from_on, self.to_on, self.opening, self.closing,
            tuple(self.lines), tuple(self.errors), tuple(self.remarks), self.pending, self.empty, self.part, is_last,
        )  # fmt: skip
        self.lines, self.errors, self.remarks = [], [], []
        self.pending = self.empty = 0
        return given

    def compare_balances(self) -> None:
        """Remark on balances that the lines do not explain; rows that were refused explain it already."""
        if self.opening is None or self.closing is None or self.failed or not self.is_whole:
            return
        if self.opening.currency == self.closing.currency == self.currency:
            left = self.closing.minor - self.opening.minor - self.moved
            if left:
                missing = Money(left, self.currency)
                self.remarks.append(
                    f"The balances differ by {missing.decimal} {self.currency} from the sum of the lines"
                )


def read_camt053(path: Path, *, name: str | None = None) -> Iterator[Statement]:
    """The statements of the file in parts of at most some thousand lines; raises Invalid for what cannot be read.

    A statement that stands twice in the file is given once.  Entries that are not booked are counted and left out.
    """
    shown = name or path.name
    require_camt053(path, shown)
    fingerprints, seen, entries, statements = Fingerprints(), set[tuple[str, ...]](), 0, 0
    details: list[Detail] = []
    going: _Open | None = None
    is_double = False
    with path.open("rb") as stream:
        reading = etree.iterparse(
            stream, events=("start", "end"), tag=("{*}Stmt", "{*}Ntry", "{*}TxDtls"), **CAREFULLY
        )
        try:
            for event, element in reading:
                match event, local(element):
                    case "start", "Ntry" if going is None:
                        if local(element.getparent()) != "Stmt":
                            raise Invalid(
                                f"{shown} has an entry outside of a statement; nothing of it was taken"
                            )
                        going = _begin(element.getparent())
                        is_double = _remember(going, seen)
                    case "end", "TxDtls":
                        details.append(read_detail(element))
                        _let_go(element)
                    case "end", "Ntry" if going is not None:
                        entries += 1
                        if entries > MOST_LINES:
                            raise Invalid(
                                f"{shown} has more than {MOST_LINES:,} entries; ask for shorter periods"
                            )
                        if not is_double:
                            _take(going, element, details, entries, fingerprints)
                        details = []
                        _let_go(element)
                        if len(going.lines) + len(going.errors) >= PART:
                            yield going.part_given(is_last=False)
                    case "end", "Stmt":
                        if going is None:
                            going = _begin(element)
                            is_double = _remember(going, seen)
                        if not is_double:
                            going.compare_balances()
                        statements += 1
                        yield going.part_given(is_last=True)
                        going = None
                        _let_go(element)
        except etree.XMLSyntaxError as broken:
            raise broken_xml(shown, broken) from None
    if not statements:
        raise Invalid(f"{shown} holds no statement")


def _let_go(element: Any) -> None:
    """Free what was read: the element's content, and its elder sibling of the same name."""
    element.clear()
    elder = element.getprevious()
    if elder is not None and elder.tag == element.tag:
        element.getparent().remove(elder)


def _begin(statement: Any) -> _Open:
    """What stands before the entries: the account, the period, the balances."""
    balances = [
        (balance, text_at(balance, "Tp", "CdOrPrtry", "Cd").upper()) for balance in each(statement, "Bal")
    ]
    opening, opened_on = _balance(balances, _OPENING)
    closing, closed_on = _balance(balances, _CLOSING)
    currency = text_at(statement, "Acct", "Ccy").upper()
    if currency not in MINOR_DIGITS:
        currency = next((b.currency for b in (opening, closing) if b is not None), "")
    identifier = plain(text_at(statement, "Id"), LONGEST_ID)
    page = text_at(statement, "StmtPgntn", "PgNb")
    numbers = (text_at(statement, "ElctrncSeqNb"), text_at(statement, "LglSeqNb"), page)
    account = account_at(statement, "Acct")
    return _Open(
        identifier,
        account,
        currency,
        _period_day(statement, "FrDt", "FrDtTm") or opened_on,
        _period_day(statement, "ToDt", "ToDtTm") or closed_on,
        opening,
        closing,
        (account, identifier, *numbers),
        is_whole=page in ("", "1")
        and text_at(statement, "StmtPgntn", "LastPgInd").lower() not in ("false", "0"),
    )


def _period_day(statement: Any, *names: str) -> date | None:
    for name in names:
        text = text_at(statement, "FrToDt", name)
        if text:
            try:
                return date.fromisoformat(text[:10])
            except ValueError:
                return None
    return None


def _balance(balances: list[tuple[Any, str]], wanted: tuple[str, ...]) -> tuple[Money | None, date | None]:
    """The first balance of one of these kinds with its day; one that cannot be read is no balance."""
    for code in wanted:
        for balance, kind in balances:
            if kind == code:
                try:
                    amount, day = money_at(balance, "Amt"), day_at(balance, "Dt")
                except Invalid:
                    continue
                return (-amount if text_at(balance, "CdtDbtInd").upper() == "DBIT" else amount), day
    return None, None


def _remember(going: _Open, seen: set[tuple[str, ...]]) -> bool:
    """Whether this very statement was in the file before; a statement without an id is never known again."""
    if going.identifier and going.known in seen:
        going.remarks.append(f"The statement {going.identifier} stands twice in the file; it was read once")
        return True
    seen.add(going.known)
    return False


def _take(going: _Open, element: Any, details: list[Detail], place: int, fingerprints: Fingerprints) -> None:
    """One entry: its lines, or why it cannot be read, or that it is not booked yet."""
    if status_of(element) != BOOKED:
        going.pending += 1
        return
    try:
        entry = read_entry(element)
    except Unreadable as bad:
        going.failed += 1
        going.errors.append(LineError(place, bad.field, f"Entry {place}: {bad.sentence}"))
        return
    going.currency = going.currency or entry.amount.currency
    if entry.amount.currency == going.currency:
        going.moved += entry.amount.minor
    for payment in payments_of(entry, details):
        if payment.amount.minor == 0:
            going.empty += 1
        else:
            going.lines.append(_line(going.account, entry, payment, place, fingerprints))


def _line(
    account: str, entry: Entry, payment: Payment, place: int, fingerprints: Fingerprints
) -> StatementLine:
    detail = payment.detail
    name, other_account = _other_party(account, payment, is_reversal=entry.is_reversal)
    reference = detail.remittance or entry.text
    bank_reference = detail.bank_reference or entry.bank_reference
    # NtryRef, the number of an entry within its statement, starts anew in every file: shown, but no mark of the line.
    fingerprint = fingerprints.next(
        account, entry.booked_on, payment.amount,
        name, other_account, reference, detail.end_to_end_id, bank_reference,
    )  # fmt: skip
    return StatementLine(
        account=account,
        booked_on=entry.booked_on,
        valued_on=entry.valued_on,
        amount=payment.amount,
        counterparty=name,
        counterparty_account=other_account,
        reference=reference,
        creditor_reference=detail.creditor_reference,
        end_to_end_id=detail.end_to_end_id,
        bank_reference=bank_reference or detail.other_reference or entry.other_reference,
        is_batch=payment.is_batch,
        is_reversal=entry.is_reversal,
        place=place,
        fingerprint=fingerprint,
    )


def _other_party(account: str, payment: Payment, *, is_reversal: bool) -> tuple[str, str]:
    """Who paid us or was paid.  A reversal keeps the roles of the payment that it takes back."""
    detail = payment.detail
    payer, payee = (detail.payer, detail.payer_account), (detail.payee, detail.payee_account)
    if account and detail.payer_account == account != detail.payee_account:
        return payee
    if account and detail.payee_account == account != detail.payer_account:
        return payer
    came = (payment.amount.minor > 0) is not is_reversal
    asked, other = (payer, payee) if came else (payee, payer)
    return asked if any(asked) else other
