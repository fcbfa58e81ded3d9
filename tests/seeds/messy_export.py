"""Writes a messy customer export of another product: German headers, semicolons, decimal commas, three date styles,
customers that stand twice, rows that do not fit, cells that look like formulas.

What is wrong with it is counted while it is written, so that tests know what must come out.
"""

import csv
from dataclasses import dataclass
from pathlib import Path
from random import Random

HEADER = (
    "Kunden-Nr",
    "Firma",
    "Vorname",
    "Nachname",
    "E-Mail",
    "Telefon",
    "Straße und Nr",
    "PLZ",
    "Ort",
    "Land",
    "Kundenart",
    "Angelegt am",
    "Saldo",
    "Schlagworte",
    "Bemerkung",
    "Interner Schlüssel",
)
MAPPING = {
    "Kunden-Nr": "groups.external_id",
    "Firma": "groups.name",
    "Vorname": "contacts.first_name",
    "Nachname": "contacts.last_name",
    "E-Mail": "contacts.email",
    "Telefon": "contacts.phone",
    "Straße und Nr": "addresses.line1",
    "PLZ": "addresses.postcode",
    "Ort": "addresses.city",
    "Land": "addresses.country",
    "Kundenart": "groups.kind",
    "Angelegt am": "groups.created_at",
    "Saldo": "opening.amount",
    "Schlagworte": "tags.tag",
    "Bemerkung": "groups.notes",
}
"""What each column is; the last one means nothing here."""

_FIRST = "Anna Jürgen Zoë Søren Élise Håkan Mia Uwe Björn Käthe Jörg Renate Günther Heike Ömer Ines".split()
_LAST = "Müller Schäfer Weiß Größl Koch Höfer Jäger Brückner Sommer Böhm Vogt Kühn Maaß Lindner Ott".split()
_TOWNS = (
    ("Köln", "50667"),
    ("Zürich", "8001"),
    ("Graz", "8010"),
    ("Münster", "48143"),
    ("Düsseldorf", "40213"),
)
_COUNTRIES = {
    "Köln": "Deutschland",
    "Zürich": "Schweiz",
    "Graz": "Österreich",
    "Münster": "DE",
    "Düsseldorf": "Germany",
}
_MONTHS = "Jan Feb März Apr Mai Juni Juli Aug Sep Okt Nov Dez".split()
_FORMULAS = ('=HYPERLINK("http://x.example")', "=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3")


@dataclass
class Messy:
    """The file, and what was put into it."""

    path: Path
    rows: int = 0
    ragged: int = 0
    bad_emails: int = 0
    bad_dates: int = 0
    doubles: int = 0
    formulas: int = 0
    owed_cents: int = 0
    left_cents: int = 0

    @property
    def refused(self) -> int:
        """Rows that cannot be taken."""
        return self.ragged + self.bad_emails + self.bad_dates

    @property
    def customers(self) -> int:
        """Customers that come out when doubles are left out."""
        return self.rows - self.refused - self.doubles


def write_messy_export(path: Path, rows: int = 4_000, encoding: str = "cp1252", seed: int = 11) -> Messy:
    """Write `rows` rows to `path` in `encoding` ("cp1252" or "utf-8-sig")."""
    random, messy = Random(seed), Messy(path)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADER)
        emails: list[str] = []
        for number in range(1, rows + 1):
            writer.writerow(_row(random, messy, number, emails))
            messy.rows += 1
    return messy


def _row(random: Random, messy: Messy, number: int, emails: list[str]) -> list[str]:
    first, last = random.choice(_FIRST), random.choice(_LAST)
    town, code = random.choice(_TOWNS)
    firm = f"{last} Garten & Bau {number} GmbH" if number % 3 == 0 else ""
    email = f"kunde{number}@firma{number}.example"
    year, month, day = random.randrange(2015, 2026), random.randrange(1, 13), random.randrange(1, 29)
    made = (
        f"{day:02d}.{month:02d}.{year}",
        f"{year}-{month:02d}-{day:02d}",
        f"{day}. {_MONTHS[month - 1]} {year}",
    )[number % 3]
    cents = random.choice((0, 0, 0, random.randrange(100, 250_000), -random.randrange(100, 20_000)))
    note = random.choice(("", "zahlt pünktlich", 'sagte "bitte anrufen"', "zwei\nZeilen"))
    if number % 97 == 0:
        note, messy.formulas = _FORMULAS[number % len(_FORMULAS)], messy.formulas + 1
    row = [
        f"K{number:05d}", firm, first, f"{last} {_letters(number)}", email, f"0221 {4_000_000 + number}",
        f"{random.choice(('Gartenweg', 'Höhenstraße', 'Am Löß'))} {number}", code, town, _COUNTRIES[town],
        "Firma" if firm else "Privat", made, _german(cents), random.choice(("", "Stammkunde", "Hecke, Baum", "VIP")),
        note, f"x{number}",
    ]  # fmt: skip
    if number % 211 == 0:
        messy.ragged += 1
        return row[:9] if number % 2 else [*row, "zuviel", "noch mehr"]
    if number % 163 == 0:
        messy.bad_emails += 1
        row[4] = "keine(at)mail"
        return row
    if number % 307 == 0:
        messy.bad_dates += 1
        row[11] = "irgendwann"
        return row
    if number % 50 == 0 and emails:  # somebody who stands in the file already, under another number
        messy.doubles += 1
        row[4] = emails[-1]
        return row
    emails.append(email)
    messy.owed_cents += max(cents, 0)
    messy.left_cents += max(-cents, 0)
    return row


def _letters(number: int) -> str:
    """A surname's second half that differs for each row, so that nobody looks alike by chance."""
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:04d}").capitalize() * 2


def _german(cents: int) -> str:
    """1.234,50 as German programs write it."""
    sign, whole = ("-" if cents < 0 else ""), abs(cents)
    return f"{sign}{whole // 100:,}".replace(",", ".") + f",{whole % 100:02d}"
