"""The rows behind a line of Today, each with the way to where it is worked on; and what Today is narrowed to."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.cells import record_url
from admin_app.admin.customers.desk import may
from admin_app.admin.today.desk import (
    MINE,
    REMEMBERED,
    asked,
    brands,
    desk,
    moment,
    narrowed_to,
    sums_in_words,
)
from admin_app.kernel.errors import NotFound
from admin_app.kernel.parsing import parse_id
from admin_app.models.kinds import KIND_OF
from admin_app.policy import Permission
from admin_app.records.today import TodayRow, line_named, read_figures, read_rows
from admin_app.services.keep_preference import remember
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session

SINCE = {
    "calls": "Asked for",
    "appointments": "At",
    "jobs": "From",
    "tasks": "Due",
    "overdue": "Due",
    "silent": "Sent",
    "unallocated": "Received",
}
"""What the instant or day of a row means, at the head of its column."""


@desk.get("/<key>")
@rule(Permission.SIGNED_IN)
def rows(key: str) -> ResponseReturnValue:
    """Exactly what a line of Today counted: by the line's own right, narrowed as the address says."""
    line = line_named(actor(), key)
    if line is None:
        raise NotFound("There is no such list")
    session, now, offered = office_session(), moment(), brands()
    wanted = asked(offered)
    (figure,) = read_figures(session, actor(), now, wanted, [line])
    page = read_rows(session, actor(), line, now, wanted, request.args.get("after", ""))
    here: dict[str, Any] = {name: request.args[name] for name in ("brand", MINE) if request.args.get(name)}
    return render_template(
        "admin/today/rows.html",
        page_title=line.many[:1].upper() + line.many[1:],
        line=line,
        figure=figure,
        sums=sums_in_words(figure),
        rows=[(row, place_of_row(line.record, row)) for row in page.rows],
        next_url=url_for("today.rows", key=key, after=page.after, **here) if page.after else None,
        since_words=SINCE.get(key, "Since"),
        narrowed=narrowed_to(wanted, offered),
        whole_url=url_for("today.rows", key=key),
        has_amounts=any(row.amount is not None for row in page.rows),
    )


@desk.post("/filter")
@rule(Permission.SIGNED_IN)
def narrow() -> ResponseReturnValue:
    """Keep what this person wants to see on Today, until they choose again."""
    brand = parse_id(request.form.get("brand", ""))
    mine = MINE if request.form.get("whose") == MINE else ""
    remember(office_session(), actor(), REMEMBERED, f"{brand or ''} {mine}".strip())
    return redirect(url_for("admin.index"))


def place_of_row(kind: str, row: TodayRow) -> str:
    """Where this record is worked on, or looked at by those who may only look."""
    back = request.full_path.rstrip("?")
    match kind:
        case "lead" | "estimate" | "workorder" | "invoice":
            return record_url(KIND_OF[kind], row.id)
        case "payment":
            if may(Permission.MONEY_WRITE):
                return url_for("customers.allocate", group_id=row.group_id, payment_id=row.id)
            return url_for("customers.payments", group_id=row.group_id)
        case "event" if may(Permission.WORK_WRITE):
            return url_for("customers.edit_event", group_id=row.group_id, event_id=row.id, back=back)
        case "task" if may(Permission.WORK_WRITE) and row.group_id is not None:
            return url_for("customers.edit_task", group_id=row.group_id, task_id=row.id, back=back)
        case "event" | "task":
            return record_url(KIND_OF[kind], row.id)
        case "bank line":
            return url_for("bank.line", line_id=row.id)
        case "change of details":
            return url_for("inbox.change", change_id=row.id)
        case "thread":
            return url_for("inbox.thread", thread_id=row.id)
        case "message":
            return url_for("outbox.message", message_id=row.id)
    return url_for("customers.profile", group_id=row.group_id) if row.group_id else url_for("admin.index")
