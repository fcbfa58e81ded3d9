"""Questions that somebody keeps: whose they are, who reads them, their order, their way back [125, 136]."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import SYSTEM, Actor, ActorKind, Role
from admin_app.kernel.errors import Invalid, NotAllowed, NotFound, Unmet
from admin_app.models import SavedReport
from admin_app.services import keep_report as keeping
from seeds.builders import a_user
from seeds.report_builders import a_saved_report

QUESTION = "metric=collected&by=month"


@pytest.fixture
def owner(session):
    return a_user(session, "ann").as_actor()


@pytest.fixture
def analyst(session):
    return a_user(session, "ada").as_actor()


def readable(session, actor):
    return [one.title for one in session.scalars(keeping.readable_reports(actor))]


def test_a_kept_question_is_its_owners_alone_until_it_is_shared(session, owner, analyst):
    report = keeping.keep_report(session, "  Cash  by month ", QUESTION, owner)

    assert (report.title, report.query, report.owner_id) == ("Cash by month", QUESTION, owner.id)
    assert readable(session, analyst) == []
    with pytest.raises(NotFound):
        keeping.report_at(session, report.id, analyst)

    keeping.share(session, report, True, owner)

    assert readable(session, analyst) == ["Cash by month"]
    assert keeping.report_at(session, report.id, analyst) is report


def test_the_same_question_kept_again_is_the_one_that_is_kept(session, owner, analyst):
    first = keeping.keep_report(session, "Cash", QUESTION, owner)
    again = keeping.keep_report(session, "Cash by month", QUESTION, owner)
    others = keeping.keep_report(session, "Cash", QUESTION, analyst)

    assert again is first
    assert first.title == "Cash by month"
    assert others is not first


@pytest.mark.parametrize(
    "act",
    [
        lambda session, report, who: keeping.rename(session, report, "Mine", who),
        lambda session, report, who: keeping.share(session, report, False, who),
        lambda session, report, who: keeping.put_on_dashboard(session, report, True, who),
        lambda session, report, who: keeping.move_tile(session, report, 1, who),
        lambda session, report, who: keeping.mail_weekly(session, report, True, who),
        lambda session, report, who: keeping.alert_at(session, report, 1, None, who),
        lambda session, report, who: keeping.delete_report(session, report, who),
    ],
    ids=["rename", "share", "dashboard", "move", "mail", "alert", "delete"],
)
def test_nobody_changes_a_report_of_somebody_else_even_if_it_is_shared(session, owner, analyst, act):
    report = keeping.keep_report(session, "Cash", QUESTION, owner)
    keeping.share(session, report, True, owner)

    with pytest.raises(NotAllowed):
        act(session, report, analyst)
    with pytest.raises(NotAllowed, match="belongs to Ann Ashworth"):
        keeping.own_report(session, report.id, analyst)

    assert (report.title, report.shared, report.on_dashboard, report.mailed) == ("Cash", True, False, False)


@pytest.mark.parametrize("role", [Role.CREW, Role.SUBCONTRACTOR])
def test_crews_keep_nothing_and_read_nothing(session, owner, role):
    shared = keeping.keep_report(session, "Cash", QUESTION, owner)
    keeping.share(session, shared, True, owner)
    cem = Actor(ActorKind.STAFF, "Cem", 99, role)

    with pytest.raises(NotAllowed):
        keeping.keep_report(session, "Cash", QUESTION, cem)
    with pytest.raises(NotAllowed):
        keeping.report_at(session, shared.id, cem)
    assert readable(session, cem) == []


def test_a_report_belongs_to_a_person_and_not_to_the_program(session):
    with pytest.raises(Unmet, match="sign in to keep one"):
        keeping.keep_report(session, "Cash", QUESTION, SYSTEM)


@pytest.mark.parametrize(
    ("title", "query", "field"),
    [
        ("", QUESTION, "title"),
        (" \t ", QUESTION, "title"),
        ("x" * 121, QUESTION, "title"),
        ("Cash", " ", "metric"),
        ("Cash", "metric=" + "x" * 1000, None),
    ],
)
def test_a_report_has_a_title_and_asks_something(session, owner, title, query, field):
    with pytest.raises(Invalid) as refusal:
        keeping.keep_report(session, title, query, owner)

    assert set(refusal.value.fields) == ({field} if field else set())
    assert readable(session, owner) == []


def test_nobody_keeps_more_reports_than_anybody_finds_again(session, owner):
    bea = a_user(session, "bea")
    for number in range(keeping.MOST_REPORTS):
        a_saved_report(session, bea, query=f"metric=collected&brand={number}")

    with pytest.raises(Unmet, match="200 reports already"):
        keeping.keep_report(session, "One more", QUESTION, bea.as_actor())

    assert keeping.keep_report(session, "Mine", QUESTION, owner)


def test_tiles_stand_in_the_order_in_which_their_owner_puts_them(session, owner):
    def tiles():
        pinned = keeping.readable_reports(owner).where(SavedReport.on_dashboard.is_(True))
        return [one.title for one in session.scalars(pinned)]

    kept = [keeping.keep_report(session, name, f"metric={name}", owner) for name in ("one", "two", "three")]
    for report in kept:
        keeping.put_on_dashboard(session, report, True, owner)

    assert tiles() == ["one", "two", "three"]

    keeping.move_tile(session, kept[2], -1, owner)
    keeping.move_tile(session, kept[0], -5, owner)
    assert tiles() == ["one", "three", "two"]

    keeping.put_on_dashboard(session, kept[0], False, owner)
    assert tiles() == ["three", "two"]
    with pytest.raises(Unmet, match="not on your dashboard"):
        keeping.move_tile(session, kept[0], 1, owner)

    keeping.put_on_dashboard(session, kept[0], True, owner)
    assert tiles() == ["three", "two", "one"]


def test_a_new_threshold_is_looked_at_afresh_and_the_lower_lies_below_the_upper(session, owner):
    report = keeping.keep_report(session, "Cash", QUESTION, owner)
    keeping.alert_at(session, report, 500_00, 100_00, owner)
    report.alerted = True

    keeping.alert_at(session, report, 500_00, 100_00, owner)
    same = report.alerted
    keeping.alert_at(session, report, 600_00, 100_00, owner)

    assert (same, report.alerted) == (True, False)
    with pytest.raises(Invalid) as refusal:
        keeping.alert_at(session, report, 100_00, 100_00, owner)
    assert set(refusal.value.fields) == {"under"}


def test_a_deleted_report_comes_back_whole_and_only_to_its_owner(session, owner, analyst):
    report = keeping.keep_report(session, "Cash", QUESTION, owner)
    keeping.put_on_dashboard(session, report, True, owner)
    keeping.mail_weekly(session, report, True, owner)
    keeping.alert_at(session, report, 500_00, None, owner)
    number, place = report.id, report.position

    keeping.delete_report(session, report, owner)
    assert session.scalar(select(SavedReport)) is None
    with pytest.raises(NotFound):
        keeping.bring_back(session, number, analyst)

    back = keeping.bring_back(session, number, owner)

    assert (back.id, back.title, back.query, back.owner_id) == (number, "Cash", QUESTION, owner.id)
    assert (back.on_dashboard, back.mailed, back.alert_over, back.position) == (True, True, 500_00, place)


@pytest.mark.parametrize("number", [0, -1, 999, 10**30])
def test_what_was_never_there_does_not_come_back(session, owner, number):
    with pytest.raises(NotFound):
        keeping.bring_back(session, number, owner)
    with pytest.raises(NotFound):
        keeping.report_at(session, number, owner)


def test_owners_get_the_weekly_letter_until_they_say_no_and_others_when_they_say_yes(session, owner, analyst):
    assert keeping.wants_digest(session, owner)
    assert not keeping.wants_digest(session, analyst)

    keeping.choose_digest(session, False, owner)
    keeping.choose_digest(session, True, analyst)

    assert not keeping.wants_digest(session, owner)
    assert keeping.wants_digest(session, analyst)
