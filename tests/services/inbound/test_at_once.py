"""One message that comes by twenty ways in the same moment is kept once, and STOP is confirmed once [100, 102]."""

from collections import Counter

import pytest
from sqlalchemy import func, select

from admin_app.models import Attachment, Company, Message, OfficeSession, OutboxMessage, ReachEntry, Thread
from admin_app.models.engine import open_engine
from admin_app.services.inbound.keep_files import keep_files
from admin_app.services.inbound.read_mail import read_mail
from admin_app.services.inbound.take_in_mail import Fate, take_in_mail
from admin_app.services.inbound.take_in_sms import take_in_sms
from admin_app.storage.folder import FolderStorage
from tests.services.inbound.letters import a_mail
from tests.services.test_payments_at_once import DESKS, at_once, set_up


@pytest.fixture
def engine(database):
    engine = open_engine(database, pool_size=DESKS)
    yield engine
    engine.dispose()


def counted(engine, *kinds):
    with OfficeSession(engine) as session:
        return [session.scalar(select(func.count()).select_from(kind)) for kind in kinds]


def test_a_mail_that_comes_by_twenty_ways_is_kept_once(engine, ann, clock, tmp_path):
    set_up(engine, ann, clock, lambda desk: ())
    storage = FolderStorage(tmp_path / "files")
    mail = read_mail(a_mail(sender="sam@example.org", files=[("notes.txt", b"hello")]))

    def take(session: OfficeSession, _: int) -> Fate:
        read, kept = keep_files(storage, mail)
        return take_in_mail(session, read, kept, "secret", clock).fate

    fates = Counter(at_once(engine, ann, clock, take))

    assert fates == {Fate.KEPT: 1, Fate.KNOWN: DESKS - 1}
    assert counted(engine, Message, Thread, Attachment) == [1, 1, 1]


def test_stop_that_comes_twenty_times_is_written_down_and_confirmed_once(engine, ann, clock):
    def prepare(desk):
        desk.session.scalars(select(Company)).one().sms_sender = "+447700900000"
        return ()

    set_up(engine, ann, clock, prepare)

    at_once(engine, ann, clock, lambda s, _: take_in_sms(s, "+447700900123", "STOP", "SM1", clock).fate)

    assert counted(engine, ReachEntry, OutboxMessage, Thread) == [1, 1, 1]
    assert counted(engine, Message) == [2], "the wish and its confirmation"
