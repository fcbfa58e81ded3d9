"""Who may see what, written down a second time: slowly, in plain Python over plain rows, knowing nothing of the policy.

It was written from design section 6 and requirements 105-109, 114, 117, I16, W12 and W33, not from the policy's code;
where the two differ, one of them is wrong.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, MetaData

Row = dict[str, Any]
MODULES = {"appointments", "files", "proposals", "jobs", "invoices", "messages", "requests"}
OPEN = ("invited", "notified", "active")
PART = {
    "estimate": "proposals",
    "invoice": "invoices",
    "credit-note": "invoices",
    "receipt": "invoices",
    "event": "appointments",
    "workorder": "jobs",
}
"""What a link can open, and the part of the portal to which that belongs."""
TABLE = {
    **{word: word for word in ("estimate", "invoice", "event", "refund", "lead", "project")},
    "credit-note": "credit_note",
    "receipt": "payment",
    "workorder": "work_order",
}
"""What a thread can be about that is shown to clients → its table."""


@dataclass(frozen=True)
class View:
    """Somebody who got in: whose things, as whom, which parts, and the one document of a link."""

    group: int
    contact: int | None
    modules: frozenset[str]
    keeps: bool
    opened: frozenset[int]
    document: tuple[str, int] | None = None
    link: int | None = None


class Rows:
    """Everything that is stored, by table and number; read once, by plain SQL."""

    def __init__(self, connection: Connection) -> None:
        """Read all of it."""
        metadata = MetaData()
        metadata.reflect(connection)
        self.tables: dict[str, dict[int, Row]] = {}
        for name, table in metadata.tables.items():
            if "id" in table.columns:
                found = connection.exec_driver_sql(f'SELECT * FROM "{name}"').mappings()
                self.tables[name] = {row["id"]: dict(row) for row in found}

    def all(self, table: str, **be: Any) -> Iterator[Row]:
        """The rows of a table with these values."""
        for row in self.tables[table].values():
            if all(row[name] == value for name, value in be.items()):
                yield row

    def one(self, table: str, **be: Any) -> Row | None:
        """The row of a table with these values, if there is one."""
        return next(self.all(table, **be), None)

    @cached_property
    def messages(self) -> dict[int, list[Row]]:
        """The messages of each thread."""
        return _by(self.tables["message"].values(), "thread_id")

    @cached_property
    def photos(self) -> dict[int, list[Row]]:
        """The lines of offers that show each picture."""
        return _by((line for line in self.tables["estimate_line"].values() if line["photo_id"]), "photo_id")


def _by(rows: Any, name: str) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row[name], []).append(row)
    return found


def _listed(value: Any) -> list[str]:
    found = json.loads(value) if isinstance(value, str) else value
    return list(found or [])


def _opened(rows: Rows, contact: int | None) -> frozenset[int]:
    granted = rows.all("project_access", contact_id=contact)
    return frozenset(row["project_id"] for row in granted if row["state"] in OPEN)


def _house_is_open(rows: Rows, group: Row) -> bool:
    """Company, brand and customer let their clients in."""
    brand = _brand(rows, group)
    company = rows.tables["company"][1]
    return bool(
        company["portal_enabled_default"]
        and (brand is None or brand["portal_on"])
        and group["portal_on"]
        and group["archived_at"] is None
    )


def _brand(rows: Rows, group: Row) -> Row | None:
    if group["brand_id"] is not None:
        return rows.tables["brand"][group["brand_id"]]
    return next((row for row in rows.all("brand") if row["is_default"]), None)


def _modules(rows: Rows, group: Row, membership: Row | None) -> frozenset[str]:
    levels = [rows.tables["company"][1], _brand(rows, group), group, membership]
    hidden = {part for level in levels if level is not None for part in _listed(level["portal_hides"])}
    return frozenset(MODULES - hidden)


def _person(rows: Rows, contact_id: int, group: Row) -> View | None:
    """A contact who is there and belongs to the customer, or to one of its projects."""
    contact = rows.tables["contact"][contact_id]
    membership = rows.one("membership", contact_id=contact_id, group_id=group["id"])
    opened = _opened(rows, contact_id)
    here = {row["id"] for row in rows.all("project", group_id=group["id"])}
    if contact["archived_at"] is not None or (membership is None and not opened & here):
        return None
    account = rows.one("portal_account", contact_id=contact_id)
    if account is not None and not account["active"]:
        return None
    keeps = membership is not None and bool(membership["is_primary"] or membership["role"] == "billing")
    return View(group["id"], contact_id, _modules(rows, group, membership), keeps, opened)


def signed_in(rows: Rows, contact_id: int, group_id: int, *, preview: bool = False) -> View | None:
    """What a portal user looks at with a customer, in a preview also who is none yet; None: nothing at all."""
    group = rows.tables["customer_group"][group_id]
    has_account = rows.one("portal_account", contact_id=contact_id) is not None
    if not _house_is_open(rows, group) or not (has_account or preview):
        return None
    return _person(rows, contact_id, group)


def by_link(rows: Rows, link: Row) -> View | None:
    """What the holder of a link looks at; None: the link is dead."""
    group = rows.tables["customer_group"][link["group_id"]]
    if link["revoked_at"] is not None or not _house_is_open(rows, group):
        return None
    if link["contact_id"] is None:
        view: View | None = View(group["id"], None, _modules(rows, group, None), False, frozenset())
    else:
        view = _person(rows, link["contact_id"], group)
        if view is None or _shut_out(rows, link, view):
            return None
    if view is None or PART[link["about"]] not in view.modules:
        return None
    document = (link["about"], link["about_id"])
    return View(view.group, view.contact, view.modules, False, view.opened, document, link["id"])


def _shut_out(rows: Rows, link: Row, view: View) -> bool:
    document = rows.tables[TABLE[link["about"]]][link["about_id"]]
    if link["about"] == "credit-note":
        document = rows.tables["invoice"][document["invoice_id"]]
    if link["about"] == "estimate":
        return document["project_id"] not in view.opened
    access = rows.one("project_access", contact_id=link["contact_id"], project_id=document["project_id"])
    return access is not None and access["state"] == "revoked"


def sees(rows: Rows, view: View, table: str, row: Row) -> bool:
    """Whether a row of a table may be shown."""
    rule = RULES.get(table)
    if rule is None or row.get("group_id", view.group) != view.group:
        return False
    return rule(rows, view, row)


def _project_or_account(view: View, row: Row) -> bool:
    if row["project_id"] is not None:
        return row["project_id"] in view.opened
    return view.keeps and row.get("work_order_id") is None


def _is_linked(view: View, word: str, number: int) -> bool:
    return view.document == (word, number)


def _project(_rows: Rows, view: View, row: Row) -> bool:
    return view.document is None and row["id"] in view.opened


def _address(rows: Rows, view: View, row: Row) -> bool:
    if view.document is not None:
        return False
    sites = {
        rows.tables["project"][number]["address_id"]
        for number in view.opened
        if rows.tables["project"][number]["group_id"] == view.group
    }
    return view.keeps or row["id"] in sites


def _event(_rows: Rows, view: View, row: Row) -> bool:
    if "appointments" not in view.modules or row["kind"] not in ("appointment", "visit", "work"):
        return False
    if view.document is not None:
        return _is_linked(view, "event", row["id"])
    met = view.contact is not None and row["contact_id"] == view.contact
    return met or _project_or_account(view, row)


def _lead(_rows: Rows, view: View, row: Row) -> bool:
    if view.document is not None or "requests" not in view.modules or row["state"] == "draft":
        return False
    asked = view.contact is not None and row["asked_by_id"] == view.contact
    return asked or row["project_id"] in view.opened


def _estimate(_rows: Rows, view: View, row: Row) -> bool:
    if "proposals" not in view.modules or row["state"] == "draft" or not row["sent_at"] or row["not_sent"]:
        return False
    if view.document is not None:
        return _is_linked(view, "estimate", row["base_id"] or row["id"])
    return row["project_id"] in view.opened


def _work_order(_rows: Rows, view: View, row: Row) -> bool:
    if "jobs" not in view.modules:
        return False
    if view.document is not None:
        return _is_linked(view, "workorder", row["id"])
    return row["project_id"] in view.opened


def _invoice(_rows: Rows, view: View, row: Row) -> bool:
    if "invoices" not in view.modules or row["state"] == "draft":
        return False
    if view.document is not None:
        return _is_linked(view, "invoice", row["id"])
    return _project_or_account(view, row)


def _credit_note(rows: Rows, view: View, row: Row) -> bool:
    if "invoices" not in view.modules:
        return False
    if view.document is not None:
        return _is_linked(view, "credit-note", row["id"])
    return sees(rows, view, "invoice", rows.tables["invoice"][row["invoice_id"]])


def _payment(_rows: Rows, view: View, row: Row) -> bool:
    if "invoices" not in view.modules or row["state"] not in ("received", "pending"):
        return False
    if view.document is not None:
        return _is_linked(view, "receipt", row["id"])
    return _project_or_account(view, row)


def _refund(rows: Rows, view: View, row: Row) -> bool:
    if row["payment_id"] is not None:
        return sees(rows, view, "payment", rows.tables["payment"][row["payment_id"]])
    return sees(rows, view, "credit_note", rows.tables["credit_note"][row["credit_note_id"]])


def _of_account(_rows: Rows, view: View, _row: Row) -> bool:
    return view.document is None and view.keeps and "invoices" in view.modules


def _checkout(_rows: Rows, view: View, row: Row) -> bool:
    if view.document is not None:
        return view.link is not None and row["link_id"] == view.link
    return view.contact is not None and row["contact_id"] == view.contact


def _is_about_nothing(thread: Row) -> bool:
    return thread["about"] in (None, "customer")


def _thread(rows: Rows, view: View, row: Row) -> bool:
    if "messages" not in view.modules:
        return False
    if view.document is not None:
        if (row["about"], row["about_id"]) != view.document:
            return False
    elif _is_about_nothing(row):
        return _project_or_account(view, row) or (
            row["project_id"] is None and any(_is_own(view, one) for one in rows.messages.get(row["id"], ()))
        )
    return _about_is_seen(rows, view, row)


def _about_is_seen(rows: Rows, view: View, thread: Row) -> bool:
    table = TABLE.get(thread["about"])
    if table is None:
        return False
    about = rows.tables[table][thread["about_id"]]
    if table == "estimate":
        revisions = [about, *rows.all("estimate", base_id=about["id"])]
        return any(sees(rows, view, table, one) for one in revisions)
    return sees(rows, view, table, about)


def _is_own(view: View, message: Row) -> bool:
    return view.contact is not None and message["contact_id"] == view.contact


def _message(rows: Rows, view: View, row: Row) -> bool:
    thread = rows.tables["thread"][row["thread_id"]]
    if not sees(rows, view, "thread", thread):
        return False
    if (
        row["outbox_id"] is not None
        and rows.tables["outbox_message"][row["outbox_id"]]["state"] == "withdrawn"
    ):
        return False
    common = view.document is not None or not _is_about_nothing(thread) or _project_or_account(view, thread)
    return common or _is_own(view, row)


def _attachment(rows: Rows, view: View, row: Row) -> bool:
    if "files" not in view.modules:
        return False
    pictured = any(
        sees(rows, view, "estimate", rows.tables["estimate"][line["estimate_id"]])
        for line in rows.photos.get(row["id"], ())
    )
    if pictured or not row["shared"]:
        return pictured
    message = rows.tables["message"].get(row["message_id"]) if row["message_id"] is not None else None
    if message is not None and sees(rows, view, "message", message):
        return True
    if view.document is not None or not _project_or_account(view, row):
        return False
    if message is None:
        return True
    return row["project_id"] is not None and rows.tables["thread"][message["thread_id"]]["project_id"] is None


def _through(table: str, column: str) -> Callable[[Rows, View, Row], bool]:
    return lambda rows, view, row: sees(rows, view, table, rows.tables[table][row[column]])


def _themselves(column: str, *, by_link: bool = False) -> Callable[[Rows, View, Row], bool]:
    return lambda _rows, view, row: (
        view.contact is not None and row[column] == view.contact and (by_link or view.document is None)
    )


RULES: dict[str, Callable[[Rows, View, Row], bool]] = {
    "customer_group": lambda _rows, view, row: row["id"] == view.group,
    "contact": _themselves("id", by_link=True),
    "membership": _themselves("contact_id", by_link=True),
    "portal_account": _themselves("contact_id"),
    "contact_change": _themselves("contact_id"),
    "project": _project,
    "address": _address,
    "event": _event,
    "attachment": _attachment,
    "lead": _lead,
    "estimate": _estimate,
    "estimate_line": _through("estimate", "estimate_id"),
    "signature": _through("estimate", "estimate_id"),
    "work_order": _work_order,
    "service": _through("work_order", "work_order_id"),
    "invoice": _invoice,
    "invoice_line": _through("invoice", "invoice_id"),
    "credit_note": _credit_note,
    "credit_note_line": _through("credit_note", "credit_note_id"),
    "payment": _payment,
    "refund": _refund,
    "payment_method": _of_account,
    "mandate": _of_account,
    "subscription": _of_account,
    "checkout": _checkout,
    "thread": _thread,
    "message": _message,
}
"""What a client may ever be shown; of any other table, nothing."""
