"""Reading what people type and other programs export: amounts, whole numbers, yes and no, plain text.

Nothing here guesses in silence: what can mean two things is refused with a sentence, or decided by a
mark that the caller settled once for the whole file.  Dates are read by `kernel.dates` and offered here too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal

from admin_app.kernel.currency import MINOR_DIGITS, minor_digits
from admin_app.kernel.dates import DateOrder, guess_date_order, parse_date
from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money

__all__ = [
    "DateOrder",
    "clean_text",
    "guess_date_order",
    "guess_decimal_mark",
    "parse_amount",
    "parse_boolean",
    "parse_date",
    "parse_decimal",
    "parse_id",
    "parse_integer",
]


def _words(text: str) -> frozenset[str]:
    """The words of a block of text."""
    return frozenset(text.split())


_DOLLARS = _words(
    "USD AUD CAD NZD SGD HKD TWD MXN ARS CLP COP UYU DOP BBD BMD BND BSD BZD FJD GYD JMD KYD LRD NAD SBD "
    "SRD TTD XCD CVE"
)
_CROWNS = _words("SEK NOK DKK ISK CZK")
_SIGNS: dict[str, frozenset[str]] = {
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP", "EGP", "FKP", "GIP", "SHP", "SYP", "LBP", "SSP"}),
    "$": _DOLLARS,
    "us$": frozenset({"USD"}),
    "ca$": frozenset({"CAD"}),
    "c$": frozenset({"CAD"}),
    "a$": frozenset({"AUD"}),
    "au$": frozenset({"AUD"}),
    "nz$": frozenset({"NZD"}),
    "r$": frozenset({"BRL"}),
    "mx$": frozenset({"MXN"}),
    "¥": frozenset({"JPY", "CNY"}),
    "元": frozenset({"CNY"}),
    "円": frozenset({"JPY"}),
    "₹": frozenset({"INR"}),
    "rs": frozenset({"INR", "PKR", "LKR", "NPR", "MUR"}),
    "₩": frozenset({"KRW"}),
    "₽": frozenset({"RUB"}),
    "₺": frozenset({"TRY"}),
    "₴": frozenset({"UAH"}),
    "₪": frozenset({"ILS"}),
    "₫": frozenset({"VND"}),
    "฿": frozenset({"THB"}),
    "zł": frozenset({"PLN"}),
    "kč": frozenset({"CZK"}),
    "ft": frozenset({"HUF"}),
    "lei": frozenset({"RON", "MDL"}),
    "kr": _CROWNS,
    "fr": frozenset({"CHF", "XOF", "XAF", "XPF"}),
    "sfr": frozenset({"CHF"}),
    "r": frozenset({"ZAR"}),
}
"""Signs as people write them, folded to lower case without a final point → the currencies they may mean."""

_SPACES = re.compile("[\\s\u00a0\u2007\u2009\u202f'’`]+")
_MINUSES = str.maketrans({"−": "-", "–": "-", "‐": "-", "‑": "-", "﹣": "-", "－": "-"})
_WORDS_AROUND = re.compile(r"(?P<before>[^0-9]*?)(?P<number>[.,]?[0-9][0-9., ]*)(?P<after>[^0-9]*)")
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_ID = re.compile(r"[0-9]{1,18}")
_YES = _words("yes y true t 1 on x ja j oui o si sí s sim tak да ✓ ✔ checked active enabled")
_NO = _words("no n false f 0 off - nein non nej nee não nao nie нет ✗ ✘ unchecked inactive disabled")


def parse_amount(
    text: str, currency: str, decimal_mark: str | None = None, *, round_extra: bool = False
) -> Money:
    """An amount as a person or another program writes it: "1.234,50 €", "$1,234.5", "(12.00)", "12,00-".

    `decimal_mark` ("." or ",") says which mark starts the decimals of this file; without it a number such
    as "1.234" (1234 or 1 and a bit?) is refused.  Digits beyond the smallest coin are refused unless they
    are zeros or `round_extra` is given, for money that was typed is never changed in silence.
    Raises Invalid also for another currency's sign.
    """
    words, number, negative = _split_amount(text)
    _same_currency(words, currency, text)
    plain = _plain_number(number, decimal_mark, text)
    _, _, decimals = plain.partition(".")
    if not round_extra and decimals[minor_digits(currency) :].strip("0"):
        raise Invalid(
            f"“{_shown(text)}” has more decimals than {currency}, which has {minor_digits(currency)}"
        )
    amount = Money.of(plain, currency)
    return -amount if negative else amount


def parse_decimal(text: str, decimal_mark: str | None = None, places: int = 4) -> Decimal:
    """A quantity or a rate as people type it, at most `places` decimals [M2]; raises Invalid."""
    words, number, negative = _split_amount(text)
    if words not in ("", "%"):
        raise Invalid(f"“{_shown(text)}” is not a number")
    if words == "%" and decimal_mark is None and number.count(".") + number.count(",") == 1:
        decimal_mark = "." if "." in number else ","  # no rate is written in thousands
    plain = _plain_number(number, decimal_mark, text)
    if len(plain.partition(".")[2].rstrip("0")) > places:
        raise Invalid(f"“{_shown(text)}” has more than {places} decimals")
    return -Decimal(plain) if negative else Decimal(plain)


def guess_decimal_mark(samples: Iterable[str]) -> str | None:
    """The decimal mark of a whole column of amounts, or None where nothing decides or the column is mixed."""
    seen: set[str] = set()
    for sample in samples:
        try:
            _, number, _ = _split_amount(sample)
        except Invalid:
            continue
        mark = _evident_mark(number.replace(" ", ""))
        if mark:
            seen.add(mark)
    return seen.pop() if len(seen) == 1 else None


def parse_integer(text: str, minimum: int | None = None, maximum: int | None = None) -> int:
    """A whole number of at most 18 digits, between `minimum` and `maximum`; raises Invalid."""
    bare = text.strip().translate(_MINUSES)
    if not _INTEGER.fullmatch(bare):
        raise Invalid(f"“{_shown(text)}” is not a whole number")
    number = int(bare)
    if minimum is not None and number < minimum:
        raise Invalid(f"{number} is too small; the least is {minimum}")
    if maximum is not None and number > maximum:
        raise Invalid(f"{number} is too large; the most is {maximum}")
    return number


def parse_id(text: str | None) -> int | None:
    """The id that an address or a form names, or None for what can be no id: no text, words, twenty digits."""
    return int(text) if text and _ID.fullmatch(text) else None


def parse_boolean(text: str) -> bool:
    """Yes or no, in the words that spreadsheets of several languages use; raises Invalid."""
    word = text.strip().casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Invalid(f"“{_shown(text)}” is neither yes nor no")


def clean_text(text: str, max_length: int, *, multiline: bool = False) -> str:
    """Text that both databases can keep: trimmed, one form of accents (NFC), line ends as "\\n".

    Raises Invalid for NUL and other control characters (PostgreSQL cannot store NUL), for halves of
    characters, and for more than `max_length` characters.  A tab becomes a blank, a line break too unless
    `multiline`.
    """
    clean = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    if not multiline:
        clean = clean.replace("\n", " ")
    clean = clean.replace("\t", " ").strip()
    for position, character in enumerate(clean, start=1):
        if unicodedata.category(character) in ("Cc", "Cs") and character != "\n":
            code = f"U+{ord(character):04X}"
            raise Invalid(
                f"Character {position} ({code}) is a control character and cannot be kept; remove it"
            )
    if len(clean) > max_length:
        raise Invalid(f"This text has {len(clean)} characters; at most {max_length} fit")
    return clean


def _split_amount(text: str) -> tuple[str, str, bool]:
    """What stands around the number (folded), the digits with their marks, and whether it is negative."""
    bare = _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip().translate(_MINUSES)
    if not bare:
        raise Invalid("An amount is missing")
    if len(bare) > 60:
        raise Invalid(f"“{_shown(text)}” is too long for an amount")
    in_brackets = bare.startswith("(") and bare.endswith(")")
    found = _WORDS_AROUND.fullmatch(bare[1:-1] if in_brackets else bare)
    if found is None:
        raise Invalid(f"“{_shown(text)}” is not an amount")
    number, around = found["number"].strip(), [found["before"].strip(), found["after"].strip()]
    if number[0] == "." and around[0][-1:].isalpha():  # "Rs.500": the point ends the abbreviation
        number = number[1:]
    # "12,-" and "12.-" are how shops write a round price; the dash is no minus there.
    if number[-1] in ".," and around[1].startswith("-"):
        number, around[1] = number[:-1], around[1].lstrip("-").strip()
    signs = [c for side in around for c in side if c in "+-"]
    if len(signs) + in_brackets > 1:
        raise Invalid(f"“{_shown(text)}” has more than one sign")
    words = " ".join(side.replace("-", "").replace("+", "").strip() for side in around).strip()
    return words.casefold().rstrip(".").strip(), number, in_brackets or "-" in signs


def _same_currency(words: str, currency: str, text: str) -> None:
    """Refuse a sign or a code that speaks of other money than `currency`."""
    minor_digits(currency)
    for word in words.split():
        code = word.upper()
        if code == currency or (code not in MINOR_DIGITS and currency in _SIGNS.get(word.rstrip("."), ())):
            continue
        if code in MINOR_DIGITS or word.rstrip(".") in _SIGNS:
            raise Invalid(f"“{_shown(text)}” is not in {currency}")
        raise Invalid(f"“{_shown(text)}” is not an amount")


def _evident_mark(number: str) -> str | None:
    """The decimal mark if the number itself decides it, else None ("1.234", "1234")."""
    points, commas = number.count("."), number.count(",")
    if points and commas:
        return "." if number.rindex(".") > number.rindex(",") else ","
    if points + commas != 1:  # no mark at all, or several of one kind: those only separate thousands
        return {True: ",", False: "."}[points > 1] if points + commas else None
    mark = "." if points else ","
    whole, _, rest = number.partition(mark)
    could_be_thousands = len(rest) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0")
    return None if could_be_thousands else mark


def _plain_number(number: str, decimal_mark: str | None, text: str) -> str:
    """The number with a point and without separators; raises Invalid where its marks make no sense."""
    if decimal_mark not in (None, ".", ","):
        raise ValueError("decimal_mark is a point, a comma or None")
    mark = decimal_mark or _evident_mark(number.replace(" ", ""))
    if mark is None and ("." in number or "," in number):
        raise Invalid(
            f"“{_shown(text)}” can be read in two ways; write it with two decimals, or say which mark starts "
            "the decimals"
        )
    whole, _, decimals = number.partition(mark or ".")
    whole, decimals = whole.strip(), decimals.strip()
    groups = re.split(r"[., ]", whole) if whole else ["0"]
    kinds = set(re.findall(r"[., ]", whole))
    # Thousands stand in threes; India also writes pairs before the last three (1,23,456).
    in_groups = len(groups) == 1 or (
        len(kinds) == 1
        and 1 <= len(groups[0]) <= 3
        and not groups[0].startswith("0")
        and len(groups[-1]) == 3
        and all(len(group) in (2, 3) for group in groups[1:-1])
    )
    digits = "".join(groups)
    if not in_groups or not digits.isdecimal() or (decimals and not decimals.isdecimal()):
        raise Invalid(f"“{_shown(text)}” is not an amount; its separators make no sense")
    return f"{digits}.{decimals}" if decimals else digits


def _shown(text: str) -> str:
    """The typed text as a sentence may quote it: printable and short."""
    return "".join(c if c.isprintable() else "�" for c in text.strip())[:40]
