"""Mapping."""
from collections.abc import Sequence
from datetime import date
from typing import Any

ColumnMapping = dict[str, str]


def map_source(source: Any, mapping: ColumnMapping, reading: Any, *, cut_over: date | None = None) -> Sequence[Any]:
    """Parts."""
    return []
