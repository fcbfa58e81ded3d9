"""The steps of an import in their order: each file's checks across rows, and the transaction that moves it in.

First every check of every file, then step after step; what a step needs of the ones before it is in the database, so a
run that stopped goes on with the step that it stopped at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from admin_app.models import (
    Address,
    Allocation,
    Contact,
    CustomerGroup,
    Entity,
    Invoice,
    InvoiceLine,
    Membership,
    Payment,
    Refund,
    Row,
)
from admin_app.money.balances import refresh_balances
from admin_app.money.history import groups_of_run, post_history
from admin_app.records.guard import allow_bulk
from admin_app.records.importing import customers, documents, receipts
from admin_app.records.importing.doubles import settle_doubles
from admin_app.records.importing.findable import last_id, make_findable
from admin_app.records.importing.links import NEW_BRAND, add_brands, unknown_brands
from admin_app.records.importing.report import Finding, Severity
from admin_app.records.importing.under_way import Import


@dataclass(frozen=True, slots=True)
class Step:
    """One file of the format: its checks, what moves it in, the records that it makes findable, if it moves money."""

    file: str
    check: Callable[[Import], None]
    apply: Callable[[Import], None]
    entity: type[Entity] | None
    money: bool = False

    @property
    def stage(self) -> str:
        """The name of its staging table."""
        return self.file.removesuffix(".csv")


STEPS: tuple[Step, ...] = (
    Step("groups.csv", customers.check_groups, customers.apply_groups, CustomerGroup),
    Step("contacts.csv", customers.check_contacts, customers.apply_contacts, Contact),
    Step("addresses.csv", customers.check_addresses, customers.apply_addresses, Address),
    Step("tags.csv", customers.check_tags, customers.apply_tags, None),
    Step("invoices.csv", documents.check_invoices, documents.apply_invoices, Invoice, money=True),
    Step("invoice_lines.csv", documents.check_lines, documents.apply_lines, InvoiceLine),
    Step("payments.csv", receipts.check_payments, receipts.apply_payments, Payment, money=True),
)
"""In the order in which files are applied (design section 11)."""


def steps_of(going: Import) -> tuple[Step, ...]:
    """The steps that this run's files call for; tags may come in a column of the groups."""
    return tuple(
        step
        for step in STEPS
        if going.has(step.stage) or (step.stage == "tags" and "tags" in going.present("groups"))
    )


def check_across(going: Import) -> None:
    """Every check that looks beyond one row, on what is staged; findings go to the report."""
    steps = steps_of(going)
    if any(step.stage == "groups" for step in steps):
        customers.find_groups(going)
        settle_doubles(going)
    for step in steps:
        step.check(going)
    if going.has("groups"):
        customers.warn_of_lonely_groups(going)
    if going.has("invoices") and going.has("payments"):
        documents.warn_of_other_states(going)
    for name in unknown_brands(going):
        said = NEW_BRAND.replace("{}", name[:60])
        going.report.add(Finding(going.inputs[0].source.name, None, "brand", name, said, Severity.WARNING))


def apply(going: Import, step: Step) -> None:
    """Move one file in, within the caller's transaction; in a dry run only the counts are taken."""
    going.changed = 0
    before = last_id(going, step.entity) if step.entity else 0
    with allow_bulk("import: the run is the trace, the images of what it changes are written"):
        if not going.dry:
            add_brands(going)
        step.apply(going)
        if step.stage == ("invoice_lines" if going.has("invoice_lines") else "invoices") and not going.dry:
            documents.give_lines_to_bare_invoices(going)
        if going.dry:
            return
        let_database_plan(going, *PLANNED[step.stage])
        if step.money:
            _write_books(going)
        if step.entity is not None:
            make_findable(going, step.entity, before, step.stage, changed=going.changed > 0)


def _write_books(going: Import) -> None:
    connection, actor = going.session.connection(), going.session.info["actor"]
    post_history(connection, going.run_id, at=going.now, actor=actor.name)
    refresh_balances(connection, groups_of_run(going.run_id))


PLANNED: dict[str, tuple[type[Row], ...]] = {
    "groups": (CustomerGroup,),
    "contacts": (Contact, Membership),
    "addresses": (Address,),
    "tags": (),
    "invoices": (Invoice,),
    "invoice_lines": (InvoiceLine,),
    "payments": (Payment, Allocation, Refund),
}
"""The tables that a step fills and the next ones join."""


def let_database_plan(going: Import, *filled: type[Row]) -> None:
    """Count tables up after a load, so that later steps and lists stay quick (performance.md section 7.6)."""
    for row in filled:
        going.stage.count_up(going.session.connection(), row.__tablename__)


def count_everything_up(going: Import) -> None:
    """Renew what the database knows about the size of every table."""
    connection: Any = going.session.connection()
    if going.stage.is_sqlite:
        connection.exec_driver_sql("PRAGMA main.analysis_limit = 1000")
        connection.exec_driver_sql("ANALYZE main")
    else:
        connection.execute(text("ANALYZE"))
