"""A table of steps as a drawing: states side by side, steps as arcs; forward above them, back below [L15].

Pure geometry: boxes and paths in pixels, for templates/admin/pipeline/flow.html.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from admin_app.flow import Flow

WIDE, HIGH, GAP = 116, 56, 26
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
    forward, back = _Runs(), _Runs()
    for step in flow.steps:
        target = places[step.target]
        for source in (places[one] for one in step.sources):
            if source != target:
                (forward if source < target else back).add(step.name, source, target)
    top = MARGIN + STEP_UP * (forward.settle() + 1)
    bottom = STEP_UP * (back.settle() + 1)
    boxes = tuple(
        Box(str(state.value), MARGIN + number * (WIDE + GAP), top) for state, number in places.items()
    )
    arcs = [_arc(boxes, run, up=up) for runs, up in ((forward, True), (back, False)) for run in runs.settled]
    width = 2 * MARGIN + len(boxes) * (WIDE + GAP) - GAP
    return Drawing(width, top + HIGH + bottom + MARGIN, boxes, tuple(arcs))


@dataclass(slots=True)
class _Run:
    """One step from all its states into another, as one line with a stub from each."""

    words: str
    target: int
    sources: list[int] = field(default_factory=list)
    level: int = 0

    @property
    def ends(self) -> tuple[int, int]:
        """The leftmost and the rightmost state that it touches."""
        touched = [*self.sources, self.target]
        return min(touched), max(touched)


@dataclass(slots=True)
class _Runs:
    """All runs in one direction; `settled` once each has a height of its own."""

    settled: list[_Run] = field(default_factory=list)

    def add(self, name: str, source: int, target: int) -> None:
        """One more state from which a step leads to a target."""
        words = name.replace("_", " ")
        known = next((run for run in self.settled if (run.words, run.target) == (words, target)), None)
        if known is None:
            known = _Run(words, target)
            self.settled.append(known)
        known.sources.append(source)

    def settle(self) -> int:
        """Give each run a height, short ones lowest, so that no two that share a stretch share it; the greatest."""
        done: list[_Run] = []
        for run in sorted(self.settled, key=lambda one: (one.ends[1] - one.ends[0], one.ends)):
            low, high = run.ends
            taken = {other.level for other in done if other.ends[0] < high and low < other.ends[1]}
            run.level = next(level for level in range(1, len(self.settled) + 2) if level not in taken)
            done.append(run)
        return max((run.level for run in done), default=0)


def _arc(boxes: tuple[Box, ...], run: _Run, *, up: bool) -> Arc:
    """Out of each box, along at its height, into the other; ends lie a few pixels apart so that they do not meet."""
    toward = 1 if up else -1
    shift = toward * (8 + 6 * run.level)
    end = boxes[run.target].middle - shift
    edge = boxes[0].y if up else boxes[0].y + HIGH
    line = edge - toward * STEP_UP * run.level
    starts = sorted(boxes[source].middle + shift for source in run.sources)
    far = starts[0] if up else starts[-1]
    near = starts[-1] if up else starts[0]
    path = f"M{far} {edge} V{line} H{end} V{edge}"
    path += "".join(f" M{start} {edge} V{line}" for start in starts if start != far)
    tip = f"{end - 4},{edge - toward * 6} {end + 4},{edge - toward * 6} {end},{edge}"
    return Arc(run.words, path, tip, (near + end) // 2, line + 4)
