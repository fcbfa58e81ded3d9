"""The invoice for machines: EN 16931 as Cross Industry Invoice, embedded in its own paper (Factur-X).

Written from the same frozen content as the paper and never computed anew: a sum that would break a rule of the
standard is refused, not mended.  BT and BG are the standard's numbers of terms and groups.
"""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from facturx import generate_cii_xml, generate_from_file  # type: ignore[import-untyped]  # it ships no types

from admin_app.documents.content import DocumentContent, Line, PaperKind, Recipient, Sender, Sums, TaxRow
from admin_app.documents.e_invoice_rules import (
    check_e_invoice,
    group_of,
    groups_of,
    is_outside_vat,
    is_vat_number,
)
from admin_app.documents.epc_qr import is_iban
from admin_app.kernel.money import Money

_TYPE_CODES = {PaperKind.INVOICE: "380", PaperKind.CREDIT_NOTE: "381", PaperKind.DEPOSIT_INVOICE: "386"}

_UNIT_CODES = {
    "HUR": "h hr hrs hour hours std stunde stunden",
    "MIN": "min minute minutes minuten",
    "DAY": "d day days tag tage",
    "MTR": "m lm metre metres meter",
    "MTK": "m2 m² sqm qm",
    "MTQ": "m3 m³ cbm",
    "KMT": "km",
    "KGM": "kg",
    "TNE": "t tonne tonnes",
    "LTR": "l litre litres liter",
    "FOT": "ft foot feet",
    "H87": "pc pcs piece pieces stk stück",
}
_CODE_OF_UNIT = {name: code for code, names in _UNIT_CODES.items() for name in names.split()}
_ONE = "C62"
"""UN/ECE recommendation 20: "one", for every unit that has no code of its own here."""

# The moments that the library stamps, as the file writes them: (D:2026…) with or without escapes, and in XMP.
_PDF_STAMP = re.compile(rb"(D(?::|\\072))\d{14}")
_XMP_STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")
_ISSUED = re.compile(rb"<ram:IssueDateTime>\s*<udt:DateTimeString[^>]*>(\d{8})<")

# What XML 1.0 cannot carry.
_UNSPEAKABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def einvoice_xml(content: DocumentContent) -> bytes:
    """The invoice as CII XML, checked against the schema that the library ships.

    Raises Unmet with a sentence that names everything that is missing or does not add up.
    """
    check_e_invoice(content)
    xml: bytes = generate_cii_xml(_terms(content), level="en16931", check_xsd=True, check_schematron=False)
    return xml


def embed(pdf: bytes, xml: bytes) -> bytes:
    """The paper with the XML inside: PDF/A-3 with the Factur-X description, the same bytes every time.

    The library stamps the moment of embedding; the date of the document is put in its place.
    """
    issued = _ISSUED.search(xml)
    day = issued.group(1).decode() if issued else "19700101"
    # By files: given bytes, the library leaves the old paper in front of the new one.
    with TemporaryDirectory(prefix="sawhorse-e-invoice-") as folder:
        paper, joined = Path(folder, "paper.pdf"), Path(folder, "e-invoice.pdf")
        paper.write_bytes(pdf)
        generate_from_file(
            str(paper),
            xml,
            flavor="factur-x",
            level="en16931",
            check_xsd=False,
            output_pdf_file=str(joined),
            xmp_compression=False,
        )
        stamped = joined.read_bytes()
    stamped = _PDF_STAMP.sub(rb"\g<1>" + f"{day}000000".encode(), stamped)
    return _XMP_STAMP.sub(f"{day[:4]}-{day[4:6]}-{day[6:]}T00:00:00+00:00".encode(), stamped)


