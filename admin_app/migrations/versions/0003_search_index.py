"""The trigram index by which records are found (performance.md section 7.3).

The write path keeps SQLite's index, not triggers: a trigger per row makes an import twenty times slower.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_fts USING fts5"
            "(txt, content='search_doc', content_rowid='id', tokenize='trigram')"
        )
        op.execute("INSERT INTO search_fts(search_fts) VALUES ('rebuild')")
    else:
        op.execute("CREATE INDEX ix_search_doc_txt_trgm ON search_doc USING gin (txt gin_trgm_ops)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_fts")
    else:
        op.execute("DROP INDEX ix_search_doc_txt_trgm")
