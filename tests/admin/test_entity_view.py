"""The generated pages through the front door: list, forms, conflict, deletion, bulk acts [P21-P28, 34, 35, 144]."""

import html
import re

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import SYSTEM, Role
from admin_app.kernel.clock import SystemClock
from admin_app.models import (
    AuditEntry,
    BulkAct,
    Company,
    Contact,
    CustomerGroup,
    Event,
    Invoice,
    InvoiceState,
    Note,
    Payment,
    PaymentMethod,
    Tag,
    Task,
    TaxRate,
)
from admin_app.models.base import OfficeSession
from admin_app.models.engine import WRITING
from admin_app.records.export import prepare
from admin_app.records.listing import read_request
from admin_app.records.values import Reading
from admin_app.web.database import db
from seeds.builders import a_brand, a_company, a_contact, a_group, a_tag, a_task, an_address
from tests.forms import send
from tests.records.lists import TODAY
from tests.signing import sign_in_as


@pytest.fixture
def office(app):
    """A session beside the application's, with a company; what a test keeps is committed by `kept`."""
    info = {"actor": SYSTEM, "clock": SystemClock(), "door": "test"}
    with app.app_context():  # not held: requests inside it would share one `g` and one session
        engine = db.engine
    with OfficeSession(engine, info=info, expire_on_commit=False) as session:
        a_company(session, zone="UTC")
        session.commit()
        yield session
        session.rollback()


def kept(session, *records):
    session.commit()
    return records[0] if len(records) == 1 else records


def fresh(session):
    """Look at what requests wrote, without holding the database for the next one."""
    WRITING.set(False)  # the test client's requests run in this context and say here that they write
    session.rollback()
    session.expire_all()
    return session


def base_of(client, url):
    page = client.get(url)
    assert page.status_code == 200, page.text[:2000]
    return base_in(page)


def base_in(page):
    found = re.search(r'name="base" value="([^"]+)"', page.text)
    assert found
    return found[1]


# ------------------------------------------------------------------------------------------ list


def test_the_list_shows_columns_count_and_links(office, signed_in):
    group = a_group(office, name="Birch & Sons", balance=12_345)
    group.tags.append(a_tag(office))
    kept(office)

    page = signed_in.get("/admin/groups/")

    assert page.status_code == 200
    assert "Birch &amp; Sons" in page.text
    assert "Balance (EUR)" in page.text
    assert "123.45" in page.text
    assert f'href="/admin/customers/{group.id}"' in page.text
    assert '<span class="sh-count">1</span>' in page.text


def test_filters_read_as_a_sentence_and_can_be_taken_off(office, signed_in):
    owes = a_group(office, name="Owes", balance=20_000)
    owes.tags.append(a_tag(office))
    a_group(office, name="Paid")
    kept(office)

    page = signed_in.get("/admin/groups/?balance.from=100&tags.any=VIP&size=25")

    assert "Balance at least 100.00" in page.text
    assert "Tags has any of VIP" in page.text
    assert 'href="/admin/groups/?tags.any=VIP&amp;size=25"' in page.text
    assert "Owes" in page.text
    assert "Paid" not in page.text


def test_nothing_found_says_what_was_looked_for(office, signed_in):
    kept(office, a_group(office))

    page = signed_in.get("/admin/groups/?search=zzzz")

    assert "Nothing found" in page.text
    assert "found by “zzzz”" in page.text


def test_an_empty_list_offers_the_first_step(office, signed_in):
    page = signed_in.get("/admin/tasks/")

    assert "Nothing here yet" in page.text
    assert "Enter the first" in page.text


def test_the_chosen_columns_are_remembered_for_this_person(office, app, signed_in):
    kept(office, a_group(office))

    send(signed_in, "/admin/groups/", {})  # the list itself takes no POST
    answer = send(
        signed_in, "/admin/groups/columns/", {"column": ["name", "rating"], "url": "/admin/groups/"}
    )
    other = app.test_client()
    sign_in_as(other, Role.OFFICE)

    assert answer.status_code == 302
    heads = re.findall(r'<th scope="col"[^>]*><a[^>]*>([^<]+)<', signed_in.get("/admin/groups/").text)
    assert heads == ["Name", "Stars"]
    assert "Balance" in other.get("/admin/groups/").text


