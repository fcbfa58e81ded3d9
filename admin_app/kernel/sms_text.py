"""How long a text message is: parts of GSM 03.38 septets, or of UCS-2 where one character needs it (3GPP TS 23.038).

One message carries 160 septets or 70 UCS-2 units; of several each carries 153 or 67, for the header that joins them.
"""

from __future__ import annotations

from dataclasses import dataclass

from admin_app.kernel.errors import Invalid

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The default alphabet: one septet each."""
EXTENDED = frozenset("\f^{}\\[~]|€")
"""Two septets each: an escape and the character."""
MOST_PARTS = 10


@dataclass(frozen=True, slots=True)
class SmsLength:
    """How a text travels: as how many parts, and how many units (septets, or 16-bit units) of how many fit."""

    parts: int
    units: int
    unicode: bool

    @property
    def most_units(self) -> int:
        """What fits into the most parts that are sent: 1,530 septets or 670 units."""
        return MOST_PARTS * (67 if self.unicode else 153)


def measure(text: str) -> SmsLength:
    """The length of a text as the network counts it; no character is torn between two parts."""
    if all(character in BASIC or character in EXTENDED for character in text):
        return _measured([2 if character in EXTENDED else 1 for character in text], 160, 153, unicode=False)
    return _measured([2 if ord(character) > 0xFFFF else 1 for character in text], 70, 67, unicode=True)


def refuse_too_long(text: str) -> SmsLength:
    """The length of a text that can be sent; raises Invalid for an empty one and for more than ten parts."""
    if not text.strip():
        raise Invalid("A text message needs words", {"body": "Say something"})
    length = measure(text)
    if length.parts > MOST_PARTS:
        why = " (it has signs that halve the room, such as emoji or “curly” quotes)" if length.unicode else ""
        raise Invalid(
            f"This text message would take {length.parts} parts; at most {MOST_PARTS} are sent, "
            f"which is {length.most_units:,} signs{why}",
            {"body": f"At most {length.most_units:,} signs"},
        )
    return length


def _measured(sizes: list[int], alone: int, joined: int, *, unicode: bool) -> SmsLength:
    units = sum(sizes)
    if units <= alone:
        return SmsLength(1 if units else 0, units, unicode)
    parts, room = 1, joined
    for size in sizes:
        if size > room:
            parts, room = parts + 1, joined
        room -= size
    return SmsLength(parts, units, unicode)
