"""The second step of staff: codes that work once, recovery codes, and who may take it away (security.md)."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pyotp
import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import SYSTEM, Role
from admin_app.kernel.errors import Busy, Invalid, NotAllowed, Unmet
from admin_app.models import AuditEntry, Company, OutboxMessage, Passkey, RecoveryCode, StaffSession, User
from admin_app.services import staff_sessions
from admin_app.services.change_password import change_password
from admin_app.services.passwords import Passwords
from admin_app.services.second_step import (
    HALF_WAY,
    RECOVERY_CODES,
    SETTING_UP,
    WARN_AFTER,
    begin_set_up,
    enter_code,
    half_signed_in,
    new_recovery_codes,
    reset,
    resume_set_up,
    standing_of,
    switch_off,
    switch_on,
)
from admin_app.services.sign_in import MOST_HERE, CodeWanted, SignedIn, sign_in
from admin_app.services.staff_sessions import Visitor
from tests.services.test_access_at_once import AT_ONCE, all_at_once
from tests.services.test_sign_in import HERE, LIFETIMES, MORNING, at
from tests.services.test_sign_in import transaction as transaction
from tests.signing import PASSWORD, a_user

QUICK = Passwords(1, 8)
KEY = "the key of an office that only tests use"
LATER = timedelta(hours=1)


class Person:
    """Somebody with an app on the phone."""

    def __init__(self, transaction, role=Role.OWNER, **but):
        self.transaction = transaction
        with transaction() as session:
            if session.get(Company, 1) is None:
                session.add(Company(id=1, name="Ashworth", email="office@ashworth.test"))
            user = a_user(session, role, **but)
            self.user, self.actor = user, user.as_actor()
            self.token = staff_sessions.begin(session, user, HERE, LIFETIMES, at())
            self.session_id = session.scalars(
                select(StaffSession.id).order_by(StaffSession.id.desc()).limit(1)
            ).one()
        self.app = pyotp.TOTP(pyotp.random_base32())

    def switches_on(self):
        with self.transaction() as session:
            set_up = begin_set_up(session, self.actor, KEY, at())
            self.app = pyotp.TOTP(set_up.secret)
            self.recovery = switch_on(
                session, set_up.note, self.code(), self.actor, self.session_id, KEY, at()
            )
        return self

    def code(self, **later):
        return self.app.at(MORNING + timedelta(**later))

    def half(self, who=HERE, **later):
        asked = sign_in(self.transaction, QUICK, self.user.email, PASSWORD, who, LIFETIMES, at(**later))
        assert isinstance(asked, CodeWanted)
        return half_signed_in(asked, KEY, at(**later))

    def enters(self, typed, note=None, who=HERE, **later):
        note = note or self.half(who, **later)
        return enter_code(self.transaction, note, typed, who, LIFETIMES, KEY, at(**later))

    def mails(self):
        with self.transaction() as session:
            return [
                (mail.recipient, mail.subject)
                for mail in session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
            ]


@pytest.fixture
def ann(transaction):
    return Person(transaction).switches_on()


def sessions_of(transaction, person):
    with transaction() as session:
        return session.scalar(
            select(func.count()).select_from(StaffSession).where(StaffSession.user_id == person.user.id)
        )


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


def test_of_twenty_uses_of_one_recovery_code_at_once_one_counts(transaction, ann):
    notes = [(Visitor(f"198.51.100.{n}"), ann.half(minutes=5)) for n in range(AT_ONCE)]
    code = ann.recovery[3]

    ended = all_at_once([partial(ann.enters, code, note, who, minutes=5) for who, note in notes])

    assert len([one for one in ended if isinstance(one, SignedIn)]) == 1, ended
    with transaction() as session:
        used = session.scalar(
            select(func.count()).select_from(RecoveryCode).where(RecoveryCode.used_at.is_not(None))
        )
        assert used == 1
        assert standing_of(session, ann.user.id).codes_left == RECOVERY_CODES - 1


def test_ten_recovery_codes_are_kept_as_hashes_alone(transaction, ann):
    assert len(set(ann.recovery)) == RECOVERY_CODES
    with transaction() as session:
        kept = session.scalars(select(RecoveryCode.code_hash)).all()
    assert len(kept) == RECOVERY_CODES
    assert not {code.replace("-", "") for code in ann.recovery} & set(kept)
    assert all(len(code.replace("-", "")) == 12 for code in ann.recovery)


def test_a_recovery_code_is_taken_however_it_is_typed_and_once(ann):
    typed = f"  {ann.recovery[0].upper().replace('-', ' ')} "

    assert ann.enters(typed, minutes=5)
    with pytest.raises(Invalid):
        ann.enters(ann.recovery[0], minutes=5)
    assert (ann.user.email, "A recovery code was used: signing in at Ashworth") in ann.mails()


def test_a_recovery_code_of_somebody_else_opens_nothing(transaction, ann):
    bea = Person(transaction, Role.OFFICE).switches_on()

    with pytest.raises(Invalid):
        ann.enters(bea.recovery[0], minutes=5)
    assert bea.enters(bea.recovery[0], minutes=5)


def test_new_recovery_codes_take_the_place_of_the_old_ones(transaction, ann):
    with transaction() as session:
        new = new_recovery_codes(session, ann.actor, at())

    with pytest.raises(Invalid):
        ann.enters(ann.recovery[0], minutes=5)
    assert ann.enters(new[0], minutes=5)


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


def test_nothing_is_kept_before_the_first_code_fits(transaction):
    ann = Person(transaction)
    with transaction() as session:
        set_up = begin_set_up(session, ann.actor, KEY, at())
        for typed in ("000000", "", pyotp.TOTP(set_up.secret).at(MORNING + LATER)):
            with pytest.raises(Invalid):
                switch_on(session, set_up.note, typed, ann.actor, ann.session_id, KEY, at())

    with transaction() as session:
        assert session.get_one(User, ann.user.id).totp_secret is None
        assert not standing_of(session, ann.user.id).is_on
        again = resume_set_up(session, set_up.note, ann.actor, KEY, at())
    assert again.secret == set_up.secret
    assert f"secret={set_up.secret}" in set_up.address
    assert set_up.in_words.replace(" ", "") == set_up.secret


def test_the_picture_is_good_for_a_quarter_of_an_hour_and_for_one_person(transaction):
    ann, bea = Person(transaction), Person(transaction, Role.OFFICE)
    with transaction() as session:
        set_up = begin_set_up(session, ann.actor, KEY, at())
        late = at(seconds=SETTING_UP.seconds + 1)
        code = pyotp.TOTP(set_up.secret).at(late.now())
        with pytest.raises(Unmet, match="begin again"):
            switch_on(session, set_up.note, code, ann.actor, ann.session_id, KEY, late)
        with pytest.raises(Unmet):
            switch_on(session, set_up.note, code, bea.actor, bea.session_id, KEY, at())


def test_switching_on_signs_every_other_browser_out_and_is_told(transaction):
    ann = Person(transaction)
    with transaction() as session:
        other = staff_sessions.begin(session, session.get_one(User, ann.user.id), HERE, LIFETIMES, at())
    ann.switches_on()

    with transaction() as session:
        assert staff_sessions.find(session, other, LIFETIMES, at()) is None
        assert staff_sessions.find(session, ann.token, LIFETIMES, at()) is not None
    assert ann.mails() == [(ann.user.email, "The second step was switched on: signing in at Ashworth")]


def test_it_is_not_switched_on_twice(transaction, ann):
    with transaction() as session, pytest.raises(Unmet, match="on already"):
        begin_set_up(session, ann.actor, KEY, at())


def test_switched_off_the_password_is_enough(transaction, ann):
    with transaction() as session:
        switch_off(session, ann.actor, ann.session_id, at())

    assert isinstance(sign_in(transaction, QUICK, ann.user.email, PASSWORD, HERE, LIFETIMES, at()), SignedIn)
    with transaction() as session:
        assert session.get_one(User, ann.user.id).totp_secret is None
        assert session.scalar(select(func.count()).select_from(RecoveryCode)) == 0
        with pytest.raises(Unmet):
            switch_off(session, ann.actor, ann.session_id, at())
        with pytest.raises(Unmet):
            new_recovery_codes(session, ann.actor, at())


def test_each_change_asks_for_the_password(transaction, ann):
    bea = Person(transaction, Role.OFFICE)
    with transaction() as session:
        session.info["actor"] = ann.actor  # at the desk, where the door has not asked for it
        for act in (
            lambda: switch_off(session, ann.actor, ann.session_id, at()),
            lambda: new_recovery_codes(session, ann.actor, at()),
            lambda: begin_set_up(session, bea.actor, KEY, at()),
            lambda: reset(session, session.get_one(User, ann.user.id), ann.actor, at()),
        ):
            with pytest.raises(Unmet, match="only with your password"):
                act()


def test_the_office_takes_a_lost_second_step_away_with_the_passkeys(transaction, ann):
    crew = Person(transaction, Role.CREW).switches_on()
    with transaction() as session:
        session.add(
            Passkey(
                user_id=crew.user.id, credential_id="x", public_key="y", name="Lost phone", made_at=MORNING
            )
        )
    bea = Person(transaction, Role.OFFICE)

    with transaction() as session:
        reset(session, session.get_one(User, crew.user.id), bea.actor, at())

    assert sessions_of(transaction, crew) == 0
    with transaction() as session:
        assert not standing_of(session, crew.user.id).has_any
        assert standing_of(session, ann.user.id).is_on
        with pytest.raises(Unmet, match="there is nothing to take away"):
            reset(session, session.get_one(User, crew.user.id), bea.actor, at())
    assert (crew.user.email, "The second step was taken away: signing in at Ashworth") in crew.mails()


@pytest.mark.parametrize("role", [Role.ESTIMATOR, Role.CREW, Role.SUBCONTRACTOR, Role.ANALYST])
def test_no_other_role_takes_a_second_step_away(transaction, ann, role):
    somebody = Person(transaction, role)

    with transaction() as session, pytest.raises(NotAllowed):
        reset(session, session.get_one(User, ann.user.id), somebody.actor, at())


def test_only_an_owner_takes_an_owners_away(transaction, ann):
    bea = Person(transaction, Role.OFFICE)
    partner = Person(transaction, Role.OWNER, email="partner@ashworth.test", name="Partner")

    with transaction() as session, pytest.raises(NotAllowed, match="Only an owner"):
        reset(session, session.get_one(User, ann.user.id), bea.actor, at())
    with transaction() as session:
        reset(session, session.get_one(User, ann.user.id), partner.actor, at())
        assert not standing_of(session, ann.user.id).is_on


def test_nobody_without_an_account_has_a_second_step(transaction, ann):
    with transaction() as session:
        for actor in (SYSTEM, replace(ann.actor, id=4711)):
            with pytest.raises(NotAllowed):
                begin_set_up(session, actor, KEY, at())


def test_the_history_tells_of_the_switch_and_not_of_the_secret(transaction, ann):
    with transaction() as session:
        told = [str(entry.after) for entry in session.scalars(select(AuditEntry))]

    assert any("totp_since" in after for after in told)
    assert not any(ann.app.secret in after for after in told)
