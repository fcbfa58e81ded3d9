"""XML that strangers send: how it is opened, and a first look at it (security.md, "Uploads").

No DTD, no entities, no network, libxml2's own limits on depth and text; a file with a DOCTYPE is refused before
anything in it is read.  No bank sends one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from admin_app.kernel.errors import Invalid

CAREFULLY: dict[str, bool] = {
    "resolve_entities": False,
    "no_network": True,
    "huge_tree": False,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "remove_comments": True,
    "remove_pis": True,
}
"""How every parser of a stranger's file is set."""

_LONGEST_START = 256 * 1024
_PIECE = 8 * 1024


def local(element: Any) -> str:
    """The name of an element without its namespace, which changes with every version of the format."""
    return str(element.tag).rpartition("}")[2]


def elements_at_start(path: Path, shown: str, until: str) -> list[str]:
    """The names of the first elements, up to `until`; raises Invalid for a DOCTYPE and for what is no XML."""
    parser = etree.XMLPullParser(events=("start",), **CAREFULLY)
    names: list[str] = []
    read = 0
    try:
        with path.open("rb") as stream:
            while (piece := stream.read(_PIECE)) and read < _LONGEST_START:
                read += len(piece)
                parser.feed(piece)
                for _, element in parser.read_events():
                    information = element.getroottree().docinfo
                    if information.doctype or information.internalDTD is not None:
                        raise Invalid(f"{shown} has a DOCTYPE, which no bank sends; it was not read")
                    names.append(local(element))
                    if names[-1] == until:
                        return names
    except etree.XMLSyntaxError as broken:
        raise broken_xml(shown, broken) from None
    return names


def broken_xml(shown: str, broken: Any) -> Invalid:
    """The refusal of a file whose XML ends early or makes no sense, with the line where that shows."""
    line = f" in line {broken.lineno}" if broken.lineno else ""
    return Invalid(
        f"The XML of {shown} is broken{line}, so nothing of it was taken; fetch it from the bank again"
    )
