"""Every dimension by its name; the glossary lists them in this order."""

from reports.sources.dimensions import RECORDS, TIMES, WORDS, Dimension
from reports.sources.dimensions_money import MONEY
from reports.sources.dimensions_time import TIME_AND_AGAIN

DIMENSIONS: dict[str, Dimension] = {
    one.name: one for one in (*TIMES, *RECORDS, *WORDS, *MONEY, *TIME_AND_AGAIN)
}
"""Name → dimension."""
