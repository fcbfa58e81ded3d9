"""What the pages of a call share: their blueprint, and the free times of an estimator as choices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from flask import Blueprint
from flask_babel import get_locale

from admin_app.kernel.errors import Invalid
from admin_app.services.choose_estimator import can_estimate
from admin_app.services.free_slots import free_slots
from admin_app.web.company import clock, company, office_session, today, zone

desk = Blueprint("calls", __name__, url_prefix="/admin/calls")

SLOTS = 9
"""So many free times are offered: three of each of the next three working days."""
USUAL_MINUTES = 60
LONGEST_VISIT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Slot:
    """A free time: what the form sends, the day in words, and by the clock from when until when."""

    value: str
    day: str
    starts: str
    ends: str


def slots_of(estimator: str) -> list[Slot]:
    """The next free times of the estimator whom the form names by number; none before one is chosen."""
    row = company()
    chosen = next((number for number, _ in can_estimate(office_session()) if str(number) == estimator), None)
    if row is None or chosen is None:
        return []
    found = free_slots(office_session(), chosen, today(), row.appointment_minutes, row, SLOTS, clock())
    return [slot_in_words(start, end) for start, end in found]


def slot_in_words(start: datetime, end: datetime) -> Slot:
    """A time as the clock on the company's wall shows it."""
    here, locale = ZoneInfo(zone()), get_locale() or "en_GB"
    first, last = start.astimezone(here), end.astimezone(here)
    away = (first.date() - today()).days
    day = {0: "Today", 1: "Tomorrow"}.get(away) or format_date(first.date(), "EEE d MMM", locale=locale)
    starts, ends = (format_time(one, "HH:mm", locale=locale) for one in (first, last))
    return Slot(f"{_written(start)}/{_written(end)}", day, starts, ends)


def _written(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def read_slot(text: str) -> tuple[datetime, datetime]:
    """A time that the form sends, as instants; raises Invalid for anything else."""
    try:
        start, end = (datetime.strptime(part, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC) for part in text.split("/"))
    except ValueError:
        start = end = datetime.min.replace(tzinfo=UTC)
    if not start < end <= start + LONGEST_VISIT:
        wrong = "Choose one of the free times, or type another one"
        raise Invalid(wrong, {"slot": wrong})
    return start, end
