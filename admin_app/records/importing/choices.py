"""What becomes of a row that looks like a customer we have: the choice of whoever starts the import."""

from enum import StrEnum


class Doubles(StrEnum):
    """The three answers to a likely double [12]."""

    SKIP = "skip"
    """The row is left out and listed."""
    UPDATE = "update"
    """The row completes the customer that it looks like; its empty cells change nothing."""
    CREATE = "create"
    """The row becomes a customer of its own."""
