"""What a run may and may not do: no writing, no secrets, no code from outside, no rest of it left behind [135-138]."""

import json
import os
from dataclasses import replace

import pytest

from admin_app.jobs.run_notebook import FILE, ROLE, TRANSACTION, how_read_only
from admin_app.models.engine import open_engine
from reports.engine.book import for_reading
from reports.gallery.as_notebook import as_file
from reports.gallery.catalogue import Notebook, notebook, read_notebook
from reports.gallery.run import run_notebook
from tests.reports.notebooks.conftest import TODAY, Told, pay_a_hundred, settings_of, tell_the_story

HEAD = '''# %% [markdown]
"""
# A test

Asks one thing.
"""

# %% tags=["parameters"]
as_of = None  # day: the day
note = None  # text: any words
url = None  # address: the company's database

# %%
import reports
from reports.gallery import say, tell

book = reports.open(url)
tell("collected", book.ask("collected"))

# %% [markdown]
"""
## What it tries
"""

# %%
'''


def a_notebook(code: str) -> Notebook:
    """A notebook that tells one figure and then runs `code`."""
    return read_notebook("a_test", HEAD + code + "\n")


def is_running(pid: int) -> bool:
    """Whether there is a process of this number."""
    return os.path.exists(f"/proc/{pid}")


WRITES = (
    "from sqlalchemy import text\n"
    'book.session.execute(text("UPDATE payment SET amount = 1"))\n'
    "book.session.commit()"
)


def test_a_notebook_cannot_write(told):
    """[138]: the file is opened for reading, whatever a cell tries."""
    before = told.book().ask("collected").text

    ran = run_notebook(a_notebook(WRITES), {}, url=told.for_reading, role="owner")

    assert ran.error is not None and "readonly" in ran.error
    assert told.book().ask("collected").text == before
    assert how_read_only(told.settings) == FILE


@pytest.fixture
def postgres_story(postgres_database: str) -> str:
    """A few customers' story on PostgreSQL."""
    tell_the_story(postgres_database, customers=3)
    return postgres_database


def test_on_postgres_a_notebook_reads_the_same_and_cannot_write(postgres_story, tmp_path):
    """[135, 138]: without a role for reading each transaction is declared read-only, and the run says so."""
    settings = settings_of(tmp_path / "home", postgres_story)
    url = for_reading(settings.database_url)

    ran = run_notebook(notebook("receivables"), {"as_of": TODAY}, url=url, role="analyst")
    tried = run_notebook(a_notebook(WRITES), {}, url=url, role="owner")

    with Told(settings).book() as book:
        assert ran.error is None
        assert ran.figures["receivable"] == book.ask("receivable").text != "£0.00"
    assert tried.error is not None and "read-only transaction" in tried.error
    assert how_read_only(settings) == TRANSACTION


def test_a_database_role_that_may_not_write_is_told(postgres_story, tmp_path):
    """[138]: the run asks the database, not the settings, whether the role may write."""
    owner = open_engine(postgres_story)
    with owner.begin() as connection:
        for statement in (
            "DROP ROLE IF EXISTS only_reads",
            "CREATE ROLE only_reads LOGIN",
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO only_reads",
        ):
            connection.exec_driver_sql(statement)
    reading = owner.url.set(username="only_reads").render_as_string(hide_password=False)
    settings = replace(settings_of(tmp_path / "home", postgres_story), reports_url=reading)
    try:
        assert how_read_only(settings) == ROLE
    finally:
        with owner.begin() as connection:
            connection.exec_driver_sql("DROP OWNED BY only_reads")
            connection.exec_driver_sql("DROP ROLE only_reads")
        owner.dispose()


def test_the_kernel_knows_no_secret_and_not_the_home(told, monkeypatch):
    """[138]: what the office knows from its environment stays with it."""
    for name in ("SAWHORSE_SECRET_KEY", "SAWHORSE_SMTP_URL", "SAWHORSE_STRIPE_URL", "AWS_SECRET"):
        monkeypatch.setenv(name, "swordfish-and-more-of-it-until-32")
    monkeypatch.setenv("SAWHORSE_HOME", str(told.settings.home))

    ran = run_notebook(
        a_notebook(
            "import os\nsay('all', 'Environment', ' '.join(f'{k}={v}' for k, v in os.environ.items()))"
        ),
        {},
        url=told.for_reading,
        role="analyst",
    )

    assert ran.error is None
    assert "SAWHORSE_REPORTS_ROLE=analyst" in ran.figures["all"]
    assert "swordfish" not in ran.figures["all"]
    assert f"SAWHORSE_HOME={told.settings.home}" not in ran.figures["all"]


