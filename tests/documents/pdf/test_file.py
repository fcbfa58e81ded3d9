"""The file: archive quality, its fonts inside, the same bytes everywhere [M11]."""

import hashlib
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from admin_app.documents.pdf import render_pdf
from tests.documents import samples
from tests.documents.pdf.pictures import PICTURES
from tests.documents.reading import reader, text
from tests.documents.test_content import EVERY_KIND
from tests.house.house import ROOT


@pytest.mark.parametrize("sample", EVERY_KIND)
def test_the_file_claims_archive_quality_and_tells_its_title(sample):
    content = sample()
    found = reader(render_pdf(content, PICTURES))

    claim = found.xmp_metadata
    assert claim is not None
    assert (claim.pdfaid_part, claim.pdfaid_conformance) == ("3", "B")
    assert found.metadata and found.metadata.title
    assert (content.number or "Statement") in found.metadata.title
    assert found.metadata.author == content.sender.name
    assert "/StructTreeRoot" in found.root_object, "a screen reader finds its way"
    assert found.metadata.creation_date and found.metadata.creation_date.date() == content.issued_on


def test_all_fonts_are_embedded():
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in reader(render_pdf(samples.sample_invoice(3))).pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]  # a page has resources
    }

    assert fonts
    assert all(re.fullmatch(r"/[A-Z]{6}\+NotoSans.*", font) for font in fonts)


def test_the_same_content_gives_the_same_bytes_whatever_was_printed_before():
    first = render_pdf(samples.an_invoice_with_deposits(), PICTURES)
    render_pdf(samples.an_estimate_with_options(), PICTURES)

    assert render_pdf(samples.an_invoice_with_deposits(), PICTURES) == first
    assert render_pdf(samples.sample_invoice(3)) != first


PRINT_ALL = """
import hashlib
from admin_app.documents.pdf import render_pdf
from tests.documents.pdf.pictures import PICTURES
from tests.documents.test_content import EVERY_KIND
for sample in EVERY_KIND:
    print(hashlib.sha256(render_pdf(sample(), PICTURES)).hexdigest())
"""


def test_another_process_elsewhere_prints_the_same_bytes(tmp_path):
    # Another folder, another zone, another locale, no fonts of the machine, another hash seed.
    ours = [hashlib.sha256(render_pdf(sample(), PICTURES)).hexdigest() for sample in EVERY_KIND]

    theirs = subprocess.run(
        [sys.executable, "-c", PRINT_ALL],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(tmp_path),
            "TZ": "Pacific/Auckland",
            "LC_ALL": "C",
            "HOME": str(tmp_path),
            "PYTHONHASHSEED": "7",
            "SOURCE_DATE_EPOCH": "1",
        },
        capture_output=True,
        text=True,
        check=True,
    )

    assert theirs.stdout.split() == ours


def test_a_draft_without_a_date_is_stable_too():
    content = replace(samples.sample_invoice(1), number=None, issued_on=None)

    assert render_pdf(content) == render_pdf(content)


def test_many_threads_print_at_once():
    papers = [replace(samples.sample_invoice(2), number=f"N-{index}") for index in range(12)]

    with ThreadPoolExecutor(6) as pool:
        printed = list(pool.map(render_pdf, papers))

    for paper, pdf in zip(papers, printed, strict=True):
        assert f"Invoice {paper.number}" in text(pdf)
