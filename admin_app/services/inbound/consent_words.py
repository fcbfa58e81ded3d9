"""Words by which somebody says that nothing more shall come, or that it may come again [102].

Only a message that is nothing but such a word counts: "stop by on Friday" is no wish to be left alone.
"""

from __future__ import annotations

import re

from admin_app.kernel.text import fold

STOP = frozenset({"stop", "stopall", "stop all", "unsubscribe", "arret", "stopp"})
START = frozenset({"start", "unstop"})
UNSUBSCRIBE = frozenset(
    {"unsubscribe", "unsubscribe me", "remove me", "abmelden", "abbestellen", "desabonner", "se desabonner"}
)
"""The words of a mail; "stop" alone may mean the work."""
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")


def wants_no_sms(text: str) -> bool:
    """Whether an SMS says that no more of them shall come."""
    return _bare(text) in STOP


def wants_sms_again(text: str) -> bool:
    """Whether an SMS takes an earlier STOP back."""
    return _bare(text) in START


def wants_no_mail(subject: str, words: str) -> bool:
    """Whether a mail says clearly that no more of them shall come: nothing but the word, above or below."""
    below = _bare(words)
    return below in UNSUBSCRIBE if words.strip() else _bare(_without_re(subject)) in UNSUBSCRIBE


def _without_re(subject: str) -> str:
    return re.sub(r"^\s*((re|aw|sv|antw|odp)\s*:\s*)+", "", subject, flags=re.IGNORECASE)


def _bare(text: str) -> str:
    """Folded words without what stands around them: " Stop! " → "stop"."""
    return _EDGES.sub("", fold(text[:200])) if len(text) <= 200 else ""
