"""Sales and funnel: how leads become work, who wins and how sure that is, where it waits [130, 133]."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from admin_app.policy import Permission
from admin_app.web.access import rule
from reports.pages.bar import PageBar
from reports.pages.blocks import present, tiles
from reports.pages.figure import Figure, drawn
from reports.pages.frame import desk, may_see, page, page_bar, show
from reports.pages.won import win_rates

_TILES = (
    "leads",
    "lead_conversion",
    "estimates_sent",
    "win_rate",
    "won",
    "booked",
    "average_ticket",
    "discount_share",
)


@page.get("/sales")
@rule(Permission.REPORTS)
def sales() -> ResponseReturnValue:
    """From the lead to the accepted estimate."""
    bar = page_bar()
    return show(
        "page.html",
        bar,
        page_title="Sales and funnel",
        tiles=tiles(bar, _TILES),
        blocks=present(
            _booked(bar) if may_see("booked") else None,
            (
                _where_leads_stand(bar) if may_see("conversion") else None,
                _why_lost(bar) if may_see("leads") else None,
            ),
            (
                win_rates(bar) if may_see("win_rate") else None,
                _conversion(bar) if may_see("lead_conversion") else None,
            ),
            _waits(bar) if may_see("time_in_state") else None,
        ),
    )


def _booked(bar: PageBar) -> Figure:
    return drawn(desk().ask(bar.ask("booked", "month")), "bars", title="Booked by month")


def _where_leads_stand(bar: PageBar) -> Figure:
    answer = desk().ask(bar.ask("conversion", "state"))
    won = answer.mark("won")
    lead = f"Of {answer.text} leads {won.text if won else 0} are won so far." if answer.rows else None
    return drawn(answer, "bars", title="Where the leads of this period stand", lead=lead)


def _why_lost(bar: PageBar) -> Figure:
    return drawn(desk().ask(bar.ask("leads", "reason", state="lost")), "bars", title="Why leads were lost")


def _conversion(bar: PageBar) -> Figure:
    return drawn(
        desk().ask(bar.ask("lead_conversion", "source")),
        "dots",
        title="Which source brings work",
        note="Won within 90 days of asking. Under 20 leads no percentage is told.",
    )


def _waits(bar: PageBar) -> Figure:
    answer = desk().ask(bar.ask("time_in_state", "state"))
    return drawn(answer, "bars", title="How long work waits in each state", note=answer.note)
