"""The list of the inbox: what waits, what is mine, requests, new details, mentions, and everything [100, 103, 121]."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.inbox.desk import desk
from admin_app.kernel.errors import Invalid
from admin_app.kernel.parsing import clean_text
from admin_app.policy import Permission
from admin_app.records.contact_changes import waiting_changes
from admin_app.records.inbox import (
    Box,
    InboxPage,
    Wanted,
    count_boxes,
    inbox_page,
    mentions_of,
    the_mention,
)
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.login import settings

TABS = (
    (Box.WAITING, "To answer"),
    (Box.MINE, "Mine"),
    (Box.REQUESTS, "Requests"),
    (Box.DETAILS, "New details"),
    (Box.MENTIONS, "Mentions"),
    (Box.ALL, "All"),
)
LONGEST_SEARCH = 100


@desk.get("/")
@rule(Permission.MESSAGES_READ)
def index() -> ResponseReturnValue:
    """A page of threads of one box, or where somebody named the reader in a note."""
    session, who = office_session(), actor()
    box = next((one for one in Box if one.value == request.args.get("box")), Box.WAITING)
    wanted = Wanted(box, _typed(request.args.get("q", "")), request.args.get("after", ""))
    counts = count_boxes(session, who)
    is_threads = box not in (Box.MENTIONS, Box.DETAILS)
    return render_template(
        "admin/inbox/list.html",
        box=box,
        boxes=Box,
        wanted=wanted,
        tabs=[
            {
                "label": label,
                "url": url_for("inbox.index", box=one.value, q=wanted.text or None),
                "active": one is box,
                "count": _shown(counts.get(one, 0)),
            }
            for one, label in TABS
        ],
        page=inbox_page(session, who, wanted) if is_threads else InboxPage([], {}),
        mentions=mentions_of(session, who) if box is Box.MENTIONS else [],
        wishes=waiting_changes(session, who) if box is Box.DETAILS else [],
        is_read=bool(settings().imap_url or settings().hook_key),
    )


@desk.post("/mentions/<int:mention_id>/seen")
@rule(Permission.MESSAGES_READ)
def seen(mention_id: int) -> ResponseReturnValue:
    """Take a mention of the reader off the list."""
    mention = the_mention(office_session(), actor(), mention_id)
    mention.seen_at = mention.seen_at or clock().now()
    flash("Taken off your mentions.", "success")
    return redirect(url_for("inbox.index", box=Box.MENTIONS.value))


def _typed(text: str) -> str:
    """Words for a search; what cannot be kept finds nothing, so it is left out."""
    try:
        return clean_text(text[:LONGEST_SEARCH], LONGEST_SEARCH)
    except Invalid:
        return ""


def _shown(count: int) -> str:
    return "" if not count else f"{count:,}" if count < 1_000 else "1,000+"
