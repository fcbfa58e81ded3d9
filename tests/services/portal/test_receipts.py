"""Receipts: what was opened once a visit and content, what was downloaded each time, nothing of previews [L19]."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Actor, ClientScope
from admin_app.kernel.clock import FixedClock
from admin_app.models import PortalReceipt, SeenHow
from admin_app.policy import as_client
from admin_app.services.portal.receipts import downloaded, opened, seen_of
from seeds.builders import a_company, a_contact, a_group, a_note, an_event

HASH = "a" * 64


@pytest.fixture
def event(session):
    a_company(session)
    group = a_group(session)
    a_contact(session, group, primary=True)
    return an_event(session, group)


def clara(event, **but) -> Actor:
    facts = {"contact_id": 1} | but
    return as_client("Clara", ClientScope(event.group_id, **facts))


def kept(session) -> list[tuple[SeenHow, str | None, bool]]:
    return [(one.how, one.content_hash, one.by_link) for one in session.scalars(select(PortalReceipt))]


def test_within_a_visit_the_same_content_is_opened_once(session, clock, event):
    seen = seen_of(event, HASH)
    for _ in range(2):
        opened(session, seen, clara(event), clock)

    assert kept(session) == [(SeenHow.OPENED, HASH, False)]


def test_other_content_another_visit_and_another_way_are_each_a_receipt(session, clock, event):
    opened(session, seen_of(event, HASH), clara(event), clock)
    opened(session, seen_of(event, "b" * 64), clara(event), clock)
    opened(session, seen_of(event, HASH), clara(event), FixedClock(clock.now() + timedelta(hours=1)))
    opened(session, seen_of(event, HASH), clara(event, document=("event", event.id)), clock)

    assert len(kept(session)) == 4


def test_nobody_by_name_is_told_from_somebody(session, clock, event):
    opened(session, seen_of(event), clara(event), clock)
    opened(session, seen_of(event), clara(event, contact_id=None, document=("event", event.id)), clock)

    assert [one.contact_id for one in session.scalars(select(PortalReceipt))] == [1, None]


def test_each_download_is_written_down(session, clock, event):
    for _ in range(2):
        downloaded(session, seen_of(event), clara(event), clock)

    assert kept(session) == [(SeenHow.DOWNLOADED, None, False)] * 2


def test_a_preview_and_the_desk_leave_no_receipt(session, clock, ann, event):
    for who in (clara(event, preview=True), ann):
        opened(session, seen_of(event), who, clock)
        downloaded(session, seen_of(event), who, clock)

    assert kept(session) == []


def test_what_no_client_opens_has_no_receipt(session, event):
    with pytest.raises(TypeError):
        seen_of(a_note(session, event.group))
