"""Every answer carries the headers that keep it unframed, unsniffed, unscripted and, signed in, unstored."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, render_template_string, session
from flask.testing import FlaskClient

from admin_app.web.assets import init_assets
from admin_app.web.headers import allow_images_from, csp_nonce, init_headers
from tests.signing import on_sqlite

STATIC = Path(__file__).resolve().parents[2] / "admin_app" / "static"


@pytest.fixture
def office() -> Flask:
    """A small application with the real headers and the real static files."""
    office = Flask(__name__, static_folder=str(STATIC))
    office.secret_key = "for tests"
    init_headers(office)
    init_assets(office)

    @office.get("/page")
    def page() -> str:
        return render_template_string("{{ csp_nonce() }} {{ csp_nonce() }}") + f" {csp_nonce()}"

    @office.get("/signed-in")
    def signed_in() -> str:
        session["user"] = 1
        return "hello"

    @office.get("/map")
    def shows_a_map() -> str:
        allow_images_from("https://tiles.example.org")
        return "map"

    @office.get("/asset")
    def address_of_the_sheet() -> str:
        return render_template_string("{{ asset('sawhorse.css') }}")

    return office


@pytest.fixture
def visitor(office: Flask) -> Iterator[FlaskClient]:
    """Somebody with a browser."""
    with office.test_client() as client:
        yield client


def policy_of(answer) -> dict[str, list[str]]:
    """The content policy of an answer, by directive."""
    parts = [part.split() for part in answer.headers["Content-Security-Policy"].split(";")]
    return {name: sources for name, *sources in parts}


def test_a_page_may_not_be_framed_sniffed_or_scripted_by_others(visitor):
    answer = visitor.get("/page")

    policy = policy_of(answer)
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["object-src"] == policy["base-uri"] == ["'none'"]
    assert policy["form-action"] == policy["default-src"] == ["'self'"]
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "geolocation=()" in answer.headers["Permissions-Policy"]


def test_scripts_and_styles_need_our_address_or_the_nonce(visitor):
    policy = policy_of(visitor.get("/page"))

    for directive in ("script-src", "style-src"):
        own, nonce = policy[directive]
        assert own == "'self'"
        assert re.fullmatch(r"'nonce-[\w-]{22}'", nonce)
    assert not any("unsafe" in source for sources in policy.values() for source in sources)


def test_the_page_and_its_policy_name_the_same_nonce(visitor):
    answer = visitor.get("/page")

    drawn = set(answer.text.split())
    assert {f"'nonce-{nonce}'" for nonce in drawn} == {policy_of(answer)["script-src"][1]}
    assert len(drawn) == 1


def test_the_next_page_has_another_nonce(visitor):
    assert visitor.get("/page").text != visitor.get("/page").text


def test_a_refusal_carries_the_headers_too(visitor):
    answer = visitor.get("/nowhere")

    assert answer.status_code == 404
    assert "Content-Security-Policy" in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_only_the_page_with_the_map_may_load_its_tiles(visitor):
    assert "https://tiles.example.org" in policy_of(visitor.get("/map"))["img-src"]
    assert "https://tiles.example.org" not in policy_of(visitor.get("/page"))["img-src"]


def test_a_page_that_knows_its_reader_is_never_stored(visitor):
    assert visitor.get("/signed-in").headers["Cache-Control"] == "no-store"
    # …nor is any page after it, whatever it sets itself
    assert visitor.get("/page").headers["Cache-Control"] == "no-store"


def test_a_public_page_is_asked_for_again(visitor):
    assert visitor.get("/page").headers["Cache-Control"] == "no-cache"


def test_https_is_remembered_and_plain_http_is_not(visitor):
    assert "Strict-Transport-Security" not in visitor.get("/page").headers

    answer = visitor.get("/page", base_url="https://office.example.org")

    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_vendored_files_are_kept_for_ever_even_by_the_signed_in(visitor):
    visitor.get("/signed-in")

    answer = visitor.get("/static/vendor/leaflet-1.9.4/leaflet.css", buffered=True)

    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_our_own_files_are_kept_under_an_address_that_names_their_content(visitor):
    address = visitor.get("/asset").text

    assert re.fullmatch(r"/static/sawhorse\.css\?v=[0-9a-f]{12}", address)
    assert "immutable" in visitor.get(address, buffered=True).headers["Cache-Control"]
    assert "immutable" not in visitor.get("/static/sawhorse.css", buffered=True).headers["Cache-Control"]


def test_a_missing_file_is_not_remembered(visitor):
    assert "immutable" not in visitor.get("/static/vendor/none.css").headers.get("Cache-Control", "")


@on_sqlite
def test_every_address_of_the_office_carries_them_and_is_not_stored(app, signed_in):
    addresses = [
        str(rule) for rule in app.url_map.iter_rules() if not rule.arguments and "GET" in rule.methods
    ]

    for address in addresses:
        with signed_in.get(address) as answer:
            policy = policy_of(answer)
            assert policy["frame-ancestors"] == ["'none'"], address
            assert answer.headers["X-Content-Type-Options"] == "nosniff", address
            assert answer.headers["Cache-Control"] == "no-store", address
