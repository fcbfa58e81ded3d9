"""The settings: company, brands with bank details, logo and numbers, staff and their links [141, 142, W23-W25]."""

import html
import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select

from admin_app.kernel.actor import Role
from admin_app.kernel.clock import SystemClock
from admin_app.kernel.errors import Invalid
from admin_app.models import (
    Brand,
    Company,
    Contact,
    CustomerGroup,
    DocumentKind,
    EmailClaim,
    Invoice,
    NumberSeries,
    OutboxMessage,
    OutboxState,
    StaffSession,
    User,
)
from admin_app.services.brand_logo import draw_logo
from admin_app.services.claim_email import claim_for_client
from admin_app.services.manage_user import mail_invitation
from admin_app.storage.folder import FolderStorage
from tests.forms import send
from tests.signing import PASSWORD, a_user, on_sqlite, sign_in_as


@pytest.fixture
def office(rows, client) -> Any:
    """Ashworth with one brand; ann sits at the desk."""
    with rows() as session:
        session.add(Company(id=1, name="Ashworth & Sons", currency="GBP", email="office@ashworth.test"))
        session.add(Brand(name="Harbour", key="harbour", iban="GB33BUKB20201555555555", is_default=True))
        a_user(session)
    sign_in_as(client)
    return client


def typed_into(page: Any) -> dict[str, str]:
    """What the first form of the page would send if nobody typed anything."""
    form = max(re.findall(r"<form[^>]*st-form.*?</form>", page.text, re.S), key=len)
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ("checkbox" not in tag or "checked" in tag):
            found[name[1]] = value[1] if value else ""
    for name, inside in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\r?\n?(.*?)</textarea>', form, re.S):
        found[name] = inside
    for name, inside in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option selected value="([^"]*)"', inside)
        found[name] = chosen[1] if chosen else ""
    return {name: html.unescape(value) for name, value in found.items()}


def edit(client: Any, path: str, **typed: str) -> Any:
    """Open a form, type into some of its fields, send it."""
    shown = typed_into(client.get(path))
    return client.post(path, data=shown | typed)


def the_brand(rows: Any) -> Brand:
    with rows() as session:
        found: Brand = session.scalars(select(Brand).order_by(Brand.id)).first()
        return found


def test_a_form_that_is_sent_as_it_was_shown_changes_nothing(office, rows):
    for path in ("/admin/settings/", "/admin/settings/brands/1", "/admin/settings/staff/1"):
        assert edit(office, path).status_code == 302, path

    with rows() as session:
        assert {session.scalar(select(kind.version)) for kind in (Company, Brand, User)} == {1}


def test_the_company_is_changed_and_the_lock_of_the_books_set(office, rows):
    assert edit(office, "/admin/settings/", name="Ashworth Ltd", locked_until="2026-01-31").status_code == 302

    with rows() as session:
        company = session.scalars(select(Company)).one()
        assert (company.name, company.locked_until) == ("Ashworth Ltd", date(2026, 1, 31))


@on_sqlite
def test_the_books_are_not_locked_ahead(office):
    next_week = datetime.now(UTC).date() + timedelta(days=7)
    answer = edit(office, "/admin/settings/", locked_until=next_week.isoformat())

    assert answer.status_code == 422
    assert "This day has not come yet" in answer.text


def test_a_currency_stays_once_there_is_money(office, rows):
    assert edit(office, "/admin/settings/", currency="EUR").status_code == 302, "there is none yet"
    with rows() as session:
        clara = CustomerGroup(name="Clara Client")
        session.add(Invoice(group=clara, currency="EUR"))

    answer = edit(office, "/admin/settings/", currency="USD")

    assert answer.status_code == 409
    assert "The books are kept in EUR and hold money already" in answer.text


def test_two_people_who_change_different_things_both_win(office, rows, app):
    """[144]: the second form was opened before the first was saved."""
    shown = typed_into(office.get("/admin/settings/"))
    edit(office, "/admin/settings/", phone="020 7946 0958")

    assert office.post("/admin/settings/", data=shown | {"name": "Ashworth Ltd"}).status_code == 302

    with rows() as session:
        company = session.scalars(select(Company)).one()
        assert company.name == "Ashworth Ltd"
        assert "7946" in (company.phone or "")


