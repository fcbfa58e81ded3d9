"""The gallery as it is used: run a notebook, read it, prove it, take it along, make a figure a tile [135-137]."""

import html
import json
import re
from urllib.parse import unquote_plus

import pytest
from sqlalchemy import select

from admin_app.jobs.schedule import HANDLERS
from admin_app.jobs.worker import Worker
from admin_app.kernel.actor import Role
from admin_app.models import NotebookRun, SavedReport
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine
from admin_app.services.ask_for_notebook import JOB
from tests.forms import send
from tests.reports.notebooks.conftest import CLOCK, TODAY, pay_a_hundred
from tests.signing import sign_in_as


@pytest.fixture
def office(told, open_office):
    """The application of the told company, on the day of the story."""
    app = open_office(told.settings)
    app.extensions["sawhorse_clock"] = CLOCK
    return app


@pytest.fixture
def analyst(office):
    """Nora, who reads figures and changes nothing."""
    client = office.test_client()
    sign_in_as(client, Role.ANALYST)
    return client


def work_off(told):
    """Let a worker do the runs that wait."""
    worker = Worker(told.settings, CLOCK, {JOB: HANDLERS[JOB]})
    try:
        worker.work_off()
    finally:
        worker.close()


def rows(told, query):
    """What stands in the database now."""
    engine = open_engine(told.url)
    with OfficeSession(engine, expire_on_commit=False) as session:
        found = list(session.scalars(query))
    engine.dispose()
    return found


