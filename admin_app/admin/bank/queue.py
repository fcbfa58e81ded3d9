"""The queue of the bank: open lines by amount with their best proposal, booked ones, and those set aside [92]."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.bank.desk import TABS, desk
from admin_app.models import BankLineState
from admin_app.policy import Permission
from admin_app.records import bank_queue
from admin_app.services.accept_exact_lines import exact_lines
from admin_app.services.propose_for_lines import LineProposer
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session


@desk.get("/")
@rule(Permission.BANK)
def queue() -> ResponseReturnValue:
    """A page of the lines in one state."""
    return shown()


def shown(refusal: str = "") -> str:
    """The queue, with what an upload was refused for."""
    session, who = office_session(), actor()
    wanted = request.args.get("tab", "open")
    word, state = next(((word, state) for word, state, _ in TABS if word == wanted), TABS[0][:2])
    page = bank_queue.queue(session, who, state, request.args.get("after", ""))
    counts = bank_queue.counts(session, who)
    is_open = state is BankLineState.OPEN
    proposer = LineProposer(session, who, page.lines) if is_open and page.lines else None
    return render_template(
        "admin/bank/queue.html",
        page=page,
        tab=word,
        tabs=[
            {
                "label": label,
                "url": url_for("bank.queue", tab=name),
                "active": name == word,
                "count": f"{counts[one]:,}" if counts[one] else "",
            }
            for name, one, label in TABS
        ],
        counts=counts,
        states=BankLineState,
        best={line.id: next(iter(proposer.of(line)), None) for line in page.lines} if proposer else {},
        exact=len(exact_lines(session, who)) if is_open and page.lines else 0,
        payouts={} if is_open else bank_queue.payouts_of(session, who, page.lines),
        files=bank_queue.latest_files(session, who),
        refusal=refusal,
    )