def test_two_people_who_change_the_same_thing_are_shown_both(office, rows):
    shown = typed_into(office.get("/admin/settings/"))
    edit(office, "/admin/settings/", name="Theirs Ltd")

    answer = office.post("/admin/settings/", data=shown | {"name": "Yours Ltd"})

    assert answer.status_code == 409
    assert "Theirs Ltd" in answer.text
    assert "Yours Ltd" in answer.text
    again = typed_into(answer)
    assert office.post("/admin/settings/", data=again | {"choose-name": "yours"}).status_code == 302
    with rows() as session:
        assert session.scalar(select(Company.name)) == "Yours Ltd"


@on_sqlite
def test_a_new_brand_gets_a_short_name_of_its_own(office, rows):
    for _ in range(2):
        shown = typed_into(office.get("/admin/settings/brands/new"))
        office.post("/admin/settings/brands/new", data=shown | {"name": "Harbour Gutters", "key": ""})

    with rows() as session:
        assert session.scalars(select(Brand.key).order_by(Brand.id)).all() == ["harbour", "harbour2"]


def test_a_new_default_brand_takes_the_place_of_the_old(office, rows):
    shown = typed_into(office.get("/admin/settings/brands/new"))
    office.post("/admin/settings/brands/new", data=shown | {"name": "Hill", "is_default": "y"})

    with rows() as session:
        assert session.scalars(select(Brand.name).where(Brand.is_default)).all() == ["Hill"]


@on_sqlite
def test_other_bank_details_ask_for_the_password(office, rows):
    answer = edit(office, "/admin/settings/brands/1", iban="DE02120300000000202051")

    assert answer.status_code == 422
    assert "Type your password to save this change" in answer.text
    assert "DE02120300000000202051" in answer.text, "what was typed is kept"
    assert the_brand(rows).iban == "GB33BUKB20201555555555"


@on_sqlite
@pytest.mark.parametrize(("typed", "status"), [("wrong", 422), (PASSWORD, 302)])
def test_bank_details_change_only_with_the_right_password(office, rows, typed, status):
    answer = edit(office, "/admin/settings/brands/1", iban="DE02120300000000202051", your_password=typed)

    assert answer.status_code == status
    assert (the_brand(rows).iban == "DE02120300000000202051") is (status == 302)


@on_sqlite
def test_other_bank_details_are_told_to_the_company(office, rows):
    edit(office, "/admin/settings/brands/1", iban="DE02120300000000202051", your_password=PASSWORD)

    with rows() as session:
        mail = session.scalars(select(OutboxMessage)).one()
        assert mail.recipient == "office@ashworth.test"
        assert mail.subject == "The bank details of Harbour were changed"
        assert "Ann Ashworth" in mail.body


@on_sqlite
def test_guessing_the_password_at_the_desk_is_counted(office):
    answers = [
        edit(office, "/admin/settings/brands/1", iban=f"X{n}", your_password="guess").status_code
        for n in range(9)
    ]

    assert answers == [422] * 8 + [429]


@on_sqlite
@pytest.mark.parametrize("accent", ["red", "#12345", "#12345g", "url(x)"])
def test_a_colour_is_a_colour(office, accent):
    assert edit(office, "/admin/settings/brands/1", accent=accent).status_code == 422


def test_the_next_number_goes_forward_only(office, rows):
    def set_series(number):
        return send(
            office,
            "/admin/settings/brands/1/series",
            {"document": "invoice", "prefix": "H-", "next_number": number, "digits": "4"},
        ).status_code

    assert set_series("120") == 302
    assert set_series("119") == 422
    assert set_series("0") == 422
    assert set_series("many") == 422
    assert set_series("121") == 302
    with rows() as session:
        kept = session.scalars(select(NumberSeries)).one()
        assert (kept.document, kept.prefix, kept.next_number, kept.digits) == (
            DocumentKind.INVOICE,
            "H-",
            121,
            4,
        )


