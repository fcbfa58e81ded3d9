"""How Alembic runs here: on the connection that `models.migrate` hands over, inside its transaction."""

from typing import Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrationScript
from sqlalchemy import Connection, TypeDecorator

import admin_app.models  # noqa: F401  every entity declares its table on import
from admin_app.models.base import Base

connection: Connection = context.config.attributes["connection"]


def belongs_to_the_models(
    _thing: object, name: str | None, _kind: str, _reflected: bool, _other: object
) -> bool:
    """Whether autogenerate looks at a table or an index; the search index is made by hand in 0003."""
    return not (name or "").startswith(("search_fts", "ix_search_doc_txt_trgm"))


def plain_type(kind: str, thing: object, writing: AutogenContext) -> str | Literal[False]:
    """How a migration writes a type of `models.types`: as the plain type below it, which no later edit changes."""
    if kind == "type" and isinstance(thing, sa.JSON):
        writing.imports.add("from sqlalchemy.dialects import postgresql")
        option = f"none_as_null={thing.none_as_null}"
        return f'sa.JSON({option}).with_variant(postgresql.JSONB({option}), "postgresql")'
    if kind != "type" or not type(thing).__module__.startswith("admin_app."):
        return False
    if isinstance(thing, TypeDecorator):
        return f"sa.{thing.impl!r}"
    assert isinstance(thing, sa.String)
    return f"sa.String(length={thing.length})"


def nothing_new(_context: object, _revision: object, scripts: list[MigrationScript]) -> None:
    """Write no file for a migration that does nothing."""
    (script,) = scripts
    if script.upgrade_ops is not None and script.upgrade_ops.is_empty():
        scripts.clear()


context.configure(
    connection=connection,
    render_as_batch=context.config.attributes.get("changes_tables", False),
    process_revision_directives=nothing_new,
    render_item=plain_type,
    target_metadata=Base.metadata,
    compare_server_default=True,
    include_object=belongs_to_the_models,
)
with context.begin_transaction():
    context.run_migrations()
