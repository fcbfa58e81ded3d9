"""Whether a contact wants messages is written down with its proof, and seen by whoever asks later [102]."""

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import Channel, Membership, ReachEntry, ReachKind
from admin_app.services.messages.reach import bounced, standing
from seeds.builders import a_company, a_contact, a_group
from tests.forms import send
from tests.signing import on_sqlite, sign_in_as

MAIL = "clara@client.test"


@pytest.fixture
def page(rows, clock, signed_in):
    """The address of the page about Clara."""
    with rows() as session:
        a_company(session)
        group = a_group(session)
        clara = a_contact(session, email=MAIL, mobile="+44 7700 900123")
        membership = Membership(group_id=group.id, contact_id=clara.id, is_primary=True)
        session.add(membership)
        session.flush()
        return f"/admin/customers/{group.id}/contacts/{membership.id}/consent"


def known(rows, channel=Channel.MAIL, address=MAIL):
    with rows() as session:
        return standing(session, [address], channel)[address]


def test_a_word_on_the_phone_is_kept_with_who_wrote_it_down(page, signed_in, rows):
    typed = {"what": "mail:opted out", "said": "On the phone: <b>no more</b> mails"}
    assert send(signed_in, page, typed).status_code == 302

    with rows() as session:
        entry = session.scalars(select(ReachEntry)).one()
        assert (entry.kind, entry.address, entry.by) == (ReachKind.OPT_OUT, MAIL, "Ann Ashworth")
    assert known(rows).opted_out is not None
    shown = signed_in.get(page).text
    assert "for no more mails" in shown
    assert "&lt;b&gt;no more&lt;/b&gt;" in shown
    typed = {"what": "mail:opted in", "said": "Clara wrote: yes"}
    assert send(signed_in, page, typed).status_code == 302
    assert known(rows).reached


@on_sqlite
@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        ({"what": "mail:opted out", "said": " "}, 422, "it is the proof"),
        ({"what": "mail:opted in", "said": "yes"}, 409, "stands so already"),
        ({"what": "sms:bounced", "said": "yes"}, 422, "Choose what they said"),
        ({"what": "fax:opted out", "said": "yes"}, 422, "Choose what they said"),
        ({}, 422, "Choose what they said"),
    ],
)
def test_what_proves_nothing_is_not_kept(page, signed_in, rows, typed, status, says):
    answer = send(signed_in, page, typed)

    assert answer.status_code == status
    assert says in answer.text
    with rows() as session:
        assert session.scalars(select(ReachEntry)).all() == []


@on_sqlite
def test_an_address_that_came_back_can_be_said_to_work(page, signed_in, rows, clock):
    assert "works again" not in signed_in.get(page).text
    with rows() as session:
        bounced(session, MAIL, Channel.MAIL, "The mail server", "550 unknown", clock)
    assert "A mail to clara@client.test came back" in signed_in.get(page).text

    assert send(signed_in, page, {"what": "mail:works", "said": "Called her"}).status_code == 302

    assert known(rows).reached


@on_sqlite
@pytest.mark.parametrize("role", [Role.CREW, Role.ANALYST, Role.SUBCONTRACTOR])
def test_who_does_not_write_to_clients_does_not_say_what_they_want(page, app, rows, role):
    client = app.test_client()
    sign_in_as(client, role)

    assert client.get(page).status_code in (403, 404)
    assert send(client, page, {"what": "mail:opted out", "said": "x"}).status_code in (403, 404)
