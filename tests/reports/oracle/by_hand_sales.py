"""Sales by hand: leads, offers, what was booked, and what of it was not invoiced."""

from __future__ import annotations

import ast
import json
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tests.reports.oracle.by_hand import Fact, Value, by_hand, divided, mean_of
from tests.reports.oracle.by_hand_money import brand_of_customer, invoiced, issued, source_of
from tests.reports.oracle.tables import Row, Tables

HORIZON = 90


def local(tables: Tables, instant: str) -> date:
    """The company's day of an instant."""
    at = datetime.fromisoformat(instant)
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return at.astimezone(ZoneInfo(tables["company"][0]["zone"])).date()


def kept_json(text: str | None) -> dict[str, Any]:
    """What the history keeps: as SQLite writes it, or as PostgreSQL's driver tells it."""
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        found = ast.literal_eval(text)
    return dict(found)


def chain(row: Row) -> int:
    return int(row["base_id"] or row["id"])


def net(row: Row) -> int:
    return int(row["total"] - row["tax"])


def confirmed(tables: Tables, as_of: date) -> list[Row]:
    rows = [row for row in tables["estimate"] if row["confirmed_on"] and row["confirmed_on"] <= as_of]
    return sorted(rows, key=lambda row: (row["revision"], row["id"]))


def in_force(tables: Tables, as_of: date) -> list[Row]:
    return list({chain(row): row for row in confirmed(tables, as_of)}.values())


def contract_id(row: Row) -> int:
    return int(row["change_of_id"] or chain(row))


def firsts(tables: Tables, as_of: date) -> list[Row]:
    """The acceptances that were wins."""
    found: dict[int, Row] = {}
    for row in confirmed(tables, as_of):
        if row["change_of_id"] is None:
            found.setdefault(chain(row), row)
    return list(found.values())


def of_project(tables: Tables, row: Row, day: date, amount: int, currency: str | None, **more: Any) -> Fact:
    project = tables.by_id("project")[row["project_id"]]
    customer = row["group_id"]
    brand = project["brand_id"] or brand_of_customer(tables, customer)
    return Fact(day, customer, amount, currency, row["project_id"], brand, more)


def of_win(tables: Tables, row: Row, amount: int, currency: str | None) -> Fact:
    return of_project(tables, row, row["confirmed_on"], amount, currency, estimator=row["won_by_id"])


@by_hand("booked")
def booked(tables: Tables, as_of: date) -> list[Fact]:
    facts: list[Fact] = []
    last: dict[int, int] = {}
    for row in confirmed(tables, as_of):
        facts.append(of_win(tables, row, net(row) - last.get(chain(row), 0), row["currency"]))
        last[chain(row)] = net(row)
    return facts


@by_hand("won")
def won(tables: Tables, as_of: date) -> list[Fact]:
    return [of_win(tables, row, 1, None) for row in firsts(tables, as_of)]


def contracts(tables: Tables, as_of: date) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for row in in_force(tables, as_of):
        found[contract_id(row)] += net(row)
    return found


@by_hand("average_ticket", mean_of)
def average_ticket(tables: Tables, as_of: date) -> list[Fact]:
    nets = contracts(tables, as_of)
    return [of_win(tables, row, nets[chain(row)], row["currency"]) for row in firsts(tables, as_of)]


@by_hand("backlog")
def backlog(tables: Tables, as_of: date) -> list[Fact]:
    left = contracts(tables, as_of)
    bills = {row["id"]: row for row in tables["invoice"]}
    for place, fact in enumerate(invoiced(tables, as_of)):
        rows = [*issued(tables, as_of), *(one for one in tables["credit_note"] if one["issued_on"] <= as_of)]
        row = rows[place]
        bill = bills[row["invoice_id"]] if "invoice_id" in row else row
        if bill["estimate_id"] in left:
            left[bill["estimate_id"]] -= fact.amount
    called_off = {
        row["estimate_id"]
        for row in tables["work_order"]
        if row["state"] == "cancelled" and local(tables, row["state_since"]) <= as_of
    }
    return [
        of_win(tables, row, left[chain(row)], row["currency"])
        for row in firsts(tables, as_of)
        if left[chain(row)] and chain(row) not in called_off
    ]


