"""On which page of the settings, and under which heading, each fact of the company stands."""

from __future__ import annotations

from admin_app.admin.forms import RecordForm

Parts = tuple[tuple[str, tuple[str, ...]], ...]
"""Headings with the fields below them."""

COMPANY_PARTS: Parts = (
    ("Who we are", ("name", "email", "phone")),
    ("Where we are", ("country", "zone", "language")),
    ("How we count", ("currency", "tax_mode", "locked_until")),
    ("Maps", ("map_tiles_url", "geocoder_url", "geocoder_key")),
)
"""The company's page; a field that is declared and named nowhere here stands under the last heading."""

COMMUNICATION_PARTS: Parts = (
    ("Channels", ("mail_on", "sms_on", "sms_sender")),
    ("Appointments and work", ("confirm_appointments", "tell_start_dates")),
    ("Working day", ("day_starts", "day_ends", "appointment_minutes")),
    ("Quiet hours", ("quiet_from", "quiet_until")),
)
"""Settings > Communications."""

PORTAL_SWITCH = frozenset({"portal_enabled_default"})
"""What stands on the page of the portal below Communications, with its consequences [E7-E10]."""


def keys_of(parts: Parts) -> frozenset[str]:
    """The fields that stand under these headings."""
    return frozenset(key for _, keys in parts for key in keys)


def with_the_rest(parts: Parts, form: RecordForm) -> Parts:
    """The headings, the last of which takes the fields of the form that no heading names."""
    named = keys_of(parts)
    rest = tuple(bound.key for bound in form.bound_fields if bound.key not in named)
    heading, keys = parts[-1]
    return (*parts[:-1], (heading, (*keys, *rest)))
