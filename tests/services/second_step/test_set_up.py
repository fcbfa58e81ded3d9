"""The second step is switched on and off: only by the person, only with the password (security.md)."""

from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import SYSTEM, Role
from admin_app.kernel.errors import Invalid, NotAllowed, Unmet
from admin_app.models import AuditEntry, RecoveryCode, User
from admin_app.services import staff_sessions
from admin_app.services.second_step import (
    SETTING_UP,
    begin_set_up,
    new_recovery_codes,
    reset,
    resume_set_up,
    standing_of,
    switch_off,
    switch_on,
)
from admin_app.services.sign_in import SignedIn, sign_in
from tests.services.second_step.person import KEY, Person
from tests.services.signing_in import HERE, LIFETIMES, MORNING, QUICK, at
from tests.signing import PASSWORD

LATER = timedelta(hours=1)


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
