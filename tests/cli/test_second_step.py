"""`sawhorse user second-step`: the owner who lost the phone, at the machine itself."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from admin_app.models import Passkey, RecoveryCode, User
from seeds.builders import a_user
from tests.cli.typing import environment, type_command

EMAIL = "ann@ashworth.test"


@pytest.fixture
def told(database, tmp_path, rows):
    """The environment of a home whose owner signs in with a code and a passkey."""
    now = datetime(2026, 3, 17, 9, 30, tzinfo=UTC)
    with rows() as session:
        ann = a_user(session, "ann")
        ann.totp_secret, ann.totp_since = "JBSWY3DPEHPK3PXP", now
        session.flush()
        session.add(RecoveryCode(user_id=ann.id, code_hash="a hash"))
        session.add(
            Passkey(user_id=ann.id, credential_id="x", public_key="y", name="Lost phone", made_at=now)
        )
    return environment(tmp_path / "home", database)


def test_how_somebody_signs_in_is_said_and_nothing_changes(told, rows):
    answer = type_command(told, "user", "second-step", EMAIL)

    assert answer.output == (
        f"{EMAIL} signs in with a code since 2026-03-17; recovery codes left: 1, passkeys: 1.\n"
    )
    with rows() as session:
        assert session.scalars(select(User.totp_since)).one() is not None


def test_a_lost_second_step_is_taken_away_at_the_machine(told, rows):
    answer = type_command(told, "user", "second-step", EMAIL, "--off")

    assert answer.output == f"{EMAIL} signs in with the password alone from now on.\n"
    with rows() as session:
        ann = session.scalars(select(User)).one()
        assert (ann.totp_secret, ann.totp_since) == (None, None)
        assert session.scalars(select(RecoveryCode)).all() == []
        assert session.scalars(select(Passkey)).all() == []
    assert type_command(told, "user", "second-step", EMAIL).output == (
        f"{EMAIL} signs in without a code; passkeys: 0.\n"
    )


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("nobody@x.example", "Nobody on the staff has the address nobody@x.example"),
        (EMAIL, "signs in with the password alone; there is nothing to take away"),
    ],
)
def test_where_there_is_nothing_to_take_away_it_says_so(told, email, sentence):
    type_command(told, "user", "second-step", EMAIL, "--off")

    answer = type_command(told, "user", "second-step", email, "--off")

    assert answer.exit_code == 1
    assert sentence in answer.stderr
