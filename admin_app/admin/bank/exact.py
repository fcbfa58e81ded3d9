"""Every certain line at once: looked at first, then booked in one step with a result for each [92]."""

from __future__ import annotations

from collections.abc import Iterable

from flask import render_template
from flask.typing import ResponseReturnValue

from admin_app.admin.bank.desk import desk
from admin_app.models import BankLine
from admin_app.policy import Permission
from admin_app.services.accept_exact_lines import accept_exact, exact_lines
from admin_app.services.propose_for_lines import LineProposal
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session


@desk.get("/exact")
@rule(Permission.BANK)
def exact() -> ResponseReturnValue:
    """What would be booked, line by line; nothing is booked yet."""
    certain = exact_lines(office_session(), actor())
    return render_template("admin/bank/exact.html", certain=certain, results=None, sums=_sums(certain))


@desk.post("/exact")
@rule(Permission.BANK)
def accept_all() -> ResponseReturnValue:
    """Book them; each row says what became of it, and can be undone by itself."""
    results = accept_exact(office_session(), actor(), clock())
    done = [(result.line, result.proposal) for result in results if not result.refusal]
    return render_template("admin/bank/exact.html", certain=[], results=results, sums=_sums(done))


def _sums(pairs: Iterable[tuple[BankLine, LineProposal]]) -> dict[str, int]:
    """Currency → minor units."""
    sums: dict[str, int] = {}
    for line, _ in pairs:
        sums[line.currency] = sums.get(line.currency, 0) + line.amount
    return sums
