"""The words of rows that the services put on a paper; the paper itself has its own (`documents/words.py`)."""

from __future__ import annotations

from datetime import date

from babel import Locale

from admin_app.documents.printed import locale_of, print_day

_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "services": "Services",
        "discount": "Discount",
        "net": "Subtotal",
        "included": "of which {name}",
        "total": "Total",
        "deposit": "Deposit {number} of {day}",
        "retained": "Retained until {day}",
        "retained_open": "Retained",
        "due": "Amount due",
        "deposit_asked": "Deposit on acceptance",
        "estimator": "Estimator",
        "estimate": "Estimate",
        "project": "Project",
        "credited": "Credited",
        "received": "Received",
        "unused": "Kept as your credit",
        "paid_back": "Paid back",
        "of_credit": "Credit note",
        "of_payment": "Your payment",
        "way": "Paid by",
        "reason": "Reason",
        "starts": "Starts",
        "crew": "Crew",
        "access": "Access",
        "opening": "Balance before",
        "balance": "Balance",
        "terms": "Due within {days} days, on {day}.",
        "at_once": "Due on receipt.",
        "interest": "Interest",
        "customer": "Customer",
        "exempt": "Exempt from tax",
        "reverse": "Reverse charge",
        "reverse_reason": "The recipient owes the tax (reverse charge).",
        "exempt_reason": "The recipient is exempt from tax.",
    },
    "de": {
        "services": "Leistungen",
        "discount": "Rabatt",
        "net": "Zwischensumme",
        "included": "darin {name}",
        "total": "Gesamt",
        "deposit": "Anzahlung {number} vom {day}",
        "retained": "Einbehalt bis {day}",
        "retained_open": "Einbehalt",
        "due": "Zu zahlen",
        "deposit_asked": "Anzahlung bei Auftrag",
        "estimator": "Ihr Ansprechpartner",
        "estimate": "Angebot",
        "project": "Projekt",
        "credited": "Gutgeschrieben",
        "received": "Erhalten",
        "unused": "Ihr Guthaben",
        "paid_back": "Erstattet",
        "of_credit": "Rechnungskorrektur",
        "of_payment": "Ihre Zahlung",
        "way": "Zahlungsart",
        "reason": "Grund",
        "starts": "Beginn",
        "crew": "Kolonne",
        "access": "Zugang",
        "opening": "Saldo vorher",
        "balance": "Saldo",
        "terms": "Zahlbar innerhalb von {days} Tagen, bis {day}.",
        "at_once": "Sofort zahlbar.",
        "interest": "Zinsen",
        "customer": "Kundennummer",
        "exempt": "Steuerbefreit",
        "reverse": "Steuerschuldnerschaft des Leistungsempfängers",
        "reverse_reason": "Die Steuer schuldet der Leistungsempfänger.",
        "exempt_reason": "Der Empfänger ist von der Steuer befreit.",
    },
}
"""Language → words; each language has every key."""


class Words:
    """The words of one paper, in its language."""

    def __init__(self, language: str) -> None:
        """Take the language of the paper; English where nobody has written it yet."""
        self.locale: Locale = locale_of(language)
        self._table = _WORDS.get(self.locale.language, _WORDS["en"])

    def __call__(self, key: str, **parts: str) -> str:
        """One word, completed."""
        return self._table[key].format(**parts)

    def day(self, day: date) -> str:
        """A day as this language writes it."""
        return print_day(day, self.locale)
