"""Questions and answers: a metric × up to two dimensions × filter × period × as-of, and the rows behind each figure.

Every door asks here and nowhere else (design section 9) [L1, 129].  One call::

    desk = Desk(session, actor, clock)
    answer = desk.ask(Query("collected", by=("month",)))
    page = desk.rows(answer.query, {"month": "2026-03"})
"""

from reports.engine.answer import Answer, Mark
from reports.engine.desk import Desk
from reports.engine.query import Query
from reports.engine.rows import RowPage, SignedRow

__all__ = ["Answer", "Desk", "Mark", "Query", "RowPage", "SignedRow"]
