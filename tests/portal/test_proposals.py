"""The page of a proposal: one text with its PDF, choices that count, answers without a script [52-60, E4, W5, M8]."""

from __future__ import annotations

import base64
import io
import re
from datetime import timedelta

import pytest
from PIL import Image, ImageDraw
from pypdf import PdfReader
from sqlalchemy import func, select

from admin_app.kernel.clock import FixedClock
from admin_app.models import (
    CustomerGroup,
    Estimate,
    EstimateState,
    Message,
    PortalReceipt,
    Project,
    SeenHow,
    Signature,
    SigningCode,
)
from admin_app.services.papers.freeze import snapshot_of
from admin_app.services.revise_estimate import revise_estimate
from admin_app.services.send_estimate import send_estimate
from admin_app.storage.folder import FolderStorage
from tests.api.program import a_program
from tests.portal.counting import statements_of
from tests.portal.offered import (
    WITH_CHOICE,
    Offered,
    another,
    hidden,
    link_to,
    mailed_code,
    offer_to_clara,
    post,
    sign_by_link,
)
from tests.portal.signing import sign_in_client
from tests.services.desk import Desk
from tests.services.offers import line


@pytest.fixture
def portal(app, clock):
    """The application on a standing clock."""
    app.extensions["sawhorse_clock"] = clock
    return app


@pytest.fixture
def visitor(portal):
    return portal.test_client()


def _state(rows, offered: Offered) -> EstimateState:
    with rows() as session:
        return session.get_one(Estimate, offered.id).state


def _count(rows, kind) -> int:
    with rows() as session:
        return session.scalar(select(func.count()).select_from(kind))


def _plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).replace("\xa0", " ").split())


def _pdf(answer) -> str:
    assert answer.mimetype == "application/pdf", answer.status
    words = " ".join(one.extract_text() for one in PdfReader(io.BytesIO(answer.data)).pages)
    return " ".join(words.replace("\xa0", " ").split())


def test_a_link_leads_to_the_letter_with_the_figures_of_its_paper(portal, visitor, rows):
    """[A64, E4, W5, M8, A59] Page, PDF and the frozen paper are one text."""
    offered = offer_to_clara(portal, rows, *WITH_CHOICE)

    came = visitor.get(offered.path + "/")
    assert came.status_code == 302 and came.location.endswith(offered.at())
    page = visitor.get(offered.at())

    assert page.status_code == 200
    words = _plain(page.text)
    assert "Fell the ash" in words and "With care for the hedge" in words
    assert "€1,200.00" in words and "Waits for your answer" in words
    assert "€1,200.00" in _pdf(visitor.get(offered.at("pdf")))


def paper_hash(rows, offered: Offered) -> str:
    with rows() as session:
        return snapshot_of(session, session.get_one(Estimate, offered.id)).sha256


def test_opening_and_downloading_are_written_down_and_a_get_changes_nothing_else(portal, visitor, rows):
    """[L19, security.md promise 10]"""
    offered = offer_to_clara(portal, rows)
    visitor.get(offered.at())
    visitor.get(offered.at())
    visitor.get(offered.at("pdf"))
    with rows() as session:
        kept = session.execute(
            select(
                PortalReceipt.how, PortalReceipt.contact_id, PortalReceipt.content_hash, PortalReceipt.by_link
            )
        ).all()
    assert [tuple(one) for one in kept] == [
        (SeenHow.OPENED, offered.clara, paper_hash(rows, offered), True),
        (SeenHow.DOWNLOADED, offered.clara, paper_hash(rows, offered), True),
    ]
    assert _count(rows, SigningCode) == 0 and _state(rows, offered) is EstimateState.SENT


def test_without_a_script_a_link_signs_with_the_code_from_the_mail(portal, visitor, rows):
    """[E4, 54, L9]"""
    offered = offer_to_clara(portal, rows)

    signed = sign_by_link(visitor, offered, rows)

    assert signed.status_code == 302
    page = visitor.get(offered.at())
    assert "Signed by Clara Client" in _plain(page.text) and "Agreed" in page.text
    assert 'action="' + offered.at("sign") not in page.text
    frozen = paper_hash(rows, offered)
    with rows() as session:
        kept = session.scalars(select(Signature)).one()
        assert kept.content_hash == frozen
        assert kept.evidence["code_sent_to"] == "clara@client.test"
    assert _state(rows, offered) is EstimateState.CONFIRMED
    assert "Signed by Clara Client" in _pdf(visitor.get(offered.at("pdf")))


def test_signed_in_clients_need_no_code(portal, visitor, rows, clock):
    offered = offer_to_clara(portal, rows)
    sign_in_client(visitor, offered.clara, offered.group, clock)
    page = visitor.get(offered.inside())
    assert 'name="code"' not in page.text

    data = {"signer": "Clara Client", "agreed": "yes", "seen": hidden(page.text, "seen")}
    assert post(visitor, offered.inside(), offered.inside("sign"), data).status_code == 302
    assert _state(rows, offered) is EstimateState.CONFIRMED


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
    assert _count(rows, Signature) == 0 and _state(rows, offered) is EstimateState.SENT


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
    assert _count(rows, Signature) == 1


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
    assert _count(rows, Signature) == 0


