"""The frame around the portal's pages: the brand, what is on, who is here; refusals are calm [W23-W26, 117]."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from seeds.builders import a_brand, a_company, a_contact, a_group


@pytest.fixture
def database(sqlite_database: str) -> str:
    """The frame asks nothing that one database answers otherwise."""
    return sqlite_database


@pytest.fixture
def office(app: Flask, rows: Any) -> Flask:
    """A company with one brand."""
    with rows() as session:
        a_company(session)
        a_brand(session, accent="#8a2be2", phone="+442079460000", email="hello@north.test", is_default=True)
    return app


def test_what_is_not_there_is_told_calmly_in_the_look_of_the_company(office: Flask, client: FlaskClient):
    page = client.get("/portal/nothing/like/that")
    words = page.get_data(as_text=True)

    assert page.status_code == 404
    assert "There is nothing here" in words
    assert "Harding" in words
    assert "--accent: #" in words


def test_a_link_that_nobody_made_gives_the_same_page_as_any_other_dead_one(
    office: Flask, client: FlaskClient
):
    words = client.get("/portal/d/somebody.elses/").get_data(as_text=True)

    assert "Ask us for a new link" in words
    assert 'aria-label="Portal"' not in words