def lines_of(tables: Tables, estimate: Row) -> list[Row]:
    rows = tables.by("estimate_line", "estimate_id").get(estimate["id"], [])
    return [row for row in rows if row["chosen"] or not row["optional"]]


def discounts(tables: Tables, as_of: date) -> list[Fact]:
    return [
        of_win(
            tables,
            row,
            row["discount"] + sum(line["discount"] for line in lines_of(tables, row)),
            row["currency"],
        )
        for row in in_force(tables, as_of)
    ]


def before_discounts(tables: Tables, as_of: date) -> list[Fact]:
    return [
        of_win(
            tables,
            row,
            row["subtotal"] + sum(line["discount"] for line in lines_of(tables, row)),
            row["currency"],
        )
        for row in in_force(tables, as_of)
    ]


divided("discount_share", discounts, before_discounts)


def lost_on(tables: Tables, row: Row, as_of: date) -> date | None:
    if row["declined_reason"] and row["answered_at"] and local(tables, row["answered_at"]) <= as_of:
        return local(tables, row["answered_at"])
    if row["state"] == "expired" and local(tables, row["state_since"]) <= as_of:
        return local(tables, row["state_since"])
    return None


# --- offers ---


def offers(tables: Tables, as_of: date) -> list[tuple[Fact, date | None]]:
    """Each estimate that was sent, and the day of its answer."""
    chains: dict[int, list[Row]] = defaultdict(list)
    for row in tables["estimate"]:
        if row["change_of_id"] is None:
            chains[chain(row)].append(row)
    found = []
    for rows in chains.values():
        sent = [row for row in rows if row["sent_at"] and local(tables, row["sent_at"]) <= as_of]
        if not sent:
            continue
        last = max(sent, key=lambda row: row["revision"])
        day = min(local(tables, row["sent_at"]) for row in sent)
        wins = [row for row in rows if row["confirmed_on"] and row["confirmed_on"] <= as_of]
        lost = lost_on(tables, last, as_of)
        win = min(wins, key=lambda row: (row["confirmed_on"], row["revision"])) if wins else None
        ended = win["confirmed_on"] if win else lost
        project = tables.by_id("project")[last["project_id"]]
        reason = None if win or not lost else last["declined_reason"] or "Expired without an answer"
        fact = of_project(
            tables,
            last,
            day,
            1,
            None,
            estimator=win["won_by_id"] if win else project["estimator_id"],
            state="won" if win else "lost" if lost else "open",
            reason=reason,
            waited=((ended or as_of) - day).days,
        )
        found.append((fact, ended))
    return found


@by_hand("estimates_sent")
def estimates_sent(tables: Tables, as_of: date) -> list[Fact]:
    return [fact for fact, _ in offers(tables, as_of)]


def moved(fact: Fact, day: date) -> Fact:
    return Fact(day, fact.customer, 1, None, fact.project, fact.brand, fact.more)


def closed(tables: Tables, as_of: date) -> list[Fact]:
    return [moved(fact, ended) for fact, ended in offers(tables, as_of) if ended]


def closed_by_winning(tables: Tables, as_of: date) -> list[Fact]:
    return [fact for fact in closed(tables, as_of) if fact.more["state"] == "won"]


divided("won_of_closed", closed_by_winning, closed)


