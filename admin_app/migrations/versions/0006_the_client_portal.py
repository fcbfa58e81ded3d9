"""The client portal: its users, links, receipts and looks; card payments; a second step at sign-in for staff."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "passkey",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("credential_id", sa.String(length=400), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["staff_user.id"], name=op.f("fk_passkey_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    with op.batch_alter_table("passkey", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passkey_user_id"), ["user_id"], unique=False)

    op.create_table(
        "portal_account",
        sa.Column("user_name", sa.String(length=80), nullable=True),
        sa.Column("user_key", sa.String(length=80), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_signed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "user_name IS NULL OR length(user_name) >= 3", name=op.f("ck_portal_account_user_name_of_three")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_portal_account_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_portal_account_import_run_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_account")),
        sa.UniqueConstraint("public_id", name=op.f("uq_portal_account_public_id")),
    )
    with op.batch_alter_table("portal_account", schema=None) as batch_op:
        batch_op.create_index("uq_portal_account_contact_id", ["contact_id"], unique=True)
        batch_op.create_index("uq_portal_account_user_key", ["user_key"], unique=True)

    op.create_table(
        "recovery_code",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["staff_user.id"], name=op.f("fk_recovery_code_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("user_id", "code_hash", name=op.f("uq_recovery_code_user_id_code_hash")),
    )
    op.create_table(
        "contact_change",
        sa.Column(
            "before",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "after",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "accepted",
                "refused",
                "withdrawn",
                name="changestate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(length=120), nullable=False),
        sa.Column("answer", sa.String(length=400), nullable=False),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_contact_change_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["customer_group.id"], name=op.f("fk_contact_change_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_contact_change_import_run_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_change")),
        sa.UniqueConstraint("public_id", name=op.f("uq_contact_change_public_id")),
    )
    with op.batch_alter_table("contact_change", schema=None) as batch_op:
        batch_op.create_index("ix_contact_change_group_id", ["group_id"], unique=False)
        batch_op.create_index("ix_contact_change_state_id", ["state", "id"], unique=False)
        batch_op.create_index(
            "uq_contact_change_waiting",
            ["contact_id"],
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "document_link",
        sa.Column("about", sa.String(length=24), nullable=False),
        sa.Column("about_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_document_link_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["customer_group.id"], name=op.f("fk_document_link_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_document_link_import_run_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_link")),
        sa.UniqueConstraint("public_id", name=op.f("uq_document_link_public_id")),
    )
    with op.batch_alter_table("document_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_document_link_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index("ix_document_link_group_id_id", ["group_id", "id"], unique=False)
        batch_op.create_index(
            "uq_document_link_for_anybody",
            ["about", "about_id"],
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL AND contact_id IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL AND contact_id IS NULL"),
        )
        batch_op.create_index(
            "uq_document_link_for_contact",
            ["about", "about_id", "contact_id"],
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL AND contact_id IS NOT NULL"),
            postgresql_where=sa.text("revoked_at IS NULL AND contact_id IS NOT NULL"),
        )

    op.create_table(
        "portal_look",
        sa.Column("accent", sa.String(length=7), nullable=True),
        sa.Column("title", sa.String(length=120), nullable=True),
        sa.Column("welcome", sa.Text(), nullable=True),
        sa.Column("footer", sa.Text(), nullable=True),
        sa.Column("logo_key", sa.String(length=80), nullable=True),
        sa.Column("brand_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("accent IS NULL OR length(accent) = 7", name=op.f("ck_portal_look_accent_is_hex")),
        sa.CheckConstraint("brand_id IS NULL OR group_id IS NULL", name=op.f("ck_portal_look_of_one")),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brand.id"], name=op.f("fk_portal_look_brand_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["customer_group.id"], name=op.f("fk_portal_look_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_portal_look_import_run_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_look")),
        sa.UniqueConstraint("public_id", name=op.f("uq_portal_look_public_id")),
    )
    with op.batch_alter_table("portal_look", schema=None) as batch_op:
        batch_op.create_index("uq_portal_look_brand_id", ["brand_id"], unique=True)
        batch_op.create_index("uq_portal_look_group_id", ["group_id"], unique=True)

    op.create_table(
        "portal_receipt",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("about", sa.String(length=24), nullable=False),
        sa.Column("about_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "how",
            sa.Enum(
                "opened", "downloaded", name="seenhow", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("by_link", sa.Boolean(), nullable=False),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_portal_receipt_contact_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["customer_group.id"], name=op.f("fk_portal_receipt_group_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_receipt")),
    )
    with op.batch_alter_table("portal_receipt", schema=None) as batch_op:
        batch_op.create_index("ix_portal_receipt_about_about_id", ["about", "about_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_portal_receipt_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index("ix_portal_receipt_group_id_at", ["group_id", "at", "id"], unique=False)

    op.create_table(
        "portal_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous_visit_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["portal_account.id"],
            name=op.f("fk_portal_session_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["customer_group.id"], name=op.f("fk_portal_session_group_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_portal_session_token_hash")),
    )
    with op.batch_alter_table("portal_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_portal_session_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_portal_session_group_id"), ["group_id"], unique=False)

    op.create_table(
        "mandate",
        sa.Column("given_by", sa.String(length=200), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("payment_method_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_mandate_contact_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["customer_group.id"], name=op.f("fk_mandate_group_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.id"], name=op.f("fk_mandate_import_run_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["payment_method_id"],
            ["payment_method.id"],
            name=op.f("fk_mandate_payment_method_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate")),
        sa.UniqueConstraint("public_id", name=op.f("uq_mandate_public_id")),
    )
    with op.batch_alter_table("mandate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mandate_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index("ix_mandate_group_id_id", ["group_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_mandate_payment_method_id"), ["payment_method_id"], unique=False)

    op.create_table(
        "checkout",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "invoices",
                "deposit",
                "card",
                name="checkoutkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column(
            "targets",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("link_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "started",
                "open",
                "paid",
                "saved",
                "failed",
                "expired",
                "quarantined",
                name="checkoutstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("provider_session", sa.String(length=120), nullable=True),
        sa.Column("provider_intent", sa.String(length=120), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("return_to", sa.String(length=400), nullable=False),
        sa.Column("save_card", sa.Boolean(), nullable=False),
        sa.Column("saved_card_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("problem", sa.String(length=400), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("brand_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("estimate_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(kind = 'card') = (amount = 0)", name=op.f("ck_checkout_a_card_alone_costs_nothing")
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_checkout_amount_not_negative")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_checkout_currency_code")),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brand.id"], name=op.f("fk_checkout_brand_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_checkout_contact_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["estimate_id"], ["estimate.id"], name=op.f("fk_checkout_estimate_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["customer_group.id"], name=op.f("fk_checkout_group_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.id"], name=op.f("fk_checkout_import_run_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["document_link.id"], name=op.f("fk_checkout_link_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_checkout_payment_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_checkout_project_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["saved_card_id"],
            ["payment_method.id"],
            name=op.f("fk_checkout_saved_card_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkout")),
        sa.UniqueConstraint("public_id", name=op.f("uq_checkout_public_id")),
    )
    with op.batch_alter_table("checkout", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_checkout_brand_id"), ["brand_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_checkout_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_checkout_estimate_id"), ["estimate_id"], unique=False)
        batch_op.create_index("ix_checkout_group_id_id", ["group_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_checkout_link_id"), ["link_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_checkout_payment_id"), ["payment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_checkout_project_id"), ["project_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_checkout_saved_card_id"), ["saved_card_id"], unique=False)
        batch_op.create_index("ix_checkout_state_next_try_at", ["state", "next_try_at"], unique=False)
        batch_op.create_index("uq_checkout_key", ["key"], unique=True)
        batch_op.create_index("uq_checkout_provider_intent", ["provider", "provider_intent"], unique=True)
        batch_op.create_index("uq_checkout_provider_session", ["provider", "provider_session"], unique=True)

    op.create_table(
        "signing_code",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("sent_to", sa.String(length=320), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("estimate_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_signing_code_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["estimate_id"], ["estimate.id"], name=op.f("fk_signing_code_estimate_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_code")),
    )
    with op.batch_alter_table("signing_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signing_code_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(
            "ix_signing_code_estimate_id_contact_id", ["estimate_id", "contact_id", "id"], unique=False
        )

    op.create_table(
        "provider_event",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "facts",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("effect", sa.String(length=400), nullable=False),
        sa.Column("checkout_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["checkout_id"], ["checkout.id"], name=op.f("fk_provider_event_checkout_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_event")),
        sa.UniqueConstraint("provider", "event_id", name=op.f("uq_provider_event_provider_event_id")),
    )
    with op.batch_alter_table("provider_event", schema=None) as batch_op:
        batch_op.create_index("ix_provider_event_checkout_id", ["checkout_id"], unique=False)

    with op.batch_alter_table("brand", schema=None) as batch_op:
        batch_op.add_column(sa.Column("portal_on", sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(
            sa.Column(
                "portal_hides",
                sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
                server_default="[]",
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("stripe_key", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("stripe_hook_key", sa.String(length=200), nullable=True))

    with op.batch_alter_table("company", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "portal_hides",
                sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
                server_default="[]",
                nullable=False,
            )
        )

    with op.batch_alter_table("customer_group", schema=None) as batch_op:
        batch_op.add_column(sa.Column("portal_on", sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(
            sa.Column(
                "portal_hides",
                sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
                server_default="[]",
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("portal_identifier", sa.String(length=40), nullable=True))
        batch_op.create_unique_constraint(
            batch_op.f("uq_customer_group_portal_identifier"), ["portal_identifier"]
        )

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "client_answer",
                sa.Enum(
                    "confirmed",
                    "asks to move",
                    name="clientanswer",
                    native_enum=False,
                    create_constraint=True,
                    length=24,
                ),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("client_answered_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("asked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_index(batch_op.f("ix_lead_asked_by_id"), ["asked_by_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_lead_asked_by_id"), "contact", ["asked_by_id"], ["id"], ondelete="SET NULL"
        )

    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "portal_hides",
                sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
                server_default="[]",
                nullable=False,
            )
        )

    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("in_portal", sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table("one_time_link", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_index(batch_op.f("ix_one_time_link_contact_id"), ["contact_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_one_time_link_contact_id"), "contact", ["contact_id"], ["id"], ondelete="CASCADE"
        )

    with op.batch_alter_table("payment_method", schema=None) as batch_op:
        batch_op.add_column(sa.Column("provider_customer", sa.String(length=120), nullable=True))
        batch_op.add_column(
            sa.Column("brand_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_index(batch_op.f("ix_payment_method_brand_id"), ["brand_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_payment_method_brand_id"), "brand", ["brand_id"], ["id"], ondelete="SET NULL"
        )

    with op.batch_alter_table("signature", schema=None) as batch_op:
        batch_op.add_column(sa.Column("drawing_key", sa.String(length=80), nullable=True))
        batch_op.add_column(
            sa.Column(
                "evidence",
                sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
                nullable=True,
            )
        )
        batch_op.create_unique_constraint(batch_op.f("uq_signature_drawing_key"), ["drawing_key"])

    with op.batch_alter_table("staff_user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("totp_secret", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("totp_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column(
                "totp_last",
                sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
                server_default="0",
                nullable=False,
            )
        )

    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("pays_with_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_index(batch_op.f("ix_subscription_pays_with_id"), ["pays_with_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_subscription_pays_with_id"),
            "payment_method",
            ["pays_with_id"],
            ["id"],
            ondelete="SET NULL",
        )


def downgrade() -> None:
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_subscription_pays_with_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_subscription_pays_with_id"))
        batch_op.drop_column("pays_with_id")

    with op.batch_alter_table("staff_user", schema=None) as batch_op:
        batch_op.drop_column("totp_last")
        batch_op.drop_column("totp_since")
        batch_op.drop_column("totp_secret")

    with op.batch_alter_table("signature", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_signature_drawing_key"), type_="unique")
        batch_op.drop_column("evidence")
        batch_op.drop_column("drawing_key")

    with op.batch_alter_table("payment_method", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_payment_method_brand_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_payment_method_brand_id"))
        batch_op.drop_column("brand_id")
        batch_op.drop_column("provider_customer")

    with op.batch_alter_table("one_time_link", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_one_time_link_contact_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_one_time_link_contact_id"))
        batch_op.drop_column("contact_id")

    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_column("in_portal")

    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_column("portal_hides")

    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_lead_asked_by_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_lead_asked_by_id"))
        batch_op.drop_column("asked_by_id")

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_event_clientanswer"), type_="check")
        batch_op.drop_column("client_answered_at")
        batch_op.drop_column("client_answer")

    with op.batch_alter_table("customer_group", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_customer_group_portal_identifier"), type_="unique")
        batch_op.drop_column("portal_identifier")
        batch_op.drop_column("portal_hides")
        batch_op.drop_column("portal_on")

    with op.batch_alter_table("company", schema=None) as batch_op:
        batch_op.drop_column("portal_hides")

    with op.batch_alter_table("brand", schema=None) as batch_op:
        batch_op.drop_column("stripe_hook_key")
        batch_op.drop_column("stripe_key")
        batch_op.drop_column("portal_hides")
        batch_op.drop_column("portal_on")

    with op.batch_alter_table("provider_event", schema=None) as batch_op:
        batch_op.drop_index("ix_provider_event_checkout_id")

    op.drop_table("provider_event")
    with op.batch_alter_table("signing_code", schema=None) as batch_op:
        batch_op.drop_index("ix_signing_code_estimate_id_contact_id")
        batch_op.drop_index(batch_op.f("ix_signing_code_contact_id"))

    op.drop_table("signing_code")
    with op.batch_alter_table("checkout", schema=None) as batch_op:
        batch_op.drop_index("uq_checkout_provider_session")
        batch_op.drop_index("uq_checkout_provider_intent")
        batch_op.drop_index("uq_checkout_key")
        batch_op.drop_index("ix_checkout_state_next_try_at")
        batch_op.drop_index(batch_op.f("ix_checkout_saved_card_id"))
        batch_op.drop_index(batch_op.f("ix_checkout_project_id"))
        batch_op.drop_index(batch_op.f("ix_checkout_payment_id"))
        batch_op.drop_index(batch_op.f("ix_checkout_link_id"))
        batch_op.drop_index("ix_checkout_group_id_id")
        batch_op.drop_index(batch_op.f("ix_checkout_estimate_id"))
        batch_op.drop_index(batch_op.f("ix_checkout_contact_id"))
        batch_op.drop_index(batch_op.f("ix_checkout_brand_id"))

    op.drop_table("checkout")
    with op.batch_alter_table("mandate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mandate_payment_method_id"))
        batch_op.drop_index("ix_mandate_group_id_id")
        batch_op.drop_index(batch_op.f("ix_mandate_contact_id"))

    op.drop_table("mandate")
    with op.batch_alter_table("portal_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_portal_session_group_id"))
        batch_op.drop_index(batch_op.f("ix_portal_session_account_id"))

    op.drop_table("portal_session")
    with op.batch_alter_table("portal_receipt", schema=None) as batch_op:
        batch_op.drop_index("ix_portal_receipt_group_id_at")
        batch_op.drop_index(batch_op.f("ix_portal_receipt_contact_id"))
        batch_op.drop_index("ix_portal_receipt_about_about_id")

    op.drop_table("portal_receipt")
    with op.batch_alter_table("portal_look", schema=None) as batch_op:
        batch_op.drop_index("uq_portal_look_group_id")
        batch_op.drop_index("uq_portal_look_brand_id")

    op.drop_table("portal_look")
    with op.batch_alter_table("document_link", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_document_link_for_contact",
            sqlite_where=sa.text("revoked_at IS NULL AND contact_id IS NOT NULL"),
            postgresql_where=sa.text("revoked_at IS NULL AND contact_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "uq_document_link_for_anybody",
            sqlite_where=sa.text("revoked_at IS NULL AND contact_id IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL AND contact_id IS NULL"),
        )
        batch_op.drop_index("ix_document_link_group_id_id")
        batch_op.drop_index(batch_op.f("ix_document_link_contact_id"))

    op.drop_table("document_link")
    with op.batch_alter_table("contact_change", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_contact_change_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index("ix_contact_change_state_id")
        batch_op.drop_index("ix_contact_change_group_id")

    op.drop_table("contact_change")
    op.drop_table("recovery_code")
    with op.batch_alter_table("portal_account", schema=None) as batch_op:
        batch_op.drop_index("uq_portal_account_user_key")
        batch_op.drop_index("uq_portal_account_contact_id")

    op.drop_table("portal_account")
    with op.batch_alter_table("passkey", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_passkey_user_id"))

    op.drop_table("passkey")
