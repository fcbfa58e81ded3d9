"""What a page of figures is put together from, besides figures and drawings; one template draws them in their order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reports.engine import Desk
from reports.pages.bar import PageBar
from reports.pages.drawing import Drawing
from reports.pages.figure import Figure
from reports.pages.frame import desk, may_see
from reports.pages.tile import Tile, tile


@dataclass(frozen=True)
class Switch:
    """A choice between views of the same page: label, address and whether it is chosen, of each."""

    label: str
    switch: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True)
class LatePart:
    """A piece that takes long: the page comes first and fetches it; without script its link is followed."""

    title: str
    said: str
    url: str
    kind: str = "part"


Shown = Figure | Drawing | LatePart
Block = Shown | Switch | Sequence[Shown]


def tiles(bar: PageBar, names: Iterable[str], compare: Sequence[str] = ("year",)) -> list[Tile]:
    """The tiles of those figures that the reader may see."""
    asking: Desk = desk()
    return [tile(asking, bar.ask(name), compare=compare) for name in names if may_see(name)]


def present(*blocks: Block | Sequence[Shown | None] | None) -> list[Block]:
    """The blocks that there are: what the reader may not see was None, a pair of one stands alone."""
    found: list[Block] = []
    for block in blocks:
        if isinstance(block, list | tuple):
            kept = [one for one in block if one is not None]
            if kept:
                found.append(kept[0] if len(kept) == 1 else tuple(kept))
        elif block is not None:
            found.append(block)  # type: ignore[arg-type]
    return found
