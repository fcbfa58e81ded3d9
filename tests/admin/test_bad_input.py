"""What no form should be sent, sent: answered with a sentence, nothing kept, nothing typed lost (security.md)."""

from __future__ import annotations

import html
import io
import re

import pytest
from sqlalchemy import func, select

from admin_app.models import (
    Address,
    Attachment,
    Brand,
    CustomerGroup,
    EmailClaim,
    EmailUse,
    Event,
    FormKey,
    Membership,
    Note,
    Payment,
    SiteAsset,
)
from tests.admin.customers.counter import typed_on
from tests.admin.two_customers import world
from tests.forms import send
from tests.signing import on_sqlite

TOO_LONG_NUMBERS = [
    "99999999999999999999",
    "9223372036854775808",
    "9" * 5_000,
    "0" * 21 + "9" * 20,
    "-1",
    "²",
    "١٢",
]


@pytest.fixture
def two(app, rows, clock):
    """Ash and Birch, and ann at the desk."""
    app.extensions["sawhorse_clock"] = clock
    return world(rows, clock)


def count(rows, entity) -> int:
    with rows() as session:
        return int(session.scalar(select(func.count()).select_from(entity)) or 0)


# ------------------------------------------------------------------------------------------ numbers in addresses


@pytest.mark.parametrize("number", TOO_LONG_NUMBERS[:4], ids=lambda text: text[:22])
def test_an_id_that_no_database_holds_is_not_found_at_any_address(app, two, signed_in, number):
    """Generated from the url map, every gap in turn [F10]."""
    strange = []
    for rule in app.url_map.iter_rules():
        numbers = [gap for gap, kind in rule._converters.items() if "Number" in type(kind).__name__]
        for bad in numbers:
            path = rule.rule.replace(f"<int:{bad}>", number)
            for gap in numbers:
                path = path.replace(f"<int:{gap}>", str(two.ash.id))
            method = "GET" if "GET" in (rule.methods or ()) else "POST"
            answer = signed_in.get(path) if method == "GET" else send(signed_in, path)
            if answer.status_code not in (404, 405):  # 405: the address has only the other door
                strange.append(f"{method} {path[:80]}: {answer.status_code}")

    assert strange == []


@pytest.mark.parametrize("number", TOO_LONG_NUMBERS, ids=lambda text: text[:22])
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/admin/groups/edit/?id=", 404),
        ("/admin/contacts/details/?id=", 404),
        ("/admin/groups/?page=", 200),
        ("/admin/groups/?size=", 200),
        ("/admin/customers/?tag=", 200),
        ("/admin/customers/?brand=", 200),
        ("/admin/customers/lookalikes?name=Ash&not=", 200),
        ("/admin/history/?record=", 200),
        ("/admin/history/?before=", 200),
        ("/admin/outbox/?before=", 200),
    ],
)
@on_sqlite
def test_a_number_that_is_none_breaks_no_page(two, signed_in, path, status, number):
    assert signed_in.get(path + number).status_code == status


@on_sqlite
@pytest.mark.parametrize("number", ["²", "9" * 5_000, "-1"], ids=lambda text: text[:22])
def test_a_bulk_act_agreed_to_with_nonsense_asks_again(two, signed_in, rows, number):
    data = {"action": "archive", "rowid": str(two.ash.id), "confirmed": number}

    answer = send(signed_in, "/admin/groups/action/", data)

    assert answer.status_code == 200
    assert "Archive 1 customer?" in answer.text
    with rows() as session:
        assert session.get_one(CustomerGroup, two.ash.id).archived_at is None


# ------------------------------------------------------------------------------------------ texts, days, details


