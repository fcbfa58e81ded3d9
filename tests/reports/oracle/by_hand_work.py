"""Work by hand: hours, what they cost, what is left over, and who has how much to do."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from fractions import Fraction

from tests.reports.oracle.by_hand import Fact, by_hand, divided
from tests.reports.oracle.by_hand_money import invoiced, source_of
from tests.reports.oracle.by_hand_sales import contract_id, in_force, lines_of, local, of_job, of_win
from tests.reports.oracle.tables import Row, Tables


def half_up(number: Fraction) -> int:
    return int(number + Fraction(1, 2))


def entries(tables: Tables, as_of: date) -> list[Row]:
    rows = [row for row in tables["time_entry"] if row["worked_on"] <= as_of]
    return sorted(rows, key=lambda row: (row["worked_on"], row["id"]))


def job(tables: Tables, row: Row) -> Row:
    return tables.by_id("work_order")[row["work_order_id"]]


@by_hand("hours_worked")
def hours_worked(tables: Tables, as_of: date) -> list[Fact]:
    return [
        of_job(tables, job(tables, row), row["worked_on"], row["minutes"], None, crew=row["user_id"])
        for row in entries(tables, as_of)
    ]


@by_hand("cost")
def cost(tables: Tables, as_of: date) -> list[Fact]:
    currency = tables["company"][0]["currency"]
    facts = [
        of_job(tables, job(tables, row), row["spent_on"], row["amount"], currency, crew=None)
        for row in tables["job_cost"]
        if row["spent_on"] <= as_of
    ]
    so_far: dict[int, int] = defaultdict(int)
    for row in entries(tables, as_of):
        before = half_up(Fraction(so_far[row["work_order_id"]], 60))
        so_far[row["work_order_id"]] += row["minutes"] * row["hour_cost"]
        amount = half_up(Fraction(so_far[row["work_order_id"]], 60)) - before
        facts.append(
            of_job(tables, job(tables, row), row["worked_on"], amount, currency, crew=row["user_id"])
        )
    return facts


def billed_with_costs(tables: Tables, as_of: date) -> list[Fact]:
    """Bills of projects of which a cost or an hour was entered by then."""
    known = {
        job(tables, row)["project_id"]
        for name, day in (("job_cost", "spent_on"), ("time_entry", "worked_on"))
        for row in tables[name]
        if row[day] <= as_of
    }
    return [one for one in invoiced(tables, as_of) if one.project in known]


@by_hand("margin")
def margin(tables: Tables, as_of: date) -> list[Fact]:
    costs = [
        Fact(one.day, one.customer, -one.amount, one.currency, one.project, one.brand, one.more)
        for one in cost(tables, as_of)
    ]
    return billed_with_costs(tables, as_of) + costs


divided("margin_share", margin, billed_with_costs)


def minutes(tables: Tables, estimate: Row) -> int:
    """Quantities lie in the tables as ten-thousandths."""
    hours = [line["hours"] for line in lines_of(tables, estimate)]
    return sum(half_up(Fraction(one * 60, 10_000)) for one in hours if one)


@by_hand("hours_planned")
def hours_planned(tables: Tables, as_of: date) -> list[Fact]:
    facts = []
    for row in in_force(tables, as_of):
        if any(line["hours"] for line in lines_of(tables, row)):
            fact = of_win(tables, row, minutes(tables, row), None)
            fact.more["source"] = source_of(tables, row["project_id"])
            facts.append(fact)
    return facts


def planned(tables: Tables, as_of: date) -> dict[int, int]:
    """The minutes of each contract that plans any."""
    found: dict[int, int] = defaultdict(int)
    for row in in_force(tables, as_of):
        if any(line["hours"] for line in lines_of(tables, row)):
            found[contract_id(row)] += minutes(tables, row)
    return dict(found)


@by_hand("workload")
def workload(tables: Tables, as_of: date) -> list[Fact]:
    plan = planned(tables, as_of)
    facts = []
    for row in tables["work_order"]:
        gone = row["state"] == "cancelled" and local(tables, row["state_since"]) <= as_of
        if row["estimate_id"] not in plan or not row["starts_at"] or gone:
            continue
        if local(tables, row["created_at"]) > as_of:
            continue
        crew = sorted(
            one["user_id"] for one in tables["work_order_crew"] if one["work_order_id"] == row["id"]
        )
        whole, hands = plan[row["estimate_id"]], max(1, len(crew))
        for place, who in enumerate(crew or [None]):
            share = whole * (place + 1) // hands - whole * place // hands
            facts.append(of_job(tables, row, local(tables, row["starts_at"]), share, None, crew=who))
    return facts


def completed(tables: Tables, as_of: date) -> list[Row]:
    plan = planned(tables, as_of)
    return [
        row
        for row in tables["work_order"]
        if row["state"] == "completed" and row["completed_on"] <= as_of and row["estimate_id"] in plan
    ]


def worked_on_completed(tables: Tables, as_of: date) -> list[Fact]:
    worked: dict[int, int] = defaultdict(int)
    for entry in entries(tables, as_of):
        worked[entry["work_order_id"]] += entry["minutes"]
    return [
        of_job(tables, row, row["completed_on"], worked[row["id"]], None) for row in completed(tables, as_of)
    ]


def planned_for_completed(tables: Tables, as_of: date) -> list[Fact]:
    plan = planned(tables, as_of)
    return [
        of_job(tables, row, row["completed_on"], plan[row["estimate_id"]], None)
        for row in completed(tables, as_of)
    ]


divided("estimate_against_actual", worked_on_completed, planned_for_completed)
