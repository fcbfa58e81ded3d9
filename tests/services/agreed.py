"""Estimates that are sent and agreed to, revised and added to: what tests of the work that follows start from."""

from __future__ import annotations

from typing import Any

from admin_app.models import Estimate, EstimateLine, EstimateState, Project
from admin_app.services.answer_estimate import confirm_estimate
from admin_app.services.estimate_sums import keep_sums
from admin_app.services.facts import Said
from admin_app.services.plan_work import work_of
from seeds.work_builders import MORNING, a_project, an_estimate
from tests.services.desk import Desk

ON_THE_PHONE = Said(how="Agreed on the phone")


def offer(desk: Desk, *prices: str, project: Project | None = None, **but: Any) -> Estimate:
    """An estimate that was sent, with a line at each price."""
    project = project or a_project(desk.session, desk.group)
    facts: dict[str, Any] = {
        "state": EstimateState.SENT,
        "sent_at": MORNING,
        "not_sent": True,
        "expires_on": None,
    }
    return keep_sums(desk.session, an_estimate(desk.session, project, *prices, **facts | but))


def agree(desk: Desk, estimate: Estimate, said: Said = ON_THE_PHONE):
    """The client says yes; the workorder."""
    confirm_estimate(desk.session, estimate, desk.actor, desk.clock, said)
    work = work_of(desk.session, estimate.change_of_id or estimate.first_id)
    assert work is not None
    return work


def revision(desk: Desk, before: Estimate, **but: Any) -> Estimate:
    """The next revision as it was sent, with the same lines under the same keys; tests change what they are about."""
    later = Estimate(
        **{
            "project_id": before.project_id,
            "group_id": before.group_id,
            "title": before.title,
            "number": before.number,
            "base_id": before.first_id,
            "change_of_id": before.change_of_id,
            "revision": before.revision + 1,
            "state": EstimateState.SENT,
            "state_since": MORNING,
            "not_sent": True,
        }
        | but
    )
    for line in before.lines:
        copied = {
            name: getattr(line, name)
            for name in (
                "key",
                "position",
                "description",
                "quantity",
                "unit_price",
                "asset_id",
                "cost",
                "hours",
            )
        }
        later.lines.append(EstimateLine(**copied, tax_names=list(line.tax_names)))
    desk.session.add(later)
    desk.session.flush()
    return keep_sums(desk.session, later)


def change(desk: Desk, estimate: Estimate, *prices: str, **but: Any) -> Estimate:
    """A change order that was sent."""
    return offer(desk, *prices, project=estimate.project, change_of_id=estimate.first_id, **but)


def without(desk: Desk, estimate: Estimate, place: int) -> Estimate:
    """The estimate without one of its lines (the first is 0)."""
    desk.session.delete(estimate.lines[place])
    desk.session.flush()
    desk.session.expire(estimate, ["lines"])
    return keep_sums(desk.session, estimate)