def likely(facts: list[Fact]) -> Value:
    """Aalen-Johansen within the horizon, in fractions: Σ (still waiting before) × (won that day ÷ at risk)."""
    if not facts:
        return None
    waiting, share = Fraction(1), Fraction(0)
    at_risk = len(facts)
    for day in sorted({fact.more["waited"] for fact in facts}):
        ended = [fact.more["state"] for fact in facts if fact.more["waited"] == day]
        wins, losses = ended.count("won"), ended.count("lost")
        if day <= HORIZON:
            share += waiting * Fraction(wins, at_risk)
        waiting *= 1 - Fraction(wins + losses, at_risk)
        at_risk -= len(ended)
    return Decimal(share.numerator) / share.denominator


@by_hand("win_rate", value_of_facts=likely)
def win_rate(tables: Tables, as_of: date) -> list[Fact]:
    return [fact for fact in estimates_sent(tables, as_of) if fact.more["waited"] >= 0]


# --- leads ---


def lead(tables: Tables, row: Row, as_of: date) -> Fact:
    """Where a lead stood, by the offers to its project."""
    papers = tables.by("estimate", "project_id").get(row["project_id"], [])
    answered = row["state"] == "estimated"
    wins = [one for one in papers if one["confirmed_on"] and one["confirmed_on"] <= as_of]
    since = [one["confirmed_on"] for one in wins if one["confirmed_on"] >= row["asked_on"]]
    win = min(since) if since else None
    if win is None and wins and answered and all(one["confirmed_on"] for one in papers):
        win = max(one["confirmed_on"] for one in wins)

    def open_then(column: str) -> bool:
        return answered and any(
            one[column]
            and local(tables, one[column]) <= as_of
            and (one["state"] != "superseded" or local(tables, one["state_since"]) > as_of)
            and (one["confirmed_on"] is None or one["confirmed_on"] > as_of)
            and lost_on(tables, one, as_of) is None
            for one in papers
        )

    lost = None
    since_then = local(tables, row["state_since"]) <= as_of
    if row["state"] == "declined" and since_then:
        lost = local(tables, row["state_since"])
    elif answered and not open_then("created_at"):
        losses = [day for one in papers if (day := lost_on(tables, one, as_of)) and day >= row["asked_on"]]
        lost = max(losses, default=None)
    if win:
        state = "won"
    elif lost:
        state = "lost"
    elif open_then("sent_at"):
        state = "sent"
    elif open_then("created_at"):
        state = "estimated"
    else:
        state = "postponed" if row["state"] == "postponed" and since_then else "waiting"
    project = tables.by_id("project")[row["project_id"]]
    owner = project["estimator_id"]
    if win:
        owner = min((one["id"], one["won_by_id"]) for one in papers if one["confirmed_on"] == win)[1]
    said = [one["declined_reason"] for one in papers if one["declined_reason"]]
    reason = row["declined_reason"] or (said[-1] if said else "Expired without an answer")
    source = tables.by_id("lead_source").get(row["source_id"])
    return of_project(
        tables,
        row,
        row["asked_on"],
        1,
        None,
        estimator=owner,
        source=source["name"] if source else None,
        state=state,
        reason=reason if state == "lost" else None,
        waited=((win or lost or as_of) - row["asked_on"]).days,
    )


@by_hand("conversion")
@by_hand("leads")
def leads(tables: Tables, as_of: date) -> list[Fact]:
    return [lead(tables, row, as_of) for row in tables["lead"] if row["asked_on"] <= as_of]


@by_hand("lead_conversion", value_of_facts=likely)
def lead_conversion(tables: Tables, as_of: date) -> list[Fact]:
    return [fact for fact in leads(tables, as_of) if fact.more["waited"] >= 0]


# --- states ---

PASSING = {
    "Lead": ("lead", {"draft", "for approval", "new", "custom", "postponed"}),
    "Estimate": ("estimate", {"draft", "sent", "changes requested"}),
    "WorkOrder": ("workorder", {"new", "scheduled", "in progress", "finished"}),
}


