"""One entry of a camt.053 (ISO 20022, `Ntry` with its `TxDtls`) → the payments it stands for.

Elements are found by their local names, because versions .001.02 to .001.13 differ in namespace and in a few places:
`Dbtr/Nm` became `Dbtr/Pty/Nm`, `Sts` became `Sts/Cd`, the amount of a detail moved from `AmtDtls` to `Amt`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from admin_app.kernel.dates import parse_date
from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money
from admin_app.kernel.parsing import parse_amount
from admin_app.records.bank_files.statement import (
    LONGEST_ID,
    LONGEST_NAME,
    LONGEST_REFERENCE,
    plain,
    plain_account,
)

BOOKED = "BOOK"
_NOTHING = ("NOTPROVIDED", "NOT PROVIDED", "NONREF")
_DETAIL_AMOUNTS = (
    ("Amt",),
    ("AmtDtls", "TxAmt", "Amt"),
    ("AmtDtls", "CntrValAmt", "Amt"),
    ("AmtDtls", "InstdAmt", "Amt"),
)


class Unreadable(Exception):
    """A field of an entry that cannot be read; becomes a `LineError`."""

    def __init__(self, field: str, sentence: str) -> None:
        """Name our field and say why."""
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Detail:
    """What one `TxDtls` tells, kept after its element is gone."""

    amounts: tuple[tuple[str, str], ...] = ()
    direction: str = ""
    payer: str = ""
    payer_account: str = ""
    payee: str = ""
    payee_account: str = ""
    remittance: str = ""
    creditor_reference: str = ""
    end_to_end_id: str = ""
    bank_reference: str = ""
    other_reference: str = ""


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment of an entry: signed amount, what its detail says, and whether it is a sum of several."""

    amount: Money
    detail: Detail
    is_batch: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """What an `Ntry` says about itself."""

    booked_on: date
    valued_on: date | None
    amount: Money
    is_reversal: bool
    bank_reference: str
    other_reference: str
    text: str
    payments_said: int


def each(element: Any, *steps: str) -> Iterator[Any]:
    """The elements at the end of this path of local names."""
    if not steps:
        yield element
        return
    for child in element.iterchildren("{*}" + steps[0]):
        yield from each(child, *steps[1:])


def first(element: Any, *steps: str) -> Any | None:
    """The first element at the end of the path of first elements, or None."""
    for step in steps:
        if (element := next(element.iterchildren("{*}" + step), None)) is None:
            return None
    return element


def text_at(element: Any, *steps: str) -> str:
    """The text of the first element at the end of this path, trimmed; nothing if there is none."""
    found = first(element, *steps)
    return (found.text or "").strip() if found is not None else ""


def day_at(element: Any, *steps: str) -> date | None:
    """The day in `Dt` or `DtTm` under this path, as the bank's own calendar has it; raises Invalid."""
    text = text_at(element, *steps, "Dt") or text_at(element, *steps, "DtTm")
    return parse_date(text[:10]) if text else None


def account_at(element: Any, *steps: str) -> str:
    """The IBAN or other number of an account element."""
    found = text_at(element, *steps, "Id", "IBAN") or text_at(element, *steps, "Id", "Othr", "Id")
    return plain_account(found)


def money_at(element: Any, *steps: str) -> Money:
    """The amount of an element with its `Ccy`, without sign; raises Invalid."""
    found = first(element, *steps)
    if found is None:
        raise Invalid("The amount is missing")
    amount = parse_amount(found.text or "", (found.get("Ccy") or "").strip().upper(), ".")
    if amount.minor < 0:
        raise Invalid(
            f"“{(found.text or '').strip()[:40]}” is negative; its direction stands beside it in this format"
        )
    return amount


def status_of(entry: Any) -> str:
    """BOOK, PDNG or INFO; an entry without a status is booked."""
    return (
        text_at(entry, "Sts", "Cd") or text_at(entry, "Sts", "Prtry") or text_at(entry, "Sts") or BOOKED
    ).upper()


