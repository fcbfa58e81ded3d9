"""A geocoder is asked with care: checked address, no redirect, a limit, and sentences when it fails [A5, 30]."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from admin_app.gateways.geocoder import LARGEST_ANSWER, NoGeocoder, NominatimGeocoder
from admin_app.kernel.errors import Unmet

MILL_LANE = {
    "display_name": "12, Mill Lane, Cambridge, CB2 1RX, United Kingdom",
    "lat": "52.2012",
    "lon": "0.1181",
    "address": {
        "house_number": "12",
        "road": "Mill Lane",
        "city": "Cambridge",
        "postcode": "CB2 1RX",
        "country_code": "gb",
    },
}
AMSEL_WEG = {
    "display_name": "Amselweg 3, Köln",
    "lat": "50.9",
    "lon": "6.9",
    "address": {"house_number": "3", "road": "Amselweg", "town": "Köln", "country_code": "de"},
}


class FakeGeocoder:
    """A geocoder on this machine that answers as it is told and remembers what it was asked."""

    def __init__(self) -> None:
        self.status, self.body = 200, b"[]"
        self.headers: dict[str, str] = {}
        self.asked: list[dict[str, list[str]]] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                fake.asked.append(parse_qs(urlsplit(self.path).query))
                self.send_response(fake.status)
                for name, value in fake.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(fake.body)))
                self.end_headers()
                self.wfile.write(fake.body)

            def log_message(self, *_: object) -> None:
                """Tests need no log."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/search"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def answers(self, rows: object) -> None:
        self.body = json.dumps(rows).encode()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(timeout=5)


@pytest.fixture
def fake() -> Iterator[FakeGeocoder]:
    server = FakeGeocoder()
    yield server
    server.stop()


def test_places_come_back_in_the_parts_of_an_address(fake):
    fake.answers([MILL_LANE, AMSEL_WEG])

    first, second = NominatimGeocoder(fake.url, own_network=True).suggest("mill lane")

    assert (first.line1, first.postcode, first.city, first.country) == (
        "12 Mill Lane",
        "CB2 1RX",
        "Cambridge",
        "GB",
    )
    assert (first.lat, first.lon) == (52.2012, 0.1181)
    assert second.line1 == "Amselweg 3"


def test_the_question_carries_text_key_and_country_and_nothing_else(fake):
    NominatimGeocoder(fake.url, "secret&x=1", country="GB", own_network=True).suggest("  12   Mill Lane ")

    assert fake.asked == [
        {
            "q": ["12 Mill Lane"],
            "format": ["jsonv2"],
            "addressdetails": ["1"],
            "limit": ["6"],
            "key": ["secret&x=1"],
            "countrycodes": ["gb"],
        }
    ]


def test_nothing_is_asked_for_no_words(fake):
    assert NominatimGeocoder(fake.url, own_network=True).suggest("   ") == []
    assert NoGeocoder().suggest("Mill Lane") == []
    assert fake.asked == []


def test_an_address_in_the_own_network_is_refused_unless_the_company_runs_it_there(fake):
    with pytest.raises(Unmet, match="own network"):
        NominatimGeocoder(fake.url).suggest("mill lane")

    assert fake.asked == []


def test_a_redirect_is_not_followed(fake):
    fake.status, fake.headers = 302, {"Location": fake.url}

    with pytest.raises(Unmet, match="status 302"):
        NominatimGeocoder(fake.url, own_network=True).suggest("mill lane")

    assert len(fake.asked) == 1


@pytest.mark.parametrize("body", [b"<html>", b'{"error": "no"}', b"\xff\xfe\x00", b"1"])
def test_an_answer_that_is_no_list_of_places_is_a_sentence(fake, body):
    fake.body = body

    with pytest.raises(Unmet, match="something else than places"):
        NominatimGeocoder(fake.url, own_network=True).suggest("mill lane")


def test_an_answer_without_end_is_cut(fake):
    fake.body = b"[" + b" " * (LARGEST_ANSWER + 10) + b"]"

    with pytest.raises(Unmet, match="too much"):
        NominatimGeocoder(fake.url, own_network=True).suggest("mill lane")


def test_strange_rows_are_left_out_and_strange_values_dropped(fake):
    strange = {"display_name": "Nowhere\u0000, Land", "lat": "nan", "lon": "400", "address": "no parts"}
    fake.answers([1, None, {}, {"address": {}}, strange, MILL_LANE])

    places = NominatimGeocoder(fake.url, own_network=True).suggest("mill lane")

    assert [place.line1 for place in places] == ["12 Mill Lane"]


def test_a_geocoder_that_is_gone_is_a_sentence(fake):
    gone = fake.url
    fake.stop()

    with pytest.raises(Unmet, match="does not answer"):
        NominatimGeocoder(gone, own_network=True).suggest("mill lane")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://maps.example/", "maps.example", "https://"])
def test_only_web_addresses_are_asked(url):
    with pytest.raises(Unmet, match="https://"):
        NominatimGeocoder(url).suggest("mill lane")
