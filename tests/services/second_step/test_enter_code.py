"""The code after the password: works once, for five minutes, in few tries (security.md)."""

from datetime import timedelta
from functools import partial

import pytest

from admin_app.kernel.actor import Role
from admin_app.kernel.errors import Busy, Invalid, Unmet
from admin_app.models import User
from admin_app.services import staff_sessions
from admin_app.services.change_password import change_password
from admin_app.services.second_step import HALF_WAY, WARN_AFTER, begin_set_up, enter_code, half_signed_in
from admin_app.services.sign_in import MOST_HERE, CodeWanted, SignedIn, sign_in
from admin_app.services.staff_sessions import Visitor
from tests.services.second_step.person import KEY, Person, sessions_of
from tests.services.signing_in import HERE, LIFETIMES, MORNING, QUICK, at
from tests.services.test_access_at_once import AT_ONCE, all_at_once
from tests.signing import PASSWORD


def test_with_the_second_step_on_the_password_alone_begins_no_session(transaction, ann):
    before = sessions_of(transaction, ann)

    asked = sign_in(transaction, QUICK, ann.user.email, PASSWORD, HERE, LIFETIMES, at())

    assert isinstance(asked, CodeWanted)
    assert sessions_of(transaction, ann) == before


def test_the_code_of_the_app_lets_in(transaction, ann):
    done = ann.enters(ann.code(minutes=5), minutes=5)

    with transaction() as session:
        found = staff_sessions.find(session, done.token, LIFETIMES, at(minutes=5))
        assert found is not None
        assert found[1].id == ann.user.id
        assert found[1].last_signed_in_at == MORNING + timedelta(minutes=5)


@pytest.mark.parametrize(("off_by", "fits"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_half_a_minute_off(ann, off_by, fits):
    code = ann.code(minutes=5, seconds=off_by)

    if fits:
        assert isinstance(ann.enters(code, minutes=5), SignedIn)
    else:
        with pytest.raises(Invalid, match="This code does not fit"):
            ann.enters(code, minutes=5)


def test_a_code_works_once_also_within_its_half_minute(ann):
    ann.enters(ann.code(minutes=5), minutes=5)

    with pytest.raises(Invalid, match="works once"):
        ann.enters(ann.code(minutes=5), minutes=5)
    with pytest.raises(Invalid):
        ann.enters(ann.code(minutes=5), minutes=5, seconds=30)
    with pytest.raises(Invalid):
        ann.enters(ann.code(minutes=4, seconds=30), minutes=5)
    assert ann.enters(ann.code(minutes=6), minutes=6)


def test_the_code_that_switched_it_on_does_not_sign_in(ann):
    with pytest.raises(Invalid):
        ann.enters(ann.code())


def test_of_twenty_uses_of_one_code_at_once_one_counts(transaction, ann):
    notes = [(Visitor(f"198.51.100.{n}"), ann.half(minutes=5)) for n in range(AT_ONCE)]

    ended = all_at_once(
        [partial(ann.enters, ann.code(minutes=5), note, who, minutes=5) for who, note in notes]
    )

    assert len([one for one in ended if isinstance(one, SignedIn)]) == 1, ended
    assert len([one for one in ended if isinstance(one, Invalid)]) == AT_ONCE - 1, ended


@pytest.mark.parametrize(
    "typed", ["000000", "", "aaaa-bbbb-cccc", "x" * 5000, "１２３４５６", "12345", "\x00"]
)
def test_whatever_else_is_typed_gets_the_one_answer(ann, typed):
    with pytest.raises(Invalid) as refusal:
        ann.enters(typed, minutes=5)

    assert refusal.value.sentence.startswith("This code does not fit")


def test_codes_are_tried_as_seldom_as_passwords(ann):
    note = ann.half(minutes=5)
    for _ in range(MOST_HERE):
        with pytest.raises(Invalid):
            ann.enters("000000", note, minutes=5)

    with pytest.raises(Busy) as refusal:
        ann.enters(ann.code(minutes=5), note, minutes=5)

    assert (refusal.value.status, refusal.value.retry_after > 0) == (429, True)
    assert ann.enters(ann.code(minutes=16), minutes=16), "waiting is enough"


def test_typing_the_password_again_gives_no_new_tries(ann):
    for _ in range(MOST_HERE):
        with pytest.raises(Invalid):
            ann.enters("000000", minutes=5)

    with pytest.raises(Busy):
        ann.enters("000000", minutes=5)


def test_wrong_codes_after_the_right_password_are_told_once(ann):
    told = (ann.user.email, "Wrong codes were typed after your password: signing in at Ashworth")
    for _ in range(WARN_AFTER - 1):
        with pytest.raises(Invalid):
            ann.enters("000000", minutes=5)
    assert told not in ann.mails()

    for _ in range(2):
        with pytest.raises(Invalid):
            ann.enters("000000", minutes=5)

    assert ann.mails().count(told) == 1


def test_between_password_and_code_five_minutes_may_pass(ann):
    note = ann.half()
    with pytest.raises(Unmet, match="sign in again"):
        ann.enters(ann.code(minutes=5, seconds=1), note, seconds=HALF_WAY.seconds + 1)
    assert ann.enters(ann.code(seconds=300), note, seconds=HALF_WAY.seconds)


@pytest.mark.parametrize("note", ["", "none of ours", "eyJpcyI6e319.forged", "x" * 9000])
def test_a_note_that_is_none_of_ours_opens_nothing(ann, note):
    with pytest.raises(Unmet):
        enter_code(ann.transaction, note, ann.code(minutes=5), HERE, LIFETIMES, KEY, at(minutes=5))


def test_a_note_sealed_with_another_key_or_for_another_purpose_opens_nothing(transaction, ann):
    asked = sign_in(transaction, QUICK, ann.user.email, PASSWORD, HERE, LIFETIMES, at())
    assert isinstance(asked, CodeWanted)
    bea = Person(transaction, Role.OFFICE)
    with transaction() as session:
        other_purpose = begin_set_up(session, bea.actor, KEY, at()).note
    foreign = half_signed_in(asked, "the key of some other office entirely", at())

    for note in (foreign, other_purpose):
        with pytest.raises(Unmet):
            ann.enters(ann.code(minutes=5), note, minutes=4)


def test_a_new_password_or_a_new_app_ends_what_was_begun_with_the_old_one(transaction, ann):
    note = ann.half(minutes=5)
    with transaction() as session:
        change_password(session, ann.user.id, QUICK.hash("another one entirely"), at())

    with pytest.raises(Unmet, match="something changed meanwhile"):
        ann.enters(ann.code(minutes=5), note, minutes=5)


def test_somebody_switched_off_half_way_does_not_come_in(transaction, ann):
    note = ann.half(minutes=5)
    with transaction() as session:
        session.get_one(User, ann.user.id).active = False

    with pytest.raises(Unmet):
        ann.enters(ann.code(minutes=5), note, minutes=5)
