"""The gallery of notebooks: what there is, what it is asked with, and the file for one's own Jupyter [135, 136]."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from admin_app.kernel.errors import Invalid, NotFound
from admin_app.models import Brand, NotebookRun, User
from admin_app.policy import Permission, visible
from admin_app.services.ask_for_notebook import ask_for_notebook, runs_of
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, office_session
from admin_app.web.office import keep_nothing
from reports.engine import Query
from reports.gallery.as_notebook import as_file, question_as_file, why_not_here
from reports.gallery.catalogue import Notebook, catalogue, notebook
from reports.pages.asked import question
from reports.pages.frame import desk, page, show

IPYNB = "application/x-ipynb+json"


@page.get("/notebooks")
@rule(Permission.REPORTS)
def notebooks() -> ResponseReturnValue:
    """The notebooks as cards, each with its latest run."""
    session = office_session()
    latest = {one.name: next(iter(runs_of(session, one.name, actor(), 1)), None) for one in catalogue()}
    return show("notebooks.html", notebooks=catalogue(), latest=latest, missing=why_not_here())


@page.get("/notebooks/<name>")
@rule(Permission.REPORTS)
def notebook_page(name: str) -> ResponseReturnValue:
    """What a notebook tells, the form to run it, and the runs so far."""
    return _form(notebook(name), {key: value[:1000] for key, value in request.args.items()}, None)


@page.post("/notebooks/<name>")
@rule(Permission.REPORTS)
def run_notebook(name: str) -> ResponseReturnValue:
    """Ask for a run; what cannot be read is said at the form."""
    one = notebook(name)
    typed = {parameter.name: request.form.get(parameter.name, "") for parameter in one.asked}
    try:
        parameters = one.read(typed, clock().today())
        _check_brand(one, parameters)
    except Invalid as refusal:
        keep_nothing()
        return _form(one, typed, refusal), refusal.status
    run = ask_for_notebook(
        office_session(), actor=actor(), clock=clock(), notebook=one.name, parameters=parameters
    )
    return redirect(url_for("reports.run", run_id=run.id))


@page.get("/notebooks/<name>.ipynb")
@rule(Permission.REPORTS)
def notebook_file(name: str) -> ResponseReturnValue:
    """The notebook as a file for Jupyter, with the parameters of the address in its first cell."""
    one = notebook(name)
    typed = {parameter.name: request.args.get(parameter.name, "") for parameter in one.asked}
    given = one.read(typed, clock().today()) if any(typed.values()) else {}
    return _file(f"{one.name}.ipynb", as_file(one, given))


@page.get("/notebook.ipynb")
@rule(Permission.REPORTS)
def open_notebook() -> ResponseReturnValue:
    """Any question of a page as a notebook whose first cell is that question [136, L13]."""
    asked = question()
    if not asked.value("metric"):
        raise NotFound("This address names no figure; open it from one")
    query = asked.settled
    desk().demand(query.known)
    return _file(f"{query.metric}.ipynb", question_as_file(query.address))


def _form(one: Notebook, typed: dict[str, str], refusal: Invalid | None) -> str:
    session = office_session()
    runs = runs_of(session, one.name, actor())
    return show(
        "notebook.html",
        notebook=one,
        typed=typed,
        refusal=refusal,
        brands=session.scalars(visible(actor(), select(Brand.name).order_by(Brand.name))).all(),
        runs=[(run, _asker(run)) for run in runs],
        missing=why_not_here(),
    )


def _asker(run: NotebookRun) -> str:
    """By whom a run was asked for."""
    asker = office_session().get(User, run.asked_by_id) if run.asked_by_id is not None else None
    return asker.name if asker is not None else "somebody who has left"


def _check_brand(one: Notebook, parameters: dict[str, Any]) -> None:
    """Refuse a brand that nobody knows before a kernel is started for it."""
    for parameter in one.asked:
        if parameter.kind == "brand" and parameters[parameter.name]:
            desk().settle(Query("collected", where=(("brand", str(parameters[parameter.name])),)))


def _file(name: str, content: str) -> Response:
    safe = re.sub(r"[^a-z0-9_.-]", "_", name.lower())
    return Response(
        content, mimetype=IPYNB, headers={"Content-Disposition": f'attachment; filename="{safe}"'}
    )
