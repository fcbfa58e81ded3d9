"""Migrate, check, backup, restore and user, as somebody types them."""

import json

import pytest
from sqlalchemy import select

from admin_app.kernel.actor import Role
from admin_app.models import AuditEntry, User, migrate
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine
from admin_app.services.backups.make import last_backup
from admin_app.services.passwords import Passwords
from tests.cli.typing import environment, type_command

GOOD = "four plums under the bridge"


@pytest.fixture
def told(database, tmp_path):
    """The environment of a home with a migrated, empty database."""
    return environment(tmp_path / "home", database)


def rows(url, statement):
    """What a select gives in the database at `url`."""
    engine = open_engine(url)
    with OfficeSession(engine) as session:
        found = session.scalars(statement).all()
    engine.dispose()
    return found


def test_migrate_makes_the_database_once(empty_database, tmp_path):
    told = environment(tmp_path, empty_database)

    first, second = type_command(told, "migrate"), type_command(told, "migrate")

    assert first.output == f"The database was at nothing and is now at {migrate.head()}.\n"
    assert second.output == f"The database is at {migrate.head()}; nothing to do.\n"


def test_check_finds_nothing_wrong_with_a_fresh_home(told):
    answer = type_command(told, "check", "--json")

    assert answer.exit_code == 0, answer.output
    assert {finding["wrong"] for finding in json.loads(answer.output)} == {None}


def test_check_says_what_is_wrong(empty_database, tmp_path):
    answer = type_command(environment(tmp_path, empty_database), "check")

    assert answer.exit_code == 1
    assert "wrong  database answers and is current" in answer.output
    assert "start one with: sawhorse serve" in answer.output


def test_check_says_when_the_database_is_older_than_the_release(told, database):
    migrate.downgrade(database, "0002")

    answer = type_command(told, "check")

    assert answer.exit_code == 1
    assert "run: sawhorse migrate" in answer.output


def test_a_member_of_staff_is_added_and_signs_in(told, database):
    answer = type_command(
        told, "user", "add", "ann@x.example", "--role", "owner", "--name", "Ann", "--password-stdin", typed=f"{GOOD}\n"
    )

    assert answer.output == "Ann can sign in with ann@x.example as owner.\n"
    (ann,) = rows(database, select(User))
    assert (ann.email, ann.name, ann.role) == ("ann@x.example", "Ann", Role.OWNER)
    assert Passwords(3, 65536).fits(ann.password_hash, GOOD)
    entries = rows(database, select(AuditEntry).where(AuditEntry.entity == "User"))
    assert {entry.door for entry in entries} == {"cli"}
    assert all(entry.actor.endswith("at the command line") for entry in entries)


def test_a_password_is_set_anew(told, database):
    add = ("user", "add", "ann@x.example", "--role", "owner", "--password-stdin")
    type_command(told, *add, typed=f"{GOOD}\n")
    (before,) = rows(database, select(User.password_hash))

    answer = type_command(told, "user", "password", "ann@x.example", "--password-stdin", typed="other words entirely\n")

    assert answer.exit_code == 0
    (after,) = rows(database, select(User.password_hash))
    assert before != after
    assert Passwords(3, 65536).fits(after, "other words entirely")


@pytest.mark.parametrize(
    ("words", "typed", "sentence"),
    [
        (("add", "ann@x.example", "--role", "owner"), "short\n", "it needs at least 8"),
        (("add", "ann@x.example", "--role", "owner"), "password\n", "tried first"),
        (("add", "no address", "--role", "owner"), f"{GOOD}\n", "is not an email address"),
        (("password", "nobody@x.example"), f"{GOOD}\n", "Nobody on the staff has the address nobody@x.example"),
    ],
)
def test_a_bad_account_is_refused_with_a_sentence(told, database, words, typed, sentence):
    answer = type_command(told, "user", *words, "--password-stdin", typed=typed)

    assert answer.exit_code == 1
    assert sentence in answer.stderr
    assert rows(database, select(User)) == []


def test_without_a_keyboard_the_password_must_come_by_stdin(told):
    answer = type_command(told, "user", "add", "ann@x.example", "--role", "owner")

    assert answer.exit_code == 1
    assert "--password-stdin" in answer.stderr


def test_a_backup_is_restored_by_its_two_words(told, database, tmp_path, request):
    type_command(told, "user", "add", "ann@x.example", "--role", "owner", "--password-stdin", typed=f"{GOOD}\n")
    empty = request.getfixturevalue("empty_sqlite" if database.startswith("sqlite") else "empty_postgres")
    elsewhere = environment(tmp_path / "elsewhere", empty)

    wrote = type_command(told, "backup", str(tmp_path / "monday.zip"), "--json")
    restored = type_command(elsewhere, "restore", str(tmp_path / "monday.zip"))

    assert json.loads(wrote.output)["size"] == (tmp_path / "monday.zip").stat().st_size
    assert "Restored the company as it was on" in restored.output
    assert rows(empty, select(User.email)) == ["ann@x.example"]
    engine = open_engine(database)
    with OfficeSession(engine) as session:
        remembered = last_backup(session)
    engine.dispose()
    assert remembered is not None
    assert remembered.file == tmp_path / "monday.zip"


def test_a_restore_over_a_company_is_refused(told, tmp_path):
    type_command(told, "user", "add", "ann@x.example", "--role", "owner", "--password-stdin", typed=f"{GOOD}\n")
    type_command(told, "backup", str(tmp_path / "monday.zip"))

    answer = type_command(told, "restore", str(tmp_path / "monday.zip"))

    assert answer.exit_code == 1
    assert "restore into an empty home" in answer.stderr


def test_commands_on_an_empty_home_say_how_to_start(empty_database, tmp_path):
    answer = type_command(environment(tmp_path, empty_database), "user", "password", "x@y.example", "--password-stdin")

    assert answer.exit_code == 1
    assert answer.stderr == "There is no company in this home yet; start one with: sawhorse serve\n"