def test_a_page_of_the_list_costs_at_most_eight_statements_with_login(office, signed_in, app):
    for n in range(30):
        group = a_group(office, name=f"G{n}")
        group.tags.append(a_tag(office, f"t{n}"))
    kept(office)
    from tests.records.lists import statements

    signed_in.get("/admin/groups/")
    with statements(office) as sent:
        signed_in.get("/admin/groups/")

    # company, session with its person, columns, rows, tags, count, messages that wait; the company once more after
    assert len(sent) <= 8, "\n".join(statement[:120] for statement, _ in sent)


# ------------------------------------------------------------------------------------------ forms


def test_the_short_form_goes_to_the_whole_one_with_what_was_typed(office, signed_in):
    short = signed_in.get("/admin/contacts/new/")
    whole = send(signed_in, "/admin/contacts/new/", {"first_name": "Zoë", "_advanced": "1"})

    assert "Go to advanced edit" in short.text
    assert 'name="job_title"' not in short.text
    assert 'name="job_title"' in whole.text
    assert 'value="Zoë"' in whole.text
    assert not fresh(office).scalars(select(Contact)).all()


def test_a_record_is_made_and_shown(office, signed_in):
    group = kept(office, a_group(office))

    answer = send(
        signed_in,
        "/admin/tasks/new/",
        {"title": "Call", "group": str(group.id), "due_on": "3 Apr 2026", "state": "open"},
    )

    task = fresh(office).scalars(select(Task)).one()
    assert answer.status_code == 302
    assert answer.location == f"/admin/tasks/details/?id={task.id}"
    assert (task.title, str(task.due_on), task.group_id) == ("Call", "2026-04-03", group.id)
    entry = office.scalars(select(AuditEntry).where(AuditEntry.entity == "Task")).one()
    assert entry.actor == "Ann Ashworth"


def test_an_invalid_form_comes_back_filled_with_every_sentence_and_nothing_is_kept(office, signed_in):
    answer = send(
        signed_in,
        "/admin/events/new/",
        {"title": "", "starts_at": "some day", "group": "999", "notes": "kept", "advanced": "1"},
    )

    assert answer.status_code == 422
    assert "Title is missing" in answer.text
    assert "“some day” is not a date" in html.unescape(answer.text)
    assert "does not exist any more" in answer.text
    assert ">kept</textarea>" in answer.text.replace("\r", "").replace("\n", "")
    assert not fresh(office).scalars(select(Event)).all()


@pytest.mark.parametrize("typed", ["1.234,50", "1,234.50", "€1234.50", "1 234,50 EUR"])
def test_money_is_typed_as_people_write_it(office, signed_in, typed):
    group = kept(office, a_group(office))

    answer = send(
        signed_in,
        "/admin/payments/new/",
        {"group": str(group.id), "amount": typed, "paid_on": "17.3.2026", "method": "cash", "form_key": "k1"},
    )

    assert answer.status_code == 302, answer.text
    assert fresh(office).scalars(select(Payment.amount)).one() == 123_450


def test_a_payment_form_sent_twice_books_once(office, signed_in):
    group = kept(office, a_group(office))
    data = {
        "group": str(group.id),
        "amount": "5",
        "paid_on": "2026-03-01",
        "method": "cash",
        "form_key": "once",
    }

    first, second = (send(signed_in, "/admin/payments/new/", data) for _ in range(2))

    assert first.location == second.location
    assert len(fresh(office).scalars(select(Payment)).all()) == 1


