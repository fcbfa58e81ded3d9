"""Likely doubles."""
from enum import StrEnum


class Doubles(StrEnum):
    """What becomes of a row that looks like a customer we have."""

    SKIP = "skip"
    UPDATE = "update"
    CREATE = "create"
