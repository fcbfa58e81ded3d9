"""Amounts and days on a page are printed in the fewest words that cannot be mistaken (look.md, Words)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask_babel import Babel

from admin_app.kernel.money import Money
from admin_app.web.formats import bare_money, dated, day, from_json, instant, money

TODAY = date(2026, 3, 17)


@pytest.fixture(autouse=True)
def page(request: pytest.FixtureRequest) -> Iterator[None]:
    """A page is being drawn, in the language that the test names (else British English)."""
    app = Flask(__name__)
    Babel(app, locale_selector=lambda: getattr(request, "param", "en_GB"))
    with app.test_request_context():
        yield


def test_an_amount_has_the_decimals_of_its_currency():
    assert money(Money.of("1234.5", "EUR")) == "€1,234.50"
    assert money(Money.of("1234", "JPY")) in ("JP¥1,234", "¥1,234")
    assert bare_money(Money.of("-1234.5", "EUR")) == "-1,234.50"
    assert bare_money(Money.of("1234", "JPY")) == "1,234"
    assert money(None) == bare_money(None) == "–"


@pytest.mark.parametrize("page", ["de"], indirect=True)
def test_an_amount_follows_the_language():
    assert money(Money.of("1234.5", "EUR")).replace("\xa0", " ") == "1.234,50 €"


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "today"),
        (-1, "yesterday"),
        (1, "tomorrow"),
        (-5, "Thu 12 Mar"),
        (-60, "16 Jan"),
        (-400, "10 Feb 2025"),
    ],
)
def test_a_day_is_said_in_the_fewest_words(days, words):
    assert day(TODAY + timedelta(days=days), TODAY) == words


def test_an_instant_is_seen_from_the_companys_zone():
    late = datetime(2026, 3, 16, 23, 30, tzinfo=UTC)

    assert day(late, TODAY, "Europe/Berlin") == "today 00:30"
    assert day(late, TODAY, "UTC") == "yesterday"
    assert instant(late, "Europe/Berlin") == "Tuesday 17 March 2026, 00:30 (Europe/Berlin)"


def test_a_history_names_the_date_whatever_day_it_is_now():
    assert dated(date(2026, 3, 17)) == "17 Mar 2026"
    assert dated(datetime(2026, 3, 16, 23, 30, tzinfo=UTC), "Europe/Berlin") == "17 Mar 2026, 00:30"


def test_a_stored_instant_without_a_zone_is_utc():
    assert day(datetime(2026, 3, 17, 9, 30), TODAY, "Europe/Berlin") == "today 10:30"  # noqa: DTZ001


def test_what_a_flash_message_carries_is_read_once():
    assert (
        from_json('{"text": "3 archived."}') == from_json({"text": "3 archived."}) == {"text": "3 archived."}
    )