@on_sqlite
def test_an_unknown_kind_of_document_has_no_numbers(office):
    assert send(office, "/admin/settings/brands/1/series", {"document": "spell"}).status_code == 404


def picture(kind: str = "PNG", size: tuple[int, int] = (1200, 400), mode: str = "RGB") -> io.BytesIO:
    file = io.BytesIO()
    Image.new(mode, size, 1 if mode in ("1", "L") else (13, 101, 112)).save(file, kind)
    file.seek(0)
    return file


def upload(client: Any, content: io.BytesIO, name: str = "logo.png") -> Any:
    return send(
        client,
        "/admin/settings/brands/1/logo",
        {"logo": (content, name)},
        content_type="multipart/form-data",
    )


@on_sqlite
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_is_drawn_anew_and_shown(office, rows, settings, kind):
    assert upload(office, picture(kind), "../../x.svg").status_code == 302

    shown = office.get("/admin/settings/brands/1/logo")
    assert shown.mimetype == "image/png"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    with Image.open(io.BytesIO(shown.data)) as drawn:
        assert drawn.format == "PNG"
        assert drawn.size == (800, 267)
    assert len(list(FolderStorage(settings.files).stored_keys())) == 1


@on_sqlite
def test_what_hides_in_a_picture_is_gone(office):
    hiding = picture("JPEG")
    with Image.open(hiding) as image:
        exif = image.getexif()
        exif[270] = "<script>alert(1)</script>"
        told = io.BytesIO()
        image.save(told, "JPEG", exif=exif, comment=b"<?php evil ?>")
    told.seek(0)
    assert b"<script>" in told.getvalue()

    upload(office, told)

    assert b"<script>" not in office.get("/admin/settings/brands/1/logo").data


@on_sqlite
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "SVG pictures can carry scripts"),
        (b'<?xml version="1.0"?>\n<!-- x -->\n<SVG/>', "SVG pictures can carry scripts"),
        (b"GIF89a<script>alert(1)</script>", "A logo is a PNG, JPEG or WebP picture"),
        (b"<html><script>alert(1)</script>", "A logo is a PNG, JPEG or WebP picture"),
        (picture().getvalue()[:200], "damaged"),
        (b"", "Choose a picture first"),
        (picture("PNG", (6000, 6000), "1").getvalue(), "more than 25 million pixels"),
    ],
    ids=["svg", "svg in xml", "gif", "html", "cut off", "empty", "bomb"],
)
def test_what_is_no_logo_is_refused_with_a_sentence(office, rows, settings, content, sentence):
    answer = upload(office, io.BytesIO(content))

    assert answer.status_code == 422
    assert sentence in answer.text
    assert the_brand(rows).logo_key is None
    assert list(FolderStorage(settings.files).stored_keys()) == []


def test_a_heavy_file_is_not_read_to_its_end():
    endless = io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"x" * 6_000_000)

    with pytest.raises(Invalid, match="larger than 5 MB"):
        draw_logo(endless)
    assert endless.tell() == 5_000_001


@on_sqlite
def test_a_logo_can_be_taken_off(office, rows):
    upload(office, picture())

    send(office, "/admin/settings/brands/1/logo", {"remove": "1"})

    assert the_brand(rows).logo_key is None
    assert office.get("/admin/settings/brands/1/logo").status_code == 404


BEA = {"name": "Bea Okafor", "email": "bea@ashworth.test", "phone": "", "role": "office"}


def test_somebody_added_gets_a_link_that_opens_the_door(office, app, rows):
    page = send(office, "/admin/settings/staff/new", BEA)

    link = re.search(r"http://localhost(/welcome/[^\"]+)", page.text)
    assert link
    assert "Hand this link to Bea Okafor yourself; no mail is sent." in page.text
    assert app.test_client().get(link[1]).status_code == 200
    with rows() as session:
        bea = session.scalars(select(User).where(User.email_key == "bea@ashworth.test")).one()
        assert (bea.role, bea.active, bea.password_hash) == (Role.OFFICE, True, None)


