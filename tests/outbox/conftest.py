"""A mail server on this machine that really listens, and an outbox to drain into it."""

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy.orm import Session

import admin_app.records  # noqa: F401  the history writer fills folded names, as at every door
from admin_app.kernel.actor import SYSTEM
from admin_app.models import Company
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine, writing
from admin_app.outbox.mail import MailServer

Transaction = Callable[[], AbstractContextManager[Session]]


class PostOffice:
    """What an SMTP server hears; `answers` are given to the recipients one after the other, then "250"."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.answers: list[str] = []
        self.answers_to_data: list[str] = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.recipients.append(address)
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        answer = self.answers_to_data.pop(0) if self.answers_to_data else "250 OK"
        if answer.startswith("250"):
            mail = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
        return answer


@pytest.fixture
def post_office() -> PostOffice:
    return PostOffice()


@pytest.fixture
def server(post_office: PostOffice) -> Iterator[MailServer]:
    """A listening server and how the product reaches it."""
    port = free_port()
    controller = Controller(post_office, hostname="127.0.0.1", port=port)
    controller.start()
    yield MailServer.at(f"smtp://127.0.0.1:{port}")
    controller.stop()


def free_port() -> int:
    """A port that nobody listens on just now (aiosmtpd cannot be asked which one it was given)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def transaction(database: str, clock) -> Iterator[Transaction]:
    """Opens short transactions on this test's database; the company writes from office@ashworth.test."""
    engine = open_engine(database)

    @contextmanager
    def open_one() -> Iterator[Session]:
        with OfficeSession(engine, expire_on_commit=False) as session, writing():
            session.info.update(actor=SYSTEM, clock=clock, door="test")
            yield session
            session.commit()

    with open_one() as session:
        session.add(Company(id=1, name="Ashworth & Søns", email="office@ashworth.test"))
    yield open_one
    engine.dispose()
