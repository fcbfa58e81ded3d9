"""Staff sign in: one answer for every cause, counted tries, sessions that live on the server (security.md)."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Role
from admin_app.kernel.clock import FixedClock
from admin_app.kernel.errors import Busy, Conflict, Invalid, NotFound
from admin_app.models import AuditEntry, SignInAttempt, StaffSession, User
from admin_app.services import staff_sessions
from admin_app.services.change_password import change_password
from admin_app.services.passwords import Passwords
from admin_app.services.sign_in import (
    KEPT_FOR,
    MOST_AT_ACCOUNT,
    MOST_FROM_ADDRESS,
    MOST_HERE,
    WINDOW,
    SignedIn,
    network_of,
    sign_in,
)
from admin_app.services.staff_sessions import Lifetimes, Visitor
from tests.services.signing_in import HERE, LIFETIMES, MORNING, QUICK, Transaction, at
from tests.signing import PASSWORD, a_user


@pytest.fixture
def ann_works_here(transaction: Transaction) -> User:
    with transaction() as session:
        return a_user(session, Role.OWNER)


def enter(transaction: Transaction, email="ann@ashworth.test", password=PASSWORD, who=HERE, clock=None):
    return sign_in(transaction, QUICK, email, password, who, LIFETIMES, clock or at())


def fail(transaction: Transaction, times: int, email="ann@ashworth.test", who=HERE, clock=None):
    for _ in range(times):
        with pytest.raises(Invalid):
            enter(transaction, email, "not this one", who, clock)


def test_the_right_pair_begins_a_session_whose_token_is_kept_only_as_a_hash(transaction, ann_works_here):
    done = enter(transaction, " Ann@Ashworth.TEST ")

    with transaction() as session:
        kept = session.scalars(select(StaffSession)).one()
        assert (kept.user_id, kept.address, kept.agent) == (ann_works_here.id, "203.0.113.7", "Firefox")
        assert done.token not in kept.token_hash
        assert len(done.token) >= 43, "256 bits"
        assert session.get_one(User, ann_works_here.id).last_signed_in_at == MORNING


def test_signing_in_is_no_edit_of_the_person(transaction, ann_works_here):
    with transaction() as session:
        before = session.scalar(select(func.count()).select_from(AuditEntry))
    enter(transaction)

    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == before
        assert session.get_one(User, ann_works_here.id).version == 1


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ann@ashworth.test", "wrong"),
        ("nobody@ashworth.test", PASSWORD),
        ("pete@ashworth.test", PASSWORD),
        ("cem@ashworth.test", PASSWORD),
        ("ann@ashworth.test", "x" * 100_000),
    ],
    ids=["wrong password", "unknown", "switched off", "without a password", "endless"],
)
def test_every_refusal_reads_the_same(transaction, ann_works_here, email, password):
    with transaction() as session:
        a_user(session, Role.ESTIMATOR, active=False)
        a_user(session, Role.CREW, password_hash=None)

    with pytest.raises(Invalid) as refusal:
        enter(transaction, email, password)

    assert refusal.value.sentence == "This email and this password do not belong together"


def test_an_unknown_person_costs_one_hash_like_a_known_one(transaction, ann_works_here):
    """Equal work is the promise; time itself would be a test of the machine."""
    looked_at: list[str] = []

    class Counting(Passwords):
        @property
        def _hasher(self):
            looked_at.append("hashed")
            return super()._hasher

    costs = []
    for email in ("ann@ashworth.test", "nobody@ashworth.test"):
        looked_at.clear()
        with pytest.raises(Invalid):
            sign_in(transaction, Counting(1, 8), email, "wrong", HERE, LIFETIMES, at())
        costs.append(len(looked_at))

    assert costs[0] == costs[1] > 0


def test_no_transaction_is_open_while_the_password_is_hashed(transaction, ann_works_here):
    open_now: list[int] = []

    @contextmanager
    def watched():
        with transaction() as session:
            open_now.append(1)
            try:
                yield session
            finally:
                open_now.pop()

    class Looking(Passwords):
        def fits(self, kept, password):
            assert not open_now, "the database waits for a hash"
            return super().fits(kept, password)

    done = sign_in(watched, Looking(1, 8), "ann@ashworth.test", PASSWORD, HERE, LIFETIMES, at())
    assert isinstance(done, SignedIn)


def test_too_many_tries_wait_and_are_told_how_long(transaction, ann_works_here):
    fail(transaction, MOST_HERE)

    with pytest.raises(Busy) as refusal:
        enter(transaction, clock=at(minutes=1))

    assert refusal.value.status == 429
    assert refusal.value.retry_after == (WINDOW - timedelta(minutes=1)).seconds
    assert refusal.value.sentence == "Too many tries. Wait 9 minutes, then try again."


def test_waiting_is_enough_and_tries_while_waiting_do_not_prolong_it(transaction, ann_works_here):
    fail(transaction, MOST_HERE)
    for minute in range(1, 10):
        with pytest.raises(Busy):
            enter(transaction, clock=at(minutes=minute))

    assert enter(transaction, clock=at(minutes=10, seconds=1)).user_id == ann_works_here.id


def test_unknown_names_are_limited_like_known_ones(transaction):
    fail(transaction, MOST_HERE, email="nobody@ashworth.test")

    with pytest.raises(Busy):
        enter(transaction, "nobody@ashworth.test")


def test_one_address_cannot_try_its_way_through_all_names(transaction, ann_works_here):
    for number in range(MOST_FROM_ADDRESS):
        fail(transaction, 1, email=f"person{number}@ashworth.test")

    with pytest.raises(Busy):
        enter(transaction)


def test_many_addresses_cannot_try_one_name_for_ever(transaction, ann_works_here):
    for number in range(MOST_AT_ACCOUNT):
        fail(transaction, 1, who=Visitor(f"198.51.100.{number}"))

    with pytest.raises(Busy):
        enter(transaction)


def test_a_stranger_cannot_lock_the_owner_out_of_a_browser_that_is_known(transaction, ann_works_here):
    for number in range(MOST_AT_ACCOUNT):
        fail(transaction, 1, who=Visitor(f"198.51.100.{number}"))

    assert enter(transaction, who=replace(HERE, known=True)).user_id == ann_works_here.id


def test_signing_in_forgets_the_tries_before_it(transaction, ann_works_here):
    fail(transaction, MOST_HERE - 1)
    enter(transaction)
    fail(transaction, MOST_HERE - 1)

    assert enter(transaction).user_id == ann_works_here.id


def test_a_household_with_many_addresses_counts_as_one():
    assert network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64"
    assert network_of("::ffff:203.0.113.7") == network_of("203.0.113.7")
    assert network_of("not an address") == "not an address"


def test_old_tries_are_cleared_away(transaction):
    fail(transaction, 3, email="nobody@ashworth.test")
    fail(
        transaction,
        1,
        email="nobody@ashworth.test",
        clock=FixedClock(MORNING + KEPT_FOR + timedelta(hours=1)),
    )

    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(SignInAttempt)) == 1


def test_a_hash_of_another_cost_is_made_anew_at_sign_in(transaction, ann_works_here):
    dearer = Passwords(2, 16)

    sign_in(transaction, dearer, "ann@ashworth.test", PASSWORD, HERE, LIFETIMES, at())

    with transaction() as session:
        kept = session.get_one(User, ann_works_here.id).password_hash
        assert kept is not None
        assert "m=16,t=2" in kept
        assert dearer.fits(kept, PASSWORD)


def test_a_password_changed_while_it_was_checked_lets_nobody_in(transaction, ann_works_here):
    class Slow(Passwords):
        def fits(self, kept, password):
            right = super().fits(kept, password)
            with transaction() as session:
                change_password(session, ann_works_here.id, QUICK.hash("another one entirely"), at())
            return right

    with pytest.raises(Invalid):
        sign_in(transaction, Slow(1, 8), "ann@ashworth.test", PASSWORD, HERE, LIFETIMES, at())

    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(StaffSession)) == 0


@pytest.mark.parametrize(
    ("later", "lives"),
    [
        ({"hours": 11}, True),
        ({"hours": 13}, False),
        ({"days": 15}, False),
    ],
    ids=["in use", "idle too long", "too old"],
)
def test_a_session_lives_as_long_as_the_settings_say(transaction, ann_works_here, later, lives):
    token = enter(transaction).token

    with transaction() as session:
        assert (staff_sessions.find(session, token, LIFETIMES, at(**later)) is not None) is lives


def test_a_session_in_use_ends_when_its_whole_life_is_over(transaction, ann_works_here):
    token = enter(transaction).token
    with transaction() as session:
        row = session.scalars(select(StaffSession)).one()
        staff_sessions.touch(session, row.id, at(days=14, hours=-1))

    with transaction() as session:
        assert staff_sessions.find(session, token, LIFETIMES, at(days=14, minutes=-1)) is not None
        assert staff_sessions.find(session, token, LIFETIMES, at(days=14, minutes=1)) is None


def test_the_last_use_is_written_down_now_and_then():
    assert not staff_sessions.is_due(MORNING, LIFETIMES, at(minutes=4))
    assert staff_sessions.is_due(MORNING, LIFETIMES, at(minutes=5))
    brief = Lifetimes(idle=timedelta(minutes=4), whole=timedelta(days=1))
    assert staff_sessions.is_due(MORNING, brief, at(minutes=1)), "often enough not to run out in use"


def test_somebody_switched_off_is_out_at_the_next_request(transaction, ann_works_here):
    token = enter(transaction).token
    with transaction() as session:
        session.get_one(User, ann_works_here.id).active = False

    with transaction() as session:
        assert staff_sessions.find(session, token, LIFETIMES, at()) is None


def test_a_new_password_ends_every_session(transaction, ann_works_here):
    tokens = [enter(transaction).token for _ in range(3)]

    with transaction() as session:
        change_password(session, ann_works_here.id, QUICK.hash("another one entirely"), at())

    with transaction() as session:
        assert [staff_sessions.find(session, token, LIFETIMES, at()) for token in tokens] == [None] * 3


def test_a_password_is_not_changed_on_the_word_of_one_that_changed_meanwhile(transaction, ann_works_here):
    with transaction() as session, pytest.raises(Conflict):
        change_password(session, ann_works_here.id, "new", at(), replacing="not the one any more")


def test_nobody_chooses_a_password_for_somebody_switched_off(transaction, ann_works_here):
    with transaction() as session:
        session.get_one(User, ann_works_here.id).active = False

    with transaction() as session, pytest.raises(NotFound):
        change_password(session, ann_works_here.id, "new", at())
