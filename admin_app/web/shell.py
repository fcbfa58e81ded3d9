"""What the frame around every staff page shows: menu, search, the top bar's buttons, the person.

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
    """A heading of the menu (Today, Customers, Work, Money, Reports, Settings); `icon` names a Bootstrap icon."""

    label: str
    icon: str
    items: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """A button of the top bar, such as "New customer"."""

    label: str
    url: str
    icon: str = "plus-lg"


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in, and where his own pages are."""

    name: str
    role: str
    sign_out_url: str
    password_url: str | None = None


@dataclass(frozen=True, slots=True)
class Shell:
    """The whole frame; the empty one suits pages before anybody signed in."""

    company: str = ""
    language: str = "en"
    menu: tuple[Section, ...] = ()
    foot: Section | None = None
    search_url: str | None = None
    search_page_url: str | None = None
    actions: tuple[Action, ...] = ()
    person: Person | None = None
    home_url: str = "/"


def init_shell(app: Flask, current: Callable[[], Shell] = Shell) -> None:
    """Gives every template `shell`, as `current()` fills it for this request."""

    @app.context_processor
    def _shell() -> dict[str, Shell]:
        return {"shell": current()}
