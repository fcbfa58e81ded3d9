"""Serving: the demo on this machine, your company behind its address, the worker as a child."""

import json
import os
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from sqlalchemy import select

from admin_app.cli._serving import address_of, is_loopback, listen, listen_anywhere
from admin_app.models import Company, CustomerGroup, Job, OneTimeLink, User
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine
from tests.cli.test_home import rows
from tests.cli.typing import environment, running, type_command


def fetch(address: str) -> tuple[int, str]:
    """Status and body of a page."""
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode()


def is_alive(process_id: int) -> bool:
    """Whether a process still runs; one that only waits to be reaped does not."""
    try:
        with open(f"/proc/{process_id}/stat") as stat:
            return stat.read().split(") ")[1][0] != "Z"
    except OSError:
        return False


def children_of(process_id: int) -> list[int]:
    """The processes that this one started."""
    listed = Path(f"/proc/{process_id}/task/{process_id}/children").read_text()
    return [int(number) for number in listed.split()]


def wait_until(true) -> None:
    """Wait for something that happens by itself, five minutes at most."""
    until = time.monotonic() + 300
    while not true():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.1)


def test_an_empty_home_prints_a_link_that_sets_the_company_up(empty_database, tmp_path):
    told = environment(tmp_path / "home", empty_database)

    with running(told, "serve", "--port", "0") as office:
        link = office.wait_for(r"http://127\.0\.0\.1:\d+/setup/\S+/")[0]
        wait_until(lambda: answers(f"{link.partition('/setup')[0]}/healthz"))
        page = fetch(link)
        wrong = fetch(link[:-3] + "xx/")
        left = office.stop()

    assert page[0] == 200
    assert wrong[0] == 404
    assert left == 0
    assert len(rows(empty_database, select(OneTimeLink))) == 1


def answers(address: str) -> bool:
    """Whether somebody answers there."""
    try:
        return fetch(address)[0] == 200
    except OSError:
        return False


def test_a_company_that_has_staff_gets_no_set_up_link(database, tmp_path):
    told = environment(tmp_path / "home", database)
    words = ("user", "add", "ann@x.example", "--role", "owner", "--password-stdin")
    type_command(told, *words, typed="four plums under the bridge\n")

    with running(told, "serve", "--port", "0") as office:
        office.wait_for("The office is at ")
        office.stop()

    assert "/setup/" not in office.said
    assert rows(database, select(OneTimeLink)) == []


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="looks at processes the way Linux shows them")
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_the_worker_ends_with_the_server_however_that_ends(sqlite_database, tmp_path, end):
    told = environment(tmp_path / "home", sqlite_database)

    with running(told, "serve", "--port", "0") as office:
        address = office.wait_for(r"is at (http://127\.0\.0\.1:\d+)")[1]
        office.wait_for("at work")
        (worker,) = children_of(office.process.pid)
        wait_until(lambda: answers(f"{address}/healthz"))
        wait_until(lambda: "keep backups" in rows(sqlite_database, select(Job.name)))
        office.stop(end)
        wait_until(lambda: not is_alive(worker))


def test_serving_others_demands_the_public_address(empty_sqlite, tmp_path):
    answer = type_command(environment(tmp_path, empty_sqlite), "serve", "--host", "0.0.0.0")

    assert answer.exit_code == 1
    assert "set SAWHORSE_PUBLIC_URL" in answer.stderr


def test_the_demo_is_not_served_to_others(empty_sqlite, tmp_path):
    answer = type_command(environment(tmp_path, empty_sqlite), "run", "--host", "0.0.0.0")

    assert answer.exit_code == 1
    assert "for this machine only" in answer.stderr


def test_an_older_database_is_not_served(sqlite_database, tmp_path):
    from admin_app.models import migrate

    migrate.downgrade(sqlite_database, "0002")

    answer = type_command(environment(tmp_path, sqlite_database), "serve")

    assert answer.exit_code == 1
    assert "run: sawhorse migrate" in answer.stderr


def test_a_port_that_is_taken_is_said(sqlite_database, tmp_path):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        answer = type_command(environment(tmp_path, sqlite_database), "serve", "--port", str(port))

        with listen_anywhere("127.0.0.1", port) as other:
            assert other.getsockname()[1] != port
    assert answer.exit_code == 1
    assert f"Cannot listen on 127.0.0.1:{port}" in answer.stderr


@pytest.mark.repeats
def test_the_demo_starts_with_one_word_is_loaded_once_and_takes_generated_customers(tmp_path):
    # One story, because telling the demo's four years takes its time.
    told = environment(tmp_path / "home")
    database = f"sqlite:///{tmp_path / 'home' / 'sawhorse.db'}"

    with running(told, "run", "--port", "0") as office:
        address = office.wait_for(r"is at (http://127\.0\.0\.1:\d+)")[1]
        login = office.wait_for(r"(\S+@demo\.example) +(\S+) +owner")
        wait_until(lambda: answers(f"{address}/readyz"))
        office.stop()
    staff = rows(database, select(User.email))
    assert login[1] in staff

    with running(told, "run", "--port", "0") as office:
        address = office.wait_for(r"is at (http://127\.0\.0\.1:\d+)")[1]
        office.wait_for("sawhorse user password")
        wait_until(lambda: answers(f"{address}/readyz"))
        office.stop()
    assert login[2] not in office.said
    assert rows(database, select(User.email)) == staff

    again, more = type_command(told, "demo"), type_command(told, "demo", "--groups", "30")
    assert again.output == "The demo company is here already; open it with: sawhorse run\n"
    assert "Moved 30 generated customers in" in more.output
    generated = select(CustomerGroup.id).where(CustomerGroup.external_id.like("G00%"))
    assert len(rows(database, generated)) == 30
    assert type_command(told, "prove").exit_code == 0


def test_a_company_of_ones_own_is_not_taken_for_the_demo(sqlite_database, tmp_path):
    from admin_app.kernel.actor import SYSTEM
    from admin_app.kernel.clock import SystemClock

    engine = open_engine(sqlite_database)
    with OfficeSession(engine, info={"actor": SYSTEM, "clock": SystemClock(), "door": "test"}) as session:
        session.add(Company(id=1, name="Ashworth Roofing"))
        session.commit()
    engine.dispose()

    answer = type_command(environment(tmp_path, sqlite_database), "run")

    assert answer.exit_code == 1
    assert "holds a company of its own" in answer.stderr


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True), ("0.0.0.0", False),
     ("::", False), ("192.0.2.1", False), ("office.example", False)],
)  # fmt: skip
def test_what_counts_as_this_machine(host, expected):
    assert is_loopback(host) is expected


def test_an_address_is_one_that_a_browser_takes():
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]

        assert address_of("127.0.0.1", listener) == f"http://127.0.0.1:{port}"
        assert address_of("::1", listener) == f"http://[::1]:{port}"


def test_work_once_does_what_is_due_and_ends(database, tmp_path):
    told = environment(tmp_path / "home", database)

    answer = type_command(told, "work", "--once")

    assert answer.exit_code == 0
    assert answer.output.endswith("Did 0 of the jobs that were due.\n")
    assert json.dumps(sorted(rows(database, select(Job.name)))).count("keep backups") == 1
