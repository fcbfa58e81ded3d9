"""Which kind of bank file this is, by what is in it; its name and what the browser says of it do not count."""

from __future__ import annotations

import enum
from pathlib import Path

from admin_app.kernel.errors import Invalid
from admin_app.records.bank_files.statement import MOST_BYTES
from admin_app.records.bank_files.xml_root import elements_at_start

STATEMENT_ELEMENT = "BkToCstmrStmt"
_OTHER_MESSAGES = {
    "BkToCstmrAcctRpt": "a camt.052, the report of a day that is not over",
    "BkToCstmrDbtCdtNtfctn": "a camt.054, the details of single bookings",
    "CstmrPmtStsRpt": "a pain.002, the answer to a payment order",
    "CstmrCdtTrfInitn": "a pain.001, a payment order",
}
_OTHER_FORMATS = (
    (b"PK\x03\x04", "a packed file or a workbook; unpack it, or save the table as CSV"),
    (b"\x1f\x8b", "a packed file; unpack it first"),
    (b"7z\xbc\xaf", "a packed file; unpack it first"),
    (b"Rar!", "a packed file; unpack it first"),
    (b"%PDF", "a PDF, which is for reading; ask the bank for camt.053 or CSV"),
    (b"\xd0\xcf\x11\xe0", "an old workbook; save the table as CSV"),
    (b":20:", "an MT940 statement; ask the bank for camt.053 or CSV"),
    (b"{1:", "an MT940 statement; ask the bank for camt.053 or CSV"),
    (b"OFXHEADER", "an OFX file; ask the bank for camt.053 or CSV"),
    (b"!Type:", "a QIF file; ask the bank for camt.053 or CSV"),
)


class BankFileKind(enum.StrEnum):
    """The two formats that are read."""

    CAMT053 = "camt.053"
    CSV = "CSV"


def kind_of(path: Path, *, name: str | None = None) -> BankFileKind:
    """Tell camt.053 from CSV; raises Invalid, naming what it is instead, for everything else."""
    shown = name or path.name
    size = path.stat().st_size
    if size == 0:
        raise Invalid(f"{shown} is empty")
    if size > MOST_BYTES:
        raise Invalid(f"{shown} has {size:,} bytes; at most {MOST_BYTES:,} can be read")
    with path.open("rb") as stream:
        start = stream.read(4096)
    bare = start.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")
    for mark, what in _OTHER_FORMATS:
        if bare.startswith(mark):
            raise Invalid(f"{shown} is {what}")
    if bare.startswith(b"<"):
        require_camt053(path, shown)
        return BankFileKind.CAMT053
    if b"\x00" in start and not _is_utf16(start):
        raise Invalid(f"{shown} is neither camt.053 nor CSV")
    return BankFileKind.CSV


def require_camt053(path: Path, shown: str) -> None:
    """Raise Invalid unless the file is XML without a DOCTYPE whose message is a bank statement."""
    found = elements_at_start(path, shown, until=STATEMENT_ELEMENT)
    if STATEMENT_ELEMENT in found:
        return
    for element, what in _OTHER_MESSAGES.items():
        if element in found:
            raise Invalid(f"{shown} is {what}; the statement of a whole day or month is a camt.053")
    if "OFX" in found:
        raise Invalid(f"{shown} is an OFX file; ask the bank for camt.053 or CSV")
    raise Invalid(f"{shown} is XML, but no bank statement in the format camt.053")


def _is_utf16(start: bytes) -> bool:
    """Whether every second byte is nearly always 0, as in UTF-16 of a Western language."""
    pairs = start[: len(start) // 2 * 2]
    even, odd = pairs[::2].count(0), pairs[1::2].count(0)
    return start.startswith((b"\xff\xfe", b"\xfe\xff")) or (
        min(even, odd) == 0 and max(even, odd) > len(pairs) // 4
    )
