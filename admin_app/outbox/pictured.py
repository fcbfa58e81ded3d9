"""A letter with pictures: the same words as HTML, each picture where the text names it, beside the plain text [125].

A line of the text that reads `[picture: NAME]` is where that picture stands.  Who reads plain text sees its name and
finds the file; what people typed is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import make_msgid
from html import escape

Picture = tuple[str, bytes, str]
"""Name, content, media type."""

_PLACE = re.compile(r"\[picture: ([\w.-]{1,120})\]")
_LINK = re.compile(r"https?://[^\s<>\"']+")
_FRAME = (
    '<!doctype html><html><head><meta charset="utf-8"></head><body style="font-family:sans-serif;font-size:15px;'
    'line-height:1.45;color:#1c252e;max-width:820px">{}</body></html>'
)
_SHOWN = '<p><img src="cid:{}" alt="{}" width="800" style="max-width:100%;height:auto;border:1px solid #dde1e6"></p>'


def place_of(name: str) -> str:
    """The line that says where a picture stands."""
    return f"[picture: {name}]"


def show_pictures(mail: EmailMessage, body: str, pictures: Sequence[Picture]) -> None:
    """Add the letter as HTML with its pictures inside; a picture that the text does not name stands at the end."""
    marks = {name: make_msgid(domain="pictures.invalid")[1:-1] for name, _, _ in pictures}
    mail.add_alternative(_FRAME.format(_written(body, marks)), subtype="html")
    letter = mail.get_body(("html",))
    assert isinstance(letter, EmailMessage)
    for name, content, kind in pictures:
        main, _, sub = kind.partition("/")
        letter.add_related(
            content, maintype=main, subtype=sub, cid=f"<{marks[name]}>", filename=name, disposition="inline"
        )


def _written(body: str, marks: dict[str, str]) -> str:
    """The paragraphs of a letter; the line above a picture tells it to those who do not see it, and only to them."""
    left = dict(marks)
    parts: list[str] = []
    for paragraph in re.split(r"\n{2,}", body.strip()):
        lines: list[str] = []
        for line in paragraph.split("\n"):
            found = _PLACE.fullmatch(line.strip())
            if found is None or found[1] not in left:
                lines.append(line)
                continue
            told = lines.pop().strip() if lines else found[1]
            parts += [_paragraph(lines), _SHOWN.format(left.pop(found[1]), escape(told))]
            lines = []
        parts.append(_paragraph(lines))
    parts += [_SHOWN.format(mark, escape(name)) for name, mark in left.items()]
    return "".join(parts)


def _paragraph(lines: Sequence[str]) -> str:
    return f"<p>{'<br>'.join(_linked(line) for line in lines)}</p>" if lines else ""


def _linked(line: str) -> str:
    """A line with its addresses as links; everything else is text."""
    parts, end = [], 0
    for found in _LINK.finditer(line):
        address = found[0].rstrip(".,;)")
        parts.append(escape(line[end : found.start()]))
        parts.append(f'<a href="{escape(address)}">{escape(address)}</a>')
        end = found.start() + len(address)
    indent = len(line) - len(line.lstrip(" "))
    return "&nbsp;" * indent + "".join([*parts, escape(line[end:])]).lstrip(" ")
