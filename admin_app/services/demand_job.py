"""Whether somebody may lay hands on a workorder: the office on all, field crews on those they are assigned to."""

from __future__ import annotations

from admin_app.kernel.actor import Actor
from admin_app.kernel.errors import NotFound
from admin_app.models import WorkOrder
from admin_app.policy import Permission, demand, may


def demand_job(actor: Actor, work: WorkOrder) -> None:
    """Raise NotAllowed for a role that does no work, NotFound for a workorder of somebody else's crew."""
    demand(actor, Permission.JOB_DO)
    if not may(actor, Permission.JOB_DO, work):
        raise NotFound("There is no such workorder")
