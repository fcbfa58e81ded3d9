"""What follows an event of a document, in the same transaction: the second table of the flow (design section 5).

A reaction is a use case of its own module; mail that it sends is a row of the outbox.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from admin_app.flow import Event
from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.services import follow_work
from admin_app.services.bill_completed_work import bill_completed_work
from admin_app.services.checkout.charge_plan import charge_plan_card
from admin_app.services.checkout.pay_back import send_back
from admin_app.services.facts import Said
from admin_app.services.keep_calendar import clear_calendar, note_plan
from admin_app.services.papers.freeze import freeze_what_was_chosen, freeze_what_went_out
from admin_app.services.papers.send import mail_estimate
from admin_app.services.plan_work import plan_work
from admin_app.services.use_project_money import use_project_money

Reaction = Callable[[Session, Any, Actor, Clock, Said], object]
"""Gets (session, document, actor, clock, said); what it gives back is for whoever calls it by itself."""

REACTIONS: dict[str, tuple[Reaction, ...]] = {
    "estimate_options_chosen": (freeze_what_was_chosen,),
    "estimate_confirmed": (plan_work,),
    "work_scheduled": (note_plan,),
    "work_unscheduled": (clear_calendar,),
    "work_started": (follow_work.note_start,),
    "work_finished": (follow_work.note_finish,),
    "work_completed": (follow_work.note_completion, bill_completed_work),
    "work_reopened": (follow_work.note_reopening,),
    "work_cancelled": (follow_work.note_cancellation,),
    "service_completed": (follow_work.note_service_done,),
    "service_reopened": (follow_work.note_service_reopened,),
    "estimate_sent": (freeze_what_went_out, mail_estimate),
    "invoice_issued": (use_project_money, freeze_what_went_out, charge_plan_card),
    "credit_note_issued": (freeze_what_went_out,),
    "refund_booked": (freeze_what_went_out, send_back),
}
"""Event → what follows, in this order; events that are not named are only told to the timeline."""


def react(session: Session, event: Event, document: Any, actor: Actor, clock: Clock, said: Said) -> None:
    """Let follow what follows an event; what a reaction raises undoes the step with it."""
    for reaction in REACTIONS.get(event.name, ()):
        reaction(session, document, actor, clock, said)