def test_an_empty_drawing_is_no_drawing(portal, visitor, rows):
    offered = offer_to_clara(portal, rows)
    blank = io.BytesIO()
    Image.new("RGBA", (640, 200), (0, 0, 0, 0)).save(blank, "PNG")
    data_url = "data:image/png;base64," + base64.b64encode(blank.getvalue()).decode()
    assert sign_by_link(visitor, offered, rows, drawing=data_url).status_code == 302
    with rows() as session:
        assert session.scalars(select(Signature.drawing_key)).one() is None


def test_a_choice_changes_page_pdf_and_record_alike(portal, visitor, rows):
    """[57, M8, L9] Without a script, by the button."""
    offered = offer_to_clara(portal, rows, *WITH_CHOICE)
    chosen = {"choice-1": offered.keys["We take it away"], "option": offered.keys["Grind the stump"]}

    answer = post(visitor, offered.at(), offered.at("options"), chosen)

    assert answer.status_code == 302
    assert "€1,620.00" in _plain(visitor.get(offered.at()).text)
    assert "€1,620.00" in _pdf(visitor.get(offered.at("pdf")))
    with rows() as session:
        estimate = session.get_one(Estimate, offered.id)
        assert estimate.total == snapshot_of(session, estimate).total == 162000
    told = a_program(portal).get(f"/estimates/{offered.public_id}").json
    assert told["total"] == "1620.00", "the API says the same"
    assert sign_by_link(visitor, offered, rows).status_code == 302
    with rows() as session:
        kept = session.scalars(select(Signature)).one()
        assert kept.evidence["options"] == ["We take it away", "Grind the stump"]
        assert kept.evidence["total"] == 162000


@pytest.mark.parametrize("bad", ["none of each", "both", "a stranger's key"])
def test_a_choice_that_does_not_go_together_is_said_calmly(portal, visitor, rows, bad):
    offered = offer_to_clara(portal, rows, *WITH_CHOICE)
    stays, away = offered.keys["Wood chips stay"], offered.keys["We take it away"]
    data = {
        "none of each": {},
        "both": {"choice-1": stays, "option": away},
        "a stranger's key": {"option": "x"},
    }[bad]

    answer = post(visitor, offered.at(), offered.at("options"), data)

    assert answer.status_code == (404 if bad == "a stranger's key" else 409)
    assert "€1,200.00" in _plain(visitor.get(offered.at()).text)


def test_a_choice_of_another_device_is_seen_before_it_is_signed(portal, visitor, rows):
    """[L9] What is on the screen is signed, or nothing."""
    offered = offer_to_clara(portal, rows, *WITH_CHOICE)
    stale = paper_hash(rows, offered)
    other = portal.test_client()
    post(other, offered.at(), offered.at("options"), {"choice-1": offered.keys["We take it away"]})

    refused = sign_by_link(visitor, offered, rows, seen=stale)

    assert refused.status_code == 409
    assert "changed since you opened it" in refused.text
    assert _count(rows, Signature) == 0


def test_declining_and_asking_for_changes_work_as_plain_forms(portal, visitor, rows):
    """[55]"""
    offered = offer_to_clara(portal, rows)
    empty = post(visitor, offered.at(), offered.at("changes"), {"wish": " "})
    assert empty.status_code == 422 and 'id="wish-error"' in empty.text

    assert post(visitor, offered.at(), offered.at("changes"), {"wish": "Keep the hedge"}).status_code == 302
    page = visitor.get(offered.at())
    assert "We are changing it" in page.text and "Keep the hedge" in page.text
    with rows() as session:
        message = session.scalars(select(Message).where(Message.in_portal)).one()
        assert message.body == "Keep the hedge"
        later = revise_estimate(
            session, session.get_one(Estimate, offered.id), session.info["actor"], session.info["clock"]
        )
        send_estimate(session, later, session.info["actor"], session.info["clock"])
        second = later.public_id
    came = visitor.get(offered.path + "/")
    assert came.location.endswith(second), "the link opens the newest revision"
    base = f"{offered.path}/proposals/{second}"
    assert post(visitor, base, f"{base}/decline", {"reason": "Too dear"}).status_code == 302
    assert "Declined" in visitor.get(base).text
    assert post(visitor, base, f"{base}/decline", {"reason": "Too dear"}).status_code == 409


