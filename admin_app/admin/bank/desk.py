"""What the pages of the bank share: their blueprint, where they go back to, and how an act is undone."""

from __future__ import annotations

import json

from flask import Blueprint, flash, url_for

from admin_app.kernel.money import Money
from admin_app.models import BankLine, BankLineState
from admin_app.records.bank_queue import next_open
from admin_app.web.company import actor, office_session
from admin_app.web.formats import money

desk = Blueprint("bank", __name__, url_prefix="/admin/bank")

TABS: tuple[tuple[str, BankLineState, str], ...] = (
    ("open", BankLineState.OPEN, "Open"),
    ("booked", BankLineState.BOOKED, "Booked"),
    ("aside", BankLineState.SET_ASIDE, "Set aside"),
)
"""Word in the address, state, word on the tab."""


def said(line: BankLine) -> str:
    """The amount of a line in a sentence."""
    return money(Money(line.amount, line.currency))


def tell(sentence: str, line: BankLine) -> None:
    """Say what was done with a line, with the button that undoes it."""
    flash(json.dumps({"text": sentence, "action_url": url_for("bank.open_line", line_id=line.id)}), "undo")


def onwards(line: BankLine) -> str:
    """Where the person goes on: the next open line, or the queue when there is none."""
    following = next_open(office_session(), actor(), line)
    return url_for("bank.line", line_id=following.id) if following else url_for("bank.queue")