def test_a_link_is_never_a_select_of_a_whole_table(office, signed_in):
    for n in range(30):
        a_group(office, name=f"Group {n:03}")
    kept(office)

    page = signed_in.get("/admin/tasks/new/")
    found = signed_in.get("/admin/lookup/customer_group/?q=group 007").json

    assert "Group 007" not in page.text
    assert 'data-typeahead-url="/admin/lookup/customer_group/"' in page.text
    assert [row["text"] for row in found] == ["Group 007"]


def test_new_words_become_tags_and_known_ones_are_used(office, signed_in):
    vip = a_tag(office, "VIP")
    group = kept(office, a_group(office))
    url = f"/admin/groups/edit/?id={group.id}"

    data = {
        "name": "X",
        "kind": "household",
        "tax_profile": "standard",
        "tags": ["vip", "2024"],
        "rating": "0",
    }
    answer = send(signed_in, url, data | {"base": base_of(signed_in, url)})

    fresh(office)
    assert answer.location == f"/admin/customers/{group.id}"
    carried = select(Tag.name).join(CustomerGroup.tags).where(CustomerGroup.id == group.id)
    assert set(office.scalars(select(Tag.name))) == {"VIP", "2024"}
    assert set(office.scalars(carried)) == {"VIP", "2024"}
    assert office.scalar(select(Tag.id).where(Tag.folded == "vip")) == vip.id


def test_edits_that_do_not_overlap_are_merged_and_said(office, signed_in):
    contact = kept(office, a_contact(office))
    url = f"/admin/contacts/edit/?id={contact.id}"
    base = base_of(signed_in, url)
    send(
        signed_in, url, {"base": base, "first_name": "Clara", "last_name": "Client", "phone": "020 7946 0958"}
    )

    answer = send(
        signed_in,
        url,
        {"base": base, "first_name": "Klara", "last_name": "Client", "phone": ""},
        follow_redirects=True,
    )

    saved = fresh(office).get_one(Contact, contact.id)
    assert (saved.first_name, saved.phone) == ("Klara", "+44 20 7946 0958")
    assert "what somebody else changed meanwhile: Phone" in answer.text


@pytest.mark.parametrize(("choice", "name"), [("theirs", "Theirs"), ("yours", "Mine")])
def test_an_overlap_shows_both_versions_and_lets_choose(office, signed_in, choice, name):
    contact = kept(office, a_contact(office))
    url = f"/admin/contacts/edit/?id={contact.id}"
    base = base_of(signed_in, url)
    send(signed_in, url, {"base": base, "first_name": "Theirs", "last_name": "Client"})

    conflict = send(
        signed_in, url, {"base": base, "first_name": "Mine", "last_name": "Client", "job_title": "Boss"}
    )

    assert conflict.status_code == 409
    assert "Ann Ashworth changed the same field" in conflict.text
    assert 'value="Mine"' in conflict.text
    assert 'value="Boss"' in conflict.text
    assert fresh(office).get_one(Contact, contact.id).first_name == "Theirs"
    again = base_in(conflict)
    data = {
        "base": again,
        "first_name": "Mine",
        "last_name": "Client",
        "job_title": "Boss",
        "choose-first_name": choice,
    }
    assert send(signed_in, url, data).status_code == 302
    saved = fresh(office).get_one(Contact, contact.id)
    assert (saved.first_name, saved.job_title) == (name, "Boss")


def test_a_forged_base_is_refused(office, signed_in):
    contact = kept(office, a_contact(office))

    answer = send(
        signed_in,
        f"/admin/contacts/edit/?id={contact.id}",
        {"base": "e30.0000", "first_name": "X", "last_name": "Y"},
    )

    assert answer.status_code == 422
    assert "not one of ours" in answer.text


def test_a_secret_is_written_without_being_shown(office, signed_in):
    group = a_group(office)
    office.add(PaymentMethod(group_id=group.id, token="pm_very_secret", last4="4242"))
    kept(office)

    pages = [
        signed_in.get(address).text
        for address in (
            "/admin/billing-details/",
            "/admin/billing-details/details/?id=1",
            "/admin/billing-details/export/csv/",
            "/admin/history/",
        )
    ]

    assert "4242" in pages[0]
    assert not any("pm_very_secret" in page for page in pages)


