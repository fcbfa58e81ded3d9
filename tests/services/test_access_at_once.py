"""Many at once: tries are all counted, a link works once, an owner remains, a mail goes once (security.md)."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.errors import Busy, Invalid, NotFound, Refusal
from admin_app.models import Company, EmailClaim, EmailUse, OneTimeLink, SignInAttempt, User
from admin_app.outbox.drain import drain
from admin_app.outbox.mail import Ending, Outcome
from admin_app.services.claim_email import claim_for_client, claim_for_staff
from admin_app.services.manage_user import add_user, change_user, invite
from admin_app.services.one_time_link import Purpose, draw_link, use_link
from admin_app.services.passwords import Passwords
from admin_app.services.queue_mail import queue_mail
from admin_app.services.sign_in import MOST_HERE, sign_in
from admin_app.services.staff_sessions import Lifetimes, Visitor
from tests.services.signing_in import LIFETIMES, at
from tests.signing import a_user

T = TypeVar("T")
AT_ONCE = 20


def all_at_once(acts: list[Callable[[], T]]) -> list[T | Exception]:
    """Let threads run up to one line and start together; what each gave back or raised."""
    start = threading.Barrier(len(acts))
    found: list[Any] = [None] * len(acts)

    def one(place: int, act: Callable[[], T]) -> None:
        start.wait(timeout=30)
        try:
            found[place] = act()
        except Exception as trouble:
            found[place] = trouble

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return found


def test_twenty_guesses_at_once_are_twenty_guesses(rows):
    """Otherwise a guesser would simply guess in parallel."""
    with rows() as session:
        a_user(session)
    looked_at: list[str] = []

    class Counting(Passwords):
        def fits(self, kept, password):
            looked_at.append(password)
            return super().fits(kept, password)

    def guess() -> Any:
        here = Visitor("203.0.113.7")
        lifetimes: Lifetimes = LIFETIMES
        return sign_in(rows, Counting(1, 8), "ann@ashworth.test", "wrong", here, lifetimes, at())

    ended = all_at_once([guess] * AT_ONCE)

    assert all(isinstance(one, (Invalid, Busy)) for one in ended), ended
    assert len(looked_at) <= MOST_HERE
    with rows() as session:
        assert session.scalar(select(func.count()).select_from(SignInAttempt)) == len(looked_at)


def test_of_twenty_uses_of_a_link_one_counts(rows, clock):
    with rows() as session:
        token = draw_link(session, Purpose.WELCOME, a_user(session).id, clock)

    def use() -> int | None:
        with rows() as session:
            return use_link(session, Purpose.WELCOME, token, clock)

    ended = all_at_once([use] * AT_ONCE)

    assert [one for one in ended if not isinstance(one, NotFound)] == [1]


def test_two_owners_cannot_switch_each_other_off_at_once(rows, clock):
    with rows() as session:
        ids = [a_user(session, email=f"owner{n}@ashworth.test", name=f"Owner {n}").id for n in (1, 2)]

    def switch_off(other: int, me: int) -> str:
        with rows() as session:
            actor = Actor(ActorKind.STAFF, "an owner", me, Role.OWNER)
            return change_user(session, session.get_one(User, other), {"active": False}, actor, clock).name

    ended = all_at_once([lambda: switch_off(ids[0], ids[1]), lambda: switch_off(ids[1], ids[0])])

    with rows() as session:
        left = session.scalar(select(func.count()).select_from(User).where(User.active.is_(True)))
        assert left == 1
    assert len([one for one in ended if isinstance(one, Refusal)]) == 1, ended


def test_one_address_is_not_taken_by_both_sides_at_once(rows):
    def take(claim: Callable[..., None]) -> str:
        with rows() as session:
            claim(session, "clara@example.com")
            return claim.__name__

    ended = all_at_once([lambda: take(claim_for_staff), lambda: take(claim_for_client)])

    assert len([one for one in ended if isinstance(one, str)]) == 1, ended
    with rows() as session:
        assert len(session.scalars(select(EmailClaim)).all()) == 1


def test_three_workers_send_each_mail_once(rows, clock):
    with rows() as session:
        session.add(Company(id=1, name="Ashworth", email="office@ashworth.test"))
    with rows() as session:
        for number in range(12):
            queue_mail(session, "clara@example.com", f"Mail {number}", "", clock)
    carried: list[str] = []

    class Van:
        def carry(self, mail, sender, recipient):
            carried.append(mail["Subject"])
            return Outcome(Ending.SENT)

    all_at_once([lambda: drain(rows, Van(), clock)] * 3)

    assert sorted(carried) == sorted(f"Mail {number}" for number in range(12))


@pytest.mark.parametrize("role", ["owner", Role.OWNER])
def test_an_office_worker_adds_no_owner_whatever_the_role_is_written_as(rows, clock, role):
    bea = Actor(ActorKind.STAFF, "Bea", 2, Role.OFFICE)

    with rows() as session, pytest.raises(Refusal, match="Only an owner"):
        add_user(session, {"name": "Mallory", "email": "m@ashworth.test", "role": role}, bea, clock)


@pytest.mark.parametrize(
    "values", [{"password_hash": "x"}, {"must_change_password": False}, {"id": 7}, {"version": 1}]
)
def test_only_named_fields_of_a_person_are_set(rows, clock, values):
    ann = Actor(ActorKind.STAFF, "Ann", 1, Role.OWNER)

    with rows() as session, pytest.raises(Invalid, match="cannot be set here"):
        add_user(session, {"name": "X", "email": "x@ashworth.test", **values}, ann, clock)


def test_a_newer_link_leaves_one_that_works(rows, clock):
    ann = Actor(ActorKind.STAFF, "Ann", 1, Role.OWNER)
    with rows() as session:
        bea = a_user(session, Role.OFFICE)
        for _ in range(3):
            invite(session, bea, ann, clock)

    with rows() as session:
        assert len(session.scalars(select(OneTimeLink).where(OneTimeLink.used_at.is_(None))).all()) == 1


def test_what_was_claimed_for_clients_stays_theirs(rows):
    with rows() as session:
        claim_for_client(session, "clara@example.com")

    with rows() as session, pytest.raises(Invalid, match="now or formerly"):
        claim_for_staff(session, "CLARA@example.com ")
    with rows() as session:
        assert session.scalars(select(EmailClaim)).one().use is EmailUse.CLIENT
