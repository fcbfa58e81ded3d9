"""The two parties of a paper as they are today: our brand, and the customer at the billing address [P13, 141, M11]."""

from __future__ import annotations

from dataclasses import dataclass

from babel import Locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_app.documents.content import Recipient, Sender
from admin_app.models import Address, Brand, Company, Contact, CustomerGroup, Membership, Project
from admin_app.services.papers.words import Words
from admin_app.services.take_number import brand_for


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes to whom, in which language, and about which place."""

    sender: Sender
    recipient: Recipient
    language: str
    brand: Brand
    site: tuple[str, ...] = ()

    @property
    def words(self) -> Words:
        """The words of this paper."""
        return Words(self.language)


def letterhead(
    session: Session,
    group: CustomerGroup,
    *,
    brand_id: int | None = None,
    project: Project | None = None,
) -> Letterhead:
    """The letterhead of a paper to a customer; the brand is the document's, the project's, the customer's, the first.

    Raises Unmet where there is no brand at all.
    """
    company = session.scalars(select(Company)).one()
    wanted = brand_id or (project.brand_id if project else None) or group.brand_id
    brand = brand_for(session, wanted)
    billing = session.scalar(select(Address).where(Address.group_id == group.id, Address.is_billing))
    return Letterhead(
        sender=_sender(brand, company),
        recipient=_recipient(session, group, project, billing, company),
        language=company.language,
        brand=brand,
        site=_site(project, billing, company),
    )


def _sender(brand: Brand, company: Company) -> Sender:
    lines = _lines_of(brand.address)
    postcode, city = _place_of(lines)
    return Sender(
        name=brand.name,
        legal_name=brand.legal_name,
        address=lines,
        postcode=postcode,
        city=city,
        country=brand.country or company.country,
        email=brand.email or company.email,
        phone=brand.phone or company.phone,
        website=brand.website,
        tax_id=brand.tax_id,
        bank_name=brand.bank_name,
        iban=brand.iban,
        bic=brand.bic,
        accent=brand.accent,
        logo=brand.logo_key,
        footer=brand.document_footer,
    )


def _lines_of(text: str | None) -> tuple[str, ...]:
    return tuple(line.strip() for line in (text or "").splitlines() if line.strip())


def _place_of(lines: tuple[str, ...]) -> tuple[str | None, str | None]:
    """Postcode and city of an address that was typed as lines: the last line with a digit, split at its first gap."""
    for line in reversed(lines[1:]):
        if any(character.isdigit() for character in line):
            first, _, rest = line.partition(" ")
            return (first, rest.strip() or None) if any(c.isdigit() for c in first) else (None, line)
    return None, lines[-1] if len(lines) > 1 else None


def _recipient(
    session: Session,
    group: CustomerGroup,
    project: Project | None,
    billing: Address | None,
    company: Company,
) -> Recipient:
    contact = project.contact if project and project.contact else _primary(session, group)
    name = str(contact) if contact else None
    return Recipient(
        name=group.name,
        contact=name if name != group.name else None,
        address=address_lines(billing, company),
        postcode=billing.postcode if billing else None,
        city=billing.city if billing else None,
        country=(billing.country if billing else None) or company.country,
        email=contact.email if contact else None,
        tax_id=group.tax_number,
    )


def _primary(session: Session, group: CustomerGroup) -> Contact | None:
    return session.scalar(
        select(Contact)
        .join(Membership, Membership.contact_id == Contact.id)
        .where(Membership.group_id == group.id, Membership.is_primary)
    )


def address_lines(address: Address | None, company: Company) -> tuple[str, ...]:
    """An address as lines of a letter; the country is named where it is not our own."""
    if address is None:
        return ()
    place = " ".join(filter(None, (address.postcode, address.city)))
    abroad = address.country if address.country and address.country != company.country else None
    named = Locale.parse(company.language).territories.get(abroad, abroad) if abroad is not None else None
    return tuple(part for part in (address.line1, address.line2, place, address.region, named) if part)


def _site(project: Project | None, billing: Address | None, company: Company) -> tuple[str, ...]:
    """The place of the work, where it is another one than the letter goes to."""
    if project is None or project.address is None or project.address is billing:
        return ()
    return address_lines(project.address, company)
