"""Names of other scripts are printed and read back; what no typeface has is named."""

from dataclasses import replace

from admin_app.documents.pdf import render_pdf
from tests.documents import samples
from tests.documents.reading import reader, text


def test_names_of_other_scripts_are_printed():
    content = samples.sample_invoice(1)
    names = ("Дмитрий Ёлкин", "Ελένη Παπαδοπούλου", "Żaneta Nguyễn", "שרה כהן")
    content = replace(content, recipient=replace(content.recipient, address=names))

    read = text(render_pdf(content))

    for name in names[:3]:
        assert name in read
    assert all(word in read for word in names[3].split())
    assert "letters that are not in the typeface" not in read


def test_arabic_is_joined_and_read_back():
    content = samples.sample_invoice(1)
    content = replace(content, recipient=replace(content.recipient, name="محمد الأمين"))

    read = text(render_pdf(content))

    assert "محمد" in read and "الأمين" in read


def test_a_language_without_words_runs_as_its_english_words_do():
    # English words set from right to left would read "2026/04/Amount due by 02".
    pdf = render_pdf(replace(samples.sample_invoice(2), language="ar_EG"))

    assert str(reader(pdf).root_object["/Lang"]) == "en"
    assert "Amount due by" in text(pdf) and "165.41" in text(pdf)
    assert "�" not in text(pdf)


def test_a_letter_that_no_font_has_is_shown_and_named():
    content = samples.sample_invoice(1)
    content = replace(content, recipient=replace(content.recipient, name="山田太郎"))

    read = text(render_pdf(content))

    assert "����" in read
    assert "� stands for letters that are not in the typeface: U+5C71, U+7530, U+592A, U+90CE" in read
