"""Somebody with an app on the phone: switches the second step on, types codes, reads mail."""

from datetime import timedelta

import pyotp
from sqlalchemy import func, select

from admin_app.kernel.actor import Role
from admin_app.models import Company, OutboxMessage, StaffSession
from admin_app.services import staff_sessions
from admin_app.services.second_step import begin_set_up, enter_code, half_signed_in, switch_on
from admin_app.services.sign_in import CodeWanted, sign_in
from tests.services.signing_in import HERE, LIFETIMES, MORNING, QUICK, at
from tests.signing import PASSWORD, a_user

KEY = "the key of an office that only tests use"


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


def sessions_of(transaction, person):
    with transaction() as session:
        return session.scalar(
            select(func.count()).select_from(StaffSession).where(StaffSession.user_id == person.user.id)
        )
