"""Photos and files in the portal: what was shared, by its public id, as an attachment [103, 119; security.md]."""

import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from admin_app.config import Settings
from admin_app.models import Attachment, CustomerGroup, PortalReceipt, SeenHow
from admin_app.services.store_file import keep_upload
from admin_app.storage.folder import FolderStorage
from tests.portal.counting import statements_of
from tests.portal.household import HOSTILE, Household, a_picture


@pytest.fixture
def database(sqlite_database: str) -> str:
    """What the policy lets through is asked on both databases elsewhere."""
    return sqlite_database


def a_file(session: Any, settings: Settings, house: Household, content: bytes, name: str, **but: Any) -> str:
    facts = {"group_id": house.group, "project_id": house.project_id, "shared": True}
    row = keep_upload(FolderStorage(settings.files), io.BytesIO(content), name).row("Ann", **facts | but)
    session.add(row)
    session.flush()
    public_id: str = row.public_id
    return public_id


def test_the_gallery_shows_photos_and_papers_apart_when_asked(
    clara: FlaskClient, house: Household, rows: Any, settings: Settings
):
    with rows() as session:
        a_file(session, settings, house, b"Method statement", "method.txt")

    everything = clara.get("/portal/files/").get_data(as_text=True)
    photos = clara.get("/portal/files/?show=photos").get_data(as_text=True)
    papers = clara.get("/portal/files/?show=papers").get_data(as_text=True)

    assert "Clara before.png" in everything
    assert "method.txt" in everything
    assert "method.txt" not in photos
    assert "Clara before.png" not in papers


def test_a_file_is_downloaded_whole_as_an_attachment_and_a_receipt_says_so(
    clara: FlaskClient, house: Household, rows: Any
):
    with clara.get(f"/portal/files/{house.file}") as answer:
        content = answer.get_data()

    assert content == a_picture()
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    with rows() as session:
        receipt = session.scalars(select(PortalReceipt)).one()
        file = session.scalars(select(Attachment).where(Attachment.public_id == house.file)).one()
        assert (receipt.about, receipt.about_id, receipt.how) == ("file", file.id, SeenHow.DOWNLOADED)
        assert receipt.content_hash == file.sha256


def test_the_small_picture_is_one_that_was_drawn_anew(clara: FlaskClient, house: Household):
    with clara.get(f"/portal/files/{house.file}/preview") as answer:
        assert answer.mimetype == "image/webp"
        assert answer.get_data()[:4] == b"RIFF"


def test_no_address_or_page_names_a_key_of_the_store(clara: FlaskClient, house: Household, rows: Any):
    words = clara.get("/portal/files/").get_data(as_text=True)

    with rows() as session:
        for file in session.scalars(select(Attachment)):
            assert file.store_key not in words
            assert (file.preview_key or "?") not in words
            assert clara.get(f"/portal/files/{file.store_key}").status_code == 404


def test_what_was_not_shared_or_belongs_to_others_is_not_there(
    clara: FlaskClient, house: Household, foreign: Household, rows: Any, settings: Settings
):
    with rows() as session:
        ours = a_file(session, settings, house, b"Margin: 40 %", "our sums.txt", shared=False)

    for public_id in (ours, foreign.file):
        assert clara.get(f"/portal/files/{public_id}").status_code == 404
        assert clara.get(f"/portal/files/{public_id}/preview").status_code == 404
    words = clara.get("/portal/files/").get_data(as_text=True)
    assert "our sums" not in words
    assert "Otto before" not in words


def test_a_paper_has_no_small_picture(clara: FlaskClient, house: Household, rows: Any, settings: Settings):
    with rows() as session:
        paper = a_file(session, settings, house, b"Method statement", "method.txt")

    assert clara.get(f"/portal/files/{paper}/preview").status_code == 404


def test_a_hostile_name_stands_there_as_text_and_breaks_no_header(
    clara: FlaskClient, house: Household, rows: Any, settings: Settings
):
    with rows() as session:
        name = a_file(session, settings, house, b"plain words", f"{HOSTILE}.txt")

    words = clara.get("/portal/files/").get_data(as_text=True)

    assert "<img src=x" not in words
    with clara.get(f"/portal/files/{name}") as answer:
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "\n" not in answer.headers["Content-Disposition"]


def test_nothing_shared_yet_is_said_in_words(clara: FlaskClient, house: Household, rows: Any):
    with rows() as session:
        session.scalars(select(Attachment).where(Attachment.public_id == house.file)).one().shared = False

    assert "Nothing was shared yet" in clara.get("/portal/files/").get_data(as_text=True)


def test_with_the_module_off_neither_page_nor_bytes_are_there(
    clara: FlaskClient, house: Household, rows: Any
):
    with rows() as session:
        session.get_one(CustomerGroup, house.group).portal_hides = ["files"]

    for path in ("/portal/files/", f"/portal/files/{house.file}", f"/portal/files/{house.file}/preview"):
        assert clara.get(path).status_code == 404
    assert "Latest photos" not in clara.get("/portal/").get_data(as_text=True)


def test_a_full_gallery_costs_what_a_small_one_costs(
    app: Flask, clara: FlaskClient, house: Household, rows: Any, settings: Settings
):
    few = statements_of(app, lambda: clara.get("/portal/files/"))
    with rows() as session:
        for number in range(30):
            a_file(session, settings, house, a_picture(), f"view {number}.png")
    many = statements_of(app, lambda: clara.get("/portal/files/"))

    assert many == few