def words_of(answer):
    """The text of a page without its tags, blanks folded."""
    bare = re.sub(r"<(script|style)\b.*?</\1>", " ", answer.get_data(as_text=True), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", bare)).split())


def a_run(told, analyst, name="getting_started", **typed):
    """A notebook run from its page; gives back the address of the run, which is done."""
    answer = send(analyst, f"/reports/notebooks/{name}", typed)
    assert answer.status_code == 302, words_of(answer)
    work_off(told)
    return answer.location


def test_the_gallery_shows_every_notebook_with_its_sentence(analyst):
    """[135]"""
    shown = words_of(analyst.get("/reports/notebooks"))

    for title in ("Getting started", "Receivables", "Funnel", "Cohorts and value", "Cash forecast"):
        assert title in shown
    assert "What came in, what was billed and who owes it" in shown
    assert "Not run yet" in shown


def test_a_notebook_is_run_and_read(told, analyst):
    """[135, 137]: form, waiting page, result with figures, tables, pictures, words and evidence."""
    answer = send(analyst, "/reports/notebooks/getting_started", {"as_of": TODAY})
    waiting = analyst.get(answer.location)
    told_how_far = analyst.get(f"{answer.location}/progress").get_json()
    work_off(told)
    page = analyst.get(answer.location)

    assert "Waiting for the worker" in words_of(waiting)
    assert 'http-equiv="refresh"' in waiting.get_data(as_text=True)
    assert told_how_far == {"done": 0, "total": 2, "text": "Waiting for the worker", "finished": False}
    assert analyst.get(f"{answer.location}/progress").get_json()["finished"] is True
    run = rows(told, select(NotebookRun))[0]
    shown = words_of(page)
    assert page.status_code == 200
    assert run.figures["collected"] in shown and run.figures["invoiced"] in shown
    assert "The marks of an answer are its parts." in shown
    assert "data-plot" in page.get_data(as_text=True)
    assert run.data_hash in shown and run.code_hash in shown
    assert "Writing made impossible by a file opened for reading only" in shown
    assert "collected 1" in shown
    assert "Run 1" in words_of(analyst.get("/reports/notebooks/getting_started"))


def test_what_cannot_be_read_is_said_at_the_form(analyst, told):
    """[135]: nothing is queued for it."""
    for typed, said in (
        ({"as_of": "yesterday"}, "is not a day"),
        ({"brand": "Nobody & Sons"}, "There is no brand “Nobody & Sons”"),
        ({"start": "2026-01-01", "end": "2026-01-01"}, "The period is empty"),
    ):
        answer = send(analyst, "/reports/notebooks/getting_started", typed)
        assert answer.status_code == 422
        assert said in words_of(answer)
    answer = send(analyst, "/reports/notebooks/your_own_question", {"question": "metric=colected"})
    assert "There is no metric “colected”; nearest: collected" in words_of(answer)
    assert rows(told, select(NotebookRun)) == []


def test_an_unknown_notebook_is_answered_with_the_nearest(analyst):
    """[135]: only what is shipped can be run; a path is no name."""
    answer = analyst.get("/reports/notebooks/recievables")

    assert answer.status_code == 404
    assert "nearest: receivables" in words_of(answer)
    assert analyst.get("/reports/notebooks/..%2f..%2fadmin_app%2fapp").status_code == 404
    assert analyst.get("/reports/runs/17").status_code == 404


@pytest.mark.parametrize("role", [Role.CREW, Role.SUBCONTRACTOR])
def test_crews_find_no_gallery(office, role):
    """[138]"""
    client = office.test_client()
    sign_in_as(client, role)

    for address in (
        "/reports/notebooks",
        "/reports/notebooks/receivables",
        "/reports/notebook.ipynb?metric=cost",
    ):
        assert client.get(address).status_code == 403


def test_verifying_shows_the_same_figures_and_then_what_changed(told, analyst):
    """[137, L13]: by a press; the page tells it figure by figure."""
    first = a_run(told, analyst, as_of=TODAY)

    same = send(analyst, f"{first}/verify", {}).location
    work_off(told)
    pay_a_hundred(told.url)
    other = send(analyst, f"{first}/verify", {}).location
    work_off(told)

    assert "All 2 figures are the same." in words_of(analyst.get(same))
    changed = words_of(analyst.get(other))
    assert "1 of 2 figures differ." in changed
    assert "The records changed in between." in changed
    runs = rows(told, select(NotebookRun).order_by(NotebookRun.id))
    assert f"collected different {runs[0].figures['collected']} {runs[2].figures['collected']}" in changed
    assert "all 2 figures the same; run 3 : 1 of 2 figures differ" in words_of(analyst.get(first))


def test_a_failed_run_tells_its_error_and_what_it_had_told(told, analyst):
    """[135]: the sentence, and the figures up to the cell."""
    run = a_run(told, analyst, "cash_forecast", as_of=TODAY, weeks="99")

    shown = words_of(analyst.get(run))

    assert "Cell 4 under “What is expected” failed: A forecast is of 1 to 52 weeks" in shown
    assert rows(told, select(NotebookRun))[0].figures["receivable"] in shown
    assert "How long bills take" not in shown  # behind the cell that failed nothing ran


def test_a_told_figure_becomes_a_tile_that_moves_with_the_calendar(told, analyst):
    """[136]: the run named no days, so the tile is of today; days that were named stay."""
    run = a_run(told, analyst)
    send(analyst, f"{run}/tile", {"figure": "collected"})
    named = a_run(told, analyst, start="2026-01-01", end="2026-03-01", as_of="2026-03-10")
    send(analyst, f"{named}/tile", {"figure": "invoiced"})

    tiles = rows(told, select(SavedReport).order_by(SavedReport.id))

    assert [(one.title, one.query, one.on_dashboard) for one in tiles] == [
        ("Collected", "metric=collected&period=12months", True),
        ("Invoiced", "metric=invoiced&from=2026-01-01&to=2026-03-01&as_of=2026-03-10", True),
    ]
    nothing = send(analyst, f"{run}/tile", {"figure": "spent"})
    assert nothing.status_code == 404


def test_any_question_opens_as_a_notebook_with_the_filter_in_its_first_cell(told, analyst):
    """[136, L13]: and what it asks there is what the page asked."""
    asked = "metric=collected&by=month&from=2025-01-01&to=2026-01-01&method=card"
    answer = analyst.get(f"/reports/notebook.ipynb?{asked}")

    notebook = json.loads(answer.get_data(as_text=True))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]

    assert answer.headers["Content-Disposition"] == 'attachment; filename="collected.ipynb"'
    assert f"question = '{asked}'" in "".join(code[0]["source"])
    assert not any(cell["outputs"] for cell in code)
    assert analyst.get("/reports/notebook.ipynb").status_code == 404
    assert analyst.get("/reports/notebook.ipynb?metric=colected").status_code == 422


def test_words_in_an_address_stay_words_in_the_file(analyst):
    """[136]: no address writes code into somebody's notebook."""
    hostile = "metric=collected&method=x%27%0Aimport%20os%0A%23"
    answer = analyst.get(f"/reports/notebook.ipynb?{hostile}")

    source = next(one for one in json.loads(answer.data)["cells"] if one["cell_type"] == "code")["source"]
    namespace: dict[str, object] = {}
    exec("".join(source), {"__builtins__": {}}, namespace)
    assert set(namespace) == {"question", "url"}
    assert "import os" in unquote_plus(str(namespace["question"]))


def test_a_notebook_is_taken_along_with_its_parameters(analyst):
    """[135]: as a file for one's own Jupyter."""
    answer = analyst.get(f"/reports/notebooks/receivables.ipynb?as_of={TODAY}")

    source = json.loads(answer.data)["cells"][1]["source"]
    assert answer.mimetype == "application/x-ipynb+json"
    assert f"as_of = '{TODAY}'  # the day as of which everything is told" in "".join(source)
