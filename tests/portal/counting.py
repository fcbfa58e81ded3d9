"""How many statements a page costs."""

from collections.abc import Callable

from flask import Flask
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
