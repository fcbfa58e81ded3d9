"""The working week: messages and reminders, equipment, clocks, feeds, visits of plans, mentions, versions of files."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATES_BEFORE = ("waiting", "sent", "failed")
STATES_NOW = (*STATES_BEFORE, "withdrawn")


def upgrade() -> None:
    op.create_table(
        "equipment",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "truck",
                "machine",
                "trailer",
                "other",
                name="equipmentkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("plate", sa.String(length=40), nullable=True),
        sa.Column("notes", sa.String(length=400), nullable=True),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.id"], name=op.f("fk_equipment_import_run_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_equipment")),
        sa.UniqueConstraint("name", name=op.f("uq_equipment_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_equipment_public_id")),
    )
    op.create_table(
        "reminder_step",
        sa.Column(
            "ladder",
            sa.Enum(
                "estimate",
                "invoice",
                "appointment",
                name="ladder",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("mail", "sms", name="channel", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("days BETWEEN -60 AND 365", name=op.f("ck_reminder_step_days_in_reach")),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_reminder_step_import_run_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_step")),
        sa.UniqueConstraint("ladder", "days", "channel", name=op.f("uq_reminder_step_ladder_days_channel")),
        sa.UniqueConstraint("public_id", name=op.f("uq_reminder_step_public_id")),
    )
    op.create_table(
        "calendar_feed",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("everybodys", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["staff_user.id"], name=op.f("fk_calendar_feed_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
    )
    with op.batch_alter_table("calendar_feed", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calendar_feed_user_id"), ["user_id"], unique=False)

    op.create_table(
        "message_template",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "estimate",
                "estimate reminder",
                "invoice",
                "invoice soon due",
                "invoice overdue",
                "credit note",
                "receipt",
                "appointment",
                "appointment moved",
                "appointment off",
                "appointment reminder",
                "start date",
                "start date moved",
                "task",
                "call request",
                "portal access",
                "free",
                name="messagepurpose",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "channel",
            sa.Enum("mail", "sms", name="channel", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("brand_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "channel = 'mail' OR subject = ''", name=op.f("ck_message_template_subject_of_mails")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brand.id"], name=op.f("fk_message_template_brand_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_message_template_import_run_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_template")),
        sa.UniqueConstraint("public_id", name=op.f("uq_message_template_public_id")),
    )
    with op.batch_alter_table("message_template", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_template_brand_id"), ["brand_id"], unique=False)
        batch_op.create_index(
            "ix_message_template_purpose_channel", ["purpose", "channel", "id"], unique=False
        )

    op.create_table(
        "reach_entry",
        sa.Column(
            "channel",
            sa.Enum("mail", "sms", name="channel", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "opted out",
                "opted in",
                "bounced",
                "works",
                name="reachkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_reach_entry_contact_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reach_entry")),
    )
    with op.batch_alter_table("reach_entry", schema=None) as batch_op:
        batch_op.create_index("ix_reach_entry_address_channel", ["address", "channel", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reach_entry_contact_id"), ["contact_id"], unique=False)

    op.create_table(
        "thread",
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("about", sa.String(length=24), nullable=True),
        sa.Column("about_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "state",
            sa.Enum("open", "done", name="threadstate", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("assignee_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("(about IS NULL) = (about_id IS NULL)", name=op.f("ck_thread_about_is_whole")),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["staff_user.id"], name=op.f("fk_thread_assignee_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["customer_group.id"], name=op.f("fk_thread_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.id"], name=op.f("fk_thread_import_run_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_thread_project_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread")),
        sa.UniqueConstraint("public_id", name=op.f("uq_thread_public_id")),
    )
    with op.batch_alter_table("thread", schema=None) as batch_op:
        batch_op.create_index(
            "ix_thread_assignee_id_state", ["assignee_id", "state", "last_at"], unique=False
        )
        batch_op.create_index("ix_thread_group_id_last_at", ["group_id", "last_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_thread_project_id"), ["project_id"], unique=False)
        batch_op.create_index("ix_thread_state_last_at", ["state", "last_at", "id"], unique=False)
        batch_op.create_index(
            "uq_thread_about",
            ["about", "about_id"],
            unique=True,
            sqlite_where=sa.text("about IS NOT NULL"),
            postgresql_where=sa.text("about IS NOT NULL"),
        )

    op.create_table(
        "mention",
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["note_id"], ["note.id"], name=op.f("fk_mention_note_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["staff_user.id"], name=op.f("fk_mention_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mention")),
        sa.UniqueConstraint("note_id", "user_id", name=op.f("uq_mention_note_id_user_id")),
    )
    with op.batch_alter_table("mention", schema=None) as batch_op:
        batch_op.create_index("ix_mention_user_id_seen_at", ["user_id", "seen_at"], unique=False)

    op.create_table(
        "message",
        sa.Column(
            "direction",
            sa.Enum("in", "out", name="direction", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column(
            "channel",
            sa.Enum("mail", "sms", name="channel", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("origin", sa.String(length=320), nullable=True),
        sa.Column("outbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("thread_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_message_contact_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["customer_group.id"], name=op.f("fk_message_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.id"], name=op.f("fk_message_import_run_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["thread.id"], name=op.f("fk_message_thread_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["staff_user.id"], name=op.f("fk_message_user_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("public_id", name=op.f("uq_message_public_id")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index("ix_message_group_id_at", ["group_id", "at", "id"], unique=False)
        batch_op.create_index("ix_message_outbox_id", ["outbox_id"], unique=False)
        batch_op.create_index("ix_message_thread_id_id", ["thread_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_message_user_id"), ["user_id"], unique=False)
        batch_op.create_index("uq_message_origin", ["origin"], unique=True)

    op.create_table(
        "clocking",
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("work_order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["staff_user.id"], name=op.f("fk_clocking_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id"], ["work_order.id"], name=op.f("fk_clocking_work_order_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clocking")),
    )
    with op.batch_alter_table("clocking", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_clocking_work_order_id"), ["work_order_id"], unique=False)
        batch_op.create_index("uq_clocking_user_id", ["user_id"], unique=True)

    op.create_table(
        "work_order_equipment",
        sa.Column("work_order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("equipment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["equipment_id"],
            ["equipment.id"],
            name=op.f("fk_work_order_equipment_equipment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id"],
            ["work_order.id"],
            name=op.f("fk_work_order_equipment_work_order_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("work_order_id", "equipment_id", name=op.f("pk_work_order_equipment")),
    )
    with op.batch_alter_table("work_order_equipment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_work_order_equipment_equipment_id"), ["equipment_id"], unique=False
        )

    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("first_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(sa.Column("edition", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(
            sa.Column("work_order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(
            sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_index("ix_attachment_first_id_edition", ["first_id", "edition"], unique=False)
        batch_op.create_index(batch_op.f("ix_attachment_message_id"), ["message_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attachment_work_order_id"), ["work_order_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_attachment_work_order_id"),
            "work_order",
            ["work_order_id"],
            ["id"],
            ondelete="SET NULL",
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_attachment_message_id"), "message", ["message_id"], ["id"], ondelete="SET NULL"
        )

    with op.batch_alter_table("brand", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sms_sender", sa.String(length=40), nullable=True))

    with op.batch_alter_table("company", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mail_on", sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(sa.Column("sms_on", sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(sa.Column("sms_sender", sa.String(length=40), nullable=True))
        batch_op.add_column(
            sa.Column("quiet_from", sa.String(length=5), server_default="20:00", nullable=False)
        )
        batch_op.add_column(
            sa.Column("quiet_until", sa.String(length=5), server_default="08:00", nullable=False)
        )
        batch_op.add_column(
            sa.Column("confirm_appointments", sa.Boolean(), server_default=sa.true(), nullable=False)
        )
        batch_op.add_column(
            sa.Column("tell_start_dates", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(
            sa.Column("day_starts", sa.String(length=5), server_default="07:00", nullable=False)
        )
        batch_op.add_column(
            sa.Column("day_ends", sa.String(length=5), server_default="17:00", nullable=False)
        )
        batch_op.add_column(
            sa.Column("appointment_minutes", sa.Integer(), server_default="60", nullable=False)
        )
        batch_op.create_check_constraint(
            op.f("ck_company_appointment_in_a_day"), "appointment_minutes BETWEEN 5 AND 1440"
        )

    with op.batch_alter_table("customer_group", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reminders", sa.Boolean(), server_default=sa.true(), nullable=False))

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("visit_on", sa.Date(), nullable=True))
        batch_op.add_column(
            sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(
            sa.Column("subscription_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_index(batch_op.f("ix_event_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(
            "uq_event_subscription_id_visit_on", ["subscription_id", "visit_on"], unique=True
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_event_contact_id"), "contact", ["contact_id"], ["id"], ondelete="SET NULL"
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_event_subscription_id"),
            "subscription",
            ["subscription_id"],
            ["id"],
            ondelete="SET NULL",
        )

    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_index(batch_op.f("ix_note_project_id"), ["project_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_note_project_id"), "project", ["project_id"], ["id"], ondelete="CASCADE"
        )

    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("act_key", sa.String(length=160), nullable=True))
        batch_op.add_column(sa.Column("purpose", sa.String(length=40), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column("reason", sa.String(length=300), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column("reply_to", sa.String(length=320), nullable=True))
        batch_op.add_column(
            sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(sa.Column("provider_id", sa.String(length=120), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_outbox_message_act_key"), ["act_key"])
        batch_op.drop_constraint(op.f("ck_outbox_message_outboxstate"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_outbox_message_outboxstate"), sa.column("state").in_(STATES_NOW)
        )

    with op.batch_alter_table("service_plan", schema=None) as batch_op:
        batch_op.add_column(sa.Column("visit_months", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("visit_minutes", sa.Integer(), server_default="60", nullable=False))
        batch_op.create_check_constraint(
            op.f("ck_service_plan_visit_months"), "visit_months IS NULL OR visit_months BETWEEN 1 AND 60"
        )

    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            "ix_task_remind_at",
            ["remind_at"],
            unique=False,
            sqlite_where=sa.text("reminded_at IS NULL"),
            postgresql_where=sa.text("reminded_at IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_task_remind_at",
            sqlite_where=sa.text("reminded_at IS NULL"),
            postgresql_where=sa.text("reminded_at IS NULL"),
        )
        batch_op.drop_column("reminded_at")
        batch_op.drop_column("remind_at")

    with op.batch_alter_table("service_plan", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_service_plan_visit_months"), type_="check")
        batch_op.drop_column("visit_minutes")
        batch_op.drop_column("visit_months")

    op.execute("UPDATE outbox_message SET state = 'failed' WHERE state = 'withdrawn'")
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_outbox_message_outboxstate"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_outbox_message_outboxstate"), sa.column("state").in_(STATES_BEFORE)
        )
        batch_op.drop_constraint(batch_op.f("uq_outbox_message_act_key"), type_="unique")
        batch_op.drop_column("provider_id")
        batch_op.drop_column("contact_id")
        batch_op.drop_column("reply_to")
        batch_op.drop_column("reason")
        batch_op.drop_column("purpose")
        batch_op.drop_column("act_key")

    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_note_project_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_note_project_id"))
        batch_op.drop_column("project_id")

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_event_subscription_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_event_contact_id"), type_="foreignkey")
        batch_op.drop_index("uq_event_subscription_id_visit_on")
        batch_op.drop_index(batch_op.f("ix_event_contact_id"))
        batch_op.drop_column("subscription_id")
        batch_op.drop_column("contact_id")
        batch_op.drop_column("visit_on")

    with op.batch_alter_table("customer_group", schema=None) as batch_op:
        batch_op.drop_column("reminders")

    with op.batch_alter_table("company", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_company_appointment_in_a_day"), type_="check")
        batch_op.drop_column("appointment_minutes")
        batch_op.drop_column("day_ends")
        batch_op.drop_column("day_starts")
        batch_op.drop_column("tell_start_dates")
        batch_op.drop_column("confirm_appointments")
        batch_op.drop_column("quiet_until")
        batch_op.drop_column("quiet_from")
        batch_op.drop_column("sms_sender")
        batch_op.drop_column("sms_on")
        batch_op.drop_column("mail_on")

    with op.batch_alter_table("brand", schema=None) as batch_op:
        batch_op.drop_column("sms_sender")

    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_attachment_message_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_attachment_work_order_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_attachment_work_order_id"))
        batch_op.drop_index(batch_op.f("ix_attachment_message_id"))
        batch_op.drop_index("ix_attachment_first_id_edition")
        batch_op.drop_column("message_id")
        batch_op.drop_column("work_order_id")
        batch_op.drop_column("edition")
        batch_op.drop_column("first_id")

    with op.batch_alter_table("work_order_equipment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_work_order_equipment_equipment_id"))

    op.drop_table("work_order_equipment")
    with op.batch_alter_table("clocking", schema=None) as batch_op:
        batch_op.drop_index("uq_clocking_user_id")
        batch_op.drop_index(batch_op.f("ix_clocking_work_order_id"))

    op.drop_table("clocking")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("uq_message_origin")
        batch_op.drop_index(batch_op.f("ix_message_user_id"))
        batch_op.drop_index("ix_message_thread_id_id")
        batch_op.drop_index("ix_message_outbox_id")
        batch_op.drop_index("ix_message_group_id_at")
        batch_op.drop_index(batch_op.f("ix_message_contact_id"))

    op.drop_table("message")
    with op.batch_alter_table("mention", schema=None) as batch_op:
        batch_op.drop_index("ix_mention_user_id_seen_at")

    op.drop_table("mention")
    with op.batch_alter_table("thread", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_thread_about",
            sqlite_where=sa.text("about IS NOT NULL"),
            postgresql_where=sa.text("about IS NOT NULL"),
        )
        batch_op.drop_index("ix_thread_state_last_at")
        batch_op.drop_index(batch_op.f("ix_thread_project_id"))
        batch_op.drop_index("ix_thread_group_id_last_at")
        batch_op.drop_index("ix_thread_assignee_id_state")

    op.drop_table("thread")
    with op.batch_alter_table("reach_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reach_entry_contact_id"))
        batch_op.drop_index("ix_reach_entry_address_channel")

    op.drop_table("reach_entry")
    with op.batch_alter_table("message_template", schema=None) as batch_op:
        batch_op.drop_index("ix_message_template_purpose_channel")
        batch_op.drop_index(batch_op.f("ix_message_template_brand_id"))

    op.drop_table("message_template")
    with op.batch_alter_table("calendar_feed", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calendar_feed_user_id"))

    op.drop_table("calendar_feed")
    op.drop_table("reminder_step")
    op.drop_table("equipment")