# ------------------------------------------------------------------------------------------ one record


@pytest.mark.parametrize("page", ["edit", "details", "delete"])
@pytest.mark.parametrize("number", ["1", "abc", "", "-1", "9" * 25, "1%20OR%201", "²"])
def test_a_missing_record_is_not_found(office, signed_in, page, number):
    assert signed_in.get(f"/admin/tags/{page}/?id={number}").status_code == 404


def test_the_timeline_says_what_changed_and_puts_it_back(office, signed_in):
    task = kept(office, a_task(office, a_group(office), title="First"))
    url = f"/admin/tasks/edit/?id={task.id}"
    send(signed_in, url, {"base": base_of(signed_in, url), "title": "Second", "group": "1", "state": "open"})

    page = signed_in.get(f"/admin/tasks/details/?id={task.id}")
    entry = (
        fresh(office)
        .scalars(select(AuditEntry.id).where(AuditEntry.entity == "Task").order_by(AuditEntry.id.desc()))
        .first()
    )
    send(signed_in, "/admin/tasks/restore/", {"id": str(task.id), "entry": str(entry)})

    assert "Title: First → Second" in page.text
    assert fresh(office).get_one(Task, task.id).title == "First"


def test_deleting_asks_with_the_name_and_what_goes_along(office, signed_in):
    group = a_group(office, name="Birch")
    a_contact(office, group, primary=True)
    an_address(office, group)
    kept(office)

    asked = signed_in.get(f"/admin/groups/delete/?id={group.id}")
    not_yet = send(signed_in, "/admin/groups/delete/", {"id": str(group.id)})
    assert fresh(office).get(CustomerGroup, group.id) is not None
    done = send(signed_in, "/admin/groups/delete/", {"id": str(group.id), "confirmed": "1"})

    for page in (asked, not_yet):
        assert "Delete Birch?" in page.text
        assert "1</strong> address" in page.text
        assert "cannot be brought back" in page.text
    assert done.status_code == 302
    assert not fresh(office).scalars(select(CustomerGroup)).all()


def test_what_must_stay_is_said_before_it_is_tried(office, signed_in):
    group = a_group(office, name="Birch")
    office.add(Payment(group_id=group.id, paid_on=SystemClock().today(), amount=5, unallocated=5))
    kept(office)

    page = signed_in.get(f"/admin/groups/delete/?id={group.id}")
    forced = send(signed_in, "/admin/groups/delete/", {"id": str(group.id), "confirmed": "1"})

    assert "Archive instead" in page.text
    assert "Delete customer" not in page.text
    assert forced.status_code == 409
    assert fresh(office).get(CustomerGroup, group.id) is not None


def test_archived_customers_leave_the_list_and_come_back(office, signed_in):
    group = kept(office, a_group(office, name="Birch"))

    send(signed_in, "/admin/groups/archive/", {"id": str(group.id)})
    hidden = signed_in.get("/admin/groups/").text
    shown = signed_in.get("/admin/groups/?archived=yes").text
    send(signed_in, "/admin/groups/archive/", {"id": str(group.id), "restore": "1"})

    assert "Birch</a>" not in hidden
    assert "Birch</a>" in shown
    assert "Birch</a>" in signed_in.get("/admin/groups/").text


# ------------------------------------------------------------------------------------------ bulk


@pytest.fixture
def ten(office):
    tag = a_tag(office, "old")
    groups = [a_group(office, name=f"Group {n}", balance=n * 100) for n in range(10)]
    for group in groups[:4]:
        group.tags.append(tag)
    kept(office)
    return groups


def agreed(page):
    """What the question's form carries."""
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
    data: dict[str, list[str]] = {}
    for name, value in pairs:
        if name != "csrf_token":
            data.setdefault(name, []).append(html.unescape(value))
    return data


