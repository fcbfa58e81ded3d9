"""Reading the form of switches off its page as a browser would send it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from admin_app.models import PortalModule
from tests.admin.customers.counter import unescaped

ALL = tuple(one.value for one in PortalModule)


def switches_on(page: str, marker: str) -> dict[str, Any]:
    """What the form whose text holds `marker` would send: lists for tick boxes of one name."""
    forms = [one for one in re.findall(r"<form.*?</form>", page, re.S) if marker in one]
    assert forms, f"no form holds {marker}"
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", forms[0]):
        facts = dict(re.findall(r'([a-z]+)="([^"]*)"', tag))
        kind, name = facts.get("type", "text"), facts.get("name")
        if not name or (kind in ("checkbox", "radio") and " checked" not in tag):
            continue
        value = unescaped(facts.get("value", ""))
        if kind == "checkbox":
            found.setdefault(name, []).append(value)
        else:
            found[name] = value
    return found


def without(*hidden: str, of: Iterable[str] = ALL) -> list[str]:
    """The modules that stay ticked."""
    return [one for one in of if one not in hidden]
