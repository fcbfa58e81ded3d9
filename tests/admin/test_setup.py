"""An empty home is set up by whoever holds the link, and by nobody after the first member of staff [141, issue 2]."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from admin_app.kernel.actor import Role
from admin_app.kernel.clock import SystemClock
from admin_app.models import (
    AuditEntry,
    Brand,
    Company,
    DocumentKind,
    NumberSeries,
    OneTimeLink,
    TaxRate,
    User,
)
from admin_app.services.start_company import draw_set_up_link
from tests.forms import send, token_of
from tests.signing import a_user, on_sqlite

COMPANY = {
    "name": "Ashworth & Sons",
    "country": "GB",
    "currency": "GBP",
    "zone": "Europe/London",
    "language": "en_GB",
    "tax_mode": "line",
    "email": "office@ashworth.test",
}
BRAND = {
    "name": "Harbour Roofing",
    "email": "hello@harbour.test",
    "tax_id": "GB 123",
    "iban": "GB33BUKB20201555555555",
    "payment_terms_days": "14",
    "prefix": "H-2026-",
    "next_number": "412",
}
OWNER = {
    "name": "Ann Ashworth",
    "email": "ann@ashworth.test",
    "new": "three grey geese",
    "again": "three grey geese",
}


@pytest.fixture
def link(rows) -> str:
    with rows() as session:
        return f"/setup/{draw_set_up_link(session, SystemClock())}"


@pytest.fixture
def begun(client, link: str) -> str:
    """The link of a company that has its facts and a brand."""
    send(client, f"{link}/company", COMPANY)
    send(client, f"{link}/brands", BRAND)
    return link


def test_a_company_is_set_up_from_nothing_to_the_first_page(client, rows, link):
    assert client.get(f"{link}/").location == f"{link}/company"
    assert send(client, f"{link}/company", COMPANY).location == f"{link}/brands"
    assert client.get(f"{link}/").location == f"{link}/brands"
    assert send(client, f"{link}/brands", BRAND).location == f"{link}/brands"
    assert (
        send(client, f"{link}/brands", BRAND | {"name": "Hill", "prefix": "", "next_number": ""}).status_code
        == 302
    )
    assert (
        send(client, f"{link}/taxes", {"name": "VAT 20 %", "rate": "20", "is_default": "y"}).status_code
        == 302
    )
    assert client.get(f"{link}/").location == f"{link}/account"
    assert send(client, f"{link}/account", OWNER).location == "/admin/settings/first-steps"

    assert client.get("/admin/settings/first-steps").status_code == 200
    with rows() as session:
        company = session.scalars(select(Company)).one()
        assert (company.name, company.currency, company.zone, company.tax_mode.value) == (
            "Ashworth & Sons",
            "GBP",
            "Europe/London",
            "line",
        )
        harbour, hill = session.scalars(select(Brand).order_by(Brand.id))
        assert (harbour.key, harbour.payment_terms_days, harbour.is_default) == ("harbour", 14, True)
        assert (hill.key, hill.is_default) == ("hill", False)
        series = session.scalars(select(NumberSeries).order_by(NumberSeries.id)).all()
        assert [(one.document, one.prefix, one.next_number) for one in series] == [
            (DocumentKind.INVOICE, "H-2026-", 412),
            (DocumentKind.INVOICE, "HILL-", 1),
        ]
        assert session.scalars(select(TaxRate)).one().rate == 20
        owner = session.scalars(select(User)).one()
        assert (owner.role, owner.email, owner.active) == (Role.OWNER, "ann@ashworth.test", True)


def test_the_history_tells_that_the_company_was_set_up(client, rows, begun):
    with rows() as session:
        told = session.scalars(select(AuditEntry.entity).order_by(AuditEntry.id)).all()

    typed = ("Company", "Brand", "NumberSeries")
    assert [entity for entity in told if entity in typed] == [*typed]
    begun_with = {*typed, "LeadStatus", "LeadSource", "FormQuestion", "ReminderStep"}
    assert set(told) == begun_with, "what every company begins with"


def test_the_set_up_closes_after_the_first_user(client, app, begun):
    send(client, f"{begun}/account", OWNER)

    for stranger in (client, app.test_client()):
        for step in ("", "company", "brands", "taxes", "account"):
            assert stranger.get(f"{begun}/{step}").status_code == 404
        assert send(stranger, f"{begun}/company", COMPANY | {"name": "Mine now"}).status_code == 404


def test_of_two_owners_at_once_one_is_made(app, client, rows, begun):
    other = app.test_client()
    first = send(client, f"{begun}/account", OWNER)
    second = send(other, f"{begun}/account", OWNER | {"email": "mallory@example.com"})

    assert (first.status_code, second.status_code) == (302, 404)
    with rows() as session:
        assert session.scalar(select(func.count()).select_from(User)) == 1


def test_the_link_is_no_good_once_somebody_works_here(client, rows, link):
    with rows() as session:
        a_user(session)

    assert client.get(f"{link}/company").status_code == 404


def test_no_link_is_drawn_once_somebody_works_here(rows):
    with rows() as session:
        a_user(session)

        assert draw_set_up_link(session, SystemClock()) is None
        assert session.scalars(select(OneTimeLink)).all() == []


@on_sqlite
@pytest.mark.parametrize("token", ["wrong", "x" * 3000, "%00", "..%2f.."])
def test_a_wrong_link_opens_nothing(client, link, token):
    assert client.get(f"/setup/{token}/company").status_code == 404


def test_a_second_start_draws_a_new_link_and_goes_on_where_it_stood(client, rows, begun):
    with rows() as session:
        newer = f"/setup/{draw_set_up_link(session, SystemClock())}"

    assert client.get(f"{begun}/account").status_code == 404
    assert client.get(f"{newer}/").location == f"{newer}/account"


def test_looking_at_the_steps_changes_nothing(client, rows, link):
    for step in ("", "company", "brands", "taxes", "account"):
        client.get(f"{link}/{step}")

    with rows() as session:
        assert [
            session.scalar(select(func.count()).select_from(kind)) for kind in (Company, Brand, User)
        ] == [0, 0, 0]


@on_sqlite
@pytest.mark.parametrize(
    ("step", "typed", "sentence"),
    [
        ("company", COMPANY | {"name": ""}, "Name is missing"),
        ("company", COMPANY | {"zone": ""}, "Choose a time zone from the list"),
        ("company", COMPANY | {"zone": "Mars/Olympus"}, "Choose a time zone from the list"),
        ("company", COMPANY | {"currency": "XXX"}, "Choose a currency from the list"),
        ("company", COMPANY | {"country": "Gondor"}, "Country"),
        ("company", COMPANY | {"language": "klingon"}, "Choose a language from the list"),
        ("company", COMPANY | {"email": "nonsense"}, "not an email address"),
        ("company", COMPANY | {"name": "NUL\x00"}, "control character"),
        ("brands", BRAND | {"name": ""}, "Name is missing"),
        ("brands", BRAND | {"payment_terms_days": "400"}, "365"),
        ("brands", BRAND | {"next_number": "zero"}, "is not a whole number"),
        ("brands", BRAND | {"next_number": "-3"}, "the least is 1"),
        ("brands", BRAND | {"prefix": "P" * 30}, "24"),
        ("taxes", {"name": "VAT", "rate": "twenty"}, "is not an amount"),
        ("taxes", {"name": "", "rate": "20"}, "Name is missing"),
    ],
)
def test_what_cannot_be_kept_is_said_at_its_field_and_nothing_typed_is_lost(
    client, rows, link, step, typed, sentence
):
    answer = send(client, f"{link}/{step}", typed)

    assert answer.status_code == 422
    assert sentence in answer.text, answer.text
    for value in typed.values():
        if value and value.isalnum():
            assert f'"{value}"' in answer.text
    with rows() as session:
        assert [
            session.scalar(select(func.count()).select_from(kind)) for kind in (Company, Brand, TaxRate)
        ] == [0] * 3


def test_everything_wrong_with_a_brand_is_said_at_once(client, link):
    answer = send(client, f"{link}/brands", BRAND | {"email": "nonsense", "next_number": "zero"})

    assert "not an email address" in answer.text
    assert "is not a whole number" in answer.text


@on_sqlite
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"new": "short", "again": "short"}, "needs at least 8"),
        ({"new": "harbourside9", "again": "harbourside8"}, "The two passwords differ"),
        ({"new": "AnnAshworth1", "again": "AnnAshworth1"}, "a name that others know"),
        ({"email": "ann"}, "not an email address"),
        ({"name": ""}, "Type your name"),
    ],
)
def test_an_owner_with_a_poor_account_is_not_made(client, rows, begun, typed, sentence):
    answer = send(client, f"{begun}/account", OWNER | typed)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert client.get(f"{begun}/account").status_code == 200, "the link still works"
    with rows() as session:
        assert session.scalar(select(func.count()).select_from(User)) == 0


def test_an_owner_without_a_company_is_not_made(client, link):
    assert send(client, f"{link}/account", OWNER).status_code == 422


def test_two_brands_with_one_name_are_refused(client, begun):
    answer = send(client, f"{begun}/brands", BRAND)

    assert answer.status_code == 422
    assert "Another brand has this name" in answer.text


@on_sqlite
def test_the_browser_proposes_country_currency_and_language(client, link):
    page = client.get(f"{link}/company", headers={"Accept-Language": "de-AT,de;q=0.9"}).text

    assert '<option selected value="AT">' in page
    assert '<option selected value="EUR">' in page
    assert '<option selected value="de_AT">' in page


@on_sqlite
def test_the_set_up_works_under_tls(rows, settings, open_office, link):
    """There a form is taken only with the address of the page it came from, which our own policy must let out."""
    client = open_office(replace(settings, public_url="https://office.example.com")).test_client()
    secure = {"base_url": "https://localhost"}
    page = client.get(f"{link}/company", **secure)
    assert page.headers["Referrer-Policy"] == "same-origin"

    answer = client.post(
        f"{link}/company",
        data=COMPANY | {"csrf_token": token_of(page)},
        headers={"Referer": f"https://localhost{link}/company"},
        **secure,
    )

    assert answer.status_code == 302


@on_sqlite
def test_the_secret_of_the_address_stays_here(client, link):
    answer = client.get(f"{link}/company")

    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"
