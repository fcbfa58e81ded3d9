"""Signing a proposal by link and by session: the code, the name, the drawing; nothing needs a script [54, E4, L9]."""

from __future__ import annotations

import base64
import io
from datetime import timedelta

import pytest
from PIL import Image, ImageDraw
from pypdf import PdfReader
from sqlalchemy import select

from admin_app.jobs.shift import Shift
from admin_app.jobs.sweep import forget_what_ran_out
from admin_app.kernel.clock import FixedClock
from admin_app.models import (
    EstimateState,
    Signature,
    SigningCode,
)
from admin_app.models.engine import open_engine
from admin_app.storage.folder import FolderStorage
from tests.portal.offered import (
    count_of,
    hidden,
    mailed_code,
    offer_to_clara,
    paper_hash,
    plain_words,
    post,
    sign_by_link,
    state_of,
    words_of_pdf,
)
from tests.portal.signing import sign_in_client


def test_without_a_script_a_link_signs_with_the_code_from_the_mail(portal, visitor, rows):
    """[E4, 54, L9]"""
    offered = offer_to_clara(portal, rows)

    signed = sign_by_link(visitor, offered, rows)

    assert signed.status_code == 302
    page = visitor.get(offered.at())
    assert "Signed by Clara Client" in plain_words(page.text) and "Agreed" in page.text
    assert 'action="' + offered.at("sign") not in page.text
    frozen = paper_hash(rows, offered)
    with rows() as session:
        kept = session.scalars(select(Signature)).one()
        assert kept.content_hash == frozen
        assert kept.evidence["code_sent_to"] == "clara@client.test"
    assert state_of(rows, offered) is EstimateState.CONFIRMED
    assert "Signed by Clara Client" in words_of_pdf(visitor.get(offered.at("pdf")))


def test_signed_in_clients_need_no_code(portal, visitor, rows, clock):
    offered = offer_to_clara(portal, rows)
    sign_in_client(visitor, offered.clara, offered.group, clock)
    page = visitor.get(offered.inside())
    assert 'name="code"' not in page.text

    data = {"signer": "Clara Client", "agreed": "yes", "seen": hidden(page.text, "seen")}
    assert post(visitor, offered.inside(), offered.inside("sign"), data).status_code == 302
    assert state_of(rows, offered) is EstimateState.CONFIRMED


def test_a_wrong_code_signs_nothing_and_five_of_them_end_it(portal, visitor, rows):
    offered = offer_to_clara(portal, rows)
    post(visitor, offered.at(), offered.at("code"))
    right = mailed_code(rows)
    wrong = f"{(int(right) + 1) % 1000000:06d}"
    seen = hidden(visitor.get(offered.at()).text, "seen")
    data = {"signer": "Clara <b>Client</b>", "agreed": "yes", "seen": seen}

    said = [post(visitor, offered.at(), offered.at("sign"), data | {"code": wrong}).text for _ in range(5)]
    assert "4 tries left" in said[0]
    assert "Clara &lt;b&gt;Client&lt;/b&gt;" in said[0], "what was typed is kept"
    last = post(visitor, offered.at(), offered.at("sign"), data | {"code": right})
    assert last.status_code == 422
    assert count_of(rows, Signature) == 0 and state_of(rows, offered) is EstimateState.SENT


def test_a_code_that_ran_out_or_was_used_signs_nothing(portal, visitor, rows, clock):
    offered = offer_to_clara(portal, rows)
    post(visitor, offered.at(), offered.at("code"))
    code = mailed_code(rows)
    data = {"signer": "Clara", "agreed": "yes", "code": code}
    data["seen"] = hidden(visitor.get(offered.at()).text, "seen")
    portal.extensions["sawhorse_clock"] = FixedClock(clock.now() + timedelta(minutes=11))
    assert post(visitor, offered.at(), offered.at("sign"), data).status_code == 422

    portal.extensions["sawhorse_clock"] = clock
    assert post(visitor, offered.at(), offered.at("sign"), data).status_code == 302
    replayed = post(visitor, offered.path + "/proposals/" + offered.public_id, offered.at("sign"), data)
    assert replayed.status_code in (409, 422)
    assert count_of(rows, Signature) == 1


