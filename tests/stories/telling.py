"""The demo's story for tests that walk over all of it: a small part in the suite, `WHOLE_DEMO=1` tells the whole."""

from __future__ import annotations

import logging
import os

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.models.base import OfficeSession
from admin_app.services.passwords import Passwords
from seeds.demo.plan import plan
from seeds.demo.plan_projects import plan_projects
from seeds.demo.tell import found_the_company, live_the_years
from seeds.demo.trouble import ugly_cases

MEASURED = logging.getLogger("sawhorse.proof")
"""What a slow proof has looked at; `--log-cli-level=INFO` prints it."""

WHOLE = bool(os.environ.get("WHOLE_DEMO"))


def tell(session: OfficeSession, clock: Clock, customers: int = 30, every: int = 6) -> Actor:
    """Tell the story up to today, all of it where `WHOLE`, else so many customers and each so manieth project.

    Gives back the owner, who acts in the session from now on; nothing is committed.
    """
    _, ann = found_the_company(session, clock, Passwords(1, 8))
    today = clock.today()
    groups = plan(today)[: None if WHOLE else customers]
    projects = plan_projects(groups, today)[:: 1 if WHOLE else every]
    ids = live_the_years(session, ann, groups, projects, today)
    if WHOLE:
        ugly_cases(session, ann, clock, ids)
    session.info.update(actor=ann, clock=clock)
    return ann
