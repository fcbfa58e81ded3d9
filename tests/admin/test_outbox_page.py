"""The outbox as a page: both channels, why somebody gets a message, and taking one back [99, L14]."""

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import SYSTEM, Role
from admin_app.models import Channel, Membership, MessagePurpose, OutboxMessage, OutboxState
from admin_app.services.messages.tell import tell
from seeds.builders import a_brand, a_company, a_contact, a_group
from tests.forms import send
from tests.signing import sign_in_as


@pytest.fixture
def told(rows, clock, signed_in):
    """Ann at the desk; a text message to Clara waits."""
    with rows() as session:
        a_company(session, sms_sender="+447700900999")
        a_brand(session, is_default=True)
        group = a_group(session)
        clara = a_contact(session, mobile="+44 7700 900123")
        session.add(Membership(group_id=group.id, contact_id=clara.id, is_primary=True))
        session.flush()
        tell(
            session, MessagePurpose.FREE, group, SYSTEM, clock,
            channel=Channel.SMS, body="We come <b>at nine</b>.", key="k",
        )  # fmt: skip
    return signed_in


def test_a_text_message_waits_visibly_where_there_is_no_provider(told):
    page = told.get("/admin/outbox/").text

    assert "No SMS provider is set, so no text message is sent" in page
    assert "We come &lt;b&gt;at nine&lt;/b&gt;." in page
    assert "Clara Client is the primary contact" in page
    one = told.get("/admin/outbox/1").text
    assert "Text message to +447700900123" in one
    assert "&lt;b&gt;" in one


def test_a_waiting_message_is_withdrawn_once_and_for_all(told, rows):
    assert send(told, "/admin/outbox/1/withdraw").status_code == 302

    with rows() as session:
        assert session.scalars(select(OutboxMessage.state)).one() is OutboxState.WITHDRAWN
    page = told.get("/admin/outbox/1").text
    assert "Withdrawn by Ann" in page
    assert "Withdraw message" not in page
    send(told, "/admin/outbox/1/again")
    with rows() as session:
        assert session.scalars(select(OutboxMessage.state)).one() is OutboxState.WITHDRAWN


def test_who_may_not_see_the_outbox_withdraws_nothing(told, app, rows):
    client = app.test_client()
    sign_in_as(client, Role.ESTIMATOR)

    assert send(client, "/admin/outbox/1/withdraw").status_code == 403
    with rows() as session:
        assert session.scalars(select(OutboxMessage.state)).one() is OutboxState.WAITING
