"""What looks like a card number never enters the product [A20; security.md, promise 9]."""

import pytest

from admin_app.kernel.errors import Invalid, NotFound
from admin_app.services.keep_billing_details import (
    keep_billing_details,
    looks_like_card_number,
    remove_billing_details,
)
from seeds.builders import a_group

TOKEN = {"token": "pm_1abcDEF"}


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424242",
        "4242 4242 4242 4242",
        "5555-5555-5555-4444",
        "3782.822463.10005",
        "Visa 4000 0566 5566 5556, exp 04/28",
        "6011000990139424 is the number",
    ],
)
def test_card_numbers_are_recognised_however_they_are_written(text):
    assert looks_like_card_number(text)


@pytest.mark.parametrize(
    "text", ["", "pm_1abcDEF", "4242", "+44 20 7946 0958", "4242424242424241", "000000000000", "04/28"]
)
def test_other_digits_are_no_card_numbers(text):
    assert not looks_like_card_number(text)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"token": ""}, "token"),
        ({"token": "123456789012"}, "token"),
        ({"token": "pm 1 with blanks"}, "token"),
        ({"token": "pm_\x00abc"}, "token"),
        (TOKEN | {"last4": "42424"}, "last4"),
        (TOKEN | {"last4": "42x4"}, "last4"),
        (TOKEN | {"expires": "13/28"}, "expires"),
        (TOKEN | {"expires": "soon"}, "expires"),
        (TOKEN | {"expires": "02/26"}, "expires"),
        (TOKEN | {"expires": "04/99"}, "expires"),
        (TOKEN | {"brand": "4242 4242 4242 4242"}, "brand"),
    ],
)
def test_what_cannot_be_kept_is_told_at_its_field(session, ann, clock, typed, field):
    with pytest.raises(Invalid) as refused:
        keep_billing_details(session, a_group(session), typed, ann, clock)

    assert set(refused.value.fields) == {field}
    assert "4242 4242" not in str(refused.value.fields)


def test_a_card_is_good_until_the_end_of_its_month_and_the_first_one_is_the_usual(session, ann, clock):
    group = a_group(session)

    first = keep_billing_details(session, group, TOKEN | {"expires": "03/2026", "last4": "0005"}, ann, clock)
    second = keep_billing_details(session, group, {"token": "tok_second"}, ann, clock)

    assert (first.expires_month, first.expires_year, first.last4, first.provider) == (
        3,
        2026,
        "0005",
        "stripe",
    )
    assert (first.is_default, second.is_default) == (True, False)


def test_only_ones_own_details_are_forgotten(session, ann, clock):
    kept = keep_billing_details(session, a_group(session), TOKEN, ann, clock)
    other = a_group(session, name="Other")

    with pytest.raises(NotFound):
        remove_billing_details(session, other, kept.id, ann)
