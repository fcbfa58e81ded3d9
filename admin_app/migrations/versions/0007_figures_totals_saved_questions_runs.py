"""Figures: totals by day and customer, saved questions, runs of notebooks and models."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "model_run",
        sa.Column("model", sa.String(length=24), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("basis", sa.String(length=24), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("fitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "result",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_run")),
    )
    with op.batch_alter_table("model_run", schema=None) as batch_op:
        batch_op.create_index("ix_model_run_model_id", ["model", "id"], unique=False)

    op.create_table(
        "rollup_day",
        sa.Column("measure", sa.String(length=24), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("brand_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("split", sa.String(length=24), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollup_day")),
        sa.UniqueConstraint("measure", "day", "brand_id", "currency", "split", name="uq_rollup_day_key"),
    )
    with op.batch_alter_table("rollup_day", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rollup_day_day"), ["day"], unique=False)

    op.create_table(
        "rollup_dirty",
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollup_dirty")),
    )
    with op.batch_alter_table("rollup_dirty", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rollup_dirty_day"), ["day"], unique=False)
        batch_op.create_index(batch_op.f("ix_rollup_dirty_group_id"), ["group_id"], unique=False)

    op.create_table(
        "rollup_state",
        sa.Column("flushed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rebuilt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "differences",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollup_state")),
    )
    op.create_table(
        "notebook_run",
        sa.Column("notebook", sa.String(length=60), nullable=False),
        sa.Column(
            "parameters",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "running",
                "done",
                "failed",
                name="notebookrunstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("result_key", sa.String(length=80), nullable=True),
        sa.Column(
            "figures",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("data_hash", sa.String(length=64), nullable=True),
        sa.Column(
            "metric_versions",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("reads", sa.String(length=120), nullable=True),
        sa.Column("verifies_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("asked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["staff_user.id"], name=op.f("fk_notebook_run_asked_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["verifies_id"],
            ["notebook_run.id"],
            name=op.f("fk_notebook_run_verifies_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notebook_run")),
    )
    with op.batch_alter_table("notebook_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notebook_run_asked_by_id"), ["asked_by_id"], unique=False)
        batch_op.create_index("ix_notebook_run_notebook_id", ["notebook", "id"], unique=False)

    op.create_table(
        "saved_report",
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("query", sa.String(length=1000), nullable=False),
        sa.Column("shared", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("on_dashboard", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="100", nullable=False),
        sa.Column("mailed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("alert_over", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("alert_under", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("alerted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("length(query) > 0", name=op.f("ck_saved_report_asks_something")),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_saved_report_import_run_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["staff_user.id"], name=op.f("fk_saved_report_owner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_report")),
        sa.UniqueConstraint("public_id", name=op.f("uq_saved_report_public_id")),
    )
    with op.batch_alter_table("saved_report", schema=None) as batch_op:
        batch_op.create_index("ix_saved_report_owner_id_position", ["owner_id", "position"], unique=False)

    op.create_table(
        "customer_score",
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("alive", sa.Float(), nullable=True),
        sa.Column("purchases", sa.Float(), nullable=True),
        sa.Column("purchases_low", sa.Float(), nullable=True),
        sa.Column("purchases_high", sa.Float(), nullable=True),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("value_low", sa.BigInteger(), nullable=True),
        sa.Column("value_high", sa.BigInteger(), nullable=True),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("refused", sa.String(length=300), nullable=True),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["customer_group.id"], name=op.f("fk_customer_score_group_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_score")),
    )
    with op.batch_alter_table("customer_score", schema=None) as batch_op:
        batch_op.create_index("uq_customer_score_group_id_currency", ["group_id", "currency"], unique=True)

    op.create_table(
        "customer_stat",
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("purchase_days", sa.Integer(), nullable=False),
        sa.Column("invoiced", sa.BigInteger(), nullable=False),
        sa.Column("collected", sa.BigInteger(), nullable=False),
        sa.Column("repeat_sum", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["customer_group.id"], name=op.f("fk_customer_stat_group_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_stat")),
    )
    with op.batch_alter_table("customer_stat", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customer_stat_first_on"), ["first_on"], unique=False)
        batch_op.create_index("uq_customer_stat_group_id_currency", ["group_id", "currency"], unique=True)


def downgrade() -> None:
    with op.batch_alter_table("customer_stat", schema=None) as batch_op:
        batch_op.drop_index("uq_customer_stat_group_id_currency")
        batch_op.drop_index(batch_op.f("ix_customer_stat_first_on"))

    op.drop_table("customer_stat")
    with op.batch_alter_table("customer_score", schema=None) as batch_op:
        batch_op.drop_index("uq_customer_score_group_id_currency")

    op.drop_table("customer_score")
    with op.batch_alter_table("saved_report", schema=None) as batch_op:
        batch_op.drop_index("ix_saved_report_owner_id_position")

    op.drop_table("saved_report")
    with op.batch_alter_table("notebook_run", schema=None) as batch_op:
        batch_op.drop_index("ix_notebook_run_notebook_id")
        batch_op.drop_index(batch_op.f("ix_notebook_run_asked_by_id"))

    op.drop_table("notebook_run")
    op.drop_table("rollup_state")
    with op.batch_alter_table("rollup_dirty", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rollup_dirty_group_id"))
        batch_op.drop_index(batch_op.f("ix_rollup_dirty_day"))

    op.drop_table("rollup_dirty")
    with op.batch_alter_table("rollup_day", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rollup_day_day"))

    op.drop_table("rollup_day")
    with op.batch_alter_table("model_run", schema=None) as batch_op:
        batch_op.drop_index("ix_model_run_model_id")

    op.drop_table("model_run")
