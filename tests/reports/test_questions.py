"""Questions: names that nobody knows, periods, addresses, amounts that do not add up [L1, M35, M36, M9]."""

from datetime import date

import pytest

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.errors import Invalid, NotAllowed
from admin_app.models import Company
from reports.engine import Desk, Query
from reports.engine.query import read_query, shifted
from reports.metrics import METRICS
from reports.sources import DIMENSIONS
from seeds.builders import a_brand, a_group, a_tag
from seeds.work_builders import a_service_plan, a_subscription
from tests.services.desk import a_desk


@pytest.fixture
def office(session, ann, clock):
    """A company that issues invoices."""
    return a_desk(session, ann, clock)


@pytest.fixture
def desk(session, ann, clock):
    return Desk(session, ann, clock)


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        ([("metric", "invocied")], "There is no metric “invocied”; nearest: invoiced"),
        ([("metric", "invoiced"), ("by", "mont")], "There is no dimension “mont”; nearest: month"),
        ([("metric", "invoiced"), ("by", "method")], "Invoiced cannot be split by method; it can by:"),
        ([("metric", "invoiced"), ("colour", "red")], "There is no dimension “colour”"),
        ([("metric", "invoiced"), ("from", "1 March")], "“1 March” is not a day; write from as 2026-03-31"),
        ([("metric", "invoiced"), ("as_of", "0026-03-01")], "The year 26 is outside 1900 to 2200"),
        ([("metric", "invoiced"), ("from", "2026-03-01"), ("to", "2026-03-01")], "is empty"),
        ([("metric", "receivable"), ("from", "2026-03-01")], "it has no period"),
        ([("metric", "invoiced"), ("compare", "yesterday")], "There is no comparison “yesterday”"),
        (
            [("metric", "invoiced"), ("by", "month"), ("by", "brand"), ("by", "kind")],
            "at most 2 dimensions, not by 3",
        ),
        ([("metric", "invoiced"), ("by", "month"), ("by", "month")], "“month” is asked for twice"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_nearest_that_can(pairs, sentence):
    with pytest.raises(Invalid) as refusal:
        read_query(pairs)

    assert sentence in refusal.value.sentence


def test_the_address_of_a_question_is_the_question():
    query = Query(
        "collected",
        by=("month", "method"),
        where=(("brand", "3"), ("method", "card"), ("method", "cash")),
        start=date(2026, 1, 1),
        end=date(2026, 4, 1),
        compare="year",
    )

    assert read_query(query.args()) == query


@pytest.mark.parametrize(
    ("compare", "start", "end"),
    [("previous", date(2024, 2, 1), date(2024, 3, 1)), ("year", date(2023, 3, 1), date(2023, 3, 30))],
)
def test_a_period_is_compared_with_the_one_before_or_a_year_ago(compare, start, end):
    asked = Query("invoiced", start=date(2024, 3, 1), end=date(2024, 3, 30), compare=compare)

    earlier = shifted(asked, date(2024, 6, 30))

    assert (earlier.start, earlier.end) == (start, end)


def test_a_leap_day_is_compared_with_the_day_before_the_first_of_march():
    assert shifted(
        Query("receivable", as_of=date(2024, 2, 29), compare="year"), date(2024, 2, 29)
    ).as_of == date(2023, 2, 28)


def test_a_period_takes_its_first_day_and_leaves_the_one_after_its_last(desk, office):
    for day in (date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 1)):
        office.invoice("10.00", issued_on=day)
    february = Query("invoiced", start=date(2026, 2, 1), end=date(2026, 3, 1))

    assert (desk.ask(february).value, desk.ask(february).rows) == (2000, 2)
    assert [row.day for row in desk.rows(february).rows] == [date(2026, 2, 28), date(2026, 2, 1)]


