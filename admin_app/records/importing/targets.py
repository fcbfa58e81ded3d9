"""What a column of another program's file can become here, and the words by which such columns are known.

A target is named "groups.name" in mappings; the fields come from the declarations, the words beside them are what
other programs and other languages call the same thing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz

from admin_app.kernel.text import digits, fold
from admin_app.records.importing.schema import spec_of

SURE = 75
"""Confidence (0-100) from which a column is filled in without asking."""
LIKELY = 65
"""Confidence below which nothing is proposed."""
_SAMPLED = 200
_MOSTLY = 0.6

_FILES = ("groups", "contacts", "addresses", "tags", "invoices", "payments")
_NOT_MAPPED = frozenset(
    {
        "groups.tags",
        "contacts.groups",
        "contacts.roles",
        "contacts.primary_of",
        "contacts.is_primary",
        "contacts.archived_at",
        "contacts.created_at",
        "groups.archived_at",
        "addresses.group",
        "tags.group",
        "payments.allocated",
        "payments.refund_of",
    }
)
"""Columns of our own format that another program's file does not have; rows of one customer need no reference."""

_WORDS: dict[str, str] = {
    "groups.external_id": "customer number|customer no|customer id|client id|account number|account no|id|number|"
    "kundennummer|"
    "kunden nr|kundennr|debitor|numero client|code client|klantnummer|reference",
    "groups.name": "company|company name|customer|customer name|client|client name|account name|organisation|"
    "firma|firmenname|kunde|kundenname|societe|raison sociale|empresa|bedrijf|display name",
    "groups.kind": "type|customer type|client type|kundenart|category",
    "groups.notes": "notes|remarks|comment|comments|memo|bemerkung|bemerkungen|notiz|notizen|remarques|opmerkingen",
    "groups.created_at": "created|customer since|client since|date added|created on|angelegt am|kunde seit",
    "groups.tax_number": "vat|vat id|vat number|tax id|ust id|ustid|ust idnr|btw nummer|tva",
    "groups.newsletter": "newsletter|subscribed|marketing|mailing",
    "groups.brand": "brand|branch|division|marke",
    "groups.rating": "rating|stars|bewertung",
    "contacts.external_id": "contact id|contact number|person id",
    "contacts.name": "contact|contact name|full name|contact person|ansprechpartner|person|name des kontakts",
    "contacts.first_name": "first name|firstname|given name|forename|vorname|prenom|nombre|voornaam",
    "contacts.last_name": "last name|lastname|surname|family name|nachname|nom|apellido|achternaam",
    "contacts.email": "email|e mail|mail|email address|emailadresse|e mail adresse|courriel|correo",
    "contacts.phone": "phone|telephone|tel|phone number|telefon|telefonnummer|telephone fixe|work phone|home phone",
    "contacts.mobile": "mobile|cell|cell phone|mobile phone|mobil|handy|mobilnummer|portable|movil",
    "contacts.job_title": "job title|position|function|funktion|role",
    "addresses.line1": "address|street|address 1|address line 1|street address|strasse|strasse und nr|anschrift|"
    "adresse|rue|calle",
    "addresses.line2": "address 2|address line 2|adresszusatz|zusatz|complement",
    "addresses.city": "city|town|ort|stadt|wohnort|ville|ciudad|plaats",
    "addresses.region": "state|region|county|province|bundesland|kanton|land kreis",
    "addresses.postcode": "zip|zip code|postcode|postal code|plz|postleitzahl|code postal|codigo postal",
    "addresses.country": "country|land|pays|pais",
    "addresses.access_notes": "access notes|access|gate code|key safe|zugang",
    "tags.tag": "tags|tag|labels|label|groups|categories|schlagworte|stichworte|keywords|gruppe",
    "opening.amount": "balance|open balance|opening balance|amount due|outstanding|saldo|offener betrag|solde|offen",
    "invoices.number": "invoice number|invoice no|invoice|rechnungsnummer|rechnung nr|numero facture",
    "invoices.group": "customer number|customer no|customer id|client id|kundennummer|kunden nr|account number",
    "invoices.issued_on": "invoice date|date|issue date|issued|rechnungsdatum|datum|date facture",
    "invoices.due_on": "due date|due|faellig am|faelligkeit|echeance",
    "invoices.currency": "currency|waehrung|devise",
    "invoices.subtotal": "subtotal|net|net amount|netto|nettobetrag|total ht|ht",
    "invoices.tax": "tax|vat|vat amount|mwst|ust|steuer|tva",
    "invoices.total": "total|gross|amount|invoice total|brutto|bruttobetrag|gesamtbetrag|total ttc|ttc|betrag",
    "invoices.status": "status|state|zustand",
    "payments.external_id": "payment id|payment number|transaction id|transaction|zahlungsnummer|zahlung nr",
    "payments.group": "customer number|customer no|customer id|client id|kundennummer|kunden nr",
    "payments.invoice": "invoice number|invoice no|invoice|rechnungsnummer|rechnung nr",
    "payments.paid_on": "payment date|date paid|paid on|date|zahlungsdatum|bezahlt am|datum",
    "payments.amount": "amount|paid|payment amount|betrag|zahlbetrag|montant",
    "payments.method": "method|payment method|type|zahlungsart|zahlweise|mode",
    "payments.reference": "reference|memo|verwendungszweck|referenz|note",
}