@pytest.mark.parametrize(
    "text", ["a\x00b", "\x1b[31mred", "x" * 1_000_000], ids=["NUL", "escape", "megabyte"]
)
@pytest.mark.parametrize(
    ("path", "field", "entity"),
    [
        ("edit", "name", CustomerGroup),
        ("contacts/new", "first_name", Membership),
        ("addresses/new", "line1", Address),
        ("tasks/new", "title", None),
        ("events/new", "title", Event),
        ("site/new", "name", SiteAsset),
    ],
)
def test_what_cannot_be_kept_is_refused_at_its_field(two, signed_in, rows, path, field, entity, text):
    before = count(rows, entity) if entity else 0
    data = {
        field: text,
        "last_name": "Kept as typed",
        "city": "Kept as typed",
        "description": "Kept as typed",
    }

    answer = send(signed_in, f"/admin/customers/{two.ash.id}/{path}", data)

    assert answer.status_code == 422
    assert "control character" in answer.text or "characters; at most" in answer.text
    assert entity is None or count(rows, entity) == before


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00", "0000-01-01", "99999-01-01", "NaN"]
)
def test_an_event_takes_place_in_years_that_people_mean(two, signed_in, rows, moment):
    before = count(rows, Event)

    answer = send(
        signed_in, "/admin/events/new/", {"title": "Visit", "group": str(two.ash.id), "starts_at": moment}
    )

    assert answer.status_code == 422
    assert html.escape(moment) in answer.text
    assert count(rows, Event) == before


@pytest.mark.parametrize(
    "details",
    ['{"a": "\\u0000"}', '{"a": "\\b"}', '{"a": "\\ud800"}', '{"a": 1e999}', '{"a": NaN}', "[" * 5_000],
    ids=["NUL", "backspace", "half a character", "infinite", "no number", "without end"],
)
def test_details_typed_as_json_are_ones_that_both_databases_keep(two, signed_in, rows, details):
    """PostgreSQL refuses NUL, halves of characters and infinity in JSON."""
    asset = two.ash.ids["site_asset"]
    page = signed_in.get(f"/admin/assets/edit/?id={asset}")
    base = page.text.split('name="base" value="')[1].split('"')[0]
    data = {"base": base, "name": "Oak", "group": str(two.ash.id), "kind": "tree", "attributes": details}

    answer = send(signed_in, f"/admin/assets/edit/?id={asset}", data)

    assert answer.status_code == 422
    assert (
        send(signed_in, f"/admin/assets/edit/?id={asset}", data | {"attributes": '{"a": 1}'}).status_code
        == 302
    )


# ------------------------------------------------------------------------------------------ money


@pytest.mark.parametrize(
    "amount", ["NaN", "inf", "1e5", "-5", "0", "99999999999999999999", "1.234", "0.001", "5 USD", "٣"]
)
@on_sqlite
def test_an_amount_that_is_none_is_refused_and_stays_on_the_form(two, signed_in, rows, amount):
    before = count(rows, Payment)
    data = {"amount": amount, "paid_on": "17 Mar 2026", "method": "cash", "reference": "Kept as typed"}

    answer = send(signed_in, f"/admin/customers/{two.ash.id}/payments/new", data)

    assert answer.status_code == 422
    assert "Kept as typed" in answer.text
    assert count(rows, Payment) == before


# ------------------------------------------------------------------------------------------ only one of a kind


def test_two_billing_addresses_in_one_form_are_refused_and_nothing_is_kept(two, signed_in, rows):
    """The database keeps at most one too."""
    before = count(rows, CustomerGroup)
    data = {"name": "Two bills", "advanced": "1", "people": "1", "addresses": "2"}
    data |= {
        f"address-{n}-{key}": text
        for n in (0, 1)
        for key, text in (("line1", f"Way {n}"), ("is_billing", "on"))
    }

    send(signed_in, "/admin/customers/new", data)

    with rows() as session:
        for group in session.scalars(select(CustomerGroup).where(CustomerGroup.name == "Two bills")):
            billing = (
                select(func.count())
                .select_from(Address)
                .where(Address.group_id == group.id, Address.is_billing)
            )
            assert session.scalar(billing) <= 1
    assert count(rows, CustomerGroup) <= before + 1


# ------------------------------------------------------------------------------------------ nothing typed is lost


@on_sqlite
def test_a_rule_that_forbids_a_save_leaves_the_form_filled(two, signed_in, rows):
    """Not only what is mistyped: what a rule of the house forbids comes back with everything typed too."""
    with rows() as session:
        brand_id = session.scalar(select(Brand.id))
    where = f"/admin/brands/edit/?id={brand_id}"
    page = signed_in.get(where)
    asked = re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', page.text)
    data = dict(asked) | {
        "name": "North",
        "key": "north",
        "payment_terms_days": "30",
        "bank_name": "Elsewhere",
    }
    data |= {"legal_name": "Typed Ltd"}

    answer = send(signed_in, where, data)

    assert answer.status_code == 409, answer.text
    assert "only with your password" in answer.text
    assert "Typed Ltd" in answer.text
    with rows() as session:
        assert session.get_one(Brand, brand_id).legal_name != "Typed Ltd"