def half_left(facts: list[Fact]) -> Value:
    """Kaplan-Meier's median of the stays."""
    standing, at_risk = Fraction(1), len(facts)
    for days in sorted({fact.amount for fact in facts}):
        here = [fact for fact in facts if fact.amount == days]
        standing *= 1 - Fraction(sum(fact.more["reason"] == "left" for fact in here), at_risk)
        at_risk -= len(here)
        if standing <= Fraction(1, 2):
            return Decimal(days)
    return None


@by_hand("time_in_state", value_of_facts=half_left)
def time_in_state(tables: Tables, as_of: date) -> list[Fact]:
    steps: dict[tuple[str, int], list[tuple[date, str, Row]]] = defaultdict(list)
    for row in sorted(tables["audit_entry"], key=lambda row: row["id"]):
        state = kept_json(row["after"]).get("state")
        day = local(tables, row["at"])
        if row["entity"] in PASSING and state and row["change"] != "deleted" and day <= as_of:
            steps[row["entity"], row["entity_id"]].append((day, state, row))
    facts = []
    for (entity, _), moves in steps.items():
        word, states = PASSING[entity]
        ends: list[date | None] = [day for day, _, _ in moves[1:]]
        for (day, state, row), end in zip(moves, [*ends, None], strict=True):
            if state in states:
                brand = brand_of_customer(tables, row["group_id"])
                days = ((end or as_of) - day).days
                more = {"state": f"{word} {state}", "reason": "left" if end else "running", "waited": days}
                facts.append(Fact(day, row["group_id"], days, None, None, brand, more))
    return facts


# --- done, not invoiced ---


@by_hand("work_not_invoiced")
def work_not_invoiced(tables: Tables, as_of: date) -> list[Fact]:
    billed: dict[tuple[int, str], int] = defaultdict(int)
    for bill in issued(tables, as_of):
        if bill["kind"] != "deposit" and bill["estimate_id"]:
            for line in tables.by("invoice_line", "invoice_id").get(bill["id"], []):
                billed[bill["estimate_id"], line["line_key"]] += line["net"]
    for credited in tables["credit_note_line"]:
        note = tables.by_id("credit_note")[credited["credit_note_id"]]
        line = tables.by_id("invoice_line")[credited["invoice_line_id"]]
        bill = tables.by_id("invoice")[line["invoice_id"]]
        if note["issued_on"] <= as_of and bill["kind"] != "deposit" and bill["estimate_id"]:
            billed[bill["estimate_id"], line["line_key"]] -= credited["net"]
    agreed = in_force(tables, as_of)
    facts = []
    for row in tables["service"]:
        work = tables.by_id("work_order")[row["work_order_id"]]
        done = row["state"] == "completed" and local(tables, row["completed_at"]) <= as_of
        left = row["net"] - billed[work["estimate_id"], row["line_key"]]
        if not done or not left:
            continue
        first = tables.by_id("estimate")[work["estimate_id"]]
        parts = [one for one in agreed if contract_id(one) == work["estimate_id"]]
        total = sum(one["total"] for one in parts)
        if first["prices_include_tax"] and total > 0:
            exactly = abs(Fraction(left * sum(net(one) for one in parts), total))
            rounded = int(exactly + Fraction(1, 2))
            left = rounded if left > 0 else -rounded
        facts.append(of_job(tables, work, local(tables, row["completed_at"]), left, first["currency"]))
    return facts


def of_job(tables: Tables, work: Row, day: date, amount: int, currency: str | None, **more: Any) -> Fact:
    """A fact about a workorder, owned by who won the latest revision of its estimate."""
    revisions = [row for row in tables["estimate"] if work["estimate_id"] in (row["id"], row["base_id"])]
    winners = [(row["revision"], row["won_by_id"]) for row in revisions if row["won_by_id"]]
    owner = max(winners)[1] if winners else tables.by_id("project")[work["project_id"]]["estimator_id"]
    source = source_of(tables, work["project_id"])
    return of_project(tables, work, day, amount, currency, estimator=owner, source=source, **more)