@pytest.mark.parametrize("missing", ["signer", "code", "agreed"])
def test_what_is_missing_is_said_at_its_field_and_spends_no_code(portal, visitor, rows, missing):
    offered = offer_to_clara(portal, rows)
    post(visitor, offered.at(), offered.at("code"))
    data = {"signer": "Clara", "agreed": "yes", "code": mailed_code(rows)}
    data["seen"] = hidden(visitor.get(offered.at()).text, "seen")

    refused = post(visitor, offered.at(), offered.at("sign"), data | {missing: ""})

    assert refused.status_code == 422
    if missing != "agreed":
        assert f'id="{missing}-error"' in refused.text
    assert post(visitor, offered.at(), offered.at("sign"), data).status_code == 302


def test_a_drawn_signature_is_drawn_anew_and_stands_on_the_paper(portal, visitor, rows, settings):
    """[54] Only strokes are left of what was posted."""
    offered = offer_to_clara(portal, rows)
    drawing = Image.new("RGBA", (640, 200), (0, 0, 0, 0))
    ImageDraw.Draw(drawing).line((40, 150, 300, 40, 500, 160), fill=(20, 20, 200, 255), width=6)
    posted = io.BytesIO()
    drawing.save(posted, "PNG", pnginfo=None)
    data_url = "data:image/png;base64," + base64.b64encode(posted.getvalue() + b"<script>x</script>").decode()

    assert sign_by_link(visitor, offered, rows, drawing=data_url).status_code == 302

    with rows() as session:
        key = session.scalars(select(Signature.drawing_key)).one()
    with FolderStorage(settings.files).open(key) as stream:
        raw = stream.read()
    assert b"script" not in raw
    kept = Image.open(io.BytesIO(raw))
    assert kept.format == "PNG" and kept.mode == "L" and kept.getextrema() == (0, 255)
    pdf = PdfReader(io.BytesIO(visitor.get(offered.at("pdf")).data))
    assert sum(len(page.images) for page in pdf.pages) >= 1


@pytest.mark.parametrize(
    "drawing",
    [
        "data:image/svg+xml;base64,PHN2Zz4=",
        "data:image/png;base64,PHN2Zz4=",
        "data:image/png;base64,***",
        "data:image/png;base64," + "A" * 500_000,
        "https://elsewhere.test/signature.png",
    ],
)
def test_what_is_no_drawing_is_refused(portal, visitor, rows, drawing):
    offered = offer_to_clara(portal, rows)
    assert sign_by_link(visitor, offered, rows, drawing=drawing).status_code == 422
    assert count_of(rows, Signature) == 0


def test_an_empty_drawing_is_no_drawing(portal, visitor, rows):
    offered = offer_to_clara(portal, rows)
    blank = io.BytesIO()
    Image.new("RGBA", (640, 200), (0, 0, 0, 0)).save(blank, "PNG")
    data_url = "data:image/png;base64," + base64.b64encode(blank.getvalue()).decode()
    assert sign_by_link(visitor, offered, rows, drawing=data_url).status_code == 302
    with rows() as session:
        assert session.scalars(select(Signature.drawing_key)).one() is None


def test_codes_that_ran_out_are_swept_after_a_month(portal, visitor, rows, settings, clock, database):
    offered = offer_to_clara(portal, rows)
    post(visitor, offered.at(), offered.at("code"))
    engine = open_engine(database)
    for days, left in ((29, 1), (31, 0)):
        forget_what_ran_out(Shift(settings, engine, FixedClock(clock.now() + timedelta(days=days))))
        assert count_of(rows, SigningCode) == left
    engine.dispose()
