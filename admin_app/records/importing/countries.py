"""The two letters of a country from whatever a file calls it: "DE", "Germany", "Deutschland", "GBR"."""

from __future__ import annotations

from functools import cache

from babel import Locale

from admin_app.kernel.errors import Invalid
from admin_app.kernel.text import fold

_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "sv", "da", "nb", "pl")
_USUAL = {
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "usa": "US",
    "u.s.a.": "US",
    "united states of america": "US",
    "czech republic": "CZ",
    "holland": "NL",
    "the netherlands": "NL",
    "gbr": "GB",
    "deu": "DE",
    "fra": "FR",
    "esp": "ES",
    "ita": "IT",
    "nld": "NL",
    "pol": "PL",
    "irl": "IE",
}


@cache
def _names() -> dict[str, str]:
    """Folded name → code, in the languages that the files of trade companies speak."""
    names: dict[str, str] = {}
    for language in _LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            if len(code) == 2 and code.isalpha():
                names.setdefault(fold(name), code)
    return names | _USUAL


@cache
def _codes() -> frozenset[str]:
    return frozenset(code for code in map(str, Locale("en").territories) if len(code) == 2 and code.isalpha())


def country_code(text: str) -> str:
    """ISO 3166 code of a country; raises Invalid for a name that no language here knows."""
    bare = text.strip()
    if len(bare) == 2 and bare.upper() in _codes():
        return bare.upper() if bare.upper() != "UK" else "GB"
    try:
        return _names()[fold(bare)]
    except KeyError:
        raise Invalid(
            f"“{bare[:40]}” is no country that is known here; write its two letters, such as DE"
        ) from None
