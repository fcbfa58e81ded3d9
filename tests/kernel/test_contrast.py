"""Colours that text can be read on, against the figures that the W3C publishes [116]."""

from __future__ import annotations

import pytest

from admin_app.kernel.contrast import (
    READABLE,
    darkened_until,
    is_colour,
    is_readable,
    lightened_until,
    luminance,
    ratio,
    readable_on,
)


def test_black_on_white_is_twenty_one_to_one_whichever_comes_first() -> None:
    """WCAG 2.2, definition of contrast ratio: from 1 to 21 [116]."""
    assert ratio("#000000", "#ffffff") == pytest.approx(21)
    assert ratio("#ffffff", "#000000") == pytest.approx(21)
    assert ratio("#17612d", "#17612d") == pytest.approx(1)


@pytest.mark.parametrize(
    ("grey", "published"),
    [
        ("#767676", 4.54),  # the lightest grey that passes AA on white
        ("#777777", 4.48),
        ("#949494", 3.03),  # the lightest for large text
        ("#595959", 7.0),  # the lightest that passes AAA
        ("#ff0000", 4.0),
        ("#0000ff", 8.59),
        ("#00ff00", 1.37),
    ],
)
def test_the_published_pairs_on_white_have_their_published_ratio(grey: str, published: float) -> None:
    """The pairs that the W3C's tutorials and its checkers name, to two digits [116]."""
    assert round(ratio(grey, "#ffffff"), 2) == published


def test_pure_red_green_and_blue_have_the_weights_of_the_definition() -> None:
    """WCAG 2.2, definition of relative luminance [116]."""
    assert luminance("#ff0000") == pytest.approx(0.2126)
    assert luminance("#00FF00") == pytest.approx(0.7152)
    assert luminance("#0000ff") == pytest.approx(0.0722)


def test_on_every_colour_black_or_white_can_be_read() -> None:
    """All greys and a web of colours: buttons always have a text that is read [116]."""
    web = range(0, 256, 17)
    for colour in (f"#{r:02x}{g:02x}{b:02x}" for r in web for g in web for b in web):
        assert is_readable(readable_on(colour), colour), colour
    assert readable_on("#ffd400") == "#000000"
    assert readable_on("#0d6570") == "#ffffff"


def test_a_pale_colour_is_darkened_just_until_it_stands_out() -> None:
    """The proposed fix reaches the ratio, and one step less would not [116]."""
    fixed = darkened_until("#ffd400", "#ffffff")
    assert READABLE <= ratio(fixed, "#ffffff") < READABLE + 0.1
    assert fixed[5:7] == "00"  # still the same hue: there was no blue


def test_a_dark_colour_is_lightened_just_until_it_stands_out_from_the_dark() -> None:
    """The same colour for the dark theme [116]."""
    fixed = lightened_until("#0d1f70", "#1a2026")
    assert READABLE <= ratio(fixed, "#1a2026") < READABLE + 0.1


def test_what_stands_out_already_stays_as_it_is() -> None:
    """The company's colour is theirs: it changes only where it must [W23]."""
    assert darkened_until("#17612d", "#ffffff") == "#17612d"
    assert lightened_until("#85dba0", "#1a2026") == "#85dba0"


def test_where_nothing_stands_out_the_end_of_the_way_is_given() -> None:
    """A ratio that cannot be reached ends at black or white."""
    assert darkened_until("#888888", "#555555") == "#000000"
    assert lightened_until("#888888", "#999999") == "#ffffff"


@pytest.mark.parametrize("text", ["", "#fff", "red", "#12345g", "#1234567", "#123456\n", "url(#1)"])
def test_what_is_no_colour_is_not_taken_for_one(text: str) -> None:
    """Six hex digits and nothing after them: what is kept here is written into a style sheet."""
    assert not is_colour(text)
    with pytest.raises(ValueError, match="is no colour"):
        luminance(text)
