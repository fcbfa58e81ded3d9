"""The content as the template sets it: words of its language, printed amounts, columns, rows.

Everything that can be decided without knowing where a page ends is decided here; the template only places.
Each text passes `Glyphs`, so that nothing reaches the typesetter that it cannot draw.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from admin_app.documents.content import Derivation, DocumentContent, PaperKind, TotalRow
from admin_app.documents.epc_qr import is_iban, transfer_svg, transfer_text
from admin_app.documents.glyphs import Glyphs
from admin_app.documents.pen import Pen
from admin_app.documents.printed import locale_of
from admin_app.documents.side_tables import account, deposits, settlements, tax_summary
from admin_app.documents.words import words_in
from admin_app.kernel.money import Money

INK = "#1f2328"
"""The colour of the text, and of the rule where a brand has no accent."""

# Where letters are written on US Letter (CLDR, paper size by territory); A4 everywhere else.
_LETTER = frozenset("BZ CA CL CO CR GT MX NI PA PH PR SV US VE".split())

Picture = Mapping[str, Any]
"""A picture that can be printed: its `file`, and its `shape` as width by height."""

# Letters beyond which a column of text wraps, and of all figures together beyond which they are set smaller.
_WRAPS = {"quantity": 18, "tax": 12}
_ROOMY = 50
_LONG_LABEL = 20
_FOOT_LETTERS = 95
"""Letters that fit into a line of the small print."""


def set_paper(content: DocumentContent, pictures: Mapping[str, Picture]) -> dict[str, Any]:
    """What the template prints; `pictures` maps the keys that there are to what lies ready for it.

    Raises Invalid for an amount that its currency cannot carry.
    """
    locale = locale_of(content.language)
    language, words = words_in(locale)
    pen = Pen(locale, content.currency, Glyphs(), words)
    heading = " ".join(filter(None, (pen.word(content.kind.value), pen.said(content.number))))
    paper = {
        "language": language,  # of the words: it also says in which direction the page runs
        "region": locale.territory if language == locale.language else None,
        "size": "us-letter" if content.sender.country in _LETTER else "a4",
        "date": _plain_date(content.issued_on),
        "heading": heading,
        "draft": pen.word("draft") if content.is_draft else None,
        "subject": pen.lines(content.title),
        "due": _due(content, pen),
        "letterhead": _letterhead(content, pen, pictures),
        "to": _address_field(content, pen),
        "facts": (facts := _facts(content, pen)),
        "long_labels": any(len(label) > _LONG_LABEL for label, value in facts if value),
        "intro": pen.lines(content.intro),
        "table": _table(content, pen, pictures),
        "totals": [_total(row, pen) for row in content.totals],
        "notes": _notes(content, pen),
        "tables": [*tax_summary(content, pen), *deposits(content, pen), *settlements(content, pen)],
        "statement": account(content, pen),
        "payment": _payment(content, pen),
        "closing": pen.lines(content.closing),
        "signature": _signature(content, pen, pictures),
        "crew_notes": {"title": pen.word("crew_notes"), "lines": pen.lines(content.crew_notes)},
        "forms": [_form(form, pen) for form in content.forms],
        "appendix": _appendix(content, pen, heading),
        "foot": _foot(content, pen),
        "page": pen.words["page"],
    }
    codes = pen.glyphs.codes()
    paper["missing"] = pen.words["missing_glyphs"].format(codes=", ".join(codes)) if codes else None
    return paper


def _plain_date(day: date | None) -> list[int] | None:
    """Year, month, day: the date of the file is the date of the document."""
    return [day.year, day.month, day.day] if day else None


def _due(content: DocumentContent, pen: Pen) -> dict[str, str] | None:
    """What is asked for, beside the heading: the first thing that the reader looks for."""
    if content.kind not in PaperKind.asking() or content.sums is None or content.is_draft:
        return None
    label = pen.word("amount_due")
    if content.due_on:
        label = pen.word("amount_due_by", day=pen.day(content.due_on))
    return {"label": label, "amount": pen.money(content.sums.due)}


def _letterhead(content: DocumentContent, pen: Pen, pictures: Mapping[str, Picture]) -> dict[str, Any]:
    """Who writes."""
    sender = content.sender
    name = sender.legal_name if sender.legal_name != sender.name else None
    contact = pen.lines([one for one in (name, *sender.address, sender.phone) if one])
    contact += [pen.glyphs.said(one, longest=48) for one in (sender.email, sender.website) if one]
    return {
        "name": pen.said(sender.name),
        "logo": pictures.get(sender.logo or ""),
        "accent": sender.accent or INK,
        "contact": contact,
    }


def _address_field(content: DocumentContent, pen: Pen) -> dict[str, Any]:
    """The window of the envelope: where the letter came from in small print, and where it goes."""
    to, sender = content.recipient, content.sender
    contact = to.contact if to.contact != to.name else None
    return {
        "back": pen.said(" · ".join((sender.name, *sender.address))),
        "lines": pen.lines([one for one in (to.name, contact, *to.address) if one]),
    }


def _facts(content: DocumentContent, pen: Pen) -> list[list[Any]]:
    """The block at the side: [label, lines]."""
    found: list[tuple[str, str | None]] = []
    if content.revision and content.revision > 1:
        found.append((pen.word("revision", n=str(content.revision)), ""))
    if content.part:
        found.append((pen.word("part", n=str(content.part[0]), count=str(content.part[1])), ""))
    for key in ("issued_on", "due_on", "expires_on"):
        day: date | None = getattr(content, key)
        found.append((pen.word(key), pen.day(day) if day else None))
    if content.delivered_on:
        last, first = pen.day(content.delivered_on), content.delivered_from
        period = pen.word("delivered_from", first=pen.day(first), last=last) if first else last
        found.append((pen.word("delivered_on"), period))
    found.append((pen.word("order_number"), pen.said(content.order_number)))
    for one in content.preceding:
        on = one.issued_on
        said = pen.word("document_on", number=one.number, day=pen.day(on)) if on else pen.said(one.number)
        found.append((pen.word("preceding"), said))
    found.append((pen.word("customer_tax_id"), pen.said(content.recipient.tax_id)))
    found += [(pen.glyphs.said(fact.label), pen.glyphs.said(fact.value)) for fact in content.facts]
    facts: list[list[Any]] = [
        [label, value.split("\n") if value else []] for label, value in found if value is not None
    ]
    if content.site:
        facts.append([pen.word("site"), pen.lines(content.site)])
    return facts


def _table(content: DocumentContent, pen: Pen, pictures: Mapping[str, Picture]) -> dict[str, Any] | None:
    """The lines of the work with the columns that the customer sees [58]."""
    if not content.lines:
        return None
    shows = content.columns
    columns = {
        "position": any(line.position for line in content.lines),
        "description": True,
        "quantity": shows.quantity,
        "unit_price": shows.unit_price,
        "discount": shows.unit_price and any(line.discount for line in content.lines),
        "tax": shows.taxes,
        "amount": shows.line_totals,
        "done": content.kind is PaperKind.WORKORDER,
    }
    names = [name for name, shown in columns.items() if shown]
    in_money = ("unit_price", "discount", "amount")
    heads = [pen.head(name) if name in in_money else [pen.word(name)] for name in names]
    rows: list[dict[str, Any]] = []
    section: str | None = None
    for line in content.lines:
        if line.section != section:
            section = line.section
            rows.append({"section": pen.said(section)})
        cells = {
            "position": pen.said(line.position) or "",
            "quantity": pen.quantity(line.quantity, line.unit),
            "unit_price": pen.price(line.unit_price),
            "discount": pen.said(line.discount_note) or pen.bare(line.discount),
            "tax": ", ".join(pen.glyphs.said(name) for name in line.taxes),
            "amount": pen.bare(line.net),
            "done": line.done is True,
        }
        picture = pictures.get(line.photo or "")
        lost = [pen.word("picture_missing")] if line.photo and not picture else []
        rows.append(
            {
                "title": pen.lines(line.description),
                "tags": _tags(line.optional, line.alternative, line.chosen, pen) + lost,
                "details": pen.lines(line.details),
                "photo": picture,
                "cells": [cells.get(name, "") for name in names],
                "quiet": not line.chosen,
                "whole": len(line.details or "") < 700,
            }
        )
    widest = {
        name: max((len(row["cells"][index]) for row in rows if "cells" in row), default=0)
        for index, name in enumerate(names)
        if name not in ("description", "done")
    }
    return {
        "columns": names,
        "heads": heads,
        "rows": rows,
        "wrapped": [name for name, most in _WRAPS.items() if widest.get(name, 0) > most],
        "dense": sum(min(width, _WRAPS.get(name, width)) for name, width in widest.items()) > _ROOMY,
    }


def _tags(optional: bool, alternative: str | None, chosen: bool, pen: Pen) -> list[str]:
    """What the client may choose, in words."""
    tags = []
    if alternative:
        tags.append(pen.word("alternative_chosen" if chosen else "alternative", group=alternative))
    if optional:
        tags.append(pen.word("optional_chosen" if chosen else "optional"))
    if not chosen:
        tags.append(pen.word("not_included"))
    return [" · ".join(tags)] if tags else []


def _total(row: TotalRow, pen: Pen) -> dict[str, str]:
    """A row of the totals."""
    return {"label": pen.glyphs.said(row.label), "amount": pen.money(row.amount), "kind": row.kind.value}


def _notes(content: DocumentContent, pen: Pen) -> list[str]:
    """Sentences that belong to the totals: what prices include, why a tax is not charged."""
    found = [pen.word("prices_include_tax")] if content.prices_include_tax else []
    return found + [pen.glyphs.said(f"{tax.name}: {tax.reason}") for tax in content.taxes if tax.reason]


def _payment(content: DocumentContent, pen: Pen) -> dict[str, Any] | None:
    """The terms, and where to send the money, on papers that ask for some."""
    sender = content.sender
    rows: list[tuple[str, str | None]] = []
    due = Money.of(content.sums.due, content.currency).minor if content.sums else 1
    if content.kind in PaperKind.asking() and not content.is_draft and due > 0 and sender.iban:
        iban = sender.iban.replace(" ", "")
        grouped = "\N{NO-BREAK SPACE}".join(iban[at : at + 4] for at in range(0, len(iban), 4))
        rows = [
            ("account_holder", sender.legal_name or sender.name),
            ("iban", grouped) if is_iban(iban) else ("account", sender.iban),
            ("bic", sender.bic),
            ("bank", sender.bank_name),
            ("reference", content.payment_reference),
        ]
    said = [[pen.word(key), pen.said(value)] for key, value in rows if value]
    if not said and not content.payment_text:
        return None
    code = transfer_text(content)
    return {
        "title": pen.word("payment"),
        "text": pen.lines(content.payment_text),
        "rows": said,
        "code": transfer_svg(code) if code else None,
        "caption": pen.word("scan_to_pay"),
    }


def _signature(content: DocumentContent, pen: Pen, pictures: Mapping[str, Picture]) -> dict[str, Any] | None:
    """Who agreed, or the line on which the client may: an estimate can be signed by hand."""
    signed = content.signed
    if signed:
        return {
            "text": pen.word("signed", name=signed.name, day=pen.day(signed.on)),
            "hash": pen.word("signed_content", hash=_in_groups(signed.content_hash)),
            "picture": pictures.get(signed.picture or ""),
        }
    if content.kind is PaperKind.ESTIMATE and not content.is_draft:
        return {"line": pen.word("sign_here")}
    return None


def _in_groups(digest: str) -> str:
    """A hash in groups of eight, so that it can be compared by eye and broken by the line."""
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))


def _form(form: Any, pen: Pen) -> dict[str, Any]:
    """A form to be filled in by hand."""
    return {
        "title": pen.said(form.title),
        "fields": [
            {"label": pen.said(one.label), "kind": one.kind.value, "value": pen.said(one.value)}
            for one in form.fields
        ],
        "blank_lines": form.blank_lines,
        "signatures": [pen.said(one) for one in form.signatures],
    }


def _appendix(content: DocumentContent, pen: Pen, heading: str) -> dict[str, Any] | None:
    """How the total came about: the tree as indented rows [L7]."""
    if not content.appendix or content.derivation is None:
        return None
    rows: list[list[Any]] = []

    def walk(step: Derivation, depth: int) -> None:
        rule = pen.lines(step.rule)
        if step.rounding:
            rule.append(pen.word("rounding", amount=step.rounding))
        rows.append([depth, pen.said(step.label), rule, pen.bare(step.amount)])
        for child in step.children:
            walk(child, depth + 1)

    walk(content.derivation, 0)
    return {
        "title": pen.word("appendix"),
        "of": pen.word("appendix_of", document=heading),
        "heads": [[pen.word("description")], [pen.word("rule")], pen.head("amount")],
        "rows": rows,
    }


def _foot(content: DocumentContent, pen: Pen) -> dict[str, Any]:
    """The small print under every page."""
    sender = content.sender
    known = [sender.legal_name or sender.name]
    if sender.registration:
        known.append(f"{pen.words['registration']} {sender.registration}")
    if sender.tax_id:
        known.append(f"{pen.words['tax_id']} {sender.tax_id}")
    line, more = pen.said(" · ".join(known)) or "", pen.lines(sender.footer)
    return {
        "text": more,
        "line": line,
        "rows": sum(1 + len(one) // _FOOT_LETTERS for one in (line, *more)),
    }