def test_a_past_day_is_answered_as_it_stood_then(desk, office):
    office.invoice("10.00", issued_on=date(2026, 2, 1))
    office.invoice("7.00", issued_on=date(2026, 3, 2))

    assert desk.ask(Query("invoiced", as_of=date(2026, 3, 1))).value == 1000
    assert desk.ask(Query("invoiced")).value == 1700


def test_amounts_in_several_currencies_are_told_apart_and_never_added(desk, office):
    office.invoice("10.00")
    office.invoice("7.00", currency="CHF")

    mixed = desk.ask(Query("invoiced"))
    alone = desk.ask(Query("invoiced", where=(("currency", "CHF"),)))

    assert mixed.value is None and mixed.note is not None and "several currencies" in mixed.note
    assert {mark.keys[0]: mark.value for mark in mixed.marks} == {"EUR": 1000, "CHF": 700}
    assert (alone.value, alone.currency) == (700, "CHF")


def test_a_company_that_changes_its_currency_and_zone_has_its_figures_in_the_new_ones(
    office, session, ann, clock
):
    """What was built for the old ones is not used again [M35]."""
    plan = a_service_plan(session)
    a_subscription(session, office.group, plan)
    before = Desk(session, ann, clock).ask(Query("mrr"))
    session.get_one(Company, 1).currency = "GBP"
    session.flush()

    after = Desk(session, ann, clock).ask(Query("mrr"))

    assert (before.currency, after.currency) == ("EUR", "GBP")
    assert before.value == after.value == 2_000
    assert [mark.currency for mark in Desk(session, ann, clock).ask(Query("mrr", by=("plan",))).marks] == [
        "GBP"
    ]


def test_a_customer_with_two_tags_counts_under_both_and_once_in_the_figure(desk, office, session):
    office.group.tags = [a_tag(session, "oak"), a_tag(session, "late payer")]
    office.invoice("10.00")
    office.invoice("7.00", group_id=a_group(session, name="Somebody else").id)

    answer = desk.ask(Query("invoiced", by=("tag",)))
    oaks = desk.ask(Query("invoiced", where=(("tag", "oak"),)))

    assert answer.value == 1700
    assert {mark.labels[0]: mark.value for mark in answer.marks} == {
        "oak": 1000,
        "late payer": 1000,
        "No tag": 700,
    }
    assert oaks.value == 1000


def test_a_brand_is_asked_for_by_its_name_and_an_unknown_one_gets_the_nearest(desk, office, session):
    harbour = a_brand(session, name="Harbour Roofing", key="harbour")
    office.invoice("10.00", brand_id=harbour.id)
    office.invoice("7.00")

    named = desk.ask(Query("invoiced", where=(("brand", "harbour roofing"),)))

    assert named.value == 1000
    assert named.filters == (("brand", str(harbour.id), "Harbour Roofing"),)
    with pytest.raises(Invalid, match="There is no brand “Harbor Rofing”; nearest: Harbour Roofing"):
        desk.ask(Query("invoiced", where=(("brand", "Harbor Rofing"),)))


@pytest.mark.parametrize("name", sorted(METRICS))
def test_a_crew_is_told_no_figure(session, clock, name):
    crew = Actor(ActorKind.STAFF, "Cal", id=7, role=Role.CREW)

    with pytest.raises(NotAllowed):
        Desk(session, crew, clock).ask(Query(name))


@pytest.mark.parametrize("name", sorted(METRICS))
def test_a_company_without_a_row_gets_nothing_or_a_reason_and_no_traceback(desk, name):
    answer = desk.ask(Query(name))

    assert answer.rows == 0
    assert not answer.value or answer.note
    assert answer.value is not None or answer.note


@pytest.mark.parametrize("name", sorted(METRICS))
def test_every_metric_says_what_it_is_and_can_be_split_by_each_dimension_that_it_names(desk, name):
    metric = METRICS[name]

    assert metric.sentence.endswith(".") and metric.basis and metric.unit and metric.version >= 1
    for dimension in metric.dimensions:
        if dimension in DIMENSIONS:
            desk.ask(Query(name, by=(dimension,)))
