"""What the shipped fonts can draw, and what is said where they cannot."""

import hashlib

import pytest

from admin_app.documents.glyphs import FONTS, UNKNOWN, Glyphs, covered


def test_the_fonts_are_those_that_their_note_names():
    noted = {
        line.split()[0]: line.split()[-1]
        for line in (FONTS / "SOURCES").read_text().splitlines()
        if ".ttf " in line
    }
    shipped = {font.name: hashlib.sha256(font.read_bytes()).hexdigest() for font in FONTS.glob("*.ttf")}

    assert shipped == noted
    assert "SIL OPEN FONT LICENSE" in (FONTS / "OFL.txt").read_text()
    assert sum(font.stat().st_size for font in FONTS.glob("*.ttf")) < 2_500_000


@pytest.mark.parametrize(
    "said", ["Žofie Łęcka", "Ελένη", "Дмитрий", "שלום", "مرحبا", "Nguyễn", "€ £ ₹ ½ × –", "½ m²"]
)
def test_these_letters_are_drawn(said):
    glyphs = Glyphs()

    assert glyphs.said(said) == said
    assert not glyphs.codes()


def test_a_letter_that_is_missing_is_shown_and_named():
    glyphs = Glyphs()

    assert glyphs.said("山田 Taro 山 ✓") == f"{UNKNOWN}{UNKNOWN} Taro {UNKNOWN} {UNKNOWN}"
    assert glyphs.codes() == ["U+5C71", "U+7530", "U+2713"]
    assert UNKNOWN in covered(), "the mark itself can be drawn"


def test_a_letter_with_a_plainer_shape_takes_it():
    glyphs = Glyphs()

    assert glyphs.said("￥１２ ① e\u0301") == "¥12 1 é"
    assert not glyphs.codes()


def test_control_characters_do_not_reach_the_paper():
    assert Glyphs().said("a\tb\x00c\x1b[1m\r\nd") == "a b c [1m\nd"


def test_an_endless_word_can_be_broken():
    broken = Glyphs().said("x" * 100)

    assert broken.replace("\u200b", "") == "x" * 100
    assert max(len(part) for part in broken.split("\u200b")) <= 28


def test_what_is_to_be_copied_is_not_broken():
    mail = "the-longest-office-address-there-is@north-tree-care.example"

    assert Glyphs().said(mail, longest=60) == mail
    assert Glyphs().said("م" * 60) == "م" * 60, "letters that join stay joined"
