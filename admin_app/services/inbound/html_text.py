"""A mail that came as HTML, as text: nothing of it is ever run, loaded or shown as markup.

The standard library's reader takes minutes for markup made to keep it busy, hence this one: it looks at each character
once, whatever comes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

LONGEST_HTML = 300_000
"""Characters of HTML that are read; what is longer is cut there."""

_RAW = frozenset({"script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes"})
"""Elements whose content is no markup: only their own end ends them."""
_UNSEEN = frozenset({"head", "template", "object", "noscript", "svg", "math", "select"})
_BLOCKS = frozenset(
    "p div tr table ul ol h1 h2 h3 h4 h5 h6 section article header footer pre form hr dl dt dd address".split()
)
_LONGEST_TAG = 2_000
_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9]{0,20})")
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\u00a0\u200b\r\n\f]+")


def text_of(html: str) -> str:
    """What a reader would see: paragraphs as lines, quotes with ">", the target of a link beside its words."""
    page = _Page()
    for tag, inside in _pieces(html[:LONGEST_HTML]):
        if not tag:
            page.words(inside)
        elif tag.startswith("/"):
            page.end(tag[1:])
        else:
            page.begin(tag, inside)
    return page.text()


def _pieces(html: str) -> Iterator[tuple[str, str]]:
    """("", words), ("a", "its attributes") and ("/a", "") in turn."""
    lower, at, close = html.lower(), 0, -1
    while at < len(html):
        start = html.find("<", at)
        if start < 0:
            yield "", html[at:]
            return
        if start > at:
            yield "", html[at:start]
        if html.startswith("<!--", start):
            end = html.find("-->", start + 4)
            if end < 0:
                return
            at = end + 3
            continue
        if close < start:
            close = html.find(">", start)
        if close < 0:
            yield "", html[start:]
            return
        named = _NAME.match(html, start + 1)
        if named is None:
            # "<!doctype …>", "<![if …]>" and "<?xml …>" are markup too; a lone "<" is what somebody typed.
            is_markup = html[start + 1 : start + 2] in ("!", "?", "/")
            if not is_markup:
                yield "", "<"
            at = close + 1 if is_markup else start + 1
            continue
        end = _end_of_tag(html, start, close)
        tag, name = named[0].lower(), named[1].lower()
        at = end + 1
        if tag in _RAW:
            over = lower.find(f"</{name}", at)
            if over < 0:
                return
            at = over
            continue
        if tag not in {f"/{raw}" for raw in _RAW}:
            yield tag, html[named.end() : end][:_LONGEST_TAG]


def _end_of_tag(html: str, start: int, close: int) -> int:
    """Where the tag ends: not at a ">" within the quotes of an attribute."""
    for _ in range(3):
        if html.count('"', start, min(close, start + _LONGEST_TAG)) % 2 == 0:
            return close
        quote = html.find('"', close, close + _LONGEST_TAG)
        further = html.find(">", quote, quote + _LONGEST_TAG) if quote >= 0 else -1
        if further < 0:
            return close
        close = further
    return close


class _Page:
    """Collects lines; each knows in how many quotes it stands."""

    def __init__(self) -> None:
        self._lines: list[tuple[int, str]] = []
        self._line: list[str] = []
        self._quotes = 0
        self._unseen: list[str] = []
        self._target = ""
        self._link_from = 0

    def begin(self, tag: str, inside: str) -> None:
        """Begin a line, a quote, a link, or something nobody sees."""
        if self._unseen:
            if tag == self._unseen[-1]:
                self._unseen.append(tag)
            return
        if tag in _UNSEEN and not inside.endswith("/"):
            self._unseen.append(tag)
        elif tag == "br":
            self._end_line()
        elif tag == "blockquote":
            self._end_block()
            self._quotes = min(self._quotes + 1, 9)
        elif tag == "li":
            self._end_block()
            self._line.append("* ")
        elif tag in ("td", "th"):
            self._line.append(" ")
        elif tag == "a":
            self._begin_link(inside)
        elif tag in _BLOCKS:
            self._end_block()
            if tag == "p" and self._lines and self._lines[-1][1]:
                self._end_line()

    def end(self, tag: str) -> None:
        """End what began; an end that nothing began ends nothing."""
        if self._unseen:
            if tag == self._unseen[-1]:
                self._unseen.pop()
            elif tag in ("body", "html"):
                self._unseen.clear()
        elif tag == "blockquote":
            self._end_block()
            self._quotes = max(self._quotes - 1, 0)
        elif tag == "a":
            self._end_link()
        elif tag in _BLOCKS:
            self._end_block()

    def words(self, text: str) -> None:
        """Words as they are read."""
        if not self._unseen:
            self._line.append(_unescaped(text))

    def text(self) -> str:
        """Everything that was read, at most one empty line between two paragraphs."""
        self._end_line()
        lines: list[str] = []
        for quotes, line in self._lines:
            shown = ("> " * quotes + line).rstrip()
            if line or (lines and lines[-1].strip("> ")):
                lines.append(shown)
        return "\n".join(lines).strip()

    def _begin_link(self, inside: str) -> None:
        found = _HREF.search(inside)
        self._target = _unescaped(next(filter(None, found.groups()), "")) if found else ""
        self._link_from = len(self._line)

    def _end_link(self) -> None:
        target, self._target = self._target.strip(), ""
        if not target.lower().startswith(("http://", "https://")) or len(target) > 300:
            return
        if target.rstrip("/") not in _BLANKS.sub(" ", "".join(self._line[self._link_from :])):
            self._line.append(f" ({target})")

    def _end_line(self) -> None:
        self._lines.append((self._quotes, _BLANKS.sub(" ", "".join(self._line)).strip()))
        self._line = []

    def _end_block(self) -> None:
        """A block ends the line, if there is one."""
        if "".join(self._line).strip():
            self._end_line()
        self._line = []


def _unescaped(text: str) -> str:
    """Text with its entities read ("&amp;"); a number of thousands of digits stays as it was written."""
    try:
        return unescape(text)
    except ValueError:
        return text
