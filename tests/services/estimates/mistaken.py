"""What is refused when an estimate is written."""

from __future__ import annotations

import pytest

from admin_app.kernel.errors import Invalid
from admin_app.models import Estimate
from admin_app.services.write_estimate import Line, write_estimate
from tests.services.desk import Desk


def mistakes(desk: Desk, draft: Estimate, *lines: Line, **terms: str) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        write_estimate(desk.session, draft, desk.actor, lines=lines or None, terms=terms)
    return refused.value.fields
