"""Column types of the trade: minor units of money, scaled decimals, UTC instants, emails and phones."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from sqlalchemy import BigInteger, DateTime, Integer, String
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

BIG = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits on both databases (SQLite numbers rows by itself only in columns called INTEGER)."""

LARGEST_ID = 2**63 - 1
"""The largest number that a database can hold as an id; what is larger names no record."""

SORTED = "C"
"""Names sort by their folded form byte by byte, so that both databases page alike."""

Minor = Annotated[int, "minor units"]
"""An amount of money in whole minor units (cents) of the currency that the row names [M1]."""
Quantity = Annotated[Decimal, "4 decimals"]
"""A quantity or unit price with up to four decimals [M2]."""
Percent = Annotated[Decimal, "percent"]
"""A rate in percent with up to four decimals: 9.975 means 9.975 % [M2]."""
Email = Annotated[str, "email"]
Phone = Annotated[str, "phone"]
SortName = Annotated[str, "sorted"]


class MinorUnits(TypeDecorator[int]):
    """Money as whole minor units; floats and booleans are turned away before they reach the database [M1]."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        """Pass whole numbers on; raise TypeError for anything else."""
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        raise TypeError(f"Money is kept in whole minor units, not as {value!r}")


class Scaled(TypeDecorator[Decimal]):
    """A decimal kept as a whole number of ten-thousandths: exact and sortable on both databases [M2]."""

    impl = BigInteger
    cache_ok = True
    scale = 10_000

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        """Scale up; raise TypeError for a float and ValueError for more than four decimals."""
        if value is None:
            return None
        if isinstance(value, float):
            raise TypeError("A quantity or rate is given as Decimal or text, not as float")
        scaled = Decimal(value) * self.scale
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{value} has more than four decimals")
        return int(scaled)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Scale down, exactly."""
        return None if value is None else Decimal(value).scaleb(-4)


class Instant(TypeDecorator[datetime]):
    """A point in time, aware in code, UTC in the database [M35]."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> datetime | None:
        """Turn to UTC; raise ValueError for a naive time, which could mean anything."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("An instant carries its zone; a naive time is refused")
        utc: datetime = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give it back aware, in UTC."""
        if value is None:
            return None
        aware: datetime = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return aware


class EmailText(String):
    """An email address as typed; comparisons use `kernel.text.email_key`."""

    def __init__(self, length: int = 254) -> None:
        """Take the longest address that mail allows."""
        super().__init__(length)


class PhoneText(String):
    """A phone number as typed; searches use its digits."""

    def __init__(self, length: int = 40) -> None:
        """Take any number with its extension."""
        super().__init__(length)
