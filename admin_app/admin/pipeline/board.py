"""The board: columns are states with count, value and median age; cards move by drag or by their menu [68]."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin_app.admin.customers.desk import may
from admin_app.admin.pipeline.desk import page
from admin_app.admin.pipeline.moves import ways_of
from admin_app.admin.projects.choices import colleagues_of
from admin_app.kernel.parsing import parse_id
from admin_app.policy import Permission
from admin_app.records.directory import known_brands
from admin_app.records.pipeline import MOST_CARDS, BoardFilter, read_board
from admin_app.web.access import rule
from admin_app.web.company import actor, currency, office_session, today, zone

MOST_IN_ONE = 200
"""Cards of a column that is opened alone."""


@page.get("/")
@rule(Permission.SALES_READ)
def board() -> ResponseReturnValue:
    """Everything that is open, narrowed by brand and estimator; `column` opens one column alone."""
    session, who = office_session(), actor()
    brands, estimators = known_brands(session, who), colleagues_of([])
    asked = "me" if request.args.get("mine") else request.args.get("estimator", "")
    estimator = who.id if asked == "me" else parse_id(asked)
    brand = next((one.id for one in brands if str(one.id) == request.args.get("brand")), None)
    wanted = BoardFilter(brand, estimator)
    alone = request.args.get("column", "")
    columns = read_board(
        session, who, today(), zone(), currency(), wanted, MOST_IN_ONE if alone else MOST_CARDS
    )
    here = request.full_path.removesuffix("?")
    movable = may(Permission.SALES_WRITE)
    ways = {
        (card.kind, card.id): ways_of(card, columns, column.key, here)
        for column in columns
        for card in column.cards
        if movable
    }
    shown = [column for column in columns if column.key == alone] or columns
    return render_template(
        "admin/pipeline/board.html",
        columns=shown,
        alone=shown[0] if alone and len(shown) == 1 else None,
        ways=ways,
        movable=movable,
        brands=brands,
        estimators=estimators,
        wanted=wanted,
        mine=asked == "me",
        here=here,
        narrowed=bool(brand or estimator),
        link=_link,
        total=sum(column.count for column in columns),
        page_of=page_of,
    )


def _link(**changes: str | None) -> str:
    """This board with other filters; None takes one off."""
    kept = {key: request.args.get(key) for key in ("brand", "estimator", "mine", "column")}
    asked: dict[str, Any] = {key: value for key, value in (kept | changes).items() if value}
    return url_for("pipeline.board", **asked)


def page_of(kind: str, number: int, project_id: int) -> str:
    """Where the document of a card is shown."""
    match kind:
        case "estimate":
            return url_for("projects.estimate_of", project_id=project_id, estimate_id=number)
        case "workorder":
            return url_for("projects.workorder", project_id=project_id)
        case "invoice":
            return url_for("invoices.details_view", id=number)
        case _:
            return url_for("projects.lead", project_id=project_id, lead=number)
