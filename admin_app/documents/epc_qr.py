"""The code that a banking app scans to fill in a SEPA transfer (EPC069-12, version 002)."""

from __future__ import annotations

import re
import string
from io import BytesIO

import segno

from admin_app.documents.content import DocumentContent, PaperKind
from admin_app.kernel.money import Money

LARGEST = Money.of("999999999.99", "EUR")
"""The largest amount that the code can carry."""

_NAME_LENGTH, _TEXT_LENGTH, _LONGEST = 70, 140, 331
_MASK = 2
"""Trying all eight masks takes 5 ms of a paper's 40; on such texts this one scores within 4 % of the best."""

_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_DIGITS = {letter: str(value) for value, letter in enumerate(string.digits + string.ascii_uppercase)}


def is_iban(text: str | None) -> bool:
    """Whether the account is an IBAN whose check digits are right (ISO 13616, remainder 1 of 97)."""
    bare = re.sub(r"\s", "", text or "").upper()
    if not _IBAN.fullmatch(bare):
        return False
    return int("".join(_DIGITS[letter] for letter in bare[4:] + bare[:4])) % 97 == 1


def transfer_text(content: DocumentContent) -> str | None:
    """The text of the code, or None where there is nothing to transfer or nowhere to.

    It stands on a numbered invoice in euro that is due, of a sender with a valid IBAN.
    """
    sender, sums = content.sender, content.sums
    if (
        content.kind not in PaperKind.asking()
        or content.is_draft
        or content.currency != "EUR"
        or sums is None
    ):
        return None
    due = Money.of(sums.due, "EUR")
    if not Money.zero("EUR") < due <= LARGEST or not is_iban(sender.iban):
        return None
    bic = re.sub(r"\s", "", sender.bic or "").upper()
    fields = (
        "BCD",
        "002",
        "1",  # UTF-8
        "SCT",
        bic if _BIC.fullmatch(bic) else "",
        _one_line(sender.legal_name or sender.name, _NAME_LENGTH),
        re.sub(r"\s", "", sender.iban or "").upper(),
        f"EUR{due}",
        "",  # purpose
        "",  # structured creditor reference: ours is plain text
        _one_line(content.payment_reference or content.number or "", _TEXT_LENGTH),
    )
    text = "\n".join(fields).rstrip("\n")
    return text if len(text.encode()) <= _LONGEST else None


def transfer_svg(text: str) -> str:
    """The code as a drawing; error correction M, as the standard asks."""
    drawn = BytesIO()
    segno.make(text, error="m", mask=_MASK, micro=False, encoding="utf-8", boost_error=False).save(
        drawn, kind="svg", border=4, xmldecl=False, svgns=True, nl=False
    )
    return drawn.getvalue().decode()


def _one_line(text: str, length: int) -> str:
    """Plain text of one line; a line break would begin the next field."""
    return " ".join(text.split())[:length].rstrip()
