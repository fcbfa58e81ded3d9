"""The weekly letter: who gets it, what it says to the cent, its pictures at a real mail server [125, issue 6]."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from PIL import Image
from sqlalchemy import select

from admin_app.jobs.mail_digests import mail_digests
from admin_app.jobs.schedule import HANDLERS, weekly
from admin_app.jobs.send_messages import send_messages
from admin_app.jobs.shift import Shift
from admin_app.jobs.sweep import sweep_files
from admin_app.kernel.clock import FixedClock
from admin_app.models import OutboxMessage, User
from admin_app.models.engine import open_engine
from admin_app.services.keep_report import DIGEST, choose_digest
from admin_app.storage.folder import FolderStorage
from reports.engine import Desk, Query
from seeds.builders import a_user
from seeds.report_builders import a_saved_report
from tests.fixtures.office import ANN
from tests.outbox.conftest import PostOffice, free_port
from tests.reports.pages.told import tell_books

MONDAY = datetime(2026, 3, 9, 7, 0, tzinfo=UTC)
"""The letter of this day tells of the week from 2 to 8 March."""


@pytest.fixture
def post_office() -> PostOffice:
    return PostOffice()


@pytest.fixture
def monday(settings, post_office) -> Iterator[Callable[..., Shift]]:
    """A function that gives the shift of a Monday, counted in weeks; its mails go to a server that listens."""
    port = free_port()
    server = Controller(post_office, hostname="127.0.0.1", port=port)
    server.start()
    engine = open_engine(settings.database_url)
    settings = replace(settings, smtp_url=f"smtp://127.0.0.1:{port}", public_url="https://office.example")
    yield lambda week=0: Shift(settings, engine, FixedClock(MONDAY + timedelta(days=7 * week)))
    engine.dispose()
    server.stop()


@pytest.fixture
def office(rows, clock) -> None:
    """The books of `told`; ann owns the company, ada analyses, cem is crew."""
    with rows() as session:
        for who in ("ann", "ada", "cem"):
            a_user(session, who)
        tell_books(session, clock)


def queued(rows) -> list[OutboxMessage]:
    with rows() as session:
        return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def text_of(mail) -> str:
    return str(mail.get_body(("plain",)).get_content()).replace("\r\n", "\n")


def test_the_owner_gets_last_week_with_what_it_is_held_against(rows, office, monday, post_office):
    mail_digests(monday())
    send_messages(monday())

    [mail] = post_office.mails
    assert mail["To"] == "ann@ashworth.test"
    assert mail["Subject"] == "Your week in figures: 2 Mar 2026 – 8 Mar 2026"
    text = text_of(mail)
    assert "Invoiced (by issue date): €170.50\n  the week before: €0.00, +€170.50\n" in text
    assert "Collected (by payment date): €170.50\n" in text
    assert "this year so far: €470.50; the same days a year before: €0.00, +€470.50" in text
    assert "Receivables: €0.00" in text
    assert "https://office.example/reports/saved" in text
    assert "cem@ashworth.test" not in post_office.recipients


def test_its_figures_are_those_of_the_desk(rows, office, monday, post_office):
    mail_digests(monday())
    send_messages(monday())

    with rows() as session:
        desk = Desk(session, ANN, monday().clock)
        asked = [
            desk.ask(Query("collected", start=date(2026, 3, 2), end=date(2026, 3, 9))),
            desk.ask(Query("overdue", as_of=date(2026, 3, 8))),
            desk.ask(Query("unallocated", as_of=date(2026, 3, 8))),
        ]
    for answer in asked:
        assert answer.text in text_of(post_office.mails[0])
        assert answer.metric.label in text_of(post_office.mails[0])


def test_pictures_stand_in_the_letter_and_words_say_what_they_show(rows, office, monday, post_office):
    mail_digests(monday())
    send_messages(monday())

    [mail] = post_office.mails
    html = mail.get_body(("html",)).get_content()
    pictures = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert [part.get_filename() for part in pictures] == ["collected.png", "invoiced.png"]
    for part in pictures:
        assert f'src="cid:{part["Content-ID"][1:-1]}"' in html
        assert Image.open(io.BytesIO(part.get_content())).size == (800, 420)
    assert 'alt="Collected by month: €470.50 (Jan 2026 €300.00, Mar 2026 €170.50)"' in html
    assert "[picture: collected.png]" in text_of(mail)
    assert "[picture:" not in html
    assert "<script" not in html


def test_one_letter_a_week_however_often_the_job_runs(rows, office, monday, post_office):
    for week in (0, 0, 1):
        mail_digests(monday(week))

    assert [mail.subject for mail in queued(rows)] == [
        "Your week in figures: 2 Mar 2026 – 8 Mar 2026",
        "Your week in figures: 9 Mar 2026 – 15 Mar 2026",
    ]


def test_a_mailed_report_comes_with_its_figure_and_picture_also_to_who_wants_no_headlines(
    rows, office, monday, post_office
):
    with rows() as session:
        people = {user.email.split("@")[0]: user for user in session.scalars(select(User))}
        choose_digest(session, False, people["ann"].as_actor())
        a_saved_report(session, people["ada"], title="Ways <b>to pay</b>", query="metric=collected&by=method",
                       mailed=True)  # fmt: skip
        a_saved_report(session, people["ada"], title="Gone", query="metric=profit", mailed=True)
        a_saved_report(session, people["cem"], title="Crew", mailed=True)

    mail_digests(monday())
    send_messages(monday())

    [mail] = post_office.mails
    assert mail["To"] == "ada@ashworth.test"
    text, html = text_of(mail), mail.get_body(("html",)).get_content()
    assert "Ways <b>to pay</b>: €470.50" in text
    assert "Ways &lt;b&gt;to pay&lt;/b&gt;: €470.50" in html
    assert "Gone\n  There is no metric “profit”" in text
    assert "the week before" not in text
    [picture] = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert picture.get_filename().startswith("report-")


def test_who_switched_everything_off_gets_nothing(rows, office, monday):
    with rows() as session:
        ann = session.scalars(select(User).where(User.name.like("Ann%"))).one()
        choose_digest(session, False, ann.as_actor())

    mail_digests(monday())

    assert queued(rows) == []
    assert DIGEST


def test_pictures_of_a_mail_are_kept_while_it_may_be_sent_again(rows, office, monday, settings):
    mail_digests(monday())
    storage = FolderStorage(settings.files)
    kept = {paper["store_key"] for mail in queued(rows) for paper in mail.papers}
    assert kept
    assert kept <= set(storage.stored_keys())

    later = FixedClock(datetime.now(UTC) + timedelta(days=3))
    sweep_files(replace(monday(), clock=later))

    assert kept <= set(storage.stored_keys())


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2026, 3, 17, 9, 30, tzinfo=UTC), datetime(2026, 3, 23, 7, 0, tzinfo=UTC)),
        (datetime(2026, 3, 23, 6, 59, tzinfo=UTC), datetime(2026, 3, 23, 7, 0, tzinfo=UTC)),
        (
            datetime(2026, 3, 23, 7, 0, tzinfo=UTC),
            datetime(2026, 3, 30, 6, 0, tzinfo=UTC),
        ),  # summer time began
        (datetime(2026, 10, 19, 9, 0, tzinfo=UTC), datetime(2026, 10, 26, 7, 0, tzinfo=UTC)),  # and ended
    ],
)
def test_it_goes_on_monday_at_seven_of_the_companys_zone(now, due):
    assert weekly(0, MONDAY.time())(now, ZoneInfo("Europe/London")) == due
    handler = HANDLERS["mail digests"].next_due
    assert handler is not None
    assert handler(now, ZoneInfo("Europe/London")) == due
