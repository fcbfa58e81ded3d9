"""What the pages of the pipeline share: their blueprint, and which document stands behind a card."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from sqlalchemy import select

from admin_app.admin.customers.desk import may
from admin_app.kernel.errors import NotFound
from admin_app.models import Entity, Estimate, Invoice, Lead, Project, WorkOrder
from admin_app.policy import Permission, visible
from admin_app.records.pipeline import BILL, ESTIMATE, LEAD, WORK
from admin_app.web.company import actor, office_session

page = Blueprint("pipeline", __name__, url_prefix="/admin/pipeline")

ENTITIES: dict[str, type[Entity]] = {LEAD: Lead, ESTIMATE: Estimate, WORK: WorkOrder, BILL: Invoice}


def the_document(kind: str, number: int) -> Any:
    """The document of a card with its project; raises NotFound."""
    entity: Any = ENTITIES.get(kind)
    if entity is None:
        raise NotFound("There is no such kind of card")
    query = select(entity).join(Project, Project.id == entity.project_id).where(entity.id == number)
    found = office_session().scalar(visible(actor(), query))
    if found is None:
        raise NotFound("This is not on the board")
    return found


@page.app_context_processor
def _words() -> dict[str, Any]:
    return {"may": may, "P": Permission}
