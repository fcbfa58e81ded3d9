"""The company whose figures are asked for, as far as sources must know it: its time zone and its currency [M35].

A source is a select without a session, so the desk says before it asks for rows whose books these are::

    at_company("Europe/London", "GBP")
"""

from __future__ import annotations

from contextvars import ContextVar

_ZONE: ContextVar[str] = ContextVar("zone", default="UTC")
_CURRENCY: ContextVar[str] = ContextVar("currency", default="EUR")


def at_company(zone: str, currency: str) -> None:
    """From now on in this thread (or task) rows are those of a company in this zone and currency."""
    _ZONE.set(zone)
    _CURRENCY.set(currency)


def zone() -> str:
    """The company's time zone (an IANA name); UTC until somebody says."""
    return _ZONE.get()


def currency() -> str:
    """The company's currency; EUR until somebody says."""
    return _CURRENCY.get()
