"""`sawhorse check`: is this installation fit to run? Settings, home, database, declarations."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import click
from sqlalchemy.exc import SQLAlchemyError

from admin_app.config import Settings, read_settings
from admin_app.kernel.errors import Refusal
from admin_app.models import Entity, migrate
from admin_app.models.field import fields_of


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what, and the sentence that says what is wrong with it, if anything."""

    what: str
    wrong: str | None


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check(as_json: bool) -> None:
    """Look at settings, home, database and declarations; exit code 1 if anything is wrong."""
    findings = list(_findings())
    if as_json:
        click.echo(json.dumps([{"what": f.what, "wrong": f.wrong} for f in findings], ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(f"{'wrong' if finding.wrong else 'ok':5}  {finding.what}")
            if finding.wrong:
                click.echo(f"       {finding.wrong}")
    if any(finding.wrong for finding in findings):
        raise SystemExit(1)


def _findings() -> Iterator[Finding]:
    try:
        settings = read_settings()
    except (Refusal, OSError, ValueError) as problem:
        yield Finding("settings", _sentence(problem))
        return
    yield Finding("settings", None)
    yield _look("home is writable", lambda: _write_into(settings))
    yield _look("database answers and is current", lambda: _database(settings))
    yield _look("every record declares what it is", wrong_declaration)
    yield _look("the application starts", lambda: _application(settings))


def _look(what: str, question: Callable[[], str | None]) -> Finding:
    try:
        return Finding(what, question())
    except (Refusal, OSError, SQLAlchemyError, ValueError, TypeError, LookupError, RuntimeError) as problem:
        return Finding(what, _sentence(problem))


def _write_into(settings: Settings) -> None:
    with tempfile.TemporaryFile(dir=settings.home) as file:
        file.write(b"x")
        file.flush()
        os.fsync(file.fileno())


def _database(settings: Settings) -> str | None:
    found = migrate.current(settings.database_url)
    if found == migrate.head():
        return None
    if found is None:
        return "There is no company in this home yet; start one with: sawhorse serve"
    return f"The database is at {found} and this release needs {migrate.head()}; run: sawhorse migrate"


def wrong_declaration() -> str | None:
    """Each entity has its words, its docstring and fields that can be read."""
    for mapper in sorted(Entity.registry.mappers, key=lambda mapper: mapper.class_.__name__):
        entity = mapper.class_
        if not issubclass(entity, Entity):
            continue
        if not (entity.singular and entity.plural):
            return f"{entity.__name__} has no words for one and for several of it"
        if not entity.__doc__:
            return f"{entity.__name__} does not say what it is for"
        if not fields_of(entity):
            return f"{entity.__name__} declares no field"
    return None


def _application(settings: Settings) -> None:
    from admin_app.app import create_app
    from admin_app.web.database import db

    app = create_app(settings)
    with app.app_context():
        db.engine.dispose()


def _sentence(problem: BaseException) -> str:
    if isinstance(problem, Refusal):
        return problem.sentence
    original = getattr(problem, "orig", None) or problem
    return (str(original).strip().splitlines() or [type(problem).__name__])[0]
