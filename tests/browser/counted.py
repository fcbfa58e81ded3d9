"""What a task costs the person who does it: clicks, presses of keys, seconds; counted in the page, printed."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Page

COUNT = """for (const [event, name] of [['click', 'clicks'], ['keydown', 'keys']]) {
  document.addEventListener(event, (one) => {
    // A click that a key caused is counted as the key it was.
    if (!one.isTrusted || (event === 'click' && one.detail === 0)) return;
    localStorage.setItem(name, Number(localStorage.getItem(name) || 0) + 1);
  }, true);
}"""


@dataclass
class Cost:
    """What a task took, filled in when it is done."""

    clicks: int = 0
    keys: int = 0
    seconds: float = 0


def count_from_now(page: Page) -> None:
    """Count on every page that this browser opens from now on."""
    page.context.add_init_script(COUNT)


@contextmanager
def task(page: Page, name: str) -> Iterator[Cost]:
    """Print what a task took; the clicks can be asserted afterwards."""
    cost = Cost()
    before, began = _counts(page), time.monotonic()
    yield cost
    cost.seconds = time.monotonic() - began
    after = _counts(page)
    cost.clicks, cost.keys = after[0] - before[0], after[1] - before[1]
    sys.stdout.write(f"{name}: {cost.clicks} clicks, {cost.keys} keys, {cost.seconds:.1f} s\n")


def _counts(page: Page) -> tuple[int, int]:
    counts = page.evaluate("['clicks', 'keys'].map((name) => Number(localStorage.getItem(name) || 0))")
    return int(counts[0]), int(counts[1])