def test_bulk_mode_shows_tick_boxes_and_delete_at_the_top_right(ten, signed_in):
    usual, bulk = signed_in.get("/admin/groups/").text, signed_in.get("/admin/groups/?bulk=1").text

    assert "data-bulk-row" not in usual
    assert bulk.count("data-bulk-row") == 10
    head = bulk[bulk.index('class="sh-head-actions"') : bulk.index('class="sh-tools"')]
    assert 'value="delete"' in head


def test_ticked_records_are_tagged_without_touching_their_other_tags_and_it_is_undone(ten, office, signed_in):
    ids = [str(group.id) for group in ten[2:6]]
    asked = send(signed_in, "/admin/groups/action/", {"action": "add_tag", "tag": "new", "rowid": ids})
    assert "Add the tag to 4 customers: new" in asked.text
    done = send(signed_in, "/admin/groups/action/", agreed(asked), follow_redirects=True)

    assert "added to 4 customers" in done.text
    tags = {
        group.name: {tag.name for tag in group.tags} for group in fresh(office).scalars(select(CustomerGroup))
    }
    assert tags["Group 2"] == {"old", "new"}
    assert tags["Group 5"] == {"new"}
    assert tags["Group 6"] == set()

    act = office.scalars(select(BulkAct)).one()
    url = f"/admin/contacts/edit/?id={ten[0].id}"
    assert f'action="/admin/history/acts/{act.id}/undo"' in done.text, url
    send(signed_in, f"/admin/history/acts/{act.id}/undo")
    tags = {
        group.name: {tag.name for tag in group.tags} for group in fresh(office).scalars(select(CustomerGroup))
    }
    assert tags["Group 2"] == {"old"}
    assert tags["Group 5"] == set()


def test_all_that_match_means_the_address_of_the_list(ten, office, signed_in):
    asked = send(
        signed_in,
        "/admin/groups/action/",
        {
            "action": "archive",
            "everything": "1",
            "matching": "tags.any=old&bulk=1",
            "rowid": [str(ten[9].id)],
        },
    )
    send(signed_in, "/admin/groups/action/", agreed(asked))

    assert "Archive 4 customers" in asked.text
    gone = (
        fresh(office).scalars(select(CustomerGroup.name).where(CustomerGroup.archived_at.is_not(None))).all()
    )
    assert sorted(gone) == ["Group 0", "Group 1", "Group 2", "Group 3"]


def test_a_number_that_changed_meanwhile_is_asked_again(ten, office, signed_in):
    data = {"action": "archive", "everything": "1", "matching": "tags.any=old", "confirmed": "3"}

    asked = send(signed_in, "/admin/groups/action/", data)

    assert "The number has changed" in asked.text
    assert (
        not fresh(office).scalars(select(CustomerGroup).where(CustomerGroup.archived_at.is_not(None))).all()
    )


def test_a_filter_that_was_not_understood_changes_nothing(ten, office, signed_in):
    data = {"action": "delete", "everything": "1", "matching": "kind.is=castle", "confirmed": "10"}

    answer = send(signed_in, "/admin/groups/action/", data)

    assert answer.status_code == 422
    assert len(fresh(office).scalars(select(CustomerGroup)).all()) == 10


def test_deleting_many_counts_what_goes_and_archives_what_must_stay(ten, office, signed_in):
    office.add(Payment(group_id=ten[0].id, paid_on=SystemClock().today(), amount=5, unallocated=5))
    a_contact(office, ten[1], primary=True)
    kept(office)
    kept_id, gone_id, _ = ids = [group.id for group in ten[:3]]

    asked = send(signed_in, "/admin/groups/action/", {"action": "delete", "rowid": [str(one) for one in ids]})
    done = send(
        signed_in, "/admin/groups/action/", agreed(asked) | {"else_archive": "1"}, follow_redirects=True
    )

    assert "Delete 3 customers?" in asked.text
    assert "1</strong> membership" in asked.text
    assert ">Delete 2 customers<" in asked.text
    assert "1</strong> of them has documents or payments" in asked.text
    assert "2 customers deleted" in done.text
    fresh(office)
    assert office.get_one(CustomerGroup, kept_id).archived_at is not None
    assert office.get(CustomerGroup, gone_id) is None


