"""What must be there before a document can be an e-invoice (EN 16931), and what must add up.

The rules are named as the standard names them.  Its checker for business rules needs a server; so the sums
are checked here, before anything is written.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from admin_app.documents.content import DocumentContent, PaperKind, Sums, TaxRow
from admin_app.kernel.errors import Unmet
from admin_app.kernel.money import Money

_VAT_NUMBER = re.compile(r"[A-Z]{2}[0-9A-Z+*]{2,12}")
_NEEDS_REASON = ("E", "AE", "G", "K", "O")
_NEEDS_BUYER_NUMBER = ("AE", "K")
_NEEDS_SELLER_NUMBER = ("AE", "G", "K")

Group = tuple[str, Decimal]
"""Category and rate: what the tax of an e-invoice is broken down by."""


def is_vat_number(tax_id: str | None) -> bool:
    """Whether it is a VAT number, with its country in front, and no local tax number."""
    return bool(tax_id and _VAT_NUMBER.fullmatch(tax_id.replace(" ", "")))


def is_outside_vat(content: DocumentContent) -> bool:
    """Whether it is not subject to VAT: then no VAT number may stand in it (BR-O-02)."""
    return any(tax.category == "O" for tax in content.taxes)


def group_of(tax: TaxRow) -> Group:
    """Category and rate of a tax."""
    return tax.category, Decimal(tax.rate)


def groups_of(content: DocumentContent) -> dict[Group, tuple[Money, Money]]:
    """Base and tax by category and rate, in the order of the document."""
    found: dict[Group, tuple[Money, Money]] = {}
    nothing = Money.zero(content.currency)
    for tax in content.taxes:
        base, amount = found.get(group_of(tax), (nothing, nothing))
        found[group_of(tax)] = (
            base + Money.of(tax.base, content.currency),
            amount + Money.of(tax.amount, content.currency),
        )
    return found


def check_e_invoice(content: DocumentContent) -> None:
    """Raises Unmet with one sentence that names everything that is in the way."""
    missing = [*_missing(content), *_missing_on_lines(content)]
    if missing:
        raise Unmet(f"The e-invoice cannot be written: {_listed(missing)}")
    wrong = _does_not_add_up(content)
    if wrong:
        raise Unmet(f"The e-invoice would be refused by its reader: {_listed(wrong)}")


def _listed(sentences: list[str]) -> str:
    """The obstacles in one sentence."""
    return "; ".join(sentences) + "."


def _missing(content: DocumentContent) -> list[str]:
    """What the document itself lacks."""
    sender, recipient, sums = content.sender, content.recipient, content.sums
    if content.kind not in PaperKind.billing():
        return [f"it is a paper of kind “{content.kind}”, no invoice"]
    wanted = {
        "it has no number yet": content.number,
        "it has no date": content.issued_on,
        "the brand has no tax number": sender.tax_id,
        "the brand has no country": sender.country,
        "the customer has no country": recipient.country,
        "its sums are not known": sums,
        "it has no tax, not even a zero rate": content.taxes,
        "it has no line": any(line.chosen for line in content.lines),
    }
    found = [sentence for sentence, there in wanted.items() if not there]
    if sender.tax_id and not is_vat_number(sender.tax_id) and not sender.registration:
        found.append("the brand has no VAT number, so it needs its number in the register (BR-CO-26)")
    if content.prices_include_tax:
        found.append("its prices include tax, the standard wants them without")
    if sums and Decimal(sums.allowance or "0"):
        found.append("its allowance after tax has no place in the standard; a credit note has")
    asks = sums and Decimal(sums.due) > 0 and content.kind is not PaperKind.CREDIT_NOTE
    if asks and not (content.due_on or content.payment_text):
        found.append("it has neither a due date nor terms of payment (BR-CO-25)")
    return found + _missing_for_taxes(content)


def _missing_for_taxes(content: DocumentContent) -> list[str]:
    """What each category of tax asks for; of most, that somebody is known by a VAT number."""
    seller, buyer = is_vat_number(content.sender.tax_id), is_vat_number(content.recipient.tax_id)
    found = []
    for tax in content.taxes:
        if (tax.category == "S") != bool(Decimal(tax.rate)):
            found.append(f"“{tax.name}” has the rate {tax.rate} % in category {tax.category}")
        if tax.category in _NEEDS_REASON and not tax.reason:
            found.append(f"“{tax.name}” does not say why no tax is charged")
        if tax.category in _NEEDS_BUYER_NUMBER and not buyer:
            found.append(f"“{tax.name}” needs the VAT number of the customer")
        if tax.category in _NEEDS_SELLER_NUMBER and not seller:
            found.append(f"“{tax.name}” needs the VAT number of the brand")
    if is_outside_vat(content):
        if len({tax.category for tax in content.taxes}) > 1:
            found.append("what is not subject to VAT stands alone on an invoice (BR-O-11)")
        if not content.sender.registration:
            found.append("outside VAT the brand is known by its number in the register alone (BR-O-02)")
    return found


def _missing_on_lines(content: DocumentContent) -> list[str]:
    """Each line needs its amount and exactly one tax."""
    known = {tax.name for tax in content.taxes}
    found = []
    for index, line in enumerate(content.lines, start=1):
        if not line.chosen:
            continue
        name = f"line {line.position or index}"
        if line.net is None:
            found.append(f"{name} has no amount")
        if len(line.taxes) != 1:
            found.append(f"{name} carries {len(line.taxes) or 'no'} taxes, the standard knows one a line")
        elif line.taxes[0] not in known:
            found.append(f"{name} carries “{line.taxes[0]}”, which the document does not explain")
    return found


def _does_not_add_up(content: DocumentContent) -> list[str]:
    """The sum rules BR-CO-10 to BR-CO-17 over the stored amounts."""
    assert content.sums is not None
    currency = content.currency
    of = {
        name: Money.of(getattr(content.sums, name), currency)
        for name in Sums.__slots__
        if name != "allowance"
    }
    lines = Money.total(
        (Money.of(line.net or "0", currency) for line in content.lines if line.chosen), currency
    )
    groups = groups_of(content)
    bases = Money.total((base for base, _ in groups.values()), currency)
    taxes = Money.total((tax for _, tax in groups.values()), currency)
    found = []
    if lines != of["subtotal"]:
        found.append(f"its lines add up to {lines}, not to {of['subtotal']} (BR-CO-10)")
    if lines - bases != of["discount"]:
        found.append(f"its discount is {of['discount']}, its taxes say {lines - bases} (BR-CO-11)")
    if of["subtotal"] - of["discount"] != of["net"]:
        found.append("subtotal less discount is not its net (BR-CO-13)")
    if taxes != of["tax"]:
        found.append(f"its taxes add up to {taxes}, not to {of['tax']} (BR-CO-14)")
    if of["net"] + of["tax"] != of["total"]:
        found.append("net and tax are not its total (BR-CO-15)")
    if of["total"] - of["prepaid"] != of["due"]:
        found.append("total less what is paid is not what is due (BR-CO-16)")
    for (_, rate), (base, amount) in groups.items():
        # Readers accept less than one unit of difference: tax rounded by line, the last of several partial bills.
        exact = Fraction(base.minor) * Fraction(rate) / 100
        if abs(amount.minor - exact) >= 10 ** Money.minor_units(currency):
            found.append(f"{rate} % of {base} is not {amount} (BR-CO-17)")
    return found
