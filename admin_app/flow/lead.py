"""How a lead moves: to an estimate, put off, or declined with a reason [44-51, A41, A46, A49, A55]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from admin_app.flow.machine import Event, Flow, Guard, Step
from admin_app.models import Lead
from admin_app.models.lead import LeadState as S
from admin_app.policy import Permission as P


@dataclass(frozen=True, slots=True)
class LeadFacts:
    """What a lead alone cannot know; `estimates` counts those of its project that are not declined or superseded."""

    today: date
    estimates: int = 0
    reason: str = ""
    until: date | None = None
    status_enabled: bool = True


HAS_REASON = Guard(
    "has_reason",
    lambda lead, facts: bool(facts.reason.strip()),
    "Say why, so that it can be learned from",
    "reason",
)
COMES_BACK = Guard(
    "comes_back",
    lambda lead, facts: facts.until is not None and facts.until > facts.today,
    "Choose a day after today on which the lead comes back",
    "until",
)
IS_DUE = Guard(
    "is_due",
    lambda lead, facts: lead.postponed_until is not None and lead.postponed_until <= facts.today,
    "It is put off to a later day",
)
STATUS_IS_ON = Guard(
    "status_is_on",
    lambda lead, facts: facts.status_enabled,
    "This status is switched off; choose another one",
    "statuses",
    "Lead statuses",
)
NO_ESTIMATE = Guard(
    "no_estimate",
    lambda lead, facts: facts.estimates == 0,
    "This lead has an estimate; decline that estimate, or delete it while it is a draft",
    "estimate",
    "Open the estimate",
)
HAS_ESTIMATE = Guard(
    "has_estimate",
    lambda lead, facts: facts.estimates > 0,
    "Write the estimate first",
    "new_estimate",
    "Write estimate",
)

OPEN = (S.DRAFT, S.FOR_APPROVAL, S.NEW, S.CUSTOM)

LEAD: Flow = Flow(
    "lead",
    S,
    (
        # step         from                          to            permission
        Step(
            "accept",
            (S.DRAFT, S.FOR_APPROVAL),
            S.NEW,
            P.SALES_WRITE,
            events=(Event("lead_accepted"),),
            label="Accept lead",
        ),
        Step("renew", (S.CUSTOM,), S.NEW, P.SALES_WRITE, label="Back to new"),
        Step("work", OPEN, S.CUSTOM, P.SALES_WRITE, (STATUS_IS_ON,), label="Set status", asks=("status",)),
        Step(
            "postpone",
            (*OPEN, S.POSTPONED),
            S.POSTPONED,
            P.SALES_WRITE,
            (COMES_BACK,),
            label="Postpone lead",
            asks=("until",),
        ),
        Step("resume", (S.POSTPONED,), S.NEW, P.SALES_WRITE, label="Resume lead"),
        Step(
            "come_back",
            (S.POSTPONED,),
            S.NEW,
            P.SALES_WRITE,
            (IS_DUE,),
            (Event("lead_came_back"),),
            offered=False,
        ),
        Step(
            "estimate",
            (*OPEN, S.POSTPONED),
            S.ESTIMATED,
            P.SALES_WRITE,
            (HAS_ESTIMATE,),
            (Event("lead_estimated"),),
            label="Write estimate",
            offered=False,
        ),
        Step("set_back", (S.ESTIMATED,), S.NEW, P.SALES_WRITE, (NO_ESTIMATE,), offered=False),
        Step(
            "decline",
            (*OPEN, S.POSTPONED),
            S.DECLINED,
            P.SALES_WRITE,
            (NO_ESTIMATE, HAS_REASON),
            (Event("lead_declined"),),
            label="Decline lead",
            asks=("reason",),
            danger=True,
        ),
        Step("reopen", (S.DECLINED,), S.NEW, P.SALES_WRITE, label="Reopen lead"),
    ),
    by="move_lead",
)


def is_open(lead: Lead) -> bool:
    """Whether somebody still has to answer this lead."""
    return lead.state in S.open()
