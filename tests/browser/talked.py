"""What was said in the walked company: an answered thread, a request, a letter that came back, a mention [100]."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from sqlalchemy import select

from admin_app.models import Attachment, Direction, Mention, OutboxMessage, OutboxState, Project, Thread, User
from admin_app.storage.folder import FolderStorage
from seeds.builders import a_note
from seeds.work_builders import a_message, a_thread
from tests.services.desk import Desk


def talked(desk: Desk, project: Project, store: Path) -> list[str]:
    """Write it down; gives back the addresses at which it is read."""
    session, group = desk.session, desk.group
    mine, request = _thread(desk, project), a_thread(session, subject="A beech fell", waits=True)
    came = a_message(
        session, mine, address="clara@example.com", body="Yes.\n\nOn Tue, Ann wrote:\n> Shall we?"
    )
    kept = FolderStorage(store).store(BytesIO(b"The gate sticks."), limit=100)
    file = Attachment(
        group_id=group.id,
        message_id=came.id,
        name="gate.txt",
        content_type="text/plain",
        size=16,
        sha256="0" * 64,
        store_key=kept.key,
    )
    asked = a_message(session, request, author="Sam Stranger", address="sam@example.org")
    reader = session.scalars(select(User.id).order_by(User.id)).first()
    note = a_note(session, group, body="@Ann call her about the crane")
    session.add_all([file, Mention(note_id=note.id, user_id=reader)])
    session.flush()
    return [f"/admin/inbox/{thread.id}" for thread in (mine, asked.thread)] + [
        "/admin/inbox/?box=mentions",
        f"/admin/customers/{group.id}/messages",
        f"/admin/projects/{project.id}/messages",
    ]


def _thread(desk: Desk, project: Project) -> Thread:
    """A thread of the project in which a mail of ours came back."""
    session = desk.session
    row = OutboxMessage(
        message_id="<came-back@example.com>",
        sender="office@example.com",
        recipient="clara@example.com",
        subject="The gate",
        body="Shall we?",
        papers=[{"name": "plan.pdf", "store_key": "gone"}],
        state=OutboxState.FAILED,
        last_error="It came back: 550 5.1.1 No such user here",
        due_at=desk.clock.now(),
    )
    session.add(row)
    session.flush()
    thread = a_thread(session, desk.group, project_id=project.id, waits=True)
    a_message(
        session, thread, direction=Direction.OUT, outbox_id=row.id, address=row.recipient, body=row.body
    )
    return thread