def test_nothing_ticked_changes_nothing(ten, signed_in):
    answer = send(signed_in, "/admin/groups/action/", {"action": "delete"}, follow_redirects=True)

    assert "Tick the customers first" in answer.text


def test_an_estimator_deletes_no_customer(ten, app, office):
    client = app.test_client()
    sign_in_as(client, Role.ESTIMATOR)

    page = client.get("/admin/groups/?bulk=1").text
    forced = send(
        client, "/admin/groups/action/", {"action": "delete", "rowid": [str(ten[0].id)], "confirmed": "1"}
    )
    one = client.get(f"/admin/groups/delete/?id={ten[0].id}")

    assert 'value="delete"' not in page
    assert forced.status_code == 403
    assert one.status_code == 403


# ------------------------------------------------------------------------------------------ entities that deviate


def test_an_invoice_is_written_with_its_lines_and_issued(office, signed_in):
    a_brand(office, is_default=True)
    group = a_group(office)
    office.add(TaxRate(name="VAT 20 %", rate="20", is_default=True))
    kept(office)
    data = {
        "group": str(group.id),
        "currency": "EUR",
        "advanced": "1",
        "with_lines": "1",
        "lines-0-description": "Felling",
        "lines-0-quantity": "2,5",
        "lines-0-unit_price": "100",
        "lines-0-tax": ["VAT 20 %"],
        "lines-7-description": "Chipping",
        "lines-7-quantity": "",
        "lines-7-unit_price": "9.99",
        "lines-9-description": "",
        "lines-9-unit_price": "",
    }
    wrong = send(signed_in, "/admin/invoices/new/", data | {"lines-7-unit_price": "a lot"})
    assert wrong.status_code == 422
    assert "a lot" in wrong.text
    assert not fresh(office).scalars(select(Invoice)).all()

    made = send(signed_in, "/admin/invoices/new/", data)

    invoice = fresh(office).scalars(select(Invoice)).one()
    assert made.status_code == 302, made.text
    assert [(line.position, line.description, line.net) for line in invoice.lines] == [
        (1, "Felling", 25_000),
        (2, "Chipping", 999),
    ]
    assert (invoice.subtotal, invoice.tax, invoice.total) == (25_999, 5_000, 30_999)

    url = f"/admin/invoices/edit/?id={invoice.id}"
    ids = re.findall(r'name="lines-\d+-id" value="(\d+)"', signed_in.get(url).text)
    turned = {
        "base": base_of(signed_in, url),
        "group": str(group.id),
        "currency": "EUR",
        "with_lines": "1",
        "lines-0-id": ids[1],
        "lines-0-description": "Chipping",
        "lines-0-quantity": "1",
        "lines-0-unit_price": "10",
    }
    assert send(signed_in, url, turned).status_code == 302
    assert [line.description for line in fresh(office).get_one(Invoice, invoice.id).lines] == ["Chipping"]

    issued = send(signed_in, "/admin/invoices/issue/", {"id": str(invoice.id)}, follow_redirects=True)
    assert "issued." in issued.text, issued.text[:3000]
    invoice = fresh(office).get_one(Invoice, invoice.id)
    assert (invoice.state, invoice.total, invoice.balance) == (InvoiceState.ISSUED, 1_000, 1_000)

    form = signed_in.get(url).text
    assert 'name="due_on"' in form
    assert 'name="group"' not in form
    assert "with_lines" not in form


