"""What tests of the inbox do and read: an answer written, its key, what stands there afterwards."""

from __future__ import annotations

from sqlalchemy import select

from admin_app.models import (
    OutboxMessage,
    Thread,
)
from tests.forms import read_off, send


def thread(rows, thread_id):
    with rows() as session:
        return session.get_one(Thread, thread_id)


def outbox(rows):
    with rows() as session:
        return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def key_of(page):
    return read_off(r'name="key" value="([^"]+)"', page.text)


def write(client, thread_id, body="On Tuesday.", channel="mail", **more):
    key = more.pop("key", None) or key_of(client.get(f"/admin/inbox/{thread_id}"))
    fields = {"key": key, "channel": channel, "body": body, **more}
    return send(client, f"/admin/inbox/{thread_id}/answer", fields)


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>"
