"""The demo company: four years of a trade company with three brands, told by the services of the office.

`load(session, clock)` tells the story into an empty database; `words.py` holds its names and prices, `plan.py` decides
who buys what and when (pure, the same on every day but for the dates), `tell.py` lets the services do it.
"""

from seeds.demo.logins import DemoLogins
from seeds.demo.tell import load

__all__ = ["DemoLogins", "load"]
