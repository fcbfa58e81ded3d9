"""What the analysts' pages keep: totals a day, statistics a customer, saved questions, runs of notebooks and models.

Totals and statistics are worked out from the documents and can be thrown away; which of them have to be worked out
again is written in the same transaction as the document (`RollupDirty`).
"""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped

from admin_app.models.base import Entity, Row
from admin_app.models.customer_group import CustomerGroup
from admin_app.models.field import DERIVED, FORM_ONLY, FOUND, HIDDEN, SHOWN, field, link
from admin_app.models.staff import User
from admin_app.models.types import Minor


class RollupDay(Row):
    """The sum and number of the signed rows of one measure on one day, by brand, currency and one more key.

    `brand_id` 0: no brand; `split` is what the measure splits by (a way of paying), empty where it splits by nothing.
    """

    __table_args__ = (
        UniqueConstraint("measure", "day", "brand_id", "currency", "split", name="uq_rollup_day_key"),
    )

    measure: Mapped[str] = field(String(24), on=HIDDEN)
    day: Mapped[date] = field(on=HIDDEN, index=True)
    brand_id: Mapped[int] = field(on=HIDDEN, default=0)
    currency: Mapped[str] = field(String(3), on=HIDDEN)
    split: Mapped[str] = field(String(24), on=HIDDEN, default="")
    amount: Mapped[Minor] = field(on=HIDDEN)
    rows: Mapped[int] = field(on=HIDDEN)


class CustomerStat(Row):
    """A customer's purchases in one currency: days with a net bill above zero, and what they came to [L10].

    `first_on` and `last_on` are purchase days; `repeat_sum` is what all purchase days but the first came to.
    """

    __table_args__ = (Index("uq_customer_stat_group_id_currency", "group_id", "currency", unique=True),)

    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(on=HIDDEN, ondelete="CASCADE", index=False)
    currency: Mapped[str] = field(String(3), on=HIDDEN)
    first_on: Mapped[date | None] = field(on=HIDDEN, index=True)
    last_on: Mapped[date | None] = field(on=HIDDEN)
    purchase_days: Mapped[int] = field(Integer, on=HIDDEN)
    invoiced: Mapped[Minor] = field(on=HIDDEN)
    collected: Mapped[Minor] = field(on=HIDDEN)
    repeat_sum: Mapped[Minor] = field(on=HIDDEN)


class RollupDirty(Row):
    """A day or a customer whose totals are behind; written with the document, taken away when they caught up."""

    day: Mapped[date | None] = field(on=HIDDEN, index=True)
    group_id: Mapped[int | None] = field(on=HIDDEN, index=True)
    at: Mapped[datetime] = field(on=HIDDEN)


class RollupState(Row):
    """How far the totals are: when they caught up, were built anew, were compared with the rows, and what differed."""

    flushed_at: Mapped[datetime | None] = field(on=HIDDEN)
    rebuilt_at: Mapped[datetime | None] = field(on=HIDDEN)
    tied_at: Mapped[datetime | None] = field(on=HIDDEN)
    differences: Mapped[list[Any]] = field(on=HIDDEN, default=list)
    """Sentences that name what differed at the last comparison; empty: nothing."""


class SavedReport(Entity):
    """A question that somebody keeps: shown on dashboards, mailed each week, watched at a threshold [125, 136].

    `query` is the address of the question (`metric=…&by=…`); `alert_over` and `alert_under` are in the unit of the
    metric (minor units, whole days, ten-thousandths of a share).
    """

    singular, plural, group_path = "saved report", "saved reports", None
    __table_args__ = (
        CheckConstraint("length(query) > 0", name="asks_something"),
        Index("ix_saved_report_owner_id_position", "owner_id", "position"),
    )

    title: Mapped[str] = field(String(120), on=FOUND, short=True)
    query: Mapped[str] = field(String(1000), on=HIDDEN)
    owner_id: Mapped[int]
    owner: Mapped[User] = link(on=DERIVED, ondelete="CASCADE", index=False)
    shared: Mapped[bool] = field(on=SHOWN, default=False, server_default=false())
    on_dashboard: Mapped[bool] = field(on=SHOWN, default=False, server_default=false())
    position: Mapped[int] = field(Integer, on=HIDDEN, default=100, server_default="100")
    mailed: Mapped[bool] = field(on=SHOWN, default=False, server_default=false(), label="Mailed each week")
    alert_over: Mapped[int | None] = field(on=FORM_ONLY)
    alert_under: Mapped[int | None] = field(on=FORM_ONLY)
    alerted: Mapped[bool] = field(on=HIDDEN, default=False, server_default=false())
    """Whether the last look found it beyond its threshold: a mail goes out when that changes, not each day."""
    looked_at: Mapped[datetime | None] = field(on=HIDDEN)