SUBJECTS = ("customers", "invoices", "payments")
"""What a file of another program is about."""
_SUBJECT_FILES = {
    "customers": ("groups", "contacts", "addresses", "tags", "opening"),
    "invoices": ("invoices",),
    "payments": ("payments",),
}


@dataclass(frozen=True, slots=True)
class Target:
    """One place where a column can go; `words` are what it is called elsewhere, folded."""

    key: str
    label: str
    words: tuple[str, ...]

    @property
    def file(self) -> str:
        """The part of the name before the point."""
        return self.key.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Guess:
    """What a column probably is; `target` None: nothing that is known here."""

    header: str
    target: str | None
    confidence: int


@cache
def targets(subject: str = "customers") -> tuple[Target, ...]:
    """Every target of a file about customers, invoices or payments, in the order of its page."""
    found: list[Target] = []
    for file in _SUBJECT_FILES[subject]:
        if file == "opening":
            found.append(_target("opening.amount", "Opening balance"))
            continue
        if file == "contacts":
            found.append(_target("contacts.name", "Contact: full name"))
        for column in spec_of(f"{file}.csv").columns:
            key = f"{file}.{column.name}"
            if key not in _NOT_MAPPED:
                label = column.label or column.name.replace("_", " ").capitalize()
                found.append(_target(key, f"{_SPOKEN.get(file, '')}{label}"))
    return tuple(found)


_SPOKEN = {"groups": "Customer: ", "contacts": "Contact: ", "addresses": "Address: ", "tags": ""}


def _target(key: str, label: str) -> Target:
    own = label.partition(": ")[2] or label
    words = {_plain(own), _plain(key.partition(".")[2])} | set(_WORDS.get(key, "").split("|")) - {""}
    return Target(key, label, tuple(sorted(words)))


def _plain(text: str) -> str:
    """A header as words: "KundenNr." → "kunden nr", "first_name" → "first name"."""
    spaced = re.sub(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])", " ", text)
    german = spaced.replace("ß", "ss").replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    return re.sub(r"[^a-z0-9]+", " ", fold(german)).strip()


def guess(header: Sequence[str], rows: Sequence[Sequence[str]], subject: str = "customers") -> list[Guess]:
    """What each column probably is, with how sure that is; each target is given once, tags may repeat."""
    scored: list[tuple[int, int, str]] = []
    for place, title in enumerate(header):
        cells = [row[place].strip() for row in rows[:_SAMPLED] if place < len(row) and row[place].strip()]
        for target in targets(subject):
            score = _likeness(_plain(title), target, cells)
            if score:
                scored.append((score, place, target.key))
    given: dict[int, tuple[str, int]] = {}
    taken: set[str] = set()
    for score, place, key in sorted(scored, key=lambda item: (-item[0], item[1])):
        if place not in given and key not in taken and score >= LIKELY:
            given[place] = (key, score)
            taken.add(key)
    return [
        Guess(title, given[place][0] if place in given else None, given[place][1] if place in given else 0)
        for place, title in enumerate(header)
    ]


def _likeness(title: str, target: Target, cells: list[str]) -> int:
    """How alike a header and a target are, corrected by what stands in the cells."""
    score = round(max((fuzz.token_sort_ratio(title, word) for word in target.words), default=0))
    looks = _looks_like(cells)
    if target.key == "contacts.email":
        return max(score, 90) if looks == "email" else min(score, 40) if cells else score
    if looks == "email":
        return 0
    if target.key in ("contacts.phone", "contacts.mobile") and cells:
        return max(score, 60) if looks == "phone" else min(score, 40)
    return score


def _looks_like(cells: list[str]) -> str:
    if not cells:
        return ""
    if sum("@" in cell for cell in cells) >= _MOSTLY * len(cells):
        return "email"
    if sum(
        len(digits(cell)) >= 7 and bool(re.fullmatch(r"[+()\d\s./-]+", cell)) for cell in cells
    ) >= _MOSTLY * len(cells):
        return "phone"
    return ""


def subject_of(header: Sequence[str]) -> str:
    """What a file is about, by which subject's words its header knows best."""
    titles = [_plain(title) for title in header]

    def known(subject: str) -> int:
        words = {word for target in targets(subject) for word in target.words}
        return sum(title in words for title in titles)

    best = max(SUBJECTS, key=known)
    telling = {"invoices": "invoices.number", "payments": "payments.external_id"}.get(best)
    if telling is None:
        return "customers"
    words = next(target.words for target in targets(best) if target.key == telling)
    return best if any(title in words for title in titles) else "customers"
