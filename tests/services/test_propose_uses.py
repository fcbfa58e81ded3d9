"""Unused money is proposed for open invoices, applied in one act, taken back in one [92, L8, V18]."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from admin_app.kernel.errors import Conflict, Invalid, NotFound, Unmet
from admin_app.models import Allocation
from admin_app.services.propose_uses import (
    apply_uses,
    as_text,
    from_text,
    proposals_for,
    take_back_uses,
    uses_in,
)
from seeds.builders import a_group
from tests.money.books import broken
from tests.services.desk import euros


@pytest.fixture
def owed(desk):
    """1000 and 2500 are open."""
    return [desk.invoice(price, issued_on=date(2026, 2, day)) for price, day in (("1000", 1), ("2500", 2))]


def test_the_oldest_are_paid_first_and_nothing_is_altered(desk, owed, session, clock):
    """[V18]"""
    payment = desk.pay("3000")
    [proposal] = proposals_for(session, payment, desk.actor)

    made = apply_uses(session, payment, uses_in(proposal), desk.actor, clock, "key")

    assert [one.amount for one in made] == [100000, 200000]
    assert ([one.balance for one in owed], payment.unallocated) == ([0, 50000], 0)
    assert broken(session) == set()


def test_applied_twice_with_one_key_it_is_one_act(desk, owed, session, clock):
    payment = desk.pay("1000", reference=f"inv {owed[0].number}")
    best, *_ = proposals_for(session, payment, desk.actor)
    assert best.exact

    first, again = (apply_uses(session, payment, uses_in(best), desk.actor, clock, "key") for _ in range(2))

    assert [one.id for one in first] == [one.id for one in again]
    assert session.scalar(select(func.count()).select_from(Allocation)) == 1
    with pytest.raises(Conflict):
        apply_uses(session, payment, (*uses_in(best), *uses_in(best)), desk.actor, clock, "key")


def test_all_or_nothing(desk, owed, session, clock):
    payment = desk.pay("3500")
    [*_, proposal] = proposals_for(session, payment, desk.actor)
    desk.pay("2500", owed[1])

    with pytest.raises(Unmet), session.begin_nested():
        apply_uses(session, payment, uses_in(proposal), desk.actor, clock)

    session.refresh(payment)
    assert payment.unallocated == 350000


def test_taken_back_in_one_act_and_only_once(desk, owed, session, clock):
    payment = desk.pay("3500")
    made = apply_uses(
        session, payment, uses_in(proposals_for(session, payment, desk.actor)[0]), desk.actor, clock
    )
    ids = {one.id for one in made}

    assert take_back_uses(session, payment, ids, desk.actor, clock) == euros("3500")
    with pytest.raises(Unmet, match="before"):
        take_back_uses(session, payment, ids, desk.actor, clock)
    with pytest.raises(NotFound):
        take_back_uses(session, desk.pay("1"), ids, desk.actor, clock)
    assert [one.balance for one in owed] == [100000, 250000] and broken(session) == set()


def test_what_a_form_carries_reads_back_and_nothing_else_does(desk, owed, session):
    payment = desk.pay("3000")
    uses = uses_in(proposals_for(session, payment, desk.actor)[0])
    otto = a_group(session, name="Otto")

    def read(text, group_id=desk.group.id):
        return from_text(session, desk.actor, group_id, text, "EUR")

    assert read(as_text(uses)) == uses
    for text in ("", "x", "1:", ":1", "1:-5", "1:0", "999:5", "1:1e3", ",".join(["1:1"] * 600)):
        with pytest.raises(Invalid):
            read(text)
    with pytest.raises(Invalid):
        read(as_text(uses), otto.id)
