"""Today as people see it: each line leads to exactly its rows, by role, by brand and mine [68]."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from admin_app.kernel.actor import Role
from admin_app.models import EstimateState, EventKind, Lead, Setting, WorkOrderState
from admin_app.records.today_lines import LINES
from seeds.builders import a_brand, a_company, a_contact, a_group, a_user, an_address, an_event
from seeds.work_builders import a_lead, a_project, a_tax_rate, a_work_order, an_estimate
from tests.forms import send
from tests.services.desk import Desk
from tests.signing import on_sqlite, sign_in_as

TODAY = date(2026, 3, 17)
NOW = datetime(2026, 3, 17, 9, 30, tzinfo=UTC)
LINE = re.compile(r'<li class="td-line">(.*?)</li>', re.DOTALL)


@pytest.fixture
def office(rows, clock, app, ann):
    """A company with a morning's work in it; it is half past nine."""
    app.extensions["sawhorse_clock"] = clock
    with rows() as session:
        a_company(session)
        north = a_brand(session, is_default=True)
        a_brand(session, name="South", key="south")
        a_tax_rate(session, "VAT")
        group = a_group(session, name="Finch household", brand_id=north.id)
        a_contact(session, group, primary=True, phone="+442079460991")
        site = an_address(session, group, access_notes="Key safe 4711")
        desk = Desk(session, ann, clock, group)
        pete = a_user(session, "pete")
        project = a_project(session, group, estimator_id=pete.id, address_id=site.id)
        a_lead(session, project, title="Look at the oak")
        other = a_project(session, group)
        an_estimate(
            session, other, state=EstimateState.SENT, sent_at=NOW - timedelta(days=9), total=12_345
        )
        an_event(session, group, kind=EventKind.VISIT, starts_at=NOW, title="Measure the hedge")
        estimate = an_estimate(session, project, state=EstimateState.CONFIRMED, confirmed_on=TODAY)
        a_work_order(session, estimate, state=WorkOrderState.SCHEDULED, starts_at=NOW)
        for _ in range(3):
            desk.draft("100.00", total=10_000)
        late = desk.invoice("50.00", issued_on=date(2026, 1, 2))
        late.due_on = date(2026, 2, 1)
        desk.pay("33.00")
    return app


def sit_down(app, role=Role.OWNER):
    client = app.test_client()
    sign_in_as(client, role)
    return client


def lines(client):
    """Each line of the page: its words, and where its one link leads."""
    page = client.get("/admin/")
    assert page.status_code == 200
    found = {}
    for text in LINE.findall(page.text):
        (address,) = re.findall(r'href="([^"]+)"', text)
        words = re.sub(r"<[^>]+>", " ", text)
        found[" ".join(words.split())] = address.replace("&amp;", "&")
    return found


def line(client, words):
    return next((text, address) for text, address in lines(client).items() if words in text)


@on_sqlite
@pytest.mark.parametrize(
    ("words", "count", "amount"),
    [
        ("estimate sent, silent", 1, "€123.45"),
        ("drafts ready to invoice", 3, "€300.00"),
        ("invoice overdue", 1, "€50.00"),
        ("payment not used", 1, "€33.00"),
        ("appointment today", 1, ""),
        ("job on site", 1, ""),
    ],
)
def test_a_line_leads_to_exactly_its_rows(office, words, count, amount):
    client = sit_down(office)
    text, address = line(client, words)
    assert text.startswith(f"{count} ") and amount in text

    page = client.get(address).text

    body = page.split("<tbody>")[1].split("</tbody>")[0]
    assert body.count("<tr>") == count
    assert amount in page


@on_sqlite
def test_every_line_has_one_action_for_those_who_may_and_a_look_for_those_who_read(office):
    office_lines, analyst_lines = lines(sit_down(office)), lines(sit_down(office, Role.ANALYST))

    assert any("Issue and send" in text for text in office_lines)
    assert all(any(one.action in text for one in LINES) or "backup" in text for text in office_lines)
    assert analyst_lines and not any(one.action in text for text in analyst_lines for one in LINES)


