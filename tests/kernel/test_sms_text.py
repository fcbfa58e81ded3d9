"""How many parts a text message takes (3GPP TS 23.038): counted as the network counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_app.kernel.errors import Invalid
from admin_app.kernel.sms_text import MOST_PARTS, measure, refuse_too_long


@pytest.mark.parametrize(
    ("text", "parts", "units", "unicode"),
    [
        ("", 0, 0, False),
        ("a" * 160, 1, 160, False),
        ("a" * 161, 2, 161, False),
        ("a" * 306, 2, 306, False),
        ("a" * 307, 3, 307, False),
        ("a" * 1530, 10, 1530, False),
        ("a" * 1531, 11, 1531, False),
        ("€" * 80, 1, 160, False),
        ("€" * 81, 2, 162, False),
        # 153 is odd: a two-septet sign is not torn, so 76 fit a part and one septet stays empty.
        ("€" * 153, 3, 306, False),
        ("ł" * 70, 1, 70, True),
        ("ł" * 71, 2, 71, True),
        ("ł" * 670, 10, 670, True),
        ("ł" * 671, 11, 671, True),
        ("😀" * 35, 1, 70, True),
        ("😀" * 36, 2, 72, True),
        ("😀" * 67, 3, 134, True),
    ],
)
def test_parts_are_counted_as_the_network_counts_them(text, parts, units, unicode):
    length = measure(text)

    assert (length.parts, length.units, length.unicode) == (parts, units, unicode)


@pytest.mark.parametrize("text", ["a" * 1531, "ł" * 671, "x" * 10_000])
def test_more_than_ten_parts_are_refused_with_a_sentence(text):
    with pytest.raises(Invalid, match=r"would take \d+ parts; at most 10 are sent"):
        refuse_too_long(text)


def test_an_empty_text_is_refused():
    with pytest.raises(Invalid, match="needs words"):
        refuse_too_long(" \n")


@given(st.text(max_size=1600))
def test_a_longer_text_never_takes_fewer_parts(text):
    assert measure(text + "a").parts >= measure(text).parts
    assert measure(text).units <= measure(text).parts * 160 or measure(text).parts > MOST_PARTS
