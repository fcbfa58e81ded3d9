"""What a client newly says in an answer, without the letter of ours that the mail program quoted beneath it.

The whole text is kept as it came; this only decides what is shown first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_WROTE = re.compile(
    r"(on|am|le|el|op|il|den|em|dnia|w dniu)\b.{5,300}"
    r"\b(wrote|schrieb|a écrit|escribió|schreef|ha scritto|skrev|escreveu|napisał|napisała)\b.{0,120}:",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"[-_ ]{2,}\s*(original message|original appointment|ursprüngliche nachricht|message d[’']origine|"
    r"mensaje original|oorspronkelijk bericht|messaggio originale|oprindelig meddelelse)\s*[-_ ]{2,}",
    re.IGNORECASE,
)
_FROM = re.compile(r"\*?(from|von|de|van|da|fra|från)\s?:\*?\s*\S", re.IGNORECASE)
_SENT = re.compile(
    r"\*?(sent|date|gesendet|datum|envoyé|enviado|verzonden|inviato|data|fecha|sendt|skickat)( le)?\s?:",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"\*?(subject|betreff|objet|asunto|onderwerp|oggetto|emne|ämne|assunto)\s?:", re.IGNORECASE
)
_RULE = re.compile(r"_{10,}")
_GAP = re.compile(r"\n{3,}")
_NEAR = 6
"""Lines within which the head of a quoted letter is told."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is said newly, and whether something was left out of it."""

    words: str
    cut: bool = False


def newly_said(text: str) -> Told:
    """The answer without the letter it answers; the whole text where nothing would be left."""
    lines = text.split("\n")
    mark = next((n for n in range(len(lines)) if _begins_quote(lines, n)), None)
    kept = _without_last_quote(lines) if mark is None else [*lines[:mark], *_answer_below(lines[mark:])]
    words = _GAP.sub("\n\n", "\n".join(kept)).strip()
    return Told(words, True) if words and words != _GAP.sub("\n\n", text).strip() else Told(text)


def _begins_quote(lines: list[str], at: int) -> bool:
    """Whether a quoted letter begins with this line."""
    line = lines[at].strip()
    if not line:
        return False
    if _ORIGINAL.fullmatch(line):
        return True
    # "On Tue, 3 Mar 2026 at 10:00, Ashworth <office@…>" and "wrote:" often stand on two lines.
    if _WROTE.fullmatch(line) or (
        at + 1 < len(lines) and _WROTE.fullmatch(f"{line} {lines[at + 1].strip()}")
    ):
        return True
    if _RULE.fullmatch(line):
        return _is_letter_head([one for one in lines[at + 1 : at + 1 + _NEAR] if one.strip()])
    return at > 0 and not lines[at - 1].strip() and _is_letter_head(lines[at : at + _NEAR])


def _is_letter_head(lines: list[str]) -> bool:
    """From, Sent and Subject in a row, as Outlook writes them."""
    if not lines or not _FROM.match(lines[0].strip()):
        return False
    rest = [line.strip() for line in lines[1:]]
    return any(_SENT.match(line) for line in rest) and any(_SUBJECT.match(line) for line in rest)


def _answer_below(quote: list[str]) -> list[str]:
    """Whoever answers beneath the quote has it marked with ">"; what stands below the marks is the answer."""
    marked = [n for n, line in enumerate(quote) if line.lstrip().startswith(">")]
    if not marked or any(line.strip() for line in quote[3 : marked[0]]):
        return []
    return [line for line in quote[marked[0] :] if not line.lstrip().startswith(">")]


def _without_last_quote(lines: list[str]) -> list[str]:
    """The lines without a block marked with ">" at their end."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith(">")):
        end -= 1
    return lines[:end]
