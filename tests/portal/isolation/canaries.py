"""A word for each record that stands nowhere else: where it is found, that record was shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

Made = tuple[str, int]
"""A record by its table and number."""
WORD = re.compile(r"qz[0-9]{5}z", re.IGNORECASE)
HOUR_COST = "8642.97"
"""What a unit costs us, on every line of every offer; no client is ever told."""
OUR_COST = re.compile(r"8,?642\.97")


@dataclass
class Canaries:
    """The words that were given out, and the record that each belongs to; None: a secret of ours."""

    owners: dict[str, Made | None] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: count(1))

    def word(self) -> str:
        """A word that nothing else carries."""
        return f"qz{next(self.numbers):05d}z"

    def secret(self) -> str:
        """A word for what the office keeps to itself whoever sees the record."""
        word = self.word()
        self.owners[word] = None
        return word

    def on(self, make: Callable[..., Any], *given: Any, into: str, **facts: Any) -> Any:
        """The record that `make` writes, with a word `into` one of its columns that is that record's from now on."""
        word = self.word()
        made = make(*given, **facts | {into: word})
        self.owners[word] = (type(made).__tablename__, made.id)
        return made

    def found_in(self, text: str) -> set[str]:
        """The words that a page, a paper, a mail or a header carries."""
        found = {word.lower() for word in WORD.findall(text)}
        return found | ({HOUR_COST} if OUR_COST.search(text) else set())