def read_entry(entry: Any) -> Entry:
    """The entry without its details; raises Unreadable."""
    direction = text_at(entry, "CdtDbtInd").upper()
    try:
        amount = money_at(entry, "Amt")
    except Invalid as refused:
        raise Unreadable("amount", refused.sentence) from None
    if direction not in ("CRDT", "DBIT"):
        raise Unreadable("amount", "The entry does not say whether money came (CRDT) or went (DBIT)")
    booked_on, valued_on = _day(entry, "BookgDt", "booked_on"), _day(entry, "ValDt", "valued_on")
    when = booked_on or valued_on
    if when is None:
        raise Unreadable("booked_on", "The entry has no booking date")
    batches = [text_at(batch, "NbOfTxs") for batch in each(entry, "NtryDtls", "Btch")]
    return Entry(
        booked_on=when,
        valued_on=valued_on,
        amount=amount if direction == "CRDT" else -amount,
        is_reversal=text_at(entry, "RvslInd").lower() in ("true", "1"),
        bank_reference=_reference(text_at(entry, "AcctSvcrRef")),
        other_reference=_reference(text_at(entry, "NtryRef")),
        text=plain(text_at(entry, "AddtlNtryInf"), LONGEST_REFERENCE),
        payments_said=sum(int(said) for said in batches if said.isdecimal() and len(said) < 10),
    )


def _day(entry: Any, element: str, field: str) -> date | None:
    try:
        return day_at(entry, element)
    except Invalid as refused:
        raise Unreadable(field, refused.sentence) from None


def read_detail(details: Any) -> Detail:
    """What a `TxDtls` says; nothing in it is needed, so nothing in it is refused."""
    structured = [
        *(text_at(part, "CdtrRefInf", "Ref") for part in each(details, "RmtInf", "Strd")),
    ]
    told = [
        *(part.text or "" for part in each(details, "RmtInf", "Ustrd")),
        *(structured),
        *(part.text or "" for part in each(details, "RmtInf", "Strd", "RfrdDocInf", "Nb")),
        *(part.text or "" for part in each(details, "RmtInf", "Strd", "AddtlRmtInf")),
    ] or [text_at(details, "AddtlTxInf")]
    payer, payer_account = _party(details, "Dbtr")
    payee, payee_account = _party(details, "Cdtr")
    amounts = (first(details, *steps) for steps in _DETAIL_AMOUNTS)
    return Detail(
        amounts=tuple((a.text or "", (a.get("Ccy") or "").strip().upper()) for a in amounts if a is not None),
        direction=text_at(details, "CdtDbtInd").upper(),
        payer=payer,
        payer_account=payer_account,
        payee=payee,
        payee_account=payee_account,
        remittance=joined(told),
        creditor_reference=plain(next(filter(None, structured), ""), LONGEST_ID),
        end_to_end_id=_reference(text_at(details, "Refs", "EndToEndId")),
        bank_reference=_reference(text_at(details, "Refs", "AcctSvcrRef")),
        other_reference=_reference(text_at(details, "Refs", "TxId") or text_at(details, "Refs", "InstrId")),
    )


def _party(details: Any, element: str) -> tuple[str, str]:
    """Name and account of the debtor or creditor; for whom he acts is named behind him."""
    names = [
        text_at(details, "RltdPties", party, *way, "Nm")
        for party in (element, f"Ultmt{element}")
        for way in ((), ("Pty",))
    ]
    return plain(" / ".join(dict.fromkeys(filter(None, names))), LONGEST_NAME), account_at(
        details, "RltdPties", f"{element}Acct"
    )


def _reference(text: str) -> str:
    clean = plain(text, LONGEST_ID)
    return "" if clean.upper() in _NOTHING else clean


def joined(parts: list[str]) -> str:
    """The parts of a remittance text in one line, each once."""
    return plain(" ".join(dict.fromkeys(filter(None, (part.strip() for part in parts)))), LONGEST_REFERENCE)


def payments_of(entry: Entry, details: list[Detail]) -> list[Payment]:
    """An entry taken apart into its payments where their amounts add up to it; else the entry as one sum."""
    if len(details) <= 1:
        detail = details[0] if details else Detail()
        return [Payment(entry.amount, detail, is_batch=entry.payments_said > 1)]
    amounts = [_amount_of(detail, entry.amount) for detail in details]
    known = [amount for amount in amounts if amount is not None]
    if len(known) == len(details) and Money.total(known, entry.amount.currency) == entry.amount:
        return [Payment(amount, detail) for amount, detail in zip(known, details, strict=True)]
    together = Detail(remittance=joined([detail.remittance for detail in details]))
    return [Payment(entry.amount, together, is_batch=True)]


def _amount_of(detail: Detail, whole: Money) -> Money | None:
    """The signed amount of a detail in the currency of its entry, or None where the bank does not give it."""
    for text, currency in detail.amounts:
        if currency == whole.currency:
            try:
                amount = parse_amount(text, currency, ".")
            except Invalid:
                return None
            came = detail.direction == "CRDT" if detail.direction else whole.minor > 0
            return amount if came else -amount
    return None
