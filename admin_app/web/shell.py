"""What the frame around every staff page shows: menu, search, New call, the inbox, the person.

The doors fill it (`admin` knows its pages, `reports.pages` its own); templates/admin/base.html draws it. Only pages
that exist and that the reader may open belong in it: a section without entries is not drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask


@dataclass(frozen=True, slots=True)
class Entry:
    """One page in the menu; `active` marks the one that is open."""

    label: str
    url: str
    active: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the menu (Today, Customers, Work, Money, Reports, Settings); `icon` names a Bootstrap icon.

    `more` are lists that are seldom asked for; they stand folded below the others.
    """

    label: str
    icon: str
    items: tuple[Entry, ...] = ()
    more: tuple[Entry, ...] = ()

    @property
    def active(self) -> bool:
        """Whether one of its pages is open."""
        return any(one.active for one in (*self.items, *self.more))


@dataclass(frozen=True, slots=True)
class Thumb:
    """A place in the bar at the bottom of a phone; `count` is a number beside the word, 0 for none."""

    label: str
    url: str
    icon: str
    active: bool = False
    count: int = 0


@dataclass(frozen=True, slots=True)
class Key:
    """A key that works outside of fields: what is pressed, what it does, and the address it opens ("": none)."""

    key: str
    words: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in, and where his own pages are."""

    name: str
    role: str
    sign_out_url: str
    password_url: str | None = None
    security_url: str | None = None


@dataclass(frozen=True, slots=True)
class Shell:
    """The whole frame; the empty one suits pages before anybody signed in."""

    company: str = ""
    language: str = "en"
    menu: tuple[Section, ...] = ()
    foot: Section | None = None
    search_url: str | None = None
    search_page_url: str | None = None
    call_url: str | None = None
    """Where a call is taken, for those who may."""
    inbox: Thumb | None = None
    bottom: tuple[Thumb, ...] = ()
    """What the bar of a phone offers beside More."""
    keys: tuple[Key, ...] = ()
    person: Person | None = None
    home_url: str = "/"


def init_shell(app: Flask, current: Callable[[], Shell] = Shell) -> None:
    """Gives every template `shell`, as `current()` fills it for this request."""

    @app.context_processor
    def _shell() -> dict[str, Shell]:
        return {"shell": current()}
