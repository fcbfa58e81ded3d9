"""The words of the papers: every language says everything."""

import re

import pytest
from babel import Locale

from admin_app.documents.content import PaperKind
from admin_app.documents.words import ENGLISH, LANGUAGES, words_in


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_word_with_its_gaps(language):
    def gaps(words):
        return {key: sorted(re.findall(r"{\w+}", said)) for key, said in words.items()}

    assert gaps(LANGUAGES[language]) == gaps(ENGLISH)


@pytest.mark.parametrize("kind", PaperKind)
def test_every_paper_has_a_name(kind):
    assert all(words[kind.value] for words in LANGUAGES.values())


def test_a_language_without_words_reads_english():
    assert words_in(Locale("fi")) == ("en", ENGLISH)
    assert words_in(Locale("de", "AT"))[0] == "de"
