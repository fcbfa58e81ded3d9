"""The import pages: upload, columns, check, move in by the worker, result [P24, 38-40]."""

import io

import pytest
from sqlalchemy import func, select

from admin_app.jobs.worker import Worker
from admin_app.models import Contact, CustomerGroup, ImportRun
from tests.forms import send
from tests.seeds.messy_export import HEADER, MAPPING, write_messy_export


def upload(client, *files):
    data = {"files": [(io.BytesIO(content), name) for name, content in files]}
    return send(client, "/admin/imports/", data, content_type="multipart/form-data")


@pytest.fixture
def worker(settings):
    worker = Worker(settings)
    yield worker
    worker.close()


GROUPS = b"external_id,name,kind\nG1,Ash Ltd,business\nG2,,household\n"
CONTACTS = b"external_id,first_name,last_name,email,groups,is_primary\nC1,Ann,Ash,ann@ash.example,G1,1\n"


def test_our_own_files_are_recognised_and_moved_in_by_the_worker(signed_in, worker, rows):
    answer = upload(signed_in, ("groups.csv", GROUPS), ("contacts.csv", CONTACTS))
    page = signed_in.get(answer.location)
    assert "Our own format" in page.text

    answer = send(signed_in, answer.location, {"act": "apply"})
    waiting = signed_in.get(answer.location)
    assert "Waiting for the worker" in waiting.text
    assert signed_in.get(answer.location + "progress").json["finished"] is False
    worker.work_off()

    result = signed_in.get(answer.location)
    assert signed_in.get(answer.location + "progress").json["finished"] is True
    assert "This cell must not be empty" in result.text
    with signed_in.get(answer.location + "errors.csv") as errors:
        assert errors.headers["Content-Disposition"].startswith("attachment")
        assert "groups.csv,3,name" in errors.text
    with rows() as session:
        assert session.scalars(select(CustomerGroup.name)).all() == ["Ash Ltd"]
        assert session.scalar(select(ImportRun.actor)) == "Ann Ashworth"


def test_a_check_changes_nothing_and_can_be_followed_by_moving_in(signed_in, worker, rows):
    run = upload(signed_in, ("groups.csv", GROUPS)).location
    send(signed_in, run, {"act": "check"})
    worker.work_off()

    assert "Nothing was changed yet" in signed_in.get(run).text
    with rows() as session:
        assert session.scalar(select(func.count(CustomerGroup.id))) == 0

    send(signed_in, run, {"act": "apply"})
    worker.work_off()

    with rows() as session:
        assert session.scalar(select(func.count(CustomerGroup.id))) == 1


def test_another_programs_columns_are_guessed_shown_corrected_and_remembered(
    signed_in, worker, rows, tmp_path
):
    messy = write_messy_export(tmp_path / "kunden.csv", rows=60)
    run = upload(signed_in, ("Kunden Export.csv", messy.path.read_bytes())).location
    page = signed_in.get(run).text
    assert "Windows (Western European)" in page
    assert '<option value="groups.external_id" selected>' in page
    assert "The first rows as they will be" in page

    form = {f"column-0-{place}": MAPPING.get(title, "") for place, title in enumerate(HEADER)}
    form |= {"cut_over": "2026-01-01", "doubles": "skip"}
    shown = send(signed_in, run, form | {"act": "preview"})
    assert "opening balance" in shown.text.lower()
    send(signed_in, run, form | {"act": "apply"})
    worker.work_off()

    with rows() as session:
        assert session.scalar(select(func.count(CustomerGroup.id))) == messy.customers
        assert session.scalar(select(func.count(Contact.id))) == messy.customers
    again = upload(signed_in, ("Kunden Export.csv", messy.path.read_bytes())).location
    assert "A file with these columns was moved in before" in signed_in.get(again).text


def test_opening_balances_need_their_day_and_the_page_keeps_what_was_chosen(signed_in, tmp_path):
    messy = write_messy_export(tmp_path / "kunden.csv", rows=10)
    run = upload(signed_in, ("kunden.csv", messy.path.read_bytes())).location
    form = {f"column-0-{place}": MAPPING.get(title, "") for place, title in enumerate(HEADER)}

    answer = send(signed_in, run, form | {"act": "apply"})

    assert answer.status_code == 422
    assert "Opening balances need the day" in answer.text
    assert '<option value="opening.amount" selected>' in answer.text


@pytest.mark.parametrize("name", ["../../x.svg", "x.exe", ".csv", "..\\..\\evil.html"])
def test_what_is_no_table_is_refused_with_a_sentence(signed_in, settings, name):
    answer = upload(signed_in, (name, b"<svg/>"))

    assert answer.status_code == 422
    assert "is neither CSV nor a spreadsheet" in answer.text
    assert not list((settings.home).rglob("*svg*"))


def test_a_name_that_climbs_out_of_its_folder_stays_inside(signed_in, settings):
    upload(signed_in, ("../../../groups.csv", GROUPS))

    assert [file.relative_to(settings.home).parts[0] for file in settings.home.rglob("groups.csv")] == [
        "imports"
    ]


def test_nothing_chosen_is_a_sentence(signed_in):
    answer = send(signed_in, "/admin/imports/", {}, content_type="multipart/form-data")

    assert answer.status_code == 422
    assert "Choose at least one file" in answer.text


def test_a_workbook_of_a_broken_kind_is_refused(signed_in):
    answer = upload(signed_in, ("customers.xlsx", b"PK\x03\x04 not a workbook"))

    assert answer.status_code == 422
    assert "cannot be opened as a spreadsheet" in answer.text


@pytest.mark.parametrize("address", ["/admin/imports/99999/", "/admin/imports/12345678901234567890/"])
def test_an_import_that_is_not_there_is_not_found(signed_in, address):
    assert signed_in.get(address).status_code == 404
