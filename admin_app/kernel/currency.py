"""Which currencies there are and how many decimals each one has (ISO 4217, list one)."""

from __future__ import annotations

from admin_app.kernel.errors import Invalid


def _codes(text: str) -> list[str]:
    """The codes in a block of text."""
    return text.split()


# Everything not listed here has two decimals.
_NO_DECIMALS = _codes("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF")
_THREE_DECIMALS = _codes("BHD IQD JOD KWD LYD OMR TND")
_FOUR_DECIMALS = _codes("CLF UYW")
_TWO_DECIMALS = _codes("""
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE
    CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD
    HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP
    MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD
    SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS
    VED VES WST XCD XCG YER ZAR ZMW ZWG
""")
# Withdrawn, but still in the books that a company brings along when it moves in.
_WITHDRAWN = _codes("BGN CUC EEK HRK LTL LVL MRO SLL STD VEF ZMK ZWL")

MINOR_DIGITS: dict[str, int] = {
    **dict.fromkeys(_TWO_DECIMALS, 2),
    **dict.fromkeys(_WITHDRAWN, 2),
    **dict.fromkeys(_NO_DECIMALS, 0),
    **dict.fromkeys(_THREE_DECIMALS, 3),
    **dict.fromkeys(_FOUR_DECIMALS, 4),
}
"""Code → number of decimals of its smallest unit."""

CURRENCIES: tuple[str, ...] = tuple(sorted(MINOR_DIGITS))
"""Every code that an amount may carry, in alphabetical order."""


def minor_digits(currency: str) -> int:
    """How many decimals an amount in `currency` has: EUR 2, JPY 0, TND 3.

    Raises Invalid for a code that ISO 4217 does not know.
    """
    try:
        return MINOR_DIGITS[currency]
    except (KeyError, TypeError):
        raise Invalid(
            f"“{str(currency)[:20]}” is not a currency; write its three letters, such as EUR"
        ) from None
