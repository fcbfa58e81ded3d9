"""Customers found by the name that a bank prints: "MRS CLARA CLIENT" is Clara Client of the Client household.

All words of a name must stand in the bank's text, in any order; a name of one short word points at nobody.
"""

from __future__ import annotations

import re
from collections import defaultdict

from admin_app.kernel.text import fold

_WORDS = re.compile(r"[^\W\d_]+")
_GENERIC = frozenset(
    "and und et y en the der die das household haushalt family familie famille team ltd limited llp plc inc llc gmbh "
    "ag kg ohg ug co mr mrs ms miss dr herr frau mme monsieur madame sons daughters".split()
)
"""Words that many names have; alone they point at nobody."""
_SHORTEST = 5
"""Letters that a name of one word needs."""


def words_of(name: str) -> frozenset[str]:
    """The words by which a name is known, folded."""
    return frozenset(word for word in _WORDS.findall(fold(name)) if word not in _GENERIC and len(word) > 1)


class Names:
    """Names with their owners, found again in a text."""

    def __init__(self) -> None:
        """Begin without a name."""
        self._by_word: dict[str, list[tuple[int, frozenset[str]]]] = defaultdict(list)

    def add(self, owner: int, name: str) -> None:
        """Remember a name; one that says too little is passed over."""
        words = words_of(name)
        if not words or (len(words) == 1 and len(next(iter(words))) < _SHORTEST):
            return
        # One word is enough to find it by: the longest is the rarest.
        self._by_word[max(sorted(words), key=len)].append((owner, words))

    def in_text(self, text: str) -> list[int]:
        """Whose names stand in the text, those with the most words in front; each once."""
        said = words_of(text)
        found: dict[int, int] = {}
        for word in said:
            for owner, words in self._by_word.get(word, ()):
                if words <= said:
                    found[owner] = max(found.get(owner, 0), len(words))
        most = max(found.values(), default=0)
        return sorted(owner for owner, count in found.items() if count == most)
