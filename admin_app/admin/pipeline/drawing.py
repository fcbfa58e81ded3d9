"""A table of steps as a drawing: states side by side, steps as arcs; forward above them, back below [L15].

Pure geometry: boxes and paths in pixels, for templates/admin/pipeline/flow.html.
"""

from __future__ import annotations

from dataclasses import dataclass

from admin_app.flow import Flow

WIDE, HIGH, GAP = 124, 56, 56
"""A box, and the space between two, in pixels."""
MARGIN = 16
STEP_UP = 22
"""How much higher each arc is than the one below it."""


@dataclass(frozen=True, slots=True)
class Box:
    """A state: its left upper corner."""

    state: str
    x: int
    y: int

    @property
    def middle(self) -> int:
        """The middle of its width."""
        return self.x + WIDE // 2


@dataclass(frozen=True, slots=True)
class Arc:
    """A step from one state to another: the path, its arrow head, and where its words stand."""

    words: str
    path: str
    tip: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """The drawing of one flow."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    arcs: tuple[Arc, ...]


def draw(flow: Flow) -> Drawing:
    """Lay the states out in the order of their enum, and the steps around them without two at the same height."""
    places = {state: number for number, state in enumerate(flow.states)}
    pairs: dict[tuple[int, int], list[str]] = {}
    for step in flow.steps:
        for source in step.sources:
            if source is not step.target:
                pairs.setdefault((places[source], places[step.target]), []).append(
                    step.name.replace("_", " ")
                )
    forward = _levels([pair for pair in pairs if pair[0] < pair[1]])
    back = _levels([pair for pair in pairs if pair[0] > pair[1]])
    top = MARGIN + STEP_UP * (max(forward.values(), default=0) + 1)
    bottom = STEP_UP * (max(back.values(), default=0) + 1)
    boxes = tuple(
        Box(str(state.value), MARGIN + number * (WIDE + GAP), top) for state, number in places.items()
    )
    arcs = [
        _arc(boxes, pair, " / ".join(dict.fromkeys(pairs[pair])), level, up=up)
        for levels, up in ((forward, True), (back, False))
        for pair, level in levels.items()
    ]
    width = 2 * MARGIN + len(boxes) * (WIDE + GAP) - GAP
    return Drawing(width, top + HIGH + bottom + MARGIN, boxes, tuple(arcs))


def _levels(pairs: list[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """A height for each arc, short ones lowest, so that no two that share a stretch share a height."""
    found: dict[tuple[int, int], int] = {}
    for pair in sorted(pairs, key=lambda one: (abs(one[0] - one[1]), min(one))):
        low, high = min(pair), max(pair)
        taken = {level for other, level in found.items() if min(other) < high and low < max(other)}
        found[pair] = next(level for level in range(1, len(pairs) + 2) if level not in taken)
    return found


def _arc(boxes: tuple[Box, ...], pair: tuple[int, int], words: str, level: int, *, up: bool) -> Arc:
    """Out of one box, along at its height, into the other; apart by a few pixels, so that ends do not meet."""
    here, there = boxes[pair[0]], boxes[pair[1]]
    shift = 10 + 5 * level
    toward = 1 if pair[1] > pair[0] else -1
    start, end = here.middle + toward * shift, there.middle - toward * shift
    if up:
        edge, line = here.y, here.y - STEP_UP * level
        tip = f"{end - 4},{edge - 6} {end + 4},{edge - 6} {end},{edge}"
    else:
        edge = here.y + HIGH
        line = edge + STEP_UP * level
        tip = f"{end - 4},{edge + 6} {end + 4},{edge + 6} {end},{edge}"
    path = f"M{start} {edge} V{line} H{end} V{edge}"
    return Arc(words, path, tip, (start + end) // 2, line + 4)
