"""How many statements a page costs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from admin_app.web.database import db


def statements_of(app: Flask, act: Callable[[], object]) -> int:
    """The statements that `act` sends to the application's database."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)


@contextmanager
def costs_the_same(app: Flask, client: FlaskClient, *pages: str) -> Iterator[None]:
    """However much the block adds, the pages send as many statements as before it.

    They are read once beforehand: a first reading leaves its receipt, and later ones do not.
    """

    def read() -> None:
        for page in pages:
            assert client.get(page).status_code == 200, page

    read()
    few = statements_of(app, read)
    yield
    many = statements_of(app, read)

    assert many == few, f"{few} statements became {many}"
