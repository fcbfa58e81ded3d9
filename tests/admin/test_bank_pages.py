"""The pages of the bank: a statement comes in, lines are booked, undone, set aside, all certain ones at once [92]."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import SYSTEM
from admin_app.models import BankFile, BankLine, BankLineState, Invoice, Payment, Payout
from tests.forms import send
from tests.services.desk import a_desk
from tests.signing import on_sqlite

pytestmark = on_sqlite

CSV = "Date,Payee,IBAN,Reference,Amount\n"


@pytest.fixture
def office(app, rows, clock):
    """Clara owes 100 and 60; Otto owes nothing."""
    app.extensions["sawhorse_clock"] = clock
    with rows() as session:
        desk = a_desk(session, SYSTEM, clock)
        return [str(desk.invoice(price, issued_on=date(2026, 2, 1)).number) for price in ("100", "60")]


def upload(client, *lines, name="march.csv"):
    content = (CSV + "\n".join(lines) + "\n").encode()
    return send(client, "/admin/bank/files", {"file": (io.BytesIO(content), name)})


def explained(client, answer):
    """Take the file in as its columns are proposed."""
    page = client.get(answer.location)
    fields = dict(
        re.findall(r'<select[^>]* name="([^"]+)"[^>]*>.*?<option value="([^"]*)" selected', page.text)
    )
    chosen = re.findall(r'<select[^>]*name="([^"]+)"(.*?)</select>', page.text, re.S)
    fields |= {
        name: found.group(1)
        for name, body in chosen
        if (found := re.search(r'value="([^"]*)" selected', body))
    }
    hidden = dict(re.findall(r'type="hidden" name="(key|name)" value="([^"]*)"', page.text))
    texts = re.findall(r'name="text" value="([^"]*)" checked', page.text)
    return send(client, "/admin/bank/files/columns", {**fields, **hidden, "text": texts, "act": "take"})


def lines(rows):
    with rows() as session:
        return list(session.scalars(select(BankLine).order_by(BankLine.id)))


def hidden_of(page, action):
    """What the first form of this action posts by itself."""
    form = re.search(rf'<form[^>]*action="{action}"[^>]*>(.*?)</form>', page.text, re.S)
    assert form, action
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form.group(1)))


def test_a_csv_is_explained_once_and_the_next_file_comes_in_by_itself(office, signed_in, rows):
    answer = upload(signed_in, f"2026-03-05,CLARA,,inv {office[0]},100.00", "no day,X,,y,1.00")
    assert answer.status_code == 302 and "/files/columns" in answer.location
    assert "CLARA" in signed_in.get(answer.location).text

    assert explained(signed_in, answer).status_code == 302
    second = upload(signed_in, "2026-03-09,OTTO,,thanks,5.00", name="april.csv")

    assert second.location.endswith("/admin/bank/")
    assert [line.amount for line in lines(rows)] == [10000, 500]
    page = signed_in.get("/admin/bank/")
    assert "april.csv: 1 new line." in page.text
    with rows() as session:
        file_id = session.scalars(select(BankFile.id).order_by(BankFile.id)).first()
    assert "no day" in signed_in.get(f"/admin/bank/files/{file_id}/errors.csv").text


def test_the_same_file_says_when_it_came(office, signed_in, rows):
    explained(signed_in, upload(signed_in, "2026-03-05,CLARA,,x,100.00"))

    upload(signed_in, "2026-03-05,CLARA,,x,100.00", name="again.csv")

    assert "there is nothing new in it" in signed_in.get("/admin/bank/").text
    assert len(lines(rows)) == 1


def test_what_is_no_statement_is_refused_on_the_page(office, signed_in):
    answer = send(signed_in, "/admin/bank/files", {"file": (io.BytesIO(b"%PDF-1.7"), "x.pdf")})

    assert answer.status_code == 422 and "is a PDF" in answer.text
    assert send(signed_in, "/admin/bank/files", {}).status_code == 422


def test_a_proposal_is_booked_with_one_press_and_undone(office, signed_in, rows):
    explained(signed_in, upload(signed_in, f"2026-03-05,X,,inv {office[0]},100.00", "2026-03-05,Y,,?,7.00"))
    first, second = lines(rows)
    page = signed_in.get(f"/admin/bank/lines/{first.id}")
    assert "The text names" in page.text
    said = hidden_of(page, f"/admin/bank/lines/{first.id}/book")

    for _ in range(2):
        answer = send(signed_in, f"/admin/bank/lines/{first.id}/book", said)

    assert answer.location.endswith(f"/lines/{second.id}")
    with rows() as session:
        assert session.scalars(select(Invoice.balance).order_by(Invoice.id)).all() == [0, 6000]
        assert len(session.scalars(select(Payment)).all()) == 1
    assert "Undo" in signed_in.get("/admin/bank/?tab=booked").text
    send(signed_in, f"/admin/bank/lines/{first.id}/open")
    with rows() as session:
        assert session.scalars(select(Invoice.balance).order_by(Invoice.id)).all() == [10000, 6000]


def test_a_line_is_split_over_invoices_of_a_customer_that_was_looked_for(office, signed_in, rows):
    explained(signed_in, upload(signed_in, "2026-03-05,X,,two things,120.00"))
    [line] = lines(rows)
    page = signed_in.get(f"/admin/bank/lines/{line.id}?group=1")
    assert office[0] in page.text and office[1] in page.text
    data = {"group": "1", "spread": "chosen", "use-1": "90", "use-2": "20", "key": "k"}

    wrong = send(signed_in, f"/admin/bank/lines/{line.id}/book", data | {"use-1": "ninety"})
    too_much = send(signed_in, f"/admin/bank/lines/{line.id}/book", data | {"use-2": "61", "key": "j"})
    answer = send(signed_in, f"/admin/bank/lines/{line.id}/book", data)

    assert (wrong.status_code, too_much.status_code, answer.status_code) == (422, 409, 302)
    with rows() as session:
        assert session.scalars(select(Invoice.balance).order_by(Invoice.id)).all() == [1000, 4000]
        assert session.scalars(select(Payment.unallocated)).all() == [1000]


def test_a_damaged_proposal_books_nothing(office, signed_in, rows):
    explained(signed_in, upload(signed_in, "2026-03-05,X,,x,120.00"))
    [line] = lines(rows)

    for uses in ("1", "1:x", "77:100", "1:0", "1:99999999999999999999"):
        data = {"group": "1", "uses": uses, "key": uses}
        assert send(signed_in, f"/admin/bank/lines/{line.id}/book", data).status_code == 422, uses
    assert send(signed_in, f"/admin/bank/lines/{line.id}/book", {"group": "99"}).status_code == 404
    assert lines(rows)[0].state is BankLineState.OPEN


def test_a_line_is_set_aside_and_a_payout_booked(office, signed_in, rows):
    explained(signed_in, upload(signed_in, "2026-03-05,STRIPE,,payout,94.20", "2026-03-05,RENT,,r,-800.00"))
    card, rent = lines(rows)

    assert send(signed_in, f"/admin/bank/lines/{rent.id}/aside", {"why": ""}).status_code == 422
    assert send(signed_in, f"/admin/bank/lines/{rent.id}/aside", {"why": "Rent"}).status_code == 302
    form = {"provider": "stripe", "gross": "100", "fee": "5.00", "key": "k"}
    assert send(signed_in, f"/admin/bank/lines/{card.id}/payout", form).status_code == 422
    for _ in range(2):  # what was refused left its key unused
        booked = send(signed_in, f"/admin/bank/lines/{card.id}/payout", form | {"fee": "5.80"})
        assert booked.status_code == 302

    assert [line.state for line in lines(rows)] == [BankLineState.BOOKED, BankLineState.SET_ASIDE]
    assert "Rent" in signed_in.get("/admin/bank/?tab=aside").text
    with rows() as session:
        assert session.scalars(select(Payout.fee)).all() == [580]


def test_all_certain_lines_are_previewed_then_booked(office, signed_in, rows):
    explained(
        signed_in,
        upload(
            signed_in,
            f"2026-03-05,X,,inv {office[0]},100.00",
            f"2026-03-06,X,,inv {office[1]},60.00",
            "2026-03-07,X,,?,60.00",
        ),
    )
    assert "Look at 2 certain lines" in signed_in.get("/admin/bank/").text
    assert "Book 2 lines" in signed_in.get("/admin/bank/exact").text

    page = send(signed_in, "/admin/bank/exact")

    assert page.text.count("check-circle") >= 2 and page.status_code == 200
    assert [line.state.value for line in lines(rows)] == ["booked", "booked", "open"]
