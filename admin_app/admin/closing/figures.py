"""Tax and aged list of a month; each number opens its rows, and their sum is the number [M35-M37]."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from admin_app.admin.closing.desk import desk, the_month
from admin_app.admin.customers.desk import the_group
from admin_app.kernel.money import Money
from admin_app.money.ageing import Bucket
from admin_app.policy import Permission
from admin_app.records.aged_as_of import aged, journal_balances, open_items
from admin_app.records.tax_report import Basis, by_rate, tax_rows
from admin_app.web.access import rule
from admin_app.web.company import actor, office_session


def _basis() -> Basis:
    text = request.args.get("basis", "")
    return Basis(text) if text in list(Basis) else Basis.ISSUED


@desk.get("/<month>/tax")
@rule(Permission.PERIOD_LOCK)
def tax(month: str) -> ResponseReturnValue:
    """The tax of a month by brand and rate, on the basis that is asked for."""
    which, basis = the_month(month), _basis()
    rows = tax_rows(office_session(), actor(), basis, which.first, which.after)
    return render_template(
        "admin/closing/tax.html", month=which, basis=basis, bases=Basis, figures=by_rate(rows)
    )


@desk.get("/<month>/tax/rows")
@rule(Permission.PERIOD_LOCK)
def rows_of_tax(month: str) -> ResponseReturnValue:
    """The documents behind one figure."""
    which, basis = the_month(month), _basis()
    wanted = tuple(request.args.get(name, "") for name in ("brand", "tax", "currency"))
    rows = [
        row
        for row in tax_rows(office_session(), actor(), basis, which.first, which.after)
        if (row.brand, row.tax, row.currency) == wanted
    ]
    return render_template(
        "admin/closing/tax_rows.html",
        month=which,
        basis=basis,
        rows=rows,
        brand=wanted[0],
        name=wanted[1],
        currency=wanted[2],
        base=sum(row.base for row in rows),
        sum=sum(row.amount for row in rows),
    )


@desk.get("/<month>/aged")
@rule(Permission.PERIOD_LOCK)
def aged_list(month: str) -> ResponseReturnValue:
    """Who owed what at the end of the month, and since when."""
    which = the_month(month)
    session = office_session()
    rows = aged(open_items(session, actor(), which.last), which.last)
    shown = {(row.group_id, row.currency): row.balance.minor for row in rows}
    books = journal_balances(session, which.last)
    currencies = sorted({row.currency for row in rows} | {code for _, code in books})
    totals = {
        code: {
            bucket: Money.total((row.buckets[bucket] for row in rows if row.currency == code), code)
            for bucket in Bucket
        }
        for code in currencies
    }
    return render_template(
        "admin/closing/aged.html",
        month=which,
        rows=rows,
        buckets=list(Bucket),
        totals=totals,
        sums={code: Money.total(parts.values(), code) for code, parts in totals.items()},
        apart=sum(books.get(key, 0) != shown.get(key, 0) for key in {*books, *shown}),
    )


@desk.get("/<month>/aged/<int:group_id>")
@rule(Permission.PERIOD_LOCK)
def rows_of_aged(month: str, group_id: int) -> ResponseReturnValue:
    """The documents behind one customer's row."""
    which, group = the_month(month), the_group(group_id)
    bucket = request.args.get("bucket", "")
    currency = request.args.get("currency", "")
    items = [
        item
        for item in open_items(office_session(), actor(), which.last, group_id=group.id)
        if (not bucket or item.bucket == bucket) and (not currency or item.balance.currency == currency)
    ]
    sums: dict[str, int] = {}
    for item in items:
        sums[item.balance.currency] = sums.get(item.balance.currency, 0) + item.balance.minor
    return render_template(
        "admin/closing/aged_rows.html", month=which, group=group, items=items, sums=sums, bucket=bucket
    )