@on_sqlite
def test_the_currency_of_kept_books_is_refused_on_the_filled_form(two, signed_in):
    page = signed_in.get("/admin/settings/")
    base = page.text.split('name="base" value="')[1].split('"')[0]
    data = {
        "base": base,
        "name": "Typed name",
        "currency": "USD",
        "zone": "UTC",
        "country": "GB",
        "language": "en",
    }

    answer = send(signed_in, "/admin/settings/", data)

    assert answer.status_code == 409
    assert "cannot change" in answer.text
    assert "Typed name" in answer.text


@on_sqlite
def test_a_note_for_a_customer_who_is_gone_keeps_its_words(two, signed_in, rows):
    before = count(rows, Note)

    answer = send(signed_in, "/admin/notes/new/", {"group": "3000000000", "body": "Words that took a while"})

    assert answer.status_code == 422
    assert "Words that took a while" in answer.text
    assert count(rows, Note) == before


def test_an_email_of_the_staff_is_no_clients(two, signed_in, rows):
    """[R14-R16]; the form comes back with the name that was typed."""
    with rows() as session:
        taken = session.scalar(select(EmailClaim.email_key).where(EmailClaim.use == EmailUse.STAFF)) or ""
        if not taken:
            session.add(EmailClaim(email_key="staff@ashworth.test", use=EmailUse.STAFF))
            taken = "staff@ashworth.test"
    before = count(rows, Membership)
    data = {"first_name": "Kept as typed", "email": taken.upper()}

    answer = send(signed_in, f"/admin/customers/{two.ash.id}/contacts/new", data)

    assert answer.status_code in (409, 422)
    assert "Kept as typed" in answer.text
    assert count(rows, Membership) == before


# ------------------------------------------------------------------------------------------ files and ways out


@on_sqlite
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("../../x.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("photo.png", b"<!doctype html><script>alert(1)</script>"),
        ("photo.jpg", b"\x89PNG\r\n\x1a\nbroken"),
    ],
)
def test_an_upload_is_judged_by_its_content_and_its_name_is_a_label(
    two, signed_in, rows, settings, name, content
):
    before = count(rows, Attachment)

    answer = send(
        signed_in,
        f"/admin/customers/{two.ash.id}/files",
        {"file": (io.BytesIO(content), name)},
        content_type="multipart/form-data",
    )

    assert answer.status_code in (302, 409, 422)
    assert not list(settings.home.parent.rglob("x.svg"))
    assert count(rows, Attachment) == before


@on_sqlite
@pytest.mark.parametrize(
    "away", ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example"]
)
def test_no_parameter_leads_away_from_this_site(two, signed_in, away):
    leads = [
        send(signed_in, "/admin/groups/columns/", {"url": away}),
        send(signed_in, "/admin/tags/new/", {"name": "leading", "url": away}),
        send(signed_in, f"/admin/customers/{two.ash.id}/stars", {"rating": "3", "back": away}),
        send(signed_in, "/admin/history/restore", {"entry": "1", "url": away}),
    ]

    assert [one.location for one in leads if "evil" in (one.location or "")] == []


@on_sqlite
def test_percent_and_underscore_are_letters(two, signed_in):
    for wild in ("%", "_", "%%%", "A_h%"):
        assert signed_in.get("/admin/customers/search", query_string={"q": wild}).json == []
        assert "Ashgrove house" not in signed_in.get("/admin/groups/", query_string={"name.has": wild}).text


# ------------------------------------------------------------------------------------------ pressed twice


def test_a_payment_form_sent_twice_is_one_payment_and_other_content_a_conflict(two, signed_in, rows):
    """One press, one payment (security.md, promise 3)."""
    where = f"/admin/customers/{two.ash.id}/payments/new"
    form = typed_on(signed_in.get(where))
    before = count(rows, Payment)
    data = form | {"amount": "5.00", "paid_on": "17 Mar 2026", "method": "cash"}

    first, second = send(signed_in, where, data), send(signed_in, where, data)
    other = send(signed_in, where, data | {"amount": "6.00"})

    assert (first.status_code, second.status_code, other.status_code) == (302, 302, 409)
    assert count(rows, Payment) == before + 1
    assert count(rows, FormKey) >= 1
