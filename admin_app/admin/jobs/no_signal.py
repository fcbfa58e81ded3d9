"""What a phone keeps of these pages for when there is no signal (decisions/0013).

Only pages of jobs, only for somebody on their crew, marked by a header that names the person; the script that keeps
them forgets them at sign-out, on the sign-in page, for another person, and after a day.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from flask import Response, current_app, g, render_template, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.jobs.desk import FORM_ADDRESSES, FORM_WORDS, desk
from admin_app.models import WorkOrder
from admin_app.policy import Permission
from admin_app.web.access import rule
from admin_app.web.company import actor

KEEPS = "X-Sawhorse-Keep"
"""Names the person for whom a phone may keep this page."""
MOST_KEPT = 12
"""Jobs whose pages are fetched ahead."""


def keep_on_phone() -> None:
    """This page may lie on the phone of the person who opened it."""
    g.keep_on_phone = True


def pages_of(jobs: Iterable[WorkOrder]) -> list[str]:
    """The addresses that a phone fetches ahead, so that these jobs open without signal."""
    found: list[str] = [url_for("jobs.no_signal")]
    for job in list(jobs)[:MOST_KEPT]:
        found.append(url_for("jobs.job", work_id=job.id))
        found += [
            url_for("jobs.fill", work_id=job.id, word=FORM_ADDRESSES[kind])
            for kind, (_, switch) in FORM_WORDS.items()
            if getattr(job, switch)
        ]
    return found


@desk.get("/sw.js")
@rule(Permission.WORK_READ)
def worker() -> Response:
    """The script that answers without signal; it stands below these pages, so that it reaches no others."""
    script = Path(current_app.static_folder or "") / "js" / "jobs_worker.js"
    answer = Response(script.read_bytes(), mimetype="text/javascript")
    answer.headers["Service-Worker-Allowed"] = url_for("jobs.index")
    return answer


@desk.get("/no-signal")
@rule(Permission.WORK_READ)
def no_signal() -> ResponseReturnValue:
    """What stands in for a page that is not on the phone."""
    keep_on_phone()
    return render_template("admin/jobs/no_signal.html", page_title="No signal"), 200


@desk.after_request
def _name_the_keeper(answer: Response) -> Response:
    """Say for whom the page may be kept; it stays `no-store` for every cache on the way."""
    if g.get("keep_on_phone") and answer.status_code == 200:
        answer.headers[KEEPS] = str(actor().id)
    return answer


@desk.app_context_processor
def _whose_phone() -> dict[str, object]:
    return {"keeps_on_phone": lambda: bool(g.get("keep_on_phone"))}