@on_sqlite
def test_an_analyst_reads_no_access_notes_and_no_outbox(office):
    client = sit_down(office, Role.ANALYST)

    page = client.get("/admin/").text

    assert "Key safe" not in page and "did not go out" not in page and "backup" not in page
    assert client.get("/admin/today/outbox").status_code == 404


@on_sqlite
@pytest.mark.parametrize("role", [Role.CREW, Role.SUBCONTRACTOR])
def test_a_crew_begins_with_its_jobs(office, role):
    client = sit_down(office, role)

    assert client.get("/admin/").location == "/admin/jobs/"
    assert client.get("/admin/today/overdue").status_code == 404


@on_sqlite
def test_what_is_chosen_stays_until_it_is_chosen_again(office):
    client = sit_down(office, Role.ESTIMATOR)
    assert any("drafts ready" in text for text in lines(client))

    send(client, "/admin/today/filter", {"whose": "mine"})
    mine = lines(client)
    send(client, "/admin/today/filter", {"brand": "2"})
    south = lines(client)
    send(client, "/admin/today/filter", {"brand": "77"})

    assert [text for text in mine if "drafts ready" in text] == [] and any("job on" in one for one in mine)
    assert all("mine=1" in address for address in mine.values())
    assert south == {}
    assert any("drafts ready" in text for text in lines(client))


@on_sqlite
def test_the_tray_shows_the_drafts_of_the_line_that_led_there(office, rows, ann, clock):
    with rows() as session:
        from admin_app.models import CustomerGroup

        group = session.get_one(CustomerGroup, 1)
        Desk(session, ann, clock, group).draft("10.00", brand_id=2, total=1_000, title="Only this")
    client = sit_down(office)
    send(client, "/admin/today/filter", {"brand": "2"})
    text, address = line(client, "draft ready to invoice")
    assert "€10.00" in text

    page = client.get(address).text

    assert page.count("data-bulk-row") == 1 and "Only this" in page and "South" in page


@on_sqlite
def test_a_request_names_whom_to_call(office):
    with_estimate, address = line(sit_down(office), "estimate sent, silent")

    page = sit_down(office).get(address).text

    assert with_estimate and 'href="tel:+442079460991"' in page and "Clara Client" in page


@on_sqlite
def test_an_empty_company_has_a_calm_page(rows, app, clock):
    app.extensions["sawhorse_clock"] = clock
    with rows() as session:
        a_company(session)
        session.add(
            Setting(
                key="last_backup",
                value='{"file": "x", "made_at": "2026-03-17T02:00:00+00:00", "size": 1, "files": 0}',
            )
        )
    client = sit_down(app)

    page = client.get("/admin/").text

    assert "Nothing waits for anybody." in page and lines(client) == {}
    assert "Nothing waits: messages, requests, changes of details, calls" in page
    assert "The last backup is 7 hours old." in page


@on_sqlite
@pytest.mark.parametrize(
    ("made_at", "words"),
    [(None, "No backup yet"), ("2026-03-14T02:00:00+00:00", "The last backup is too old 3 days old")],
)
def test_a_missing_or_old_backup_is_a_line(rows, app, clock, made_at, words):
    app.extensions["sawhorse_clock"] = clock
    with rows() as session:
        a_company(session)
        if made_at:
            fact = f'{{"file": "x", "made_at": "{made_at}", "size": 1, "files": 0}}'
            session.add(Setting(key="last_backup", value=fact))

    text, address = line(sit_down(app), "backup")

    assert text.startswith(words) and address == "/admin/backup/"


@on_sqlite
def test_titles_are_shown_as_typed(office, rows):
    with rows() as session:
        session.get_one(Lead, 1).title = "<script>alert(1)</script>"
        session.query(Lead).one().state = "for approval"
    client = sit_down(office)

    page = client.get(line(client, "request")[1]).text

    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page
