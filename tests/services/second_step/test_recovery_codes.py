"""Recovery codes: ten, kept as hashes, each good once and for its owner (security.md)."""

from functools import partial

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Role
from admin_app.kernel.errors import Invalid
from admin_app.models import RecoveryCode
from admin_app.services.second_step import RECOVERY_CODES, new_recovery_codes, standing_of
from admin_app.services.sign_in import SignedIn
from admin_app.services.staff_sessions import Visitor
from tests.services.second_step.person import Person
from tests.services.signing_in import at
from tests.services.test_access_at_once import AT_ONCE, all_at_once


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