@on_sqlite
def test_with_a_mail_server_the_link_is_mailed_under_the_configured_address(rows, settings, open_office):
    app = open_office(
        replace(settings, smtp_url="smtp://127.0.0.1:9", public_url="http://office.example.com")
    )
    desk = app.test_client()
    with rows() as session:
        session.add(Company(id=1, name="Ashworth & Sons", email="office@ashworth.test"))
    sign_in_as(desk)

    page = send(desk, "/admin/settings/staff/new", BEA)

    assert "A mail with this link is on its way to bea@ashworth.test" in page.text
    with rows() as session:
        mail = session.scalars(select(OutboxMessage)).one()
        assert "http://office.example.com/welcome/" in mail.body
        assert "localhost" not in mail.body, "links in mails are never built from the request"


@on_sqlite
def test_a_role_that_is_none_is_refused(office):
    assert send(office, "/admin/settings/staff/new", BEA | {"role": "emperor"}).status_code == 422


@pytest.mark.parametrize("deleted", [False, True])
def test_a_clients_email_is_refused_for_staff_also_when_the_contact_is_gone(office, rows, deleted):
    """[R14-R16]"""
    with rows() as session:
        clara = Contact(first_name="Clara", last_name="Client", email="clara@example.com")
        session.add(clara)
        session.flush()
        claim_for_client(session, "clara@example.com", clara)
    if deleted:
        with rows() as session:
            session.delete(session.scalars(select(Contact)).one())

    answer = send(office, "/admin/settings/staff/new", BEA | {"email": "Clara@Example.com"})

    assert answer.status_code == 422
    assert "belongs to a client contact, now or formerly" in answer.text


@on_sqlite
def test_the_same_person_is_not_added_twice(office):
    send(office, "/admin/settings/staff/new", BEA)

    answer = send(office, "/admin/settings/staff/new", BEA | {"name": "Bea again"})

    assert answer.status_code == 422
    assert "Bea Okafor has this address already" in answer.text


def test_an_address_that_staff_gave_up_is_free_again(office, rows):
    send(office, "/admin/settings/staff/new", BEA)
    edit(office, "/admin/settings/staff/2", email="bea.okafor@ashworth.test", your_password=PASSWORD)

    with rows() as session:
        claims = session.scalars(select(EmailClaim.email_key).order_by(EmailClaim.email_key)).all()
    assert "bea@ashworth.test" not in claims
    assert "bea.okafor@ashworth.test" in claims


def test_another_address_asks_for_the_password_ends_sessions_and_is_told_to_the_old_one(office, app, rows):
    with rows() as session:
        a_user(session, Role.OFFICE)
    bea = app.test_client()
    sign_in_as(bea, Role.OFFICE)

    assert edit(office, "/admin/settings/staff/2", email="new@ashworth.test").status_code == 422
    assert bea.get("/password").status_code == 200
    assert (
        edit(office, "/admin/settings/staff/2", email="new@ashworth.test", your_password=PASSWORD).status_code
        == 302
    )

    assert bea.get("/password").status_code == 302
    with rows() as session:
        mail = session.scalars(select(OutboxMessage)).one()
        assert mail.recipient == "bea@ashworth.test"
        assert "new@ashworth.test" in mail.body


def test_switching_somebody_off_ends_their_sessions_and_links(office, app, rows):
    with rows() as session:
        a_user(session, Role.OFFICE)
    bea = app.test_client()
    sign_in_as(bea, Role.OFFICE)
    shown = typed_into(office.get("/admin/settings/staff/2"))
    shown.pop("active")

    assert office.post("/admin/settings/staff/2", data=shown).status_code == 302

    assert bea.get("/password").status_code == 302
    with rows() as session:
        bea_id = session.scalar(select(User.id).where(User.role == Role.OFFICE))
        assert not session.scalar(
            select(func.count()).select_from(StaffSession).where(StaffSession.user_id == bea_id)
        )