def test_a_revision_says_what_it_replaces_and_what_was_signed_stays(portal, visitor, rows):
    """[60, M14] "signed, then replaced", with its own PDF."""
    offered = offer_to_clara(portal, rows)
    sign_by_link(visitor, offered, rows)
    with rows() as session:
        later = revise_estimate(
            session, session.get_one(Estimate, offered.id), session.info["actor"], session.info["clock"]
        )
        later_id, later_public = later.id, later.public_id
    assert "We are writing a new revision" in visitor.get(offered.at()).text
    assert visitor.get(f"{offered.path}/proposals/{later_public}").status_code == 404, "a draft is not shown"
    with rows() as session:
        send_estimate(
            session, session.get_one(Estimate, later_id), session.info["actor"], session.info["clock"]
        )

    page = _plain(visitor.get(f"{offered.path}/proposals/{later_public}").text)
    assert "Revision 2 replaces what Clara Client signed" in page
    assert "Signed, then replaced" in page
    old = _plain(visitor.get(offered.at()).text)
    assert "Signed, then replaced" in old and "Open revision 2" in old
    assert "Signed by Clara Client" in _pdf(visitor.get(offered.at("pdf")))
    assert "Signed by" not in _pdf(visitor.get(f"{offered.path}/proposals/{later_public}/pdf"))


def test_with_a_deposit_the_signature_stands_and_the_way_to_pay_is_shown(portal, visitor, rows):
    """[56]"""
    offered = offer_to_clara(portal, rows, deposit_amount=30000)
    assert "deposit of €300.00" in _plain(visitor.get(offered.at()).text)

    assert sign_by_link(visitor, offered, rows).status_code == 302

    page = _plain(visitor.get(offered.at()).text)
    assert "Signed, deposit open" in page and "The deposit of €300.00 makes it firm" in page
    assert _state(rows, offered) is EstimateState.SENT


def test_what_the_paper_hides_the_page_hides(portal, visitor, rows):
    """[58]"""
    lines = line("Fell the ash", "123.45", "VAT", quantity="4", unit="h"), line("Tidy up", "77", "VAT")
    offered = offer_to_clara(
        portal, rows, *lines, show_quantities=False, show_unit_prices=False, show_line_totals=False
    )
    words = _plain(re.sub(r"<details.*?</details>", "", visitor.get(offered.at()).text, flags=re.S))
    assert "123.45" not in words and "493.80" not in words and "77.00" not in words and "4 h" not in words
    assert "€684.96" in words, "the total is always shown"


def test_what_expired_says_so_and_takes_no_answer(portal, visitor, rows, clock):
    offered = offer_to_clara(portal, rows)
    portal.extensions["sawhorse_clock"] = FixedClock(clock.now() + timedelta(days=90))
    page = visitor.get(offered.at())
    assert "Expired" in page.text and "Send me the code" not in page.text


def test_who_may_not_answer_reads_for_whom_it_was_made(portal, visitor, rows):
    """[R33, design 6] A link for whoever holds it shows, and signs nothing."""
    offered = offer_to_clara(portal, rows)
    with rows() as session:
        path = link_to(portal, session, offered, None)
    address = f"{path}/proposals/{offered.public_id}"
    page = visitor.get(address)
    assert page.status_code == 200
    assert "Who can sign" in page.text and "Send me the code" not in page.text
    for act in ("code", "sign", "decline", "changes", "options"):
        data = {"signer": "X", "code": "1", "reason": "x", "wish": "x", "agreed": "yes"}
        assert post(visitor, address, f"{address}/{act}", data).status_code in (404, 422), act
    assert _count(rows, SigningCode) == 0 and _state(rows, offered) is EstimateState.SENT


def test_the_list_shows_the_newest_revision_of_each_with_filters(portal, visitor, rows, clock):
    """[W5]"""
    offered = offer_to_clara(portal, rows)
    sign_in_client(visitor, offered.clara, offered.group, clock)
    with rows() as session:
        estimate = session.get_one(Estimate, offered.id)
        later = revise_estimate(session, estimate, session.info["actor"], session.info["clock"])
        send_estimate(session, later, session.info["actor"], session.info["clock"])
        second = later.public_id

    page = visitor.get("/portal/proposals/").text
    assert f"/portal/proposals/{second}" in page and f"/portal/proposals/{offered.public_id}" not in page
    assert f"/portal/proposals/{second}" in visitor.get("/portal/proposals/?show=open").text
    assert f"/portal/proposals/{second}" not in visitor.get("/portal/proposals/?show=agreed").text
    assert visitor.get("/portal/proposals/?show=nonsense&page=-3").status_code == 200


def test_the_letter_and_the_list_cost_the_same_whatever_they_hold(portal, visitor, rows, clock):
    """Twenty lines and a second revision take as many statements as one line alone."""
    few = offer_to_clara(portal, rows)
    sign_in_client(visitor, few.clara, few.group, clock)
    letter = statements_of(portal, lambda: visitor.get(few.inside()))
    listed = statements_of(portal, lambda: visitor.get("/portal/proposals/"))
    with rows() as session:
        desk = Desk(
            session, session.info["actor"], session.info["clock"], session.get_one(CustomerGroup, few.group)
        )
        project = session.get_one(Project, few.project)
        many = another(portal, desk, project, *(line(f"Work {number}", "10", "VAT") for number in range(20)))
        for _ in range(3):
            another(portal, desk, project)

    visitor.get(many.inside())  # its receipt is written once
    assert statements_of(portal, lambda: visitor.get(many.inside())) <= letter
    assert statements_of(portal, lambda: visitor.get("/portal/proposals/")) == listed
