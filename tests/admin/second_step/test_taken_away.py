"""What the office may take away of somebody's second step, and from whom."""

from sqlalchemy import func, select

from admin_app.kernel.actor import Role
from admin_app.models import OutboxMessage, Passkey, RecoveryCode, StaffSession, User
from tests.admin.second_step.walking import SITE, add_passkey, is_in, switch_on, type_password
from tests.forms import send
from tests.services.device import Device
from tests.signing import PASSWORD, a_user, on_sqlite, sign_in_as


def test_the_office_takes_a_lost_second_step_away(app, client, rows, ann):
    with rows() as session:
        cem = a_user(session, Role.CREW)
    phone = app.test_client()
    sign_in_as(phone, cem)
    switch_on(phone)
    add_passkey(phone, Device(SITE))
    sign_in_as(client, Role.OFFICE)
    page = client.get(f"/admin/settings/staff/{cem.id}")
    assert "10 of 10 recovery codes are left" in page.text
    assert "1 passkey opens the office" in page.text

    address = f"/admin/settings/staff/{cem.id}/second-step"
    refused = send(client, address, {"your_password": "wrong"})
    assert refused.status_code == 422
    assert "This is not your password" in refused.text
    assert is_in(phone)
    assert send(client, address, {"your_password": PASSWORD}).location == f"/admin/settings/staff/{cem.id}"

    assert not is_in(phone)
    with rows() as session:
        assert session.get_one(User, cem.id).totp_since is None
        assert session.scalar(select(func.count()).select_from(RecoveryCode)) == 0
        assert session.scalar(select(func.count()).select_from(Passkey)) == 0
        told = session.scalars(select(OutboxMessage.subject)).all()
        assert told[-1] == "The second step was taken away: signing in at Ashworth & Sons"
    assert type_password(app.test_client(), cem.email).location == "/admin/"


@on_sqlite
def test_the_office_takes_nothing_away_from_an_owner(app, desk, rows, ann):
    switch_on(desk)
    other = app.test_client()
    sign_in_as(other, Role.OFFICE)

    answer = send(other, f"/admin/settings/staff/{ann.id}/second-step", {"your_password": PASSWORD})

    assert answer.status_code == 403
    with rows() as session:
        assert session.get_one(User, ann.id).totp_since is not None
        assert session.scalar(select(func.count()).select_from(StaffSession)) == 2