@on_sqlite
def test_nobody_switches_himself_off(office, rows):
    with rows() as session:
        a_user(session, Role.OWNER, email="second@ashworth.test", name="Second Owner")
    shown = typed_into(office.get("/admin/settings/staff/1"))
    shown.pop("active")

    answer = office.post("/admin/settings/staff/1", data=shown)

    assert answer.status_code == 409
    assert "You cannot switch yourself off" in answer.text


def test_the_last_owner_stays_one(office):
    answer = edit(office, "/admin/settings/staff/1", role="office")

    assert answer.status_code == 409
    assert "is the last owner" in answer.text


@on_sqlite
@pytest.mark.parametrize(
    "act",
    [
        lambda desk: send(
            desk, "/admin/settings/staff/new", BEA | {"email": "x@ashworth.test", "role": "owner"}
        ),
        lambda desk: edit(desk, "/admin/settings/staff/1", name="Not Ann"),
        lambda desk: send(desk, "/admin/settings/staff/1/link"),
        lambda desk: edit(desk, "/admin/settings/staff/2", role="owner"),
    ],
    ids=["add an owner", "change an owner", "link for an owner", "become one"],
)
def test_only_an_owner_makes_or_touches_an_owner(office, app, rows, act):
    with rows() as session:
        a_user(session, Role.OFFICE)
    bea = app.test_client()
    sign_in_as(bea, Role.OFFICE)

    answer = act(bea)

    assert answer.status_code == 403
    assert "Only an owner can do this for an owner" in answer.text
    with rows() as session:
        assert session.scalars(select(User.name).where(User.role == Role.OWNER)).all() == ["Ann Ashworth"]


@on_sqlite
def test_a_test_mail_waits_where_there_is_no_server_and_says_so(office, rows):
    assert send(office, "/admin/settings/mail-test").status_code == 302

    page = office.get("/admin/settings/first-steps").text
    assert "No mail server is set, so nothing can be sent" in page
    assert "The last one waits" in page
    with rows() as session:
        mail = session.scalars(select(OutboxMessage)).one()
        assert (mail.recipient, mail.state) == ("ann@ashworth.test", OutboxState.WAITING)
    assert "A test mail from Ashworth" in office.get("/admin/outbox/").text


@on_sqlite
def test_without_a_sender_the_first_steps_say_what_is_missing(office, rows):
    with rows() as session:
        session.scalars(select(Company)).one().email = None

    assert "give the company an email address first" in office.get("/admin/settings/first-steps").text
    assert send(office, "/admin/settings/mail-test").status_code == 409


@on_sqlite
def test_a_failed_mail_is_shown_with_its_reason_and_tried_again(office, rows):
    send(office, "/admin/settings/mail-test")
    with rows() as session:
        mail = session.scalars(select(OutboxMessage)).one()
        mail.state, mail.last_error, mail.attempts = OutboxState.FAILED, "The mail server said 550: no", 9

    assert "The mail server said 550: no" in office.get("/admin/outbox/?state=failed").text
    assert send(office, "/admin/outbox/1/again").status_code == 302

    with rows() as session:
        mail = session.scalars(select(OutboxMessage)).one()
        assert (mail.state, mail.attempts) == (OutboxState.WAITING, 0)


@on_sqlite
def test_the_secret_of_a_link_is_not_read_in_the_outbox(office, rows):
    """Otherwise whoever may see the outbox could take over the account that the link is for."""
    with rows() as session:
        bea = a_user(session, Role.OFFICE)
        mail_invitation(session, bea, "https://office.example.com/welcome/SeCrEt-token_123", SystemClock())

    page = office.get("/admin/outbox/1").text

    assert "https://office.example.com/welcome/…" in page
    assert "SeCrEt" not in page


@on_sqlite
@pytest.mark.parametrize(
    "path", ["/admin/settings/brands/99", "/admin/settings/staff/99", "/admin/outbox/99"]
)
def test_what_is_not_there_is_not_found(office, path):
    assert office.get(path).status_code == 404
