"""What was said is printed, once and in its place; a draft says that it is one [M11, 58]."""

import re
from dataclasses import replace
from datetime import date

import pytest

from admin_app.documents.content import Line, PaperKind
from admin_app.documents.pdf import render_pdf
from tests.documents import samples
from tests.documents.pdf.pictures import PICTURES
from tests.documents.reading import letters, pages, text
from tests.documents.test_content import EVERY_KIND


@pytest.mark.parametrize("sample", EVERY_KIND)
def test_everything_said_is_printed(sample):
    content = sample()

    read = letters(render_pdf(content, PICTURES))

    said = [content.number, content.title, content.intro, content.closing, content.order_number]
    said += [content.payment_text, content.payment_reference, content.crew_notes]
    said += [
        content.sender.legal_name,
        content.sender.footer,
        content.sender.tax_id,
        content.sender.registration,
    ]
    said += [*content.sender.address, content.sender.phone, content.sender.email, content.sender.website]
    said += [content.recipient.name, content.recipient.contact, content.recipient.tax_id, *content.site]
    said += [
        *content.recipient.address,
        *(part for fact in content.facts for part in (fact.label, fact.value)),
    ]
    for line in content.lines:
        said += [line.position, line.section, line.alternative, line.description, line.details, line.unit]
    for row in content.statement:
        said += [row.document, row.text]
    for form in content.forms:
        said += [form.title, *(field.label for field in form.fields), *form.signatures]
    said += [content.signed.name, content.signed.content_hash] if content.signed else []
    for words in said:
        assert re.sub(r"\s+", "", words or "") in read


def test_an_invoice_says_when_and_how_to_pay():
    read = text(render_pdf(samples.an_invoice_with_deposits()))

    assert "Amount due by 2 Apr 2026 €568.60" in read
    assert "IBAN DE89\xa03704\xa00044\xa00532\xa00130\xa000" in read
    assert "BIC COBADEFFXXX" in read and "Reference N-2026-00042" in read
    assert "Scan with your banking app" in read
    assert "Part 3 of 3" in read and "Your order PO 4711" in read


def test_a_credit_note_names_its_invoice_and_asks_for_nothing():
    read = text(render_pdf(samples.a_credit_note()))

    assert "Corrects N-2026-00042 of 3 Mar 2026" in read
    assert "IBAN" not in read and "Amount due" not in read


def test_what_is_settled_asks_for_nothing():
    content = samples.sample_invoice(2)
    assert content.sums
    settled = replace(content, sums=replace(content.sums, prepaid=content.sums.total, due="0.00"))

    read = text(render_pdf(settled))

    assert "IBAN" not in read and "Scan" not in read


@pytest.mark.parametrize("kind", [kind for kind in PaperKind if kind is not PaperKind.STATEMENT])
def test_a_draft_says_so_on_every_page(kind):
    content = replace(samples.sample_invoice(60), kind=kind, number=None)

    read = pages(render_pdf(content))

    assert len(read) > 1
    assert all("Draft" in page for page in read)
    assert not any("IBAN" in page for page in read), "nobody pays a draft"


def test_what_has_a_number_is_no_draft():
    assert "Draft" not in text(render_pdf(samples.sample_invoice(3)))


def test_nothing_that_was_typed_is_evaluated():
    # The template language, its paths and its maths are only text here.
    typed = '#panic("x") *bold* _it_ $x^2$ <label> @ref \\ #image("/etc/passwd") // gone /* gone */ `raw` "quoted"'
    content = samples.sample_invoice(1)
    content = replace(
        content, intro=typed, title=typed, lines=(replace(content.lines[0], description=typed),)
    )

    assert letters(render_pdf(content)).count(re.sub(r"\s", "", typed)) == 3


def test_a_placeholder_that_was_typed_stays_what_it_is():
    content = replace(samples.a_signed_estimate(), title="{n} of {count}")
    assert content.signed
    content = replace(content, signed=replace(content.signed, name="{day}"))

    read = text(render_pdf(content, PICTURES))

    assert "{n} of {count}" in read and "Signed by {day} on" in read


def test_options_say_what_is_in_the_total():
    read = text(render_pdf(samples.an_estimate_with_options(), PICTURES))

    assert (
        "Leave the wood as logs on site Alternative, chosen: Wood" in read
        or "Alternative, chosen: Wood" in read
    )
    assert "Alternative: Wood · Not included in the total" in read
    assert "Optional · Not included in the total" in read
    assert "Revision 2" in read and "Valid until 3 Apr 2026" in read


def test_an_empty_document_is_still_a_letter():
    content = replace(
        samples.a_receipt(),
        totals=(),
        settlements=(),
        intro=None,
        closing=None,
        facts=(),
        site=(),
        issued_on=date(2026, 1, 1),
    )

    assert "Receipt P-1204" in text(render_pdf(content))


def test_a_line_needs_no_more_than_its_description():
    content = replace(samples.sample_invoice(0), lines=(Line("Advice"),), totals=())

    assert "Advice" in text(render_pdf(content))
