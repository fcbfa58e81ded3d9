"""Who may take a lost second step away, and from whom (security.md)."""

import pytest

from admin_app.kernel.actor import Role
from admin_app.kernel.errors import NotAllowed, Unmet
from admin_app.models import Passkey, User
from admin_app.services.second_step import reset, standing_of
from tests.services.second_step.person import Person, sessions_of
from tests.services.signing_in import MORNING, at


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
