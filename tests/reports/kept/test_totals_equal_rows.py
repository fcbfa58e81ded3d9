"""Whatever is done in whatever order: kept totals with what is behind, a rebuild and the rows say the same [L1]."""

from __future__ import annotations

from datetime import date

import pytest

from reports.engine.keep_totals import flush, rebuild
from reports.engine.kept import measures
from reports.engine.totals import add_up
from tests.reports.kept.walking import SPLITS, FiguresWalk, as_kept, asked, told

STEPS = 30


@pytest.mark.parametrize("seed", range(6))
def test_at_every_moment_the_answer_is_that_of_the_rows(desk, seed):
    walk = FiguresWalk(desk, seed)
    rebuild(desk.session, desk.clock)
    passed: set[str] = set()

    for step in range(STEPS):
        name, was_allowed = walk.step()
        passed |= {name} if was_allowed else set()
        question = asked(SPLITS[step % len(SPLITS)])
        assert told(desk.session, question, kept=True) == told(desk.session, question, kept=False), name

    assert {"issue", "pay", "catch_up"} < passed, "a walk that does next to nothing proves next to nothing"
    for by in SPLITS:
        for as_of in (date(2026, 1, 3), date(2026, 2, 1), desk.clock.today()):
            question = asked(by, as_of)
            assert told(desk.session, question, kept=True) == told(desk.session, question, kept=False), by


@pytest.mark.parametrize("seed", range(6, 10))
def test_little_by_little_and_anew_come_to_the_same(desk, seed):
    walk = FiguresWalk(desk, seed)
    rebuild(desk.session, desk.clock)

    for _ in range(STEPS):
        walk.step()
    flush(desk.session, desk.clock)
    little_by_little = as_kept(desk.session)
    rebuild(desk.session, desk.clock)

    assert little_by_little == as_kept(desk.session)
    assert little_by_little["RollupDay"]
    assert little_by_little["CustomerStat"]


def test_totals_answer_only_what_they_are_kept_by(desk):
    """Another filter, another period, another split: the rows answer, and the sums are the same."""
    desk.invoice("100", issued_on=date(2026, 1, 5))
    desk.pay("40", paid_on=date(2026, 1, 9))
    rebuild(desk.session, desk.clock)
    desk.pay("2", paid_on=date(2026, 1, 9))

    collected = measures()["collected"]
    by_customer = add_up(desk.session, collected, asked(("customer",))).sums
    january = asked(start=date(2026, 1, 9), end=date(2026, 1, 10), where=(("method", ("transfer",)),))

    assert by_customer == {((str(desk.group.id),), "EUR"): (4200, 2)}
    assert add_up(desk.session, collected, january).sums == {((), "EUR"): (4200, 2)}


def test_while_totals_are_built_anew_others_write_and_are_told_the_truth(desk):
    """At every pause money comes in; the rows answer until the end, and the marks of the pauses are not lost."""
    walk = FiguresWalk(desk, 11)
    for _ in range(STEPS):
        walk.step()
    rebuild(desk.session, desk.clock)
    pauses: list[bool] = []

    def pause() -> None:
        desk.session.commit()
        desk.pay("3", paid_on=date(2026, 1, 9))
        question = asked(("month", "brand"))
        pauses.append(told(desk.session, question, kept=True) == told(desk.session, question, kept=False))

    rebuild(desk.session, desk.clock, pause)

    assert len(pauses) > len(measures()) and all(pauses)
    for by in SPLITS:
        assert told(desk.session, asked(by), kept=True) == told(desk.session, asked(by), kept=False), by
    flush(desk.session, desk.clock)
    little_by_little = as_kept(desk.session)
    rebuild(desk.session, desk.clock)
    assert little_by_little == as_kept(desk.session)


def test_a_build_that_is_cut_short_leaves_the_rows_to_answer(desk):
    desk.invoice("100", issued_on=date(2026, 1, 5))
    rebuild(desk.session, desk.clock)
    told_before = told(desk.session, asked(("month",)), kept=False)
    commits: list[int] = []

    def cut() -> None:
        desk.session.commit()
        commits.append(1)
        if len(commits) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(desk.session, desk.clock, cut)
    desk.session.rollback()

    assert told(desk.session, asked(("month",)), kept=True) == told_before
    flush(desk.session, desk.clock)
    assert told(desk.session, asked(("month",)), kept=True) == told_before
