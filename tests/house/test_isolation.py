"""Nobody sees another customer's things: addresses, look-ups, lists, exports and history (security.md, promise 1)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import MetaData, create_engine
from werkzeug.routing import Rule

from admin_app.kernel.actor import Role
from admin_app.web.access import PUBLIC, access_of
from tests.admin.two_customers import AMOUNTS, Customer, entries_of, world
from tests.forms import send, token_of
from tests.signing import on_sqlite, sign_in_as

TABLE_OF = {
    "membership_id": "membership",
    "address_id": "address",
    "method_id": "payment_method",
    "event_id": "event",
    "file_id": "attachment",
    "note_id": "note",
    "payment_id": "payment",
    "asset_id": "site_asset",
    "task_id": "task",
    "project_id": "project",
    "lead_id": "lead",
    "contact_id": "contact",
    "estimate_id": "estimate",
    "work_id": "work_order",
    "cost_id": "job_cost",
    "entry_id": "time_entry",
    "invoice_id": "invoice",
    "first_id": "estimate",
    "credit_id": "credit_note",
    "use_id": "allocation",
    "loss_id": "write_off",
    "subscription_id": "subscription",
    "thread_id": "thread",
}
"""Which record stands behind each gap of a nested address."""

LISTS = {
    "contacts": "contact",
    "addresses": "address",
    "assets": "site_asset",
    "invoices": "invoice",
    "payments": "payment",
    "tasks": "task",
    "events": "event",
    "notes": "note",
    "files": "attachment",
    "billing-details": "payment_method",
    "project-list": "project",
    "leads": "lead",
    "work-orders": "work_order",
    "time-entries": "time_entry",
    "job-costs": "job_cost",
    "estimates": "estimate",
    "credit-notes": "credit_note",
    "write-offs": "write_off",
    "refunds": "refund",
    "subscriptions": "subscription",
}
"""The generated pages and the tables behind them."""

PAPERS = {
    "estimate": "estimate",
    "workorder": "work_order",
    "invoice": "invoice",
    "credit": "credit_note",
    "credit-note": "credit_note",
    "refund": "refund",
    "receipt": "payment",
}
"""The words of addresses of papers and the tables behind their record."""

WORDS = {
    "export_type": "csv",
    "month": "2026-03",
    "kind": "lead",
    "column": "to-invoice",
    "step": "decline",
    "part": "money",
    "word": "safety",
}
"""What stands in the gaps that no record fills."""

FIELD_CREWS = [Role.CREW, Role.SUBCONTRACTOR]


@pytest.fixture
def two(app, rows, clock):
    """Ash and Birch; crews work at Ash."""
    app.extensions["sawhorse_clock"] = clock
    return world(rows, clock)


def filled(rule: Rule, customer: Customer, **gaps: object) -> str:
    """An address with the records of a customer in its gaps."""
    path = rule.rule
    known: dict[str, object] = {name: customer.ids[table] for name, table in TABLE_OF.items()}
    known |= {"group_id": customer.id, "number": customer.ids["lead"]} | WORDS | gaps
    if path.startswith("/admin/papers/"):
        path = re.sub(r"<any[^>]*:word>", "credit-note", path)
        known["record_id"] = customer.ids[PAPERS[path.split("/")[3]]]
    for gap in rule.arguments:
        path = re.sub(rf"<(\w+:)?{gap}>", str(known.get(gap, 1)), path)
    return path


def pages(app: Flask) -> Iterator[Rule]:
    """Every address that is opened by looking at it and is not for everybody."""
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and access_of(app, rule.endpoint) is not PUBLIC:
            yield rule


def test_records_of_another_customer_are_not_found_under_this_one(app, two, signed_in, rows):
    """Generated from the url map: a new nested address is tried as soon as it exists."""
    token = token_of(signed_in.get("/password"))
    with rows() as session:
        gaps = {
            "group_id": two.ash.id,
            "entry_id": entries_of(session, two.birch),
            "tag_id": two.birch.ids["tag"],
        }
    nested = [
        rule for rule in app.url_map.iter_rules() if {"group_id"} < set(rule.arguments) - WORDS.keys()
    ]

    opened = [
        f"{method} {path}: {status}"
        for rule in nested
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        for path in [filled(rule, two.birch, **gaps)]
        for status in [signed_in.open(path, method=method, data={"csrf_token": token}).status_code]
        if status != 404
    ]

    assert len(nested) > 20
    # To take off a tag that a customer does not carry changes nothing and says nothing.
    assert [one for one in opened if "/tags/" not in one] == []


@on_sqlite
@pytest.mark.parametrize(
    ("holder", "nestings"), [("project_id", 3), ("work_id", 2), ("credit_id", 1), ("thread_id", 1)]
)
def test_records_of_another_one_are_not_found_under_this_one(app, two, signed_in, holder, nestings):
    """Generated from the url map like the test above: the contact, cost, use … is Birch's, what holds it is Ash's."""
    token = token_of(signed_in.get("/password"))
    known = set(TABLE_OF) - {holder}
    nested = [
        rule for rule in app.url_map.iter_rules() if holder in rule.arguments and set(rule.arguments) & known
    ]

    opened = [
        f"{method} {path}: {status}"
        for rule in nested
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        for path in [filled(rule, two.birch, **{holder: two.ash.ids[TABLE_OF[holder]]})]
        for status in [signed_in.open(path, method=method, data={"csrf_token": token}).status_code]
        if status != 404
    ]

    assert len(nested) >= nestings
    assert opened == []


@on_sqlite
@pytest.mark.parametrize("role", FIELD_CREWS, ids=str)
def test_a_crew_reads_nothing_of_a_customer_it_does_not_work_for(app, two, client, role):
    sign_in_as(client, role)
    paths = [filled(rule, two.birch) for rule in pages(app)]
    paths += [f"/admin/groups/details/?id={two.birch.id}"]
    paths += [f"/admin/{slug}/details/?id={two.birch.ids[table]}" for slug, table in LISTS.items()]
    paths += [f"/admin/lookup/{table}/" for table in ("customer_group", "tag", *LISTS.values())]
    paths += [
        f"/admin/customers/of/{kind}/{two.birch.ids[kind]}" for kind in ("contact", "address", "payment")
    ]

    told = [path for path in paths if re.search("birchmoor", text_of(client.get(path)), re.IGNORECASE)]

    assert told == []


@on_sqlite
def test_a_search_of_a_crew_finds_nothing_elsewhere(two, client):
    sign_in_as(client, Role.CREW)

    assert client.get("/admin/customers/search?q=birchmoor").json == []
    assert client.get("/admin/lookup/contact/?q=birchmoor").json == []
    for slug in ("groups", *LISTS):
        page = client.get(f"/admin/{slug}/?search=birchmoor")
        assert page.status_code == 403 or "Birchmoor" not in page.text, slug


@on_sqlite
@pytest.mark.parametrize("role", FIELD_CREWS, ids=str)
def test_a_crew_sees_no_money_and_no_email_at_its_own_customer(app, two, client, role):
    sign_in_as(client, role)
    paths = [filled(rule, two.ash) for rule in pages(app)]
    paths += [f"/admin/groups/details/?id={two.ash.id}"]
    paths += [f"/admin/{slug}/details/?id={two.ash.ids[table]}" for slug, table in LISTS.items()]
    paths += ["/admin/customers/search?q=ashgrove", f"/admin/customers/of/contact/{two.ash.ids['contact']}"]

    told = [
        path
        for path in paths
        for answer in [client.get(path)]
        if re.search(HIDDEN_FROM_CREWS, said_by(answer))
    ]

    assert told == []


HIDDEN_FROM_CREWS = "|".join(re.escape(one) for one in ("@secret.example", *AMOUNTS, "86.42", "57.34"))
"""The email, every amount, what an hour costs, and what is owed of the bill: 98.76 - 12.34 - 21.43 - 7.65."""


def said_by(answer) -> str:
    """The page and where it leads."""
    return f"{text_of(answer)} {answer.headers.get('Location', '')}"


def text_of(answer) -> str:
    """What an answer says; the bytes of a paper are packed, so whatever they spell is chance."""
    return "" if answer.mimetype == "application/pdf" else answer.get_data().decode("utf-8", "replace")


@on_sqlite
def test_a_contact_of_several_customers_is_looked_for_by_name_where_the_email_is_hidden(two, client, rows):
    """The way on carries the word by which the list is searched."""
    from admin_app.models import Membership

    with rows() as session:
        session.add(Membership(group_id=two.birch.id, contact_id=two.ash.ids["contact"]))
    sign_in_as(client, Role.CREW)

    answer = client.get(f"/admin/customers/of/contact/{two.ash.ids['contact']}")

    assert "secret" not in said_by(answer)


@on_sqlite
@pytest.mark.parametrize(("slug", "hidden"), [("groups", "balance"), ("contacts", "email")])
def test_a_list_is_not_sorted_by_what_its_reader_may_not_see(two, client, slug, hidden):
    """An order tells the values, and so does the mark of the next page."""
    sign_in_as(client, Role.CREW)

    page = client.get(f"/admin/{slug}/?sort={hidden}")

    assert page.status_code == 422
    assert f"cannot be sorted by “{hidden}”" in page.text
    sign_in_as(client, Role.OFFICE)
    assert "cannot be sorted" not in client.get("/admin/groups/?sort=balance").text


@on_sqlite
def test_an_analyst_is_never_told_the_way_into_a_site(app, two, client):
    sign_in_as(client, Role.ANALYST)
    paths = [filled(rule, two.ash) for rule in pages(app)]
    paths += [f"/admin/addresses/details/?id={two.ash.ids['address']}"]
    paths += [
        "/admin/addresses/export/csv/?column=access_notes&column=line1",
        "/admin/lookup/address/?q=keysafe",
    ]
    paths += ["/admin/addresses/?search=4712", "/admin/addresses/?access_notes.has=4712"]

    told = [path for path in paths if re.search("keysafe|keeper|0111", text_of(client.get(path)))]

    assert [path for path in told if "q=keysafe" not in path] == []
    assert client.get("/admin/lookup/address/?q=keysafe").json == []


@on_sqlite
@pytest.mark.parametrize("role", [Role.ESTIMATOR, Role.CREW, Role.ANALYST], ids=str)
def test_the_history_of_a_record_is_for_those_who_may_see_histories(two, client, role):
    """The same right guards the timeline of a customer and the one under a record."""
    address = f"/admin/addresses/details/?id={two.ash.ids['address']}"
    sign_in_as(client, role)
    assert "What happened" not in client.get(address).text
    sign_in_as(client, Role.OFFICE)
    assert "What happened" in client.get(address).text


@on_sqlite
def test_bulk_acts_reach_only_what_their_reader_sees(two, client, rows):
    """Ids in a form are checked like ids in an address."""
    from admin_app.models import Address

    for role, expected in ((Role.CREW, 403), (Role.ANALYST, 403)):
        sign_in_as(client, role)
        data = {"action": "delete", "rowid": str(two.birch.ids["address"]), "confirmed": "1"}
        assert send(client, "/admin/addresses/action/", data).status_code == expected
    with rows() as session:
        assert session.get(Address, two.birch.ids["address"]) is not None


@on_sqlite
def test_exports_carry_formulas_as_text_and_read_back_the_same(two, signed_in, rows):
    from admin_app.models import CustomerGroup

    names = ["=1+1", "@SUM(A1)", "+44", "-5", "  =cmd|' /C calc'!A0"]
    with rows() as session:
        session.add_all(CustomerGroup(name=name.strip()) for name in names)

    text = signed_in.get("/admin/groups/export/csv/?column=name").get_data().decode("utf-8-sig")
    cells = [row["Name"] for row in csv.DictReader(io.StringIO(text))]

    assert [cell for cell in cells if cell.lstrip()[:1] in tuple("=+-@\t\r")] == []
    for name in names:
        assert f"'{name.strip()}" in cells


def contents(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    engine = create_engine(url)
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        # The moment a session was used last is the one thing that looking may write (security.md, "Requests").
        found = {
            name: sorted((tuple(row) for row in connection.execute(table.select())), key=repr)
            for name, table in tables.tables.items()
            if name != "staff_session" and not name.startswith("search_fts")
        }
    engine.dispose()
    return found


def test_looking_at_a_page_changes_nothing(app, two, signed_in, database):
    before = contents(database)

    for rule in pages(app):
        path = filled(rule, two.ash, kind="customer")
        slug = rule.rule.split("/")[2] if rule.rule.count("/") > 2 else ""
        record = two.ash.ids.get(LISTS.get(slug, ""), two.ash.id)
        answer = signed_in.get(f"{path}?id={record}")
        assert answer.status_code < 500, path
        signed_in.head(path)

    assert contents(database) == before


HEADERS = ("Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy")


@on_sqlite
def test_every_answer_carries_the_headers_and_nothing_of_the_signed_in_is_stored(app, two, signed_in):
    bare = [
        f"{path}: {name}"
        for rule in pages(app)
        for path in [filled(rule, two.ash, kind="customer")]
        for answer in [signed_in.get(path)]
        for name in (
            *HEADERS,
            *(() if "no-store" in answer.headers.get("Cache-Control", "") else ("no-store",)),
        )
        if name == "no-store" or name not in answer.headers
    ]

    assert bare == []
