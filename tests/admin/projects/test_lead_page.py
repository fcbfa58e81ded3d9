"""The lead's page: everything that is possible from it [A46-A57, L15]."""

from __future__ import annotations

from admin_app.models import Lead, LeadState
from tests.signing import on_sqlite


def home(lead: Lead) -> str:
    return f"/admin/projects/{lead.project_id}"


@on_sqlite
def test_the_page_shows_the_strip_and_what_can_be_done(counter, lead):
    page = counter.page(f"{home(lead)}/lead")

    for words in ("Fell the ash", "Postpone lead", "Decline lead", "Schedule appointment", "Ask for a call back"):
        assert words in page, words
    assert 'aria-current="step"' in page
    assert lead.state is LeadState.NEW
