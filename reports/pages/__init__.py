"""The analysts' pages below /reports: figures with their sentence, their rows and the way to ask further [129, L2].

Every page reads `reports.engine` and prints its strings; nothing is added up here.
"""

from __future__ import annotations

from flask import Flask

from reports.pages.frame import page


def init_reports(app: Flask) -> None:
    """Mount the pages; each module below adds its own addresses to the blueprint when it is read."""
    from reports.pages import (  # noqa: F401
        anomalies,
        cash,
        customers,
        dashboards,
        downloads,
        explorer,
        geography,
        glossary,
        notebooks,
        overview,
        payments,
        plans,
        receivables,
        rows,
        runs,
        sales,
        saved,
        teams,
    )

    app.register_blueprint(page)
