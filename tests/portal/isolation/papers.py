"""What the paper of a document tells beside itself, and may: a second, short list of the slow rule."""

from __future__ import annotations

from tests.portal.isolation.expected import Rows, View, sees


def printed_with(rows: Rows, view: View) -> set[tuple[str, int]]:
    """What the paper of a document carries with it for whoever sees the document: where it goes, what it is about.

    The customer's addressee and billing address, the site, what a credit note takes back, the pictures of an offer.
    """
    seen = {
        table: [row for row in rows.all(table) if sees(rows, view, table, row)]
        for table in ("estimate", "invoice", "credit_note", "payment")
    }
    if not any(seen.values()) and not view.keeps:
        return set()
    told = {("address", row["id"]) for row in rows.all("address", group_id=view.group) if row["is_billing"]}
    members = rows.all("membership", group_id=view.group)
    told |= {("contact", row["contact_id"]) for row in members if row["is_primary"]}
    for document in (*seen["estimate"], *seen["invoice"]):
        if document["project_id"] is not None:
            told.add(("address", rows.tables["project"][document["project_id"]]["address_id"]))
    for note in seen["credit_note"]:
        told.add(("invoice", note["invoice_id"]))
        told |= {
            ("invoice_line", row["id"]) for row in rows.all("invoice_line", invoice_id=note["invoice_id"])
        }
    offered = {row["id"] for row in seen["estimate"]}
    for number, lines in rows.photos.items():
        if any(line["estimate_id"] in offered for line in lines):
            told.add(("attachment", number))
    return told
