"""Scripts and sheets travel packed to whoever takes it, and are the same file when they arrive."""

import gzip

import pytest


@pytest.fixture
def database(sqlite_database: str) -> str:
    """One database is enough: files lie beside both."""
    return sqlite_database


SHEET = "/static/sawhorse.css"


def test_a_sheet_travels_packed_and_arrives_whole(client):
    plain = client.get(SHEET, headers={"Accept-Encoding": "identity"}, buffered=True)
    packed = client.get(SHEET, headers={"Accept-Encoding": "gzip, br"}, buffered=True)

    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 3
    assert packed.content_length == len(packed.data)
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Content-Encoding" not in plain.headers


def test_who_asks_again_is_told_that_nothing_changed(client):
    first = client.get(SHEET, headers={"Accept-Encoding": "gzip"}, buffered=True)
    again = client.get(
        SHEET, headers={"Accept-Encoding": "gzip", "If-None-Match": first.headers["ETag"]}, buffered=True
    )

    assert again.status_code == 304
    assert not again.data


def test_a_page_is_left_as_it_is(client):
    """It carries the token of its session next to what somebody else may have put into the address."""
    answer = client.get("/login?next=/admin/", headers={"Accept-Encoding": "gzip"})

    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers


def test_a_part_of_a_file_is_a_part_of_the_plain_one(client):
    with client.get(SHEET, headers={"Accept-Encoding": "gzip", "Range": "bytes=0-9"}) as part:
        whole = part.get_data()

    assert part.status_code == 206
    assert "Content-Encoding" not in part.headers
    assert len(whole) == 10
