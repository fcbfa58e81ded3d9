"""Passwords: long enough, not the first that anybody would try (security.md, "Signing in")."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_app.kernel.errors import Invalid
from admin_app.kernel.passwords import LEAST, MOST, check_password, common_words, normal_form
from admin_app.kernel.text import fold


@pytest.mark.parametrize(
    "password",
    [
        "three grey geese",
        "correct horse battery staple",
        "Xk9#mQ2v",
        "пароль с пробелами",
        "🦆🦆🐢🐢🦊🦊🐸🐸 go",
        "   x 7   q z   ",
        "a" + "bc" * 20 + "quite long",
        "x" * 64 + "y" * 64,
    ],
)
def test_any_characters_make_a_password(password):
    check_password(password, "Ann Ashworth", "ann@ashworth.test", "Ashworth & Sons")


@pytest.mark.parametrize(
    "password",
    [
        "password",
        "Password1",
        "P@ssw0rd!",
        "p4ssw0rd2024",
        "!!letmein!!",
        "qwertyuiop",
        "QWERTZUIOP",
        "poiuytrewq",
        "12345678",
        "87654321",
        "11111111",
        "abababab",
        "abcabcabc",
        "abcdefgh",
        "S u m m e r 2024",
        "welcome123",
        "ílóvéyóú1",
    ],
)
def test_what_is_tried_first_is_refused(password):
    with pytest.raises(Invalid, match="tried first"):
        check_password(password)


@pytest.mark.parametrize(
    "password", ["AnnAshworth", "ashworth99", "ann@ashworth.test", "Ashworth!!", "4shw0rth1"]
)
def test_a_name_that_others_know_is_refused(password):
    with pytest.raises(Invalid, match="a name that others know"):
        check_password(password, "Ann Ashworth", "ann@ashworth.test", "Ashworth & Sons")


def test_a_name_within_a_longer_password_is_fine():
    check_password("ashworth paints three geese", "Ann Ashworth", "ann@ashworth.test")


def test_a_short_name_is_part_of_too_many_words_to_be_refused():
    check_password("Li walks at 9", "Li", "li@x.test")


@pytest.mark.parametrize(("length", "said"), [(LEAST - 1, "needs at least 8"), (MOST + 1, "at most 128 fit")])
def test_the_length_is_said(length, said):
    with pytest.raises(Invalid, match=said):
        check_password(("geese and ducks" * 20)[:length])


def test_control_characters_are_refused():
    with pytest.raises(Invalid, match="control"):
        check_password("three grey\x00geese")


def test_the_same_password_from_two_keyboards_is_one():
    assert normal_form("Cafe\u0301 au lait") == normal_form("Caf\u00e9 au lait")


def test_the_list_of_words_is_kept_in_the_form_that_is_compared():
    assert {fold(word) for word in common_words()} == set(common_words())
    assert all(word.isalpha() for word in common_words())


@given(st.text(max_size=200))
def test_whatever_is_typed_is_judged_without_a_surprise(password):
    try:
        check_password(password, "Ann", "ann@x.test")
    except Invalid:
        return
    assert LEAST <= len(normal_form(password)) <= MOST
