"""The 125 columns of a DATEV batch of postings (format category 21, version 13), as DATEV publishes them.

https://developer.datev.de/datev/platform/de/dtvf/formate/buchungsstapel
"""

from __future__ import annotations


def _numbered(stem: str, kinds: tuple[str, str], most: int) -> list[str]:
    return [f"{stem}{kind} {number}" for number in range(1, most + 1) for kind in kinds]


def _listed(text: str) -> list[str]:
    return [" ".join(name.split()) for name in text.split(";")]


COLUMNS: tuple[str, ...] = (
    *_listed(
        """Umsatz (ohne Soll/Haben-Kz); Soll/Haben-Kennzeichen; WKZ Umsatz; Kurs; Basis-Umsatz; WKZ Basis-Umsatz; Konto;
        Gegenkonto (ohne BU-Schlüssel); BU-Schlüssel; Belegdatum; Belegfeld 1; Belegfeld 2; Skonto; Buchungstext;
        Postensperre; Diverse Adressnummer; Geschäftspartnerbank; Sachverhalt; Zinssperre; Beleglink"""
    ),
    *_numbered("Beleginfo", (" - Art", " - Inhalt"), 8),
    *_listed(
        """KOST1 - Kostenstelle; KOST2 - Kostenstelle; Kost-Menge; EU-Land u. UStID (Bestimmung);
        EU-Steuersatz (Bestimmung); Abw. Versteuerungsart; Sachverhalt L+L; Funktionsergänzung L+L;
        BU 49 Hauptfunktionstyp; BU 49 Hauptfunktionsnummer; BU 49 Funktionsergänzung"""
    ),
    *_numbered("Zusatzinformation", (" - Art", "- Inhalt"), 20),
    *_listed(
        """Stück; Gewicht; Zahlweise; Forderungsart; Veranlagungsjahr; Zugeordnete Fälligkeit; Skontotyp;
        Auftragsnummer; Buchungstyp; USt-Schlüssel (Anzahlungen); EU-Land (Anzahlungen); Sachverhalt L+L (Anzahlungen);
        EU-Steuersatz (Anzahlungen); Erlöskonto (Anzahlungen); Herkunft-Kz; Buchungs GUID; KOST-Datum;
        SEPA-Mandatsreferenz; Skontosperre; Gesellschaftername; Beteiligtennummer; Identifikationsnummer;
        Zeichnernummer; Postensperre bis; Bezeichnung SoBil-Sachverhalt; Kennzeichen SoBil-Buchung;
        Festschreibung; Leistungsdatum;
        Datum Zuord. Steuerperiode; Fälligkeit; Generalumkehr (GU); Steuersatz; Land; Abrechnungsreferenz; BVV-Position;
        EU-Land u. UStID (Ursprung); EU-Steuersatz (Ursprung); Abw. Skontokonto"""
    ),
)

_NUMBERS = {
    *(
        1,
        4,
        5,
        7,
        8,
        10,
        13,
        15,
        17,
        18,
        19,
        39,
        41,
        88,
        89,
        90,
        92,
        93,
        94,
        97,
        99,
        100,
        101,
        104,
        106,
        108,
        111,
        119,
    ),
    *(122, 124, 125),
    *range(43, 48),
    *range(113, 118),
}
EMPTY_ROW: tuple[str, ...] = tuple("" if place in _NUMBERS else '""' for place in range(1, len(COLUMNS) + 1))
"""A row in which nothing is said: numbers and days are left out, a text without content keeps its quotes."""

AMOUNT, SIDE, CURRENCY, ACCOUNT, CONTRA_ACCOUNT, DAY, DOCUMENT, TEXT, FINAL = (
    COLUMNS.index(name)
    for name in (
        "Umsatz (ohne Soll/Haben-Kz)",
        "Soll/Haben-Kennzeichen",
        "WKZ Umsatz",
        "Konto",
        "Gegenkonto (ohne BU-Schlüssel)",
        "Belegdatum",
        "Belegfeld 1",
        "Buchungstext",
        "Festschreibung",
    )
)
"""Places of the columns that we fill; all others stay empty."""
