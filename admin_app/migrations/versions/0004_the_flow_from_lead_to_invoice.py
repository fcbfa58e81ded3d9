"""The flow from lead to invoice: projects and their documents, credits, bank lines, plans, what leaves the books."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "document_snapshot",
        sa.Column(
            "kind",
            sa.Enum(
                "estimate",
                "invoice",
                "credit note",
                "refund",
                name="frozenkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pdf_key", sa.String(length=80), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_snapshot")),
        sa.UniqueConstraint("pdf_key", name=op.f("uq_document_snapshot_pdf_key")),
    )
    with op.batch_alter_table("document_snapshot", schema=None) as batch_op:
        batch_op.create_index(
            "uq_document_snapshot_kind_document_id", ["kind", "document_id", "version"], unique=True
        )

    op.create_table(
        "account_mapping",
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=True),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_account_mapping_import_run_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_mapping")),
        sa.UniqueConstraint("account", name=op.f("uq_account_mapping_account")),
        sa.UniqueConstraint("public_id", name=op.f("uq_account_mapping_public_id")),
    )
    op.create_table(
        "bank_file",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=42), nullable=False),
        sa.Column("format", sa.String(length=20), nullable=False),
        sa.Column("lines_new", sa.Integer(), nullable=False),
        sa.Column("lines_known", sa.Integer(), nullable=False),
        sa.Column("lines_refused", sa.Integer(), nullable=False),
        sa.Column(
            "errors",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.id"], name=op.f("fk_bank_file_import_run_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_file")),
        sa.UniqueConstraint("public_id", name=op.f("uq_bank_file_public_id")),
        sa.UniqueConstraint("sha256", name=op.f("uq_bank_file_sha256")),
    )
    op.create_table(
        "form_question",
        sa.Column(
            "form",
            sa.Enum(
                "pre-job safety",
                "report",
                "finish",
                name="formkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=200), nullable=False),
        sa.Column(
            "answer",
            sa.Enum(
                "yes or no",
                "text",
                "number",
                name="answerkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_form_question_import_run_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_question")),
        sa.UniqueConstraint("public_id", name=op.f("uq_form_question_public_id")),
    )
    op.create_table(
        "journal_export",
        sa.Column(
            "format",
            sa.Enum(
                "csv",
                "beancount",
                "datev",
                name="exportformat",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("store_key", sa.String(length=80), nullable=True),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_journal_export_import_run_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_export")),
        sa.UniqueConstraint("public_id", name=op.f("uq_journal_export_public_id")),
        sa.UniqueConstraint("store_key", name=op.f("uq_journal_export_store_key")),
    )
    op.create_table(
        "lead_source",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_lead_source_import_run_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_source")),
        sa.UniqueConstraint("name", name=op.f("uq_lead_source_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_lead_source_public_id")),
    )
    op.create_table(
        "lead_status",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "for approval",
                "new",
                "custom",
                "estimated",
                "postponed",
                "declined",
                name="leadstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("enabled OR state = 'custom'", name=op.f("ck_lead_status_system_stays_on")),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_lead_status_import_run_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_status")),
        sa.UniqueConstraint("name", name=op.f("uq_lead_status_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_lead_status_public_id")),
    )
    with op.batch_alter_table("lead_status", schema=None) as batch_op:
        batch_op.create_index(
            "uq_lead_status_system",
            ["state"],
            unique=True,
            sqlite_where=sa.text("state <> 'custom'"),
            postgresql_where=sa.text("state <> 'custom'"),
        )

    op.create_table(
        "package",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.id"], name=op.f("fk_package_import_run_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package")),
        sa.UniqueConstraint("name", name=op.f("uq_package_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_package_public_id")),
    )
    op.create_table(
        "price_item",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.Column("details", sa.Text(), nullable=True),
        sa.Column("unit", sa.String(length=20), nullable=True),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column(
            "tax_names",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_price_item_import_run_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_item")),
        sa.UniqueConstraint("code", name=op.f("uq_price_item_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_price_item_public_id")),
    )
    op.create_table(
        "service_plan",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column(
            "tax_names",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("months BETWEEN 1 AND 60", name=op.f("ck_service_plan_months")),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_service_plan_import_run_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_plan")),
        sa.UniqueConstraint("name", name=op.f("uq_service_plan_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_service_plan_public_id")),
    )
    op.create_table(
        "api_token",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("read_only", sa.Boolean(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.id"], name=op.f("fk_api_token_import_run_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["staff_user.id"], name=op.f("fk_api_token_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("public_id", name=op.f("uq_api_token_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_token_user_id"), ["user_id"], unique=False)

    op.create_table(
        "exported_entry",
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("export_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["journal_entry.id"], name=op.f("fk_exported_entry_entry_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["export_id"],
            ["journal_export.id"],
            name=op.f("fk_exported_entry_export_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exported_entry")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_exported_entry_entry_id")),
    )
    with op.batch_alter_table("exported_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exported_entry_export_id"), ["export_id"], unique=False)

    op.create_table(
        "package_line",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("package_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("price_item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_package_line_import_run_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["package_id"], ["package.id"], name=op.f("fk_package_line_package_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["price_item_id"],
            ["price_item.id"],
            name=op.f("fk_package_line_price_item_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package_line")),
        sa.UniqueConstraint("public_id", name=op.f("uq_package_line_public_id")),
    )
    with op.batch_alter_table("package_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_package_line_price_item_id"), ["price_item_id"], unique=False)
        batch_op.create_index("uq_package_line_package_id_position", ["package_id", "position"], unique=True)

    op.create_table(
        "project",
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("client_order_no", sa.String(length=60), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("brand_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("address_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("estimator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["address_id"], ["address.id"], name=op.f("fk_project_address_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brand.id"], name=op.f("fk_project_brand_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_project_contact_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["estimator_id"], ["staff_user.id"], name=op.f("fk_project_estimator_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["customer_group.id"], name=op.f("fk_project_group_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.id"], name=op.f("fk_project_import_run_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("public_id", name=op.f("uq_project_public_id")),
    )
    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_project_address_id"), ["address_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_project_brand_id"), ["brand_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_project_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index("ix_project_estimator_id_id", ["estimator_id", "id"], unique=False)
        batch_op.create_index("ix_project_group_id_id", ["group_id", "id"], unique=False)

    op.create_table(
        "subscription",
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("anchor_day", sa.Integer(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "active",
                "paused",
                "cancelled",
                name="subscriptionstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("paused_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("cancelled_reason", sa.String(length=400), nullable=True),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("address_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("anchor_day BETWEEN 1 AND 31", name=op.f("ck_subscription_anchor_day")),
        sa.ForeignKeyConstraint(
            ["address_id"], ["address.id"], name=op.f("fk_subscription_address_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["customer_group.id"], name=op.f("fk_subscription_group_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_subscription_import_run_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["service_plan.id"], name=op.f("fk_subscription_plan_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint("public_id", name=op.f("uq_subscription_public_id")),
    )
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subscription_address_id"), ["address_id"], unique=False)
        batch_op.create_index("ix_subscription_group_id_id", ["group_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_subscription_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index("ix_subscription_state_next_on", ["state", "next_on"], unique=False)

    op.create_table(
        "estimate",
        sa.Column("number", sa.String(length=60), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("change_of_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "sent",
                "changes requested",
                "confirmed",
                "declined",
                "expired",
                "superseded",
                name="estimatestate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column(
            "tax_mode",
            sa.Enum("document", "line", name="taxmode", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("prices_include_tax", sa.Boolean(), nullable=False),
        sa.Column("discount_percent", sa.BigInteger(), nullable=True),
        sa.Column("discount_amount", sa.BigInteger(), nullable=True),
        sa.Column("deposit_percent", sa.BigInteger(), nullable=True),
        sa.Column("deposit_amount", sa.BigInteger(), nullable=True),
        sa.Column("retainage_percent", sa.BigInteger(), nullable=True),
        sa.Column("subtotal", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("deposit", sa.BigInteger(), nullable=False),
        sa.Column(
            "derivation",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("client_order_no", sa.String(length=60), nullable=True),
        sa.Column("show_quantities", sa.Boolean(), nullable=False),
        sa.Column("show_unit_prices", sa.Boolean(), nullable=False),
        sa.Column("show_line_totals", sa.Boolean(), nullable=False),
        sa.Column("signature_required", sa.Boolean(), nullable=False),
        sa.Column("intro", sa.Text(), nullable=True),
        sa.Column("closing", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_sent", sa.Boolean(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.Column("confirmed_how", sa.String(length=400), nullable=True),
        sa.Column("won_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("client_comment", sa.Text(), nullable=True),
        sa.Column("declined_reason", sa.String(length=400), nullable=True),
        sa.Column("project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(revision = 1) = (base_id IS NULL)", name=op.f("ck_estimate_first_revision_is_the_base")
        ),
        sa.CheckConstraint(
            "deposit >= 0 AND (total < 0 OR deposit <= total)", name=op.f("ck_estimate_deposit_within_total")
        ),
        sa.CheckConstraint(
            "deposit_percent IS NULL OR deposit_amount IS NULL", name=op.f("ck_estimate_one_deposit")
        ),
        sa.CheckConstraint(
            "discount_percent IS NULL OR discount_amount IS NULL", name=op.f("ck_estimate_one_discount")
        ),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_estimate_currency_code")),
        sa.CheckConstraint(
            "retainage_percent IS NULL OR retainage_percent BETWEEN 0 AND 1000000",
            name=op.f("ck_estimate_retainage"),
        ),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_estimate_revision_from_one")),
        sa.ForeignKeyConstraint(
            ["base_id"], ["estimate.id"], name=op.f("fk_estimate_base_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["change_of_id"], ["estimate.id"], name=op.f("fk_estimate_change_of_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["customer_group.id"], name=op.f("fk_estimate_group_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.id"], name=op.f("fk_estimate_import_run_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_estimate_project_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["won_by_id"], ["staff_user.id"], name=op.f("fk_estimate_won_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_estimate")),
        sa.UniqueConstraint("public_id", name=op.f("uq_estimate_public_id")),
    )
    with op.batch_alter_table("estimate", schema=None) as batch_op:
        batch_op.create_index("ix_estimate_change_of_id", ["change_of_id"], unique=False)
        batch_op.create_index("ix_estimate_group_id_id", ["group_id", "id"], unique=False)
        batch_op.create_index("ix_estimate_project_id_id", ["project_id", "id"], unique=False)
        batch_op.create_index("ix_estimate_state_id", ["state", "id"], unique=False)
        batch_op.create_index("uq_estimate_base_id_revision", ["base_id", "revision"], unique=True)
        batch_op.create_index("uq_estimate_number_revision", ["number", "revision"], unique=True)

    op.create_table(
        "lead",
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "for approval",
                "new",
                "custom",
                "estimated",
                "postponed",
                "declined",
                name="leadstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("custom_status_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "priority",
            sa.Enum(
                "low",
                "normal",
                "high",
                "urgent",
                name="priority",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("postponed_until", sa.Date(), nullable=True),
        sa.Column("declined_reason", sa.String(length=400), nullable=True),
        sa.Column("request", sa.Text(), nullable=True),
        sa.Column("call_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(state = 'custom') = (custom_status_id IS NOT NULL)", name=op.f("ck_lead_custom_has_a_name")
        ),
        sa.CheckConstraint(
            "(state = 'postponed') = (postponed_until IS NOT NULL)", name=op.f("ck_lead_postponed_has_a_day")
        ),
        sa.ForeignKeyConstraint(
            ["custom_status_id"],
            ["lead_status.id"],
            name=op.f("fk_lead_custom_status_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["customer_group.id"], name=op.f("fk_lead_group_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.id"], name=op.f("fk_lead_import_run_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_lead_project_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["lead_source.id"], name=op.f("fk_lead_source_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead")),
        sa.UniqueConstraint("public_id", name=op.f("uq_lead_public_id")),
    )
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.create_index("ix_lead_group_id_id", ["group_id", "id"], unique=False)
        batch_op.create_index("ix_lead_postponed_until", ["postponed_until"], unique=False)
        batch_op.create_index("ix_lead_project_id", ["project_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_lead_source_id"), ["source_id"], unique=False)
        batch_op.create_index("ix_lead_state_id", ["state", "id"], unique=False)

    op.create_table(
        "project_access",
        sa.Column(
            "state",
            sa.Enum(
                "invited",
                "notified",
                "active",
                "revoked",
                name="accessstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by", sa.String(length=120), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_project_access_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_project_access_import_run_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_project_access_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_access")),
        sa.UniqueConstraint("public_id", name=op.f("uq_project_access_public_id")),
    )
    with op.batch_alter_table("project_access", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_project_access_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(
            "uq_project_access_project_id_contact_id", ["project_id", "contact_id"], unique=True
        )

    op.create_table(
        "project_contact",
        sa.Column("project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_project_contact_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_project_contact_import_run_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_project_contact_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_contact")),
        sa.UniqueConstraint("public_id", name=op.f("uq_project_contact_public_id")),
    )
    with op.batch_alter_table("project_contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_project_contact_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(
            "uq_project_contact_project_id_contact_id", ["project_id", "contact_id"], unique=True
        )

    op.create_table(
        "estimate_line",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("details", sa.Text(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=True),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("discount_percent", sa.BigInteger(), nullable=True),
        sa.Column("discount_amount", sa.BigInteger(), nullable=True),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column(
            "tax_names",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("optional", sa.Boolean(), nullable=False),
        sa.Column("alternative", sa.String(length=60), nullable=True),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("hours", sa.BigInteger(), nullable=True),
        sa.Column("photo_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("estimate_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("price_item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("asset_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "alternative IS NULL OR optional", name=op.f("ck_estimate_line_an_alternative_is_optional")
        ),
        sa.CheckConstraint(
            "discount_percent IS NULL OR discount_amount IS NULL", name=op.f("ck_estimate_line_one_discount")
        ),
        sa.CheckConstraint("position >= 1", name=op.f("ck_estimate_line_position_from_one")),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["site_asset.id"], name=op.f("fk_estimate_line_asset_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["estimate_id"], ["estimate.id"], name=op.f("fk_estimate_line_estimate_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_estimate_line_import_run_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["attachment.id"], name=op.f("fk_estimate_line_photo_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["price_item_id"],
            ["price_item.id"],
            name=op.f("fk_estimate_line_price_item_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_estimate_line")),
        sa.UniqueConstraint("public_id", name=op.f("uq_estimate_line_public_id")),
    )
    with op.batch_alter_table("estimate_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_estimate_line_asset_id"), ["asset_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_estimate_line_price_item_id"), ["price_item_id"], unique=False)
        batch_op.create_index("uq_estimate_line_estimate_id_key", ["estimate_id", "key"], unique=True)
        batch_op.create_index(
            "uq_estimate_line_estimate_id_position", ["estimate_id", "position"], unique=True
        )

    op.create_table(
        "estimate_tax",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.Column("compound", sa.Boolean(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("estimate_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["estimate_id"], ["estimate.id"], name=op.f("fk_estimate_tax_estimate_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_estimate_tax")),
    )
    with op.batch_alter_table("estimate_tax", schema=None) as batch_op:
        batch_op.create_index("uq_estimate_tax_estimate_id_name", ["estimate_id", "name"], unique=True)

    op.create_table(
        "signature",
        sa.Column("signer", sa.String(length=160), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "way",
            sa.Enum("portal", "paper", name="signedby", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("estimate_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_signature_contact_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["estimate_id"], ["estimate.id"], name=op.f("fk_signature_estimate_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.id"], name=op.f("fk_signature_import_run_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature")),
        sa.UniqueConstraint("public_id", name=op.f("uq_signature_public_id")),
    )
    with op.batch_alter_table("signature", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signature_estimate_id"), ["estimate_id"], unique=False)

    op.create_table(
        "work_order",
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "new",
                "scheduled",
                "in progress",
                "finished",
                "completed",
                "cancelled",
                name="workorderstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("client_comment", sa.Text(), nullable=True),
        sa.Column("needs_safety_form", sa.Boolean(), nullable=False),
        sa.Column("needs_report", sa.Boolean(), nullable=False),
        sa.Column("needs_finish_form", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_on", sa.Date(), nullable=True),
        sa.Column("cancelled_reason", sa.String(length=400), nullable=True),
        sa.Column("forced_reason", sa.String(length=400), nullable=True),
        sa.Column("billing_note", sa.String(length=200), nullable=True),
        sa.Column("project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("estimate_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "ends_at IS NULL OR ends_at >= starts_at", name=op.f("ck_work_order_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["estimate_id"], ["estimate.id"], name=op.f("fk_work_order_estimate_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["customer_group.id"], name=op.f("fk_work_order_group_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_work_order_import_run_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_work_order_project_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_order")),
        sa.UniqueConstraint("public_id", name=op.f("uq_work_order_public_id")),
    )
    with op.batch_alter_table("work_order", schema=None) as batch_op:
        batch_op.create_index("ix_work_order_group_id_id", ["group_id", "id"], unique=False)
        batch_op.create_index("ix_work_order_project_id_id", ["project_id", "id"], unique=False)
        batch_op.create_index("ix_work_order_state_starts_at", ["state", "starts_at", "id"], unique=False)
        batch_op.create_index("uq_work_order_estimate_id", ["estimate_id"], unique=True)
        batch_op.create_index("uq_work_order_number", ["number"], unique=True)

    op.create_table(
        "job_cost",
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "material",
                "subcontractor",
                "equipment",
                "disposal",
                "other",
                name="costkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("spent_on", sa.Date(), nullable=False),
        sa.Column("supplier", sa.String(length=120), nullable=True),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("work_order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["customer_group.id"], name=op.f("fk_job_cost_group_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.id"], name=op.f("fk_job_cost_import_run_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id"], ["work_order.id"], name=op.f("fk_job_cost_work_order_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_cost")),
        sa.UniqueConstraint("public_id", name=op.f("uq_job_cost_public_id")),
    )
    with op.batch_alter_table("job_cost", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_cost_group_id"), ["group_id"], unique=False)
        batch_op.create_index("ix_job_cost_work_order_id_id", ["work_order_id", "id"], unique=False)

    op.create_table(
        "service",
        sa.Column("line_key", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("details", sa.Text(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=True),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "in progress",
                "completed",
                "cancelled",
                name="servicestate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_by", sa.String(length=120), nullable=True),
        sa.Column("work_order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asset_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("position >= 1", name=op.f("ck_service_position_from_one")),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["site_asset.id"], name=op.f("fk_service_asset_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.id"], name=op.f("fk_service_import_run_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id"], ["work_order.id"], name=op.f("fk_service_work_order_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
        sa.UniqueConstraint("public_id", name=op.f("uq_service_public_id")),
    )
    with op.batch_alter_table("service", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_service_asset_id"), ["asset_id"], unique=False)
        batch_op.create_index("uq_service_work_order_id_line_key", ["work_order_id", "line_key"], unique=True)

    op.create_table(
        "time_entry",
        sa.Column("worked_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("hour_cost", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=True),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("work_order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("minutes BETWEEN 1 AND 1440", name=op.f("ck_time_entry_within_a_day")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["customer_group.id"], name=op.f("fk_time_entry_group_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_time_entry_import_run_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["staff_user.id"], name=op.f("fk_time_entry_user_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id"],
            ["work_order.id"],
            name=op.f("fk_time_entry_work_order_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_entry")),
        sa.UniqueConstraint("public_id", name=op.f("uq_time_entry_public_id")),
    )
    with op.batch_alter_table("time_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_time_entry_group_id"), ["group_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_time_entry_user_id"), ["user_id"], unique=False)
        batch_op.create_index("ix_time_entry_work_order_id_id", ["work_order_id", "id"], unique=False)

    op.create_table(
        "work_form",
        sa.Column(
            "kind",
            sa.Enum(
                "pre-job safety",
                "report",
                "finish",
                name="formkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "answers",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("filled_by", sa.String(length=120), nullable=False),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("work_order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.id"], name=op.f("fk_work_form_import_run_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id"], ["work_order.id"], name=op.f("fk_work_form_work_order_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_form")),
        sa.UniqueConstraint("public_id", name=op.f("uq_work_form_public_id")),
    )
    with op.batch_alter_table("work_form", schema=None) as batch_op:
        batch_op.create_index("uq_work_form_work_order_id_kind", ["work_order_id", "kind"], unique=True)

    op.create_table(
        "work_order_crew",
        sa.Column("work_order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["staff_user.id"], name=op.f("fk_work_order_crew_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id"],
            ["work_order.id"],
            name=op.f("fk_work_order_crew_work_order_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("work_order_id", "user_id", name=op.f("pk_work_order_crew")),
    )
    with op.batch_alter_table("work_order_crew", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_work_order_crew_user_id"), ["user_id"], unique=False)

    op.create_table(
        "credit_note",
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("subtotal", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("open", sa.BigInteger(), nullable=False),
        sa.Column(
            "derivation",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("invoice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("brand_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("open >= 0 AND open <= total", name=op.f("ck_credit_note_open_within_total")),
        sa.CheckConstraint("total > 0", name=op.f("ck_credit_note_total_positive")),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brand.id"], name=op.f("fk_credit_note_brand_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["customer_group.id"], name=op.f("fk_credit_note_group_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_credit_note_import_run_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_credit_note_invoice_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_note")),
        sa.UniqueConstraint("public_id", name=op.f("uq_credit_note_public_id")),
    )
    with op.batch_alter_table("credit_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_credit_note_brand_id"), ["brand_id"], unique=False)
        batch_op.create_index(
            "ix_credit_note_group_id_issued_on", ["group_id", "issued_on", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_credit_note_invoice_id"), ["invoice_id"], unique=False)
        batch_op.create_index("ix_credit_note_issued_on_id", ["issued_on", "id"], unique=False)
        batch_op.create_index("uq_credit_note_number", ["number"], unique=True)

    op.create_table(
        "deposit_use",
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column(
            "taxes",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("invoice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deposit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "gross > 0 AND gross = net + tax", name=op.f("ck_deposit_use_gross_is_net_and_tax")
        ),
        sa.ForeignKeyConstraint(
            ["deposit_id"], ["invoice.id"], name=op.f("fk_deposit_use_deposit_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_deposit_use_invoice_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deposit_use")),
    )
    with op.batch_alter_table("deposit_use", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deposit_use_deposit_id"), ["deposit_id"], unique=False)
        batch_op.create_index(
            "uq_deposit_use_invoice_id_deposit_id", ["invoice_id", "deposit_id"], unique=True
        )

    op.create_table(
        "subscription_period",
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("subscription_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("invoice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"],
            ["invoice.id"],
            name=op.f("fk_subscription_period_invoice_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscription.id"],
            name=op.f("fk_subscription_period_subscription_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_period")),
    )
    with op.batch_alter_table("subscription_period", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subscription_period_invoice_id"), ["invoice_id"], unique=False)
        batch_op.create_index(
            "uq_subscription_period_subscription_id_starts_on", ["subscription_id", "starts_on"], unique=True
        )

    op.create_table(
        "write_off",
        sa.Column(
            "kind",
            sa.Enum(
                "bad debt",
                "settlement allowance",
                name="writeoffkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("written_off_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("taken_back_on", sa.Date(), nullable=True),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("invoice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_write_off_amount_positive")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["customer_group.id"], name=op.f("fk_write_off_group_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.id"], name=op.f("fk_write_off_import_run_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_write_off_invoice_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_write_off")),
        sa.UniqueConstraint("public_id", name=op.f("uq_write_off_public_id")),
    )
    with op.batch_alter_table("write_off", schema=None) as batch_op:
        batch_op.create_index(
            "ix_write_off_group_id_written_off_on", ["group_id", "written_off_on", "id"], unique=False
        )
        batch_op.create_index("ix_write_off_invoice_id", ["invoice_id"], unique=False)

    op.create_table(
        "credit_note_line",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("invoice_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column(
            "tax_names",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("credit_note_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["credit_note_id"],
            ["credit_note.id"],
            name=op.f("fk_credit_note_line_credit_note_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_credit_note_line_import_run_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["invoice_line_id"],
            ["invoice_line.id"],
            name=op.f("fk_credit_note_line_invoice_line_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_note_line")),
        sa.UniqueConstraint("public_id", name=op.f("uq_credit_note_line_public_id")),
    )
    with op.batch_alter_table("credit_note_line", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_credit_note_line_invoice_line_id"), ["invoice_line_id"], unique=False
        )
        batch_op.create_index(
            "uq_credit_note_line_credit_note_id_position", ["credit_note_id", "position"], unique=True
        )

    op.create_table(
        "credit_note_tax",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=True),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("credit_note_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["credit_note_id"],
            ["credit_note.id"],
            name=op.f("fk_credit_note_tax_credit_note_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_note_tax")),
    )
    with op.batch_alter_table("credit_note_tax", schema=None) as batch_op:
        batch_op.create_index(
            "uq_credit_note_tax_credit_note_id_name", ["credit_note_id", "name"], unique=True
        )

    op.create_table(
        "bank_line",
        sa.Column("account", sa.String(length=42), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("counterparty", sa.String(length=200), nullable=True),
        sa.Column("counterparty_account", sa.String(length=42), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "booked",
                "set aside",
                name="banklinestate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("set_aside_why", sa.String(length=200), nullable=True),
        sa.Column("bank_file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("refund_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_bank_line_amount_not_zero")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_bank_line_currency_code")),
        sa.ForeignKeyConstraint(
            ["bank_file_id"], ["bank_file.id"], name=op.f("fk_bank_line_bank_file_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.id"], name=op.f("fk_bank_line_import_run_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_bank_line_payment_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refund.id"], name=op.f("fk_bank_line_refund_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_line")),
        sa.UniqueConstraint("public_id", name=op.f("uq_bank_line_public_id")),
    )
    with op.batch_alter_table("bank_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bank_line_bank_file_id"), ["bank_file_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bank_line_payment_id"), ["payment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bank_line_refund_id"), ["refund_id"], unique=False)
        batch_op.create_index("ix_bank_line_state_booked_on", ["state", "booked_on", "id"], unique=False)
        batch_op.create_index("uq_bank_line_fingerprint", ["fingerprint"], unique=True)

    op.create_table(
        "payout",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=True),
        sa.Column("bank_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("gross > 0 AND fee >= 0 AND fee < gross", name=op.f("ck_payout_fee_within_gross")),
        sa.ForeignKeyConstraint(
            ["bank_line_id"], ["bank_line.id"], name=op.f("fk_payout_bank_line_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.id"], name=op.f("fk_payout_import_run_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout")),
        sa.UniqueConstraint("public_id", name=op.f("uq_payout_public_id")),
    )
    with op.batch_alter_table("payout", schema=None) as batch_op:
        batch_op.create_index("uq_payout_bank_line_id", ["bank_line_id"], unique=True)

    with op.batch_alter_table("allocation", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("credit_note_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.alter_column("payment_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.create_index("ix_allocation_credit_note_id", ["credit_note_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_allocation_credit_note_id"),
            "credit_note",
            ["credit_note_id"],
            ["id"],
            ondelete="RESTRICT",
        )
        batch_op.create_check_constraint(
            op.f("ck_allocation_payment_or_credit"), "(payment_id IS NULL) <> (credit_note_id IS NULL)"
        )

    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_index(batch_op.f("ix_attachment_project_id"), ["project_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_attachment_project_id"), "project", ["project_id"], ["id"], ondelete="SET NULL"
        )

    with op.batch_alter_table("brand", schema=None) as batch_op:
        batch_op.add_column(sa.Column("country", sa.String(length=2), nullable=True))
        batch_op.add_column(sa.Column("estimate_intro", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("estimate_closing", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("invoice_intro", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("invoice_closing", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("e_invoice", sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table("company", schema=None) as batch_op:
        batch_op.add_column(sa.Column("estimate_days", sa.Integer(), server_default="30", nullable=False))
        batch_op.add_column(
            sa.Column(
                "deposit_kind",
                sa.Enum(
                    "payment on account",
                    "deposit invoice",
                    name="depositkind",
                    native_enum=False,
                    create_constraint=True,
                    length=24,
                ),
                server_default="payment on account",
                nullable=False,
            )
        )
        batch_op.add_column(
            sa.Column(
                "retainage_base",
                sa.Enum(
                    "net", "gross", name="retainagebase", native_enum=False, create_constraint=True, length=24
                ),
                server_default="gross",
                nullable=False,
            )
        )
        batch_op.add_column(
            sa.Column(
                "billing",
                sa.Enum(
                    "draft in the tray",
                    "issued at once",
                    "issued and sent at once",
                    name="billing",
                    native_enum=False,
                    create_constraint=True,
                    length=24,
                ),
                server_default="draft in the tray",
                nullable=False,
            )
        )
        batch_op.add_column(
            sa.Column(
                "completed_when",
                sa.Enum(
                    "paid",
                    "work done",
                    name="completedwhen",
                    native_enum=False,
                    create_constraint=True,
                    length=24,
                ),
                server_default="paid",
                nullable=False,
            )
        )
        batch_op.add_column(
            sa.Column("interest_percent", sa.BigInteger(), server_default="0", nullable=False)
        )
        batch_op.add_column(sa.Column("interest_flat", sa.BigInteger(), server_default="0", nullable=False))
        batch_op.add_column(
            sa.Column("interest_cap_percent", sa.BigInteger(), server_default="1000000", nullable=False)
        )
        batch_op.create_check_constraint(
            op.f("ck_company_estimate_days_in_a_year"), "estimate_days BETWEEN 1 AND 365"
        )

    with op.batch_alter_table("customer_balance", schema=None) as batch_op:
        batch_op.add_column(sa.Column("retained", sa.BigInteger(), server_default="0", nullable=False))

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(
            sa.Column("work_order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_index(batch_op.f("ix_event_project_id"), ["project_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_work_order_id"), ["work_order_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_event_work_order_id"), "work_order", ["work_order_id"], ["id"], ondelete="SET NULL"
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_event_project_id"), "project", ["project_id"], ["id"], ondelete="SET NULL"
        )

    with op.batch_alter_table("invoice", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("interest_of_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(sa.Column("part", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("deducted", sa.BigInteger(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("retained", sa.BigInteger(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("retained_until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("released_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("credited", sa.BigInteger(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("written_off", sa.BigInteger(), server_default="0", nullable=False))
        batch_op.add_column(
            sa.Column("prices_include_tax", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(sa.Column("client_order_no", sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(
            sa.Column("estimate_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(
            sa.Column("work_order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_index(batch_op.f("ix_invoice_estimate_id"), ["estimate_id"], unique=False)
        batch_op.create_index("ix_invoice_project_id_id", ["project_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_invoice_work_order_id"), ["work_order_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_invoice_project_id"), "project", ["project_id"], ["id"], ondelete="RESTRICT"
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_invoice_interest_of_id"),
            "invoice",
            ["interest_of_id"],
            ["id"],
            ondelete="RESTRICT",
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_invoice_work_order_id"),
            "work_order",
            ["work_order_id"],
            ["id"],
            ondelete="RESTRICT",
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_invoice_estimate_id"), "estimate", ["estimate_id"], ["id"], ondelete="RESTRICT"
        )
        batch_op.create_check_constraint(
            op.f("ck_invoice_parts_within_total"),
            "deducted >= 0 AND retained >= 0 AND deducted + retained <= total",
        )
        batch_op.drop_constraint(op.f("ck_invoice_invoicekind"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_invoice_invoicekind"), "kind IN ('full', 'partial', 'deposit', 'final', 'interest')"
        )

    with op.batch_alter_table("invoice_line", schema=None) as batch_op:
        batch_op.add_column(sa.Column("line_key", sa.String(length=32), nullable=True))
        batch_op.create_index(batch_op.f("ix_invoice_line_line_key"), ["line_key"], unique=False)

    with op.batch_alter_table("invoice_tax", schema=None) as batch_op:
        batch_op.add_column(sa.Column("adjustment", sa.BigInteger(), server_default="0", nullable=False))

    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "papers",
                sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
                server_default="[]",
                nullable=False,
            )
        )

    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_index("ix_payment_project_id", ["project_id"], unique=False)
        batch_op.create_index(
            "uq_payment_provider_reference", ["provider", "provider_reference"], unique=True
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_payment_project_id"), "project", ["project_id"], ["id"], ondelete="RESTRICT"
        )

    with op.batch_alter_table("posting", schema=None) as batch_op:
        batch_op.alter_column("group_id", existing_type=sa.INTEGER(), nullable=True)

    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("credit_note_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.alter_column("payment_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.create_index(batch_op.f("ix_refund_credit_note_id"), ["credit_note_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_refund_credit_note_id"),
            "credit_note",
            ["credit_note_id"],
            ["id"],
            ondelete="RESTRICT",
        )
        batch_op.create_check_constraint(
            op.f("ck_refund_payment_or_credit"), "(payment_id IS NULL) <> (credit_note_id IS NULL)"
        )

    with op.batch_alter_table("staff_user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hour_cost", sa.BigInteger(), nullable=True))

    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_index(batch_op.f("ix_task_project_id"), ["project_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_task_project_id"), "project", ["project_id"], ["id"], ondelete="SET NULL"
        )

    with op.batch_alter_table("journal_entry", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_journal_entry_entrykind"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_journal_entry_entrykind"),
            "kind IN ('invoice', 'payment', 'allocation', 'refund', 'reversal', "
            "'credit note', 'write-off', 'retainage', 'payout')",
        )

    with op.batch_alter_table("number_series", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_number_series_documentkind"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_number_series_documentkind"),
            "document IN ('invoice', 'credit note', 'estimate', 'refund', 'workorder')",
        )


def downgrade() -> None:
    with op.batch_alter_table("number_series", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_number_series_documentkind"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_number_series_documentkind"),
            "document IN ('invoice', 'credit note', 'estimate', 'refund')",
        )

    with op.batch_alter_table("journal_entry", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_journal_entry_entrykind"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_journal_entry_entrykind"),
            "kind IN ('invoice', 'payment', 'allocation', 'refund', 'reversal')",
        )

    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_task_project_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_task_project_id"))
        batch_op.drop_column("project_id")

    with op.batch_alter_table("staff_user", schema=None) as batch_op:
        batch_op.drop_column("hour_cost")

    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_refund_payment_or_credit"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_refund_credit_note_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_refund_credit_note_id"))
        batch_op.alter_column("payment_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.drop_column("credit_note_id")

    with op.batch_alter_table("posting", schema=None) as batch_op:
        batch_op.alter_column("group_id", existing_type=sa.INTEGER(), nullable=False)

    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_payment_project_id"), type_="foreignkey")
        batch_op.drop_index("uq_payment_provider_reference")
        batch_op.drop_index("ix_payment_project_id")
        batch_op.drop_column("project_id")

    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.drop_column("papers")

    with op.batch_alter_table("invoice_tax", schema=None) as batch_op:
        batch_op.drop_column("adjustment")

    with op.batch_alter_table("invoice_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invoice_line_line_key"))
        batch_op.drop_column("line_key")

    with op.batch_alter_table("invoice", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_invoice_parts_within_total"), type_="check")
        batch_op.drop_constraint(op.f("ck_invoice_invoicekind"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_invoice_invoicekind"), "kind IN ('full', 'partial', 'deposit', 'final')"
        )
        batch_op.drop_constraint(batch_op.f("fk_invoice_estimate_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_invoice_work_order_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_invoice_interest_of_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_invoice_project_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_invoice_work_order_id"))
        batch_op.drop_index("ix_invoice_project_id_id")
        batch_op.drop_index(batch_op.f("ix_invoice_estimate_id"))
        batch_op.drop_column("work_order_id")
        batch_op.drop_column("estimate_id")
        batch_op.drop_column("project_id")
        batch_op.drop_column("sent_at")
        batch_op.drop_column("client_order_no")
        batch_op.drop_column("prices_include_tax")
        batch_op.drop_column("written_off")
        batch_op.drop_column("credited")
        batch_op.drop_column("released_on")
        batch_op.drop_column("retained_until")
        batch_op.drop_column("retained")
        batch_op.drop_column("deducted")
        batch_op.drop_column("part")
        batch_op.drop_column("interest_of_id")

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_event_project_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_event_work_order_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_event_work_order_id"))
        batch_op.drop_index(batch_op.f("ix_event_project_id"))
        batch_op.drop_column("work_order_id")
        batch_op.drop_column("project_id")

    with op.batch_alter_table("customer_balance", schema=None) as batch_op:
        batch_op.drop_column("retained")

    with op.batch_alter_table("company", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_company_depositkind"), type_="check")
        batch_op.drop_constraint(op.f("ck_company_retainagebase"), type_="check")
        batch_op.drop_constraint(op.f("ck_company_billing"), type_="check")
        batch_op.drop_constraint(op.f("ck_company_completedwhen"), type_="check")
        batch_op.drop_constraint(op.f("ck_company_estimate_days_in_a_year"), type_="check")
        batch_op.drop_column("interest_cap_percent")
        batch_op.drop_column("interest_flat")
        batch_op.drop_column("interest_percent")
        batch_op.drop_column("completed_when")
        batch_op.drop_column("billing")
        batch_op.drop_column("retainage_base")
        batch_op.drop_column("deposit_kind")
        batch_op.drop_column("estimate_days")

    with op.batch_alter_table("brand", schema=None) as batch_op:
        batch_op.drop_column("e_invoice")
        batch_op.drop_column("invoice_closing")
        batch_op.drop_column("invoice_intro")
        batch_op.drop_column("estimate_closing")
        batch_op.drop_column("estimate_intro")
        batch_op.drop_column("country")

    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_attachment_project_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_attachment_project_id"))
        batch_op.drop_column("project_id")

    with op.batch_alter_table("allocation", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_allocation_payment_or_credit"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_allocation_credit_note_id"), type_="foreignkey")
        batch_op.drop_index("ix_allocation_credit_note_id")
        batch_op.alter_column("payment_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.drop_column("credit_note_id")

    with op.batch_alter_table("payout", schema=None) as batch_op:
        batch_op.drop_index("uq_payout_bank_line_id")

    op.drop_table("payout")
    with op.batch_alter_table("bank_line", schema=None) as batch_op:
        batch_op.drop_index("uq_bank_line_fingerprint")
        batch_op.drop_index("ix_bank_line_state_booked_on")
        batch_op.drop_index(batch_op.f("ix_bank_line_refund_id"))
        batch_op.drop_index(batch_op.f("ix_bank_line_payment_id"))
        batch_op.drop_index(batch_op.f("ix_bank_line_bank_file_id"))

    op.drop_table("bank_line")
    with op.batch_alter_table("credit_note_tax", schema=None) as batch_op:
        batch_op.drop_index("uq_credit_note_tax_credit_note_id_name")

    op.drop_table("credit_note_tax")
    with op.batch_alter_table("credit_note_line", schema=None) as batch_op:
        batch_op.drop_index("uq_credit_note_line_credit_note_id_position")
        batch_op.drop_index(batch_op.f("ix_credit_note_line_invoice_line_id"))

    op.drop_table("credit_note_line")
    with op.batch_alter_table("write_off", schema=None) as batch_op:
        batch_op.drop_index("ix_write_off_invoice_id")
        batch_op.drop_index("ix_write_off_group_id_written_off_on")

    op.drop_table("write_off")
    with op.batch_alter_table("subscription_period", schema=None) as batch_op:
        batch_op.drop_index("uq_subscription_period_subscription_id_starts_on")
        batch_op.drop_index(batch_op.f("ix_subscription_period_invoice_id"))

    op.drop_table("subscription_period")
    with op.batch_alter_table("deposit_use", schema=None) as batch_op:
        batch_op.drop_index("uq_deposit_use_invoice_id_deposit_id")
        batch_op.drop_index(batch_op.f("ix_deposit_use_deposit_id"))

    op.drop_table("deposit_use")
    with op.batch_alter_table("credit_note", schema=None) as batch_op:
        batch_op.drop_index("uq_credit_note_number")
        batch_op.drop_index("ix_credit_note_issued_on_id")
        batch_op.drop_index(batch_op.f("ix_credit_note_invoice_id"))
        batch_op.drop_index("ix_credit_note_group_id_issued_on")
        batch_op.drop_index(batch_op.f("ix_credit_note_brand_id"))

    op.drop_table("credit_note")
    with op.batch_alter_table("work_order_crew", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_work_order_crew_user_id"))

    op.drop_table("work_order_crew")
    with op.batch_alter_table("work_form", schema=None) as batch_op:
        batch_op.drop_index("uq_work_form_work_order_id_kind")

    op.drop_table("work_form")
    with op.batch_alter_table("time_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_time_entry_work_order_id_id")
        batch_op.drop_index(batch_op.f("ix_time_entry_user_id"))
        batch_op.drop_index(batch_op.f("ix_time_entry_group_id"))

    op.drop_table("time_entry")
    with op.batch_alter_table("service", schema=None) as batch_op:
        batch_op.drop_index("uq_service_work_order_id_line_key")
        batch_op.drop_index(batch_op.f("ix_service_asset_id"))

    op.drop_table("service")
    with op.batch_alter_table("job_cost", schema=None) as batch_op:
        batch_op.drop_index("ix_job_cost_work_order_id_id")
        batch_op.drop_index(batch_op.f("ix_job_cost_group_id"))

    op.drop_table("job_cost")
    with op.batch_alter_table("work_order", schema=None) as batch_op:
        batch_op.drop_index("uq_work_order_number")
        batch_op.drop_index("uq_work_order_estimate_id")
        batch_op.drop_index("ix_work_order_state_starts_at")
        batch_op.drop_index("ix_work_order_project_id_id")
        batch_op.drop_index("ix_work_order_group_id_id")

    op.drop_table("work_order")
    with op.batch_alter_table("signature", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signature_estimate_id"))

    op.drop_table("signature")
    with op.batch_alter_table("estimate_tax", schema=None) as batch_op:
        batch_op.drop_index("uq_estimate_tax_estimate_id_name")

    op.drop_table("estimate_tax")
    with op.batch_alter_table("estimate_line", schema=None) as batch_op:
        batch_op.drop_index("uq_estimate_line_estimate_id_position")
        batch_op.drop_index("uq_estimate_line_estimate_id_key")
        batch_op.drop_index(batch_op.f("ix_estimate_line_price_item_id"))
        batch_op.drop_index(batch_op.f("ix_estimate_line_asset_id"))

    op.drop_table("estimate_line")
    with op.batch_alter_table("project_contact", schema=None) as batch_op:
        batch_op.drop_index("uq_project_contact_project_id_contact_id")
        batch_op.drop_index(batch_op.f("ix_project_contact_contact_id"))

    op.drop_table("project_contact")
    with op.batch_alter_table("project_access", schema=None) as batch_op:
        batch_op.drop_index("uq_project_access_project_id_contact_id")
        batch_op.drop_index(batch_op.f("ix_project_access_contact_id"))

    op.drop_table("project_access")
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.drop_index("ix_lead_state_id")
        batch_op.drop_index(batch_op.f("ix_lead_source_id"))
        batch_op.drop_index("ix_lead_project_id")
        batch_op.drop_index("ix_lead_postponed_until")
        batch_op.drop_index("ix_lead_group_id_id")

    op.drop_table("lead")
    with op.batch_alter_table("estimate", schema=None) as batch_op:
        batch_op.drop_index("uq_estimate_number_revision")
        batch_op.drop_index("uq_estimate_base_id_revision")
        batch_op.drop_index("ix_estimate_state_id")
        batch_op.drop_index("ix_estimate_project_id_id")
        batch_op.drop_index("ix_estimate_group_id_id")
        batch_op.drop_index("ix_estimate_change_of_id")

    op.drop_table("estimate")
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.drop_index("ix_subscription_state_next_on")
        batch_op.drop_index(batch_op.f("ix_subscription_plan_id"))
        batch_op.drop_index("ix_subscription_group_id_id")
        batch_op.drop_index(batch_op.f("ix_subscription_address_id"))

    op.drop_table("subscription")
    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.drop_index("ix_project_group_id_id")
        batch_op.drop_index("ix_project_estimator_id_id")
        batch_op.drop_index(batch_op.f("ix_project_contact_id"))
        batch_op.drop_index(batch_op.f("ix_project_brand_id"))
        batch_op.drop_index(batch_op.f("ix_project_address_id"))

    op.drop_table("project")
    with op.batch_alter_table("package_line", schema=None) as batch_op:
        batch_op.drop_index("uq_package_line_package_id_position")
        batch_op.drop_index(batch_op.f("ix_package_line_price_item_id"))

    op.drop_table("package_line")
    with op.batch_alter_table("exported_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exported_entry_export_id"))

    op.drop_table("exported_entry")
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_token_user_id"))

    op.drop_table("api_token")
    op.drop_table("service_plan")
    op.drop_table("price_item")
    op.drop_table("package")
    with op.batch_alter_table("lead_status", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_lead_status_system",
            sqlite_where=sa.text("state <> 'custom'"),
            postgresql_where=sa.text("state <> 'custom'"),
        )

    op.drop_table("lead_status")
    op.drop_table("lead_source")
    op.drop_table("journal_export")
    op.drop_table("form_question")
    op.drop_table("bank_file")
    op.drop_table("account_mapping")
    with op.batch_alter_table("document_snapshot", schema=None) as batch_op:
        batch_op.drop_index("uq_document_snapshot_kind_document_id")

    op.drop_table("document_snapshot")
