"""Estimates for tests of their steps."""

from __future__ import annotations

import pytest

from admin_app.models import (
    Estimate,
)
from admin_app.services.new_estimate import new_estimate
from admin_app.services.send_estimate import send_estimate
from admin_app.services.write_estimate import write_terms
from tests.services.desk import Desk
from tests.services.offers import line, offer, open_project


@pytest.fixture
def project(desk: Desk):
    return open_project(desk)


@pytest.fixture
def draft(desk: Desk, project) -> Estimate:
    return new_estimate(desk.session, project, desk.actor, desk.clock)


@pytest.fixture
def with_options(desk: Desk, project) -> Estimate:
    """100.00, or 150.00 with the stump; oak 80.00 is chosen before pine 40.00; a third of it beforehand."""
    draft = offer(
        desk,
        project,
        line("Fell", "100", "VAT"),
        line("Stump", "50", "VAT", optional="yes", chosen="no"),
        line("Oak", "80", alternative="bench", chosen="yes"),
        line("Pine", "40", alternative="bench", chosen="no"),
    )
    write_terms(desk.session, draft, {"deposit_percent": "50"}, desk.actor)
    return send_estimate(desk.session, draft, desk.actor, desk.clock)