class NotebookRunState(enum.StrEnum):
    """How far a run of a notebook is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class NotebookRun(Row):
    """One run of a shipped notebook: who asked with which parameters, what it read, what came out [135, 137].

    `figures` maps the name of each figure the notebook told to its printed string; `result_key` names the kept
    result in the file store; `verifies_id` is the run whose figures this one repeats.
    """

    __table_args__ = (Index("ix_notebook_run_notebook_id", "notebook", "id"),)

    notebook: Mapped[str] = field(String(60), on=HIDDEN)
    parameters: Mapped[dict[str, Any]] = field(on=HIDDEN, default=dict)
    state: Mapped[NotebookRunState] = field(on=HIDDEN, default=NotebookRunState.WAITING)
    asked_by_id: Mapped[int | None]
    asked_by: Mapped[User | None] = link(on=HIDDEN, ondelete="SET NULL")
    asked_at: Mapped[datetime] = field(on=HIDDEN)
    started_at: Mapped[datetime | None] = field(on=HIDDEN)
    finished_at: Mapped[datetime | None] = field(on=HIDDEN)
    error: Mapped[str | None] = field(Text, on=HIDDEN)
    result_key: Mapped[str | None] = field(String(80), on=HIDDEN)
    figures: Mapped[dict[str, Any]] = field(on=HIDDEN, default=dict)
    code_hash: Mapped[str | None] = field(String(64), on=HIDDEN)
    data_hash: Mapped[str | None] = field(String(64), on=HIDDEN)
    metric_versions: Mapped[dict[str, Any]] = field(on=HIDDEN, default=dict)
    reads: Mapped[str | None] = field(String(120), on=HIDDEN)
    """How writing was made impossible: a read-only file, role or transaction."""
    verifies_id: Mapped[int | None] = field(ForeignKey("notebook_run.id", ondelete="SET NULL"), on=HIDDEN)


class ModelRun(Row):
    """One fit of a statistical model, with all that it can be judged by [L10-L12]."""

    __table_args__ = (Index("ix_model_run_model_id", "model", "id"),)

    model: Mapped[str] = field(String(24), on=HIDDEN)
    as_of: Mapped[date] = field(on=HIDDEN)
    basis: Mapped[str] = field(String(24), on=HIDDEN)
    currency: Mapped[str] = field(String(3), on=HIDDEN)
    fitted_at: Mapped[datetime] = field(on=HIDDEN)
    result: Mapped[dict[str, Any]] = field(on=HIDDEN, default=dict)
    """What `sawhorse model` prints: parameters, standard errors, likelihood, hold-out, the reason of a refusal."""


class CustomerScore(Row):
    """What the models say about one customer on one day: shares and counts; money in minor units [131].

    `refused` is the sentence that stands instead of numbers; the interval is the 95 % one.
    """

    __table_args__ = (Index("uq_customer_score_group_id_currency", "group_id", "currency", unique=True),)

    group_id: Mapped[int]
    group: Mapped[CustomerGroup] = link(on=HIDDEN, ondelete="CASCADE", index=False)
    currency: Mapped[str] = field(String(3), on=HIDDEN)
    as_of: Mapped[date] = field(on=HIDDEN)
    alive: Mapped[float | None] = field(Float, on=HIDDEN)
    purchases: Mapped[float | None] = field(Float, on=HIDDEN)
    """Purchases expected within a year."""
    purchases_low: Mapped[float | None] = field(Float, on=HIDDEN)
    purchases_high: Mapped[float | None] = field(Float, on=HIDDEN)
    value: Mapped[Minor | None] = field(on=HIDDEN)
    """Expected spend within a year."""
    value_low: Mapped[Minor | None] = field(on=HIDDEN)
    value_high: Mapped[Minor | None] = field(on=HIDDEN)
    next_on: Mapped[date | None] = field(on=HIDDEN)
    """The day by which the next purchase is as likely as not."""
    refused: Mapped[str | None] = field(String(300), on=HIDDEN)
