"""Measuring bills: many issued one after the other, their papers drawn, the page of a project.

Issuing is measured in tenths: with nothing growing along, the last tenth costs what the first did.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Engine, event, func, select

import admin_app.records  # noqa: F401  switches the history on
from admin_app.cli._bench import Figure
from admin_app.cli._office import who_types
from admin_app.config import read_settings
from admin_app.documents.pdf import render_pdf
from admin_app.kernel.clock import SystemClock
from admin_app.kernel.errors import Unmet
from admin_app.models import Invoice, InvoiceLine, InvoiceState, TaxRate, migrate
from admin_app.models.base import OfficeSession
from admin_app.models.engine import open_engine, writing
from admin_app.money.proof import prove
from admin_app.services.issue_invoice import issue_invoice
from admin_app.services.papers.freeze import snapshot_of, thawed
from seeds.builders import a_brand, a_company, a_group, an_address

LINES = 30
"""Lines of the invoice whose paper is drawn."""
PAPERS = 40
CUSTOMERS = 50


def measure_bills(invoices: int, home: Path, database_url: str | None) -> list[Figure]:
    """What issuing and drawing cost; raises Unmet for a database that is not empty, or books that do not hold."""
    told = {"SAWHORSE_HOME": str(home), "SAWHORSE_SECRET_KEY": secrets.token_urlsafe(48)}
    settings = read_settings(told | ({"SAWHORSE_DATABASE_URL": database_url} if database_url else {}))
    if migrate.current(settings.database_url) is not None:
        raise Unmet("bench needs an empty database; this one holds tables already")
    migrate.upgrade(settings.database_url)
    engine = open_engine(settings.database_url)
    try:
        ids = _drafts(engine, invoices)
        figures = _issue(engine, ids)
        figures.append(_draw(engine, ids[0]))
        _refuse_broken_books(engine, len(ids))
    finally:
        engine.dispose()
    return figures


def _session(engine: Engine) -> OfficeSession:
    info = {"actor": who_types(), "clock": SystemClock(), "door": "bench"}
    return OfficeSession(engine, info=info)


def _drafts(engine: Engine, invoices: int) -> list[int]:
    """A company, some customers, and the drafts; the first one is long."""
    with writing(), _session(engine) as session:
        a_company(session, name="Bench & Sons")
        a_brand(session, is_default=True)
        session.add(TaxRate(name="VAT 20 %", rate=Decimal(20)))
        groups = [a_group(session, name=f"Customer {number}") for number in range(CUSTOMERS)]
        for group in groups:
            an_address(session, group, is_billing=True)
        found = []
        for number in range(invoices):
            invoice = Invoice(group_id=groups[number % CUSTOMERS].id, currency="EUR", title="Yearly care")
            invoice.lines = [
                InvoiceLine(
                    position=place,
                    description=f"Care of tree {place}",
                    quantity=Decimal("1.5"),
                    unit_price=Decimal("64.22"),
                    net=0,
                    tax_names=["VAT 20 %"],
                )
                for place in range(1, (LINES if number == 0 else 3) + 1)
            ]
            session.add(invoice)
            found.append(invoice)
        session.flush()
        ids = [invoice.id for invoice in found]
        session.commit()
    return ids


def _issue(engine: Engine, ids: list[int]) -> list[Figure]:
    """Each in a transaction of its own, with journal, snapshot and number; the tenths are compared."""
    statements = 0

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    event.listen(engine, "before_cursor_execute", count)
    tenth = max(1, len(ids) // 10)
    spent: list[float] = []
    began = time.perf_counter()
    for start in range(0, len(ids), tenth):
        cpu = time.process_time()
        for invoice_id in ids[start : start + tenth]:
            with writing(), _session(engine) as session:
                clock = session.info["clock"]
                issue_invoice(session, session.get_one(Invoice, invoice_id), who_types(), clock)
                session.commit()
        spent.append((time.process_time() - cpu) * 1000 / len(ids[start : start + tenth]))
    wall = (time.perf_counter() - began) * 1000 / len(ids)
    event.remove(engine, "before_cursor_execute", count)
    each = statements // len(ids)
    return [
        Figure("issue, first tenth", len(ids), spent[0], wall, each),
        Figure("issue, last tenth", len(ids), spent[-1], wall, each, ratio=spent[-1] / spent[0]),
    ]


def _draw(engine: Engine, invoice_id: int) -> Figure:
    """The paper of the long invoice, warm, with another number each time."""
    with _session(engine) as session:
        snapshot = snapshot_of(session, session.get_one(Invoice, invoice_id))
        assert snapshot is not None
        content = thawed(snapshot)
    render_pdf(content)
    cpu, wall = time.process_time(), time.perf_counter()
    for number in range(PAPERS):
        render_pdf(replace(content, number=f"NORTH-{number:05d}"))
    cpu_ms = (time.process_time() - cpu) * 1000 / PAPERS
    wall_ms = (time.perf_counter() - wall) * 1000 / PAPERS
    return Figure(f"PDF of {LINES} lines", PAPERS, cpu_ms, wall_ms, 0, rows_per_second=1000 / cpu_ms)


def _refuse_broken_books(engine: Engine, count: int) -> None:
    """A fast wrong answer is none: all are issued, and the proof holds (numbers without gaps among it)."""
    with _session(engine) as session:
        issued = session.scalar(
            select(func.count()).select_from(Invoice).where(Invoice.state == InvoiceState.ISSUED)
        )
        broken = [finding.id for finding in prove(session) if not finding.holds]
    if issued != count or broken:
        raise Unmet(f"{issued} of {count} invoices are issued; broken: {', '.join(broken) or 'nothing'}")