@pytest.mark.parametrize("inclusive", [True, False], ids=["tax inside", "tax on top"])
def test_a_new_invoice_begins_with_the_companys_way_of_prices(office, signed_in, inclusive):
    """[M7] on the form and, saved as it came, on the record and in its sums."""
    a_brand(office, is_default=True)
    office.scalars(select(Company)).one().prices_include_tax = inclusive
    office.add(TaxRate(name="VAT 20 %", rate="20", is_default=True))
    group = kept(office, a_group(office))
    form = signed_in.get("/admin/invoices/new/?advanced=1").text
    (box,) = re.findall(r'<input[^>]*name="prices_include_tax"[^>]*>', form)
    as_it_came = {"prices_include_tax": "y"} if " checked" in box else {}

    send(
        signed_in,
        "/admin/invoices/new/",
        as_it_came
        | {
            "group": str(group.id),
            "currency": "EUR",
            "advanced": "1",
            "with_lines": "1",
            "lines-0-description": "Felling",
            "lines-0-quantity": "1",
            "lines-0-unit_price": "120",
            "lines-0-tax": ["VAT 20 %"],
        },
    )

    made = fresh(office).scalars(select(Invoice)).one()
    assert (" checked" in box, made.prices_include_tax) == (inclusive, inclusive)
    assert (made.tax, made.total) == ((20_00, 120_00) if inclusive else (24_00, 144_00))


def test_the_short_form_of_an_invoice_follows_the_company_in_what_it_does_not_ask(office, signed_in):
    """[M7, P21] Currency and way of prices are on the whole form only."""
    a_brand(office, is_default=True)
    company = office.scalars(select(Company)).one()
    company.prices_include_tax, company.currency = True, "GBP"
    office.add(TaxRate(name="VAT 20 %", rate="20", is_default=True))
    group = kept(office, a_group(office))
    assert 'name="prices_include_tax"' not in signed_in.get("/admin/invoices/new/").text

    send(
        signed_in,
        "/admin/invoices/new/",
        {
            "group": str(group.id),
            "with_lines": "1",
            "lines-0-description": "Felling",
            "lines-0-unit_price": "120",
            "lines-0-tax": ["VAT 20 %"],
        },
    )

    made = fresh(office).scalars(select(Invoice)).one()
    assert (made.currency, made.prices_include_tax) == ("GBP", True)
    assert (made.tax, made.total) == (20_00, 120_00)


def test_a_note_carries_the_name_of_who_wrote_it(office, signed_in):
    group = kept(office, a_group(office))

    send(signed_in, "/admin/notes/new/", {"group": str(group.id), "body": "Dog in the yard"})

    assert fresh(office).scalars(select(Note)).one().author == "Ann Ashworth"


def test_corrections_of_payments_lead_to_the_customers_page(office, signed_in):
    group = a_group(office)
    office.add(Payment(group_id=group.id, paid_on=SystemClock().today(), amount=5, unallocated=5))
    kept(office)

    answer = signed_in.get("/admin/payments/edit/?id=1")

    assert answer.location == f"/admin/customers/{group.id}/payments/1/edit"


def test_a_new_customer_is_entered_where_people_and_places_are_asked_too(office, signed_in):
    assert signed_in.get("/admin/groups/new/").location == "/admin/customers/new"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_list_is_exported_as_it_is_filtered(ten, signed_in, form):
    answer = signed_in.get(f"/admin/groups/export/{form}/?tags.any=old&column=name")

    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="customers-')
    if form == "csv":
        assert answer.text.count("Group") == 4
    assert len(answer.data) > 50
    assert signed_in.get("/admin/groups/export/exe/").status_code == 404


def test_a_reader_who_goes_away_leaves_no_statement_open(ten, office):
    made = prepare(
        office, SYSTEM, CustomerGroup, read_request(CustomerGroup, SYSTEM, {}, Reading()), Reading(), TODAY
    )

    stream = made.stream(office.get_bind().engine, "csv")
    next(stream)
    next(stream)
    stream.close()

    assert office.get_bind().engine.pool.checkedout() <= 1  # the test's own session
