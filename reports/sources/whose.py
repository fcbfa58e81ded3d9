"""Whose a bill is: the estimator who won it, the lead that it came from [R41, 43].

Expressions on the invoice of a part; each is evaluated only where a question needs it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from admin_app.models import Estimate, Invoice, Lead, LeadSource, Project


def estimator() -> ColumnElement[Any]:
    """Who won the contract that an invoice bills; without one, the estimator of its project."""
    revision = aliased(Estimate)
    winner = (
        select(revision.won_by_id)
        .where(
            or_(revision.id == Invoice.estimate_id, revision.base_id == Invoice.estimate_id),
            revision.won_by_id.is_not(None),
        )
        .order_by(revision.revision.desc())
        .limit(1)
        .correlate(Invoice)
        .scalar_subquery()
    )
    project = aliased(Project)
    own = (
        select(project.estimator_id)
        .where(project.id == Invoice.project_id)
        .correlate(Invoice)
        .scalar_subquery()
    )
    return func.coalesce(winner, own)


def lead_source(project_id: Any, table: Any) -> ColumnElement[Any]:
    """How the customer of a project heard of us, by its first lead; `table` is where `project_id` stands."""
    lead, source = aliased(Lead), aliased(LeadSource)
    first = (
        select(lead.source_id)
        .where(lead.project_id == project_id)
        .order_by(lead.asked_on, lead.id)
        .limit(1)
        .correlate(table)
        .scalar_subquery()
    )
    return select(source.name).where(source.id == first).correlate(table).scalar_subquery()