def _terms(content: DocumentContent) -> dict[str, Any]:
    """The business terms of the document; checked before."""
    sums = content.sums
    assert sums is not None
    terms: dict[str, Any] = {
        "BT-1": content.number,
        "BT-2": content.issued_on,
        "BT-3": _TYPE_CODES[content.kind],
        "BT-5": content.currency,
        "BT-9": content.due_on,
        "BT-10": _said(content.recipient.reference),
        "BT-13": _said(content.order_number),
        "BT-20": _said(content.payment_text),
        "BG-1": [{"BT-22": _said(note)} for note in (content.title, content.intro) if note],
        "BG-3": _preceding(content),
        "BG-4": _seller(content.sender, names_vat=not is_outside_vat(content)),
        "BG-7": _buyer(content.recipient, names_vat=not is_outside_vat(content)),
        "BG-20": _allowances(content),
        "BG-23": _breakdown(content),
        "BG-25": [
            _line(line, str(index), content)
            for index, line in enumerate((one for one in content.lines if one.chosen), start=1)
        ],
        **_delivery(content),
        **_payment(content),
        **_monetary(sums),
    }
    if content.kind is PaperKind.CREDIT_NOTE and not content.due_on:
        terms["BT-9"] = (
            content.issued_on
        )  # BR-CO-25 asks a day of every open amount; a credit is open at once
    return {term: value for term, value in terms.items() if value}


def _monetary(sums: Sums) -> dict[str, str]:
    """The sums of the document (BG-22)."""
    terms = {
        "BT-106": sums.subtotal,
        "BT-107": sums.discount,
        "BT-109": sums.net,
        "BT-110": sums.tax,
        "BT-112": sums.total,
        "BT-113": sums.prepaid,
        "BT-115": sums.due,
    }
    optional = ("BT-107", "BT-113")
    return {term: amount for term, amount in terms.items() if term not in optional or Decimal(amount)}


def _preceding(content: DocumentContent) -> list[dict[str, Any]]:
    """The invoices that this one corrects, or whose deposits it deducts."""
    earlier = [(one.number, one.issued_on) for one in content.preceding]
    earlier += [(one.number, one.issued_on) for one in content.deposits]
    return [{"BT-25": _said(number), **({"BT-26": day} if day else {})} for number, day in earlier]


def _delivery(content: DocumentContent) -> dict[str, Any]:
    """When, or at least to whom: an empty delivery would not pass the schema."""
    found: dict[str, Any] = {}
    if content.delivered_on is None or any(tax.category == "K" for tax in content.taxes):
        to = content.recipient
        found["BG-13"] = {"name": _said(to.name), "country_code": to.country}
    if content.delivered_on:
        found["BT-72"] = content.delivered_on
    if content.delivered_on and content.delivered_from:
        found |= {"BT-73": content.delivered_from, "BT-74": content.delivered_on}
    return found


def _payment(content: DocumentContent) -> dict[str, str | None]:
    """Where to send the money: 58 is a SEPA transfer, 30 any other."""
    sender = content.sender
    if content.kind is PaperKind.CREDIT_NOTE or not sender.iban:
        return {}
    account = _bare(sender.iban)
    means = "58" if content.currency == "EUR" and is_iban(account) else "30"
    return {
        "BT-81": means,
        "BT-83": _said(content.payment_reference),
        "BT-84": account,
        "BT-85": _said(sender.legal_name or sender.name),
        "BT-86": _bare(sender.bic) or None,
    }


def _seller(sender: Sender, *, names_vat: bool) -> dict[str, Any]:
    """Who bills."""
    party = _address(sender)
    party["name"] = _said(sender.legal_name or sender.name)
    if sender.legal_name and sender.legal_name != sender.name:
        party["biz_name"] = _said(sender.name)
    if not is_vat_number(sender.tax_id):
        party["tax_identifier"] = sender.tax_id
    elif names_vat:
        party["vat_identifier"] = _bare(sender.tax_id)
    party["legal_identifier"] = _said(sender.registration)
    if sender.email:
        party |= {"einvoicing_addr": sender.email, "einvoicing_addr_schemeid": "EM"}
    return {key: value for key, value in party.items() if value}


