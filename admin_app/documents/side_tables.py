"""The tables beside the lines of the work: tax by rate, deposits, what a payment settled, a customer's account."""

from __future__ import annotations

from typing import Any

from admin_app.documents.content import DocumentContent
from admin_app.documents.pen import Pen


def _small_table(title: str, heads: list[list[str]], rows: list[list[str]], texts: int) -> dict[str, Any]:
    """A table under the totals; its first `texts` columns are text, the others are numbers."""
    return {"title": title, "heads": heads, "rows": rows, "texts": texts}


def tax_summary(content: DocumentContent, pen: Pen) -> list[dict[str, Any]]:
    """Tax rate by rate, where there is more than one."""
    if len(content.taxes) < 2:
        return []
    heads = [[pen.word("tax")], [pen.word("rate")], pen.head("base"), pen.head("tax")]
    rows = [
        [pen.glyphs.said(tax.name), pen.rate(tax.rate), pen.bare(tax.base), pen.bare(tax.amount)]
        for tax in content.taxes
    ]
    return [_small_table(pen.word("tax_summary"), heads, rows, 1)]


def deposits(content: DocumentContent, pen: Pen) -> list[dict[str, Any]]:
    """Each deposit that this invoice deducts, with its tax [M21]."""
    if not content.deposits:
        return []
    heads = [[pen.word("number")], [pen.word("day")], *(pen.head(key) for key in ("base", "tax", "total"))]
    rows = [
        [
            pen.glyphs.said(one.number),
            pen.day(one.issued_on),
            pen.bare(one.net),
            pen.bare(one.tax),
            pen.bare(one.total),
        ]
        for one in content.deposits
    ]
    return [_small_table(pen.word("deposits"), heads, rows, 2)]


def settlements(content: DocumentContent, pen: Pen) -> list[dict[str, Any]]:
    """What the money of a receipt or refund went to."""
    if not content.settlements:
        return []
    heads = [[pen.word("document")], [pen.word("day")], pen.head("amount")]
    rows = [
        [
            pen.glyphs.said(one.document),
            pen.day(one.issued_on) if one.issued_on else "",
            pen.bare(one.amount),
        ]
        for one in content.settlements
    ]
    return [_small_table(pen.word("settlements"), heads, rows, 2)]


def account(content: DocumentContent, pen: Pen) -> dict[str, Any] | None:
    """The customer's account, entry by entry."""
    if not content.statement:
        return None
    heads = [
        [pen.word("day")],
        [pen.word("document")],
        *(pen.head(key) for key in ("debit", "credit", "balance")),
    ]
    rows = [
        [
            pen.day(row.on),
            pen.lines([one for one in (row.document, row.text) if one]),
            pen.bare(row.debit),
            pen.bare(row.credit),
            pen.bare(row.balance),
        ]
        for row in content.statement
    ]
    return {"heads": heads, "rows": rows}
