"""What an estimate says on paper: lines, options, totals, deposit, terms [52-60, A59]."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.documents.content import (
    Columns,
    Derivation,
    DocumentContent,
    Fact,
    Line,
    PaperKind,
    RowKind,
    Signed,
    TotalRow,
)
from admin_app.kernel.money import Money
from admin_app.models import Attachment, CustomerGroup, Estimate, EstimateLine, Signature
from admin_app.services.papers.parties import letterhead
from admin_app.services.papers.sums import Stored, plain, tax_rows, total_rows


def estimate_content(session: Session, estimate: Estimate) -> DocumentContent:
    """The estimate as it stands; its amounts are the stored ones."""
    group = session.get_one(CustomerGroup, estimate.group_id)
    head = letterhead(session, group, project=estimate.project)
    words = head.words
    sums = Stored(
        estimate.currency,
        estimate.subtotal,
        estimate.discount,
        estimate.tax,
        estimate.total,
        estimate.prices_include_tax,
    )
    rows = total_rows(sums, estimate.taxes, words)
    if estimate.deposit:
        rows += (TotalRow(words("deposit_asked"), sums.written(estimate.deposit), RowKind.NORMAL),)
    photos = _photos(session, estimate)
    estimator = estimate.project.estimator
    return DocumentContent(
        kind=PaperKind.ESTIMATE,
        currency=estimate.currency,
        sender=head.sender,
        recipient=head.recipient,
        language=head.language,
        number=estimate.number,
        title=estimate.title,
        revision=estimate.revision,
        issued_on=estimate.sent_at.date() if estimate.sent_at else None,
        expires_on=estimate.expires_on,
        order_number=estimate.client_order_no,
        facts=(Fact(words("estimator"), estimator.name),) if estimator else (),
        site=head.site,
        intro=estimate.intro,
        closing=estimate.closing,
        lines=tuple(_line(line, estimate, photos) for line in estimate.lines),
        columns=Columns(
            quantity=estimate.show_quantities,
            unit_price=estimate.show_unit_prices,
            line_totals=estimate.show_line_totals,
            taxes=len({tuple(line.tax_names) for line in estimate.lines}) > 1,
        ),
        prices_include_tax=estimate.prices_include_tax,
        totals=rows,
        taxes=tax_rows(sums, estimate.taxes, group, words),
        derivation=Derivation.of(estimate.derivation) if estimate.derivation else None,
    )


def signed_part(signature: Signature) -> Signed:
    """Who agreed, for the paper of a signed revision; the hash is that of the content without this part [L9]."""
    return Signed(signature.signer, signature.signed_at.date(), signature.content_hash, signature.drawing_key)


def _line(line: EstimateLine, estimate: Estimate, photos: dict[int, str]) -> Line:
    currency = estimate.currency
    discount = Money(line.discount, currency)
    return Line(
        description=line.description,
        position=str(line.position),
        alternative=line.alternative,
        details=line.details,
        quantity=plain(line.quantity),
        unit=line.unit,
        unit_price=plain(line.unit_price),
        discount=str(discount) if discount else None,
        discount_note=f"{plain(line.discount_percent)} %" if line.discount_percent else None,
        net=str(Money(line.net, currency)),
        taxes=tuple(line.tax_names),
        optional=line.optional,
        chosen=line.counts,
        photo=photos.get(line.photo_id) if line.photo_id is not None else None,
    )


def _photos(session: Session, estimate: Estimate) -> dict[int, str]:
    """Attachment → the store's key of its small picture, where it has one."""
    wanted = [line.photo_id for line in estimate.lines if line.photo_id is not None]
    if not wanted:
        return {}
    found = session.execute(
        select(Attachment.id, Attachment.preview_key, Attachment.store_key).where(Attachment.id.in_(wanted))
    )
    return {number: preview or key for number, preview, key in found}
