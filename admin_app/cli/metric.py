"""`sawhorse metric`: any figure of the company, the same number as on the pages (design section 11) [129]."""

from __future__ import annotations

import json

import click

from admin_app.cli._figures import filter_of, table
from admin_app.cli._office import open_office
from admin_app.kernel.errors import Invalid
from reports.engine import Answer, Desk, Query
from reports.engine.printed import figure, glossary
from reports.engine.query import COMPARISONS, read_query
from reports.metrics import METRICS
from reports.sources import DIMENSIONS


@click.command("metric")
@click.argument("words", nargs=-1, metavar="[NAME]")
@click.option("--by", multiple=True, metavar="DIM [DIM]", help="Split by one or two dimensions.")
@click.option("--from", "start", metavar="DAY", help="The first day of the period, as 2026-03-01.")
@click.option(
    "--to", "end", metavar="DAY", help="The first day after the period: it is not part of it any more."
)
@click.option("--as-of", metavar="DAY", help="As it stood at the end of this day; today's answer without.")
@click.option(
    "--where", multiple=True, metavar="DIM=KEY", help="Only these rows; one dimension twice: either."
)
@click.option("--compare", type=click.Choice(COMPARISONS), help="Also the period before, or a year before.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def metric(
    words: tuple[str, ...],
    by: tuple[str, ...],
    start: str | None,
    end: str | None,
    as_of: str | None,
    where: tuple[str, ...],
    compare: str | None,
    as_json: bool,
) -> None:
    """Print a figure of the company; without NAME, list the figures there are.

    The numbers are those of the pages, the API and the notebooks.  A period runs from its first day up to the day
    --to, which is not in it: January 2026 is --from 2026-01-01 --to 2026-02-01.  Two dimensions are written
    --by month brand or --by month --by brand.  Figures that stand at the end of a day (receivable, ageing) have no
    period; give --as-of.

    JSON: amounts are decimal text; "by" has one entry a mark, its "key" is text for one dimension and a list
    ["2026-03", "7"] for two.  Amounts in several currencies do not add up: without --where currency=EUR "value" is
    null and "by" has an entry a currency.

    \b
    sawhorse metric collected --by month --json
    sawhorse metric receivable --as-of 2026-03-31 --by customer
    sawhorse metric invoiced --from 2026-01-01 --to 2027-01-01 --where currency=EUR
    """
    name, dimensions, filters = _read_words(words, by, where)
    if name is None:
        _refuse_without_name(by, where, start, end, as_of)
        _print_list(as_json)
        return
    days = (("from", start), ("to", end), ("as_of", as_of), ("compare", compare))
    query = read_query(
        [
            *(("by", one) for one in dimensions),
            *((key, value) for key, value in days if value),
            *filters,
        ],
        name,
    )
    with open_office() as office:
        desk = Desk(office.session, office.actor, office.clock)
        answer = desk.ask(query)
        compared = desk.compare(query)
    if as_json:
        click.echo(json.dumps(figure(answer, compared), indent=2, ensure_ascii=False))
        return
    _print_answer(answer, compared)


def _read_words(
    words: tuple[str, ...], by: tuple[str, ...], where: tuple[str, ...]
) -> tuple[str | None, list[str], list[tuple[str, str]]]:
    """Name, dimensions and filters: `--by` and `--where` take more words than one, which arrive beside the name."""
    filters = [filter_of(one) for one in (*where, *(word for word in words if "=" in word))]
    others = [word for word in words if "=" not in word]
    dimensions = [name for written in by for name in written.replace(",", " ").split()]
    if not others:
        return None, dimensions, filters
    name = next((word for word in others if word in METRICS), others[0])
    others.remove(name)
    if others and not by:
        raise Invalid(
            f"“{others[0][:60]}” follows nothing; to split write: {name[:60]} --by {others[0][:60]}"
        )
    return name, [*dimensions, *others], filters


def _refuse_without_name(*asked: object) -> None:
    """A question without a metric is none; the list is printed only when nothing else was asked."""
    if any(asked):
        raise Invalid("Name the metric that is asked for; sawhorse metric lists them")


def _print_list(as_json: bool) -> None:
    """Every metric with its definition, under its subject."""
    if as_json:
        click.echo(json.dumps({"items": glossary(), "next": None}, indent=2, ensure_ascii=False))
        return
    subject = ""
    for one in METRICS.values():
        if one.subject != subject:
            subject = one.subject
            click.echo(click.style(f"{subject}", bold=True))
        click.echo(f"  {one.name:<22} {one.sentence}")
        click.echo(f"  {'':<22} {one.unit.value}, by {one.basis.value}; --by {' '.join(one.dimensions)}")


def _print_answer(answer: Answer, compared: Answer | None) -> None:
    """The figure, what it means, and a line a mark."""
    found = answer.metric
    click.echo(f"{click.style(found.label, bold=True)}: {answer.text}")
    click.echo(found.sentence)
    click.echo(_scope(answer, answer.query))
    if compared is not None:
        click.echo(f"Compared with {_period(compared.query, compared)}: {compared.text}")
    if answer.note:
        click.echo(answer.note)
    if answer.behind:
        click.echo(f"Totals as of {answer.behind.isoformat(timespec='minutes')}")
    if answer.marks:
        names = answer.query.by or ("currency",)
        head = [DIMENSIONS[name].label if name in DIMENSIONS else name for name in names]
        rows = [[*mark.labels, mark.text, f"{mark.rows:,}"] for mark in answer.marks]
        click.echo("")
        for line in table([*head, found.label, "Rows"], rows, right=len(head)):
            click.echo(line)


def _scope(answer: Answer, query: Query) -> str:
    """Basis, period, filters and the number of rows in one line."""
    said = [
        f"By {answer.metric.basis.value}"
        if not answer.metric.stock
        else answer.metric.basis.value.capitalize()
    ]
    said.append(_period(query, answer))
    said += [f"{name} {label}" for name, _, label in answer.filters]
    said.append(f"{answer.rows:,} row{'' if answer.rows == 1 else 's'}")
    return " · ".join(said)


def _period(query: Query, answer: Answer) -> str:
    """The period in words; “before” tells that its end is not in it."""
    parts = [f"from {query.start}"] if query.start else []
    parts += [f"before {query.end}"] if query.end else []
    parts.append(f"as of {answer.as_of}")
    return " ".join(parts)
