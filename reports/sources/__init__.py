"""What a metric may read: selects of signed rows, typed and documented (design section 9) [L1].

A source yields rows with a key, a day, a customer, an amount and a currency; a figure is the sum of such rows and
nothing else.  `base` says what a source is, one module a subject holds the sources, `dimensions` by what they are
split.
"""

from reports.sources.all_dimensions import DIMENSIONS
from reports.sources.base import CORE, EXTRAS, Part, Source, part
from reports.sources.dimensions import Dimension

__all__ = ["CORE", "DIMENSIONS", "EXTRAS", "Dimension", "Part", "Source", "part"]
