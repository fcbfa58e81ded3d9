"""Who may sign in to the demo, with the passwords drawn for this home; printed once and kept only as hashes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoLogin:
    """Somebody of the demo with the password drawn for this installation; `role` is "client" in the portal."""

    name: str
    email: str
    role: str
    password: str


@dataclass(frozen=True)
class DemoLogins:
    """Who may sign in to the demo company: the staff, and clients in the portal."""

    people: tuple[DemoLogin, ...]
    clients: tuple[DemoLogin, ...] = ()
