"""A new estimate begins with what company, brand and project say [51, 52]."""

from __future__ import annotations

from datetime import date

import pytest

from admin_app.kernel.actor import Actor, ActorKind, Role
from admin_app.kernel.errors import Invalid, NotAllowed, NotFound
from admin_app.kernel.rounding import TaxMode
from admin_app.models import Company, EstimateState, LeadState
from admin_app.services.new_estimate import new_estimate
from admin_app.services.take_number import brand_for
from admin_app.services.write_estimate import write_lines
from seeds.work_builders import a_lead, a_project
from tests.services.estimates.answered import CEM
from tests.services.estimates.mistaken import mistakes
from tests.services.offers import confirmed, line

ADA = Actor(ActorKind.STAFF, "Ada Brandt", id=98, role=Role.ANALYST)


def test_a_new_estimate_begins_with_what_company_brand_and_project_say(desk, project):
    """[52]"""
    company = desk.session.get_one(Company, 1)
    company.estimate_days, company.prices_include_tax, company.tax_mode = 14, True, TaxMode.LINE
    brand = brand_for(desk.session, None)
    brand.estimate_intro, brand.estimate_closing = "Dear customer", "Valid as printed"
    desk.session.flush()

    draft = new_estimate(desk.session, project, desk.actor, desk.clock, title="Crown reduction")

    assert (draft.state, draft.number, draft.revision) == (EstimateState.DRAFT, None, 1)
    assert draft.title == "Crown reduction"
    assert draft.expires_on == date(2026, 3, 31)
    assert (draft.prices_include_tax, draft.tax_mode, draft.currency) == (True, TaxMode.LINE, "EUR")
    assert (draft.intro, draft.closing, draft.client_order_no) == (
        "Dear customer",
        "Valid as printed",
        "PO-7",
    )
    assert (draft.group_id, draft.total, draft.lines) == (desk.group.id, 0, [])


def test_a_new_estimate_answers_every_open_lead_of_its_project(desk, project):
    """[51]: two questions may be answered by one offer; a declined one stays declined."""
    first, second = a_lead(desk.session, project), a_lead(desk.session, project)
    declined = a_lead(desk.session, project, state=LeadState.DECLINED)

    new_estimate(desk.session, project, desk.actor, desk.clock)

    assert [lead.state for lead in (first, second, declined)] == [
        LeadState.ESTIMATED,
        LeadState.ESTIMATED,
        LeadState.DECLINED,
    ]


@pytest.mark.parametrize("actor", [CEM, ADA])
def test_who_may_not_sell_begins_and_writes_no_estimate(desk, project, draft, actor):
    with pytest.raises(NotAllowed):
        new_estimate(desk.session, project, actor, desk.clock)
    with pytest.raises(NotAllowed):
        write_lines(desk.session, draft, [line("Fell the ash", "1")], actor)


def test_a_title_that_does_not_fit_is_refused_by_its_field(desk, project):
    with pytest.raises(Invalid) as refused:
        new_estimate(desk.session, project, desk.actor, desk.clock, title="a" * 201)

    assert set(refused.value.fields) == {"title"}


def test_a_change_order_counts_like_its_estimate(desk, project):
    base = confirmed(desk, project)
    change = new_estimate(desk.session, project, desk.actor, desk.clock, change_of=base)

    assert mistakes(desk, change, prices_include_tax="yes") == {
        "prices_include_tax": "A change order counts like the estimate that it adds to"
    }
    with pytest.raises(NotFound):
        new_estimate(
            desk.session, a_project(desk.session, desk.group), desk.actor, desk.clock, change_of=base
        )
