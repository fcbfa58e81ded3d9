"""What tests of the steps of an estimate do: offer one, let it be answered."""

from __future__ import annotations

from datetime import timedelta

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.clock import FixedClock
from admin_app.models import (
    Estimate,
    EstimateState,
)
from admin_app.services.facts import Said
from tests.services.desk import Desk

CEM = Actor(ActorKind.STAFF, "Cem Yılmaz", id=99, role=Role.CREW)


AGREED = Said(how="agreed on the phone")


S = EstimateState


def later(desk: Desk, days: int) -> FixedClock:
    return FixedClock(desk.clock.now() + timedelta(days=days))


def numbers(*estimates: Estimate) -> list[str | None]:
    """What number each of them has by now."""
    return [estimate.number for estimate in estimates]