def _buyer(recipient: Recipient, *, names_vat: bool) -> dict[str, Any]:
    """Who is billed."""
    party = _address(recipient)
    party["name"] = _said(recipient.name)
    if names_vat and is_vat_number(recipient.tax_id):
        party["vat_identifier"] = _bare(recipient.tax_id)
    if recipient.email:
        party |= {"einvoicing_addr": recipient.email, "einvoicing_addr_schemeid": "EM"}
    return {key: value for key, value in party.items() if value}


def _address(party: Sender | Recipient) -> dict[str, Any]:
    """The address with postcode and city apart, where they are known apart."""
    lines = [line for line in party.address if not (party.postcode and party.postcode in line)]
    found: dict[str, Any] = {
        "country_code": party.country,
        "city": _said(party.city),
        "postcode": _said(party.postcode),
    }
    kept = [*lines[:2], ", ".join(lines[2:])]
    return found | {f"addr_l{index}": _said(line) for index, line in enumerate(kept, start=1) if line}


def _allowances(content: DocumentContent) -> list[dict[str, str]]:
    """The discount of the document, split by tax as the calculator split it: lines less taxable base."""
    lines: dict[tuple[str, Decimal], Money] = defaultdict(lambda: Money.zero(content.currency))
    taxes = {tax.name: tax for tax in content.taxes}
    for line in content.lines:
        if line.chosen:
            lines[group_of(taxes[line.taxes[0]])] += Money.of(line.net or "0", content.currency)
    found = []
    for group, (base, _) in groups_of(content).items():
        discount = lines[group] - base
        if discount:
            category, rate = group
            found.append(
                {
                    "amount": str(discount),
                    "reason": "Discount",
                    "reason_code": "95",
                    "vat_category_code": category,
                    **({} if category == "O" else {"vat_rate": _plain(rate)}),
                }
            )
    return found


def _breakdown(content: DocumentContent) -> list[dict[str, str]]:
    """Tax by category and rate (BG-23); of what is not charged, the reason."""
    reasons = {group_of(tax): tax.reason for tax in content.taxes if tax.reason}
    found = []
    for (category, rate), (base, amount) in groups_of(content).items():
        terms = {"BT-116": str(base), "BT-117": str(amount), "BT-118": category}
        if category != "O":
            terms["BT-119"] = _plain(rate)
        if reason := reasons.get((category, rate)):
            terms["BT-120"] = _said(reason) or ""
        found.append(terms)
    return found


def _line(line: Line, number: str, content: DocumentContent) -> dict[str, Any]:
    """A line (BG-25).  A price is never negative there (BR-27): the quantity takes the sign."""
    tax: TaxRow = next(one for one in content.taxes if one.name == line.taxes[0])
    category, rate = group_of(tax)
    discount = Money.of(line.discount or "0", content.currency)
    quantity, price = Decimal(line.quantity or "1"), Decimal(line.unit_price or "0")
    if line.quantity is None or line.unit_price is None:
        quantity, price = Decimal(1), (Money.of(line.net or "0", content.currency) + discount).decimal
    if price < 0:
        quantity, price = -quantity, -price
    return {
        "BT-126": number,
        "BT-129": _plain(quantity),
        "BT-130": _CODE_OF_UNIT.get((line.unit or "").strip(". ").lower(), _ONE),
        "BT-131": line.net,
        "BT-146": _plain(price),
        "BT-151": category,
        **({} if category == "O" else {"BT-152": _plain(rate)}),
        "BT-153": _said(line.description),
        **({"BT-154": _said(line.details)} if line.details else {}),
        **(
            {"BG-27": [{"amount": str(discount), "reason": _said(line.discount_note) or "Discount"}]}
            if discount
            else {}
        ),
    }


def _bare(code: str | None) -> str:
    """A number of letters and digits without the blanks of its print."""
    return re.sub(r"\s", "", code or "")


def _plain(number: Decimal) -> str:
    """A number without an exponent and without idle zeros."""
    return format(number.normalize(), "f")


def _said(text: str | None) -> str | None:
    """A text without the characters that XML cannot carry."""
    return _UNSPEAKABLE.sub("", text).strip() if text else None
