"""Where words stand on a paper."""

from typing import NamedTuple

from tests.documents.reading import reader


class Piece(NamedTuple):
    """A run of text: where it begins and how large it is, in points."""

    said: str
    begin: float
    height: float
    size: float
    paper: float


def pieces(pdf: bytes) -> list[Piece]:
    """Every run of text of the paper."""
    found: list[Piece] = []
    for page in reader(pdf).pages:
        paper = float(page.mediabox.width)

        def look(said, outer, inner, _font, size, paper=paper):
            if said.strip():
                begin, height = inner[4] * outer[0] + outer[4], inner[5] * outer[3] + outer[5]
                found.append(Piece(said.strip(), begin, height, size, paper))

        page.extract_text(visitor_text=look)
    return found