def test_a_role_without_figures_is_refused_inside_too(told):
    """[138]: a notebook has the rights of whoever asked; crews see no money."""
    ran = run_notebook(notebook("getting_started"), {}, url=told.for_reading, role="crew")

    assert ran.error is not None
    assert "Your role does not include the right" in ran.error
    assert ran.figures == {}


@pytest.mark.parametrize(
    "words",
    [
        "'; import os; os._exit(3); '",
        '"""\nimport os; os._exit(3)\n"""',
        "{__import__('os')._exit(3)}",
        "\\'); raise SystemExit  #",
    ],
)
def test_parameters_are_words_and_never_code(told, words):
    """[135]: they arrive in the kernel as they were typed, and as literals in the file for Jupyter."""
    ran = run_notebook(
        a_notebook("say('note', 'Note', note)"), {"note": words}, url=told.for_reading, role="analyst"
    )

    assert ran.error is None
    assert ran.figures["note"] == words

    cells = json.loads(as_file(a_notebook("pass"), {"note": words}))["cells"]
    namespace: dict[str, object] = {}
    exec("".join(cells[1]["source"]), {"__builtins__": {}}, namespace)
    assert namespace == {"as_of": None, "note": words, "url": None}


def test_parameters_that_a_notebook_does_not_have_do_not_reach_it(told):
    """[135]: least of all another address."""
    ran = run_notebook(
        a_notebook("say('url', 'Url', str(url))"),
        {"url": "sqlite:////x"},
        url=told.for_reading,
        role="analyst",
    )

    assert ran.figures["url"] == "None"


def test_a_notebook_that_fails_says_where_and_keeps_what_it_told(told):
    """[137]: the sentence of a refusal, the cell and its heading; the kernel is gone."""
    ran = run_notebook(a_notebook('book.ask("colected")'), {}, url=told.for_reading, role="analyst")

    assert ran.error is not None
    assert ran.error.startswith(
        "Cell 3 under “What it tries” failed: There is no metric “colected”; nearest: "
    )
    assert "collected" in ran.figures
    assert ran.kernel_pid is not None and not is_running(ran.kernel_pid)


def test_a_notebook_that_does_not_end_is_stopped_with_what_it_started(told):
    """[135]: a bounded time; nothing of it lives on."""
    endless = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "say('child', 'Child', str(child.pid))\n"
        "import time, signal\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "time.sleep(600)"
    )

    ran = run_notebook(a_notebook(endless), {}, url=told.for_reading, role="analyst", longest=20)

    assert ran.error == "Cell 3 under “What it tries” was stopped: a run may take 20 seconds"
    assert ran.kernel_pid is not None and not is_running(ran.kernel_pid)
    assert not is_alive(int(ran.figures["child"]))


def is_alive(pid: int) -> bool:
    """Whether the process still works; one that ended and was not collected yet does not."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_kernel_that_ends_itself_is_told(told):
    """[135]: as when memory runs out."""
    ran = run_notebook(a_notebook("import os\nos._exit(9)"), {}, url=told.for_reading, role="analyst")

    assert ran.error is not None and ran.error.startswith("Cell 3 under “What it tries” ended the kernel")


def test_the_same_state_of_the_company_has_the_same_mark_and_another_one_another(told):
    """[137, L13]: the evidence of a run names what it read."""
    first = run_notebook(a_notebook("pass"), {}, url=told.for_reading, role="analyst")
    again = run_notebook(a_notebook("pass"), {}, url=told.for_reading, role="analyst")
    pay_a_hundred(told.url)
    later = run_notebook(a_notebook("pass"), {}, url=told.for_reading, role="analyst")

    assert first.snapshot == again.snapshot is not None
    assert later.snapshot != first.snapshot
    assert later.figures != first.figures
    assert first.versions == {"collected": 1}


def test_a_book_reads_one_state_of_the_company_from_first_to_last(told):
    """[137]: what is booked while a notebook runs is in none of its figures."""
    with told.book() as book:
        before = book.ask("collected").text
        pay_a_hundred(told.url)

        assert book.ask("collected").text == before
    assert told.book().ask("collected").text != before


def test_on_postgres_a_book_reads_one_state_too(postgres_story, tmp_path):
    """[137]: there the transaction is a repeatable read."""
    told = Told(settings_of(tmp_path / "home", postgres_story))
    with told.book() as book:
        before = book.ask("collected").text
        pay_a_hundred(told.url)

        assert book.ask("collected").text == before
    with told.book() as book:
        assert book.ask("collected").text != before
