"""`sawhorse bench`: what pages and imports cost at a size, compared with a minimal page of the same rows.

Figures of one run on one machine are compared with one another, never with a clock on the wall: each is a ratio to
the minimal page measured in the same run (performance.md, section 6).
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path

import click

from admin_app.cli._bench import Figure, measure_size
from admin_app.cli._bench_bills import measure_bills
from admin_app.cli._bench_figures import measure_figures
from admin_app.cli._bench_mails import WORKERS, measure_mails
from admin_app.cli._bench_models import bench_models

SIZES = (1_000, 100_000)


@click.command("bench")
@click.option("--groups", "sizes", type=click.IntRange(min=200), multiple=True, help="Sizes [1000, 100000].")
@click.option(
    "--database-url", help="An empty PostgreSQL database to measure on; without it, SQLite files are made."
)
@click.option(
    "--invoices", type=click.IntRange(min=10), help="Measure issuing so many and drawing papers instead."
)
@click.option(
    "--mails", type=click.IntRange(min=10), help="Measure queueing and draining so many mails instead."
)
@click.option("--workers", type=click.IntRange(1, 16), default=WORKERS, help="Workers that drain the mails.")
@click.option(
    "--figures", "figures_of", type=click.IntRange(min=50), help="Measure figures of so many groups instead."
)
@click.option(
    "--models", "models_of", type=click.IntRange(min=100), help="Fit BG/NBD to so many customers instead."
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def bench(
    sizes: tuple[int, ...],
    database_url: str | None,
    invoices: int | None,
    mails: int | None,
    workers: int,
    figures_of: int | None,
    models_of: int | None,
    as_json: bool,
) -> None:
    """Generate a company, move it in, and print what pages cost: CPU ms, statements, ratio to a minimal page.

    It works in a folder of its own that goes afterwards; your company is not touched.  On PostgreSQL the CPU is that of
    this process alone, without the server's, and one size can be measured in one database.

    Figures are compared with reading the same rows into pandas: 0.1 is a tenth of that.
    """
    figures: list[Figure] = []
    if models_of is not None:
        lines = bench_models(models_of)
        click.echo(json.dumps(lines, indent=2) if as_json else "\n".join(lines))
        return
    if invoices is not None or mails is not None or figures_of is not None:
        with tempfile.TemporaryDirectory(prefix="sawhorse-bench-") as home:
            if figures_of is not None:
                what, figures = (
                    f"{figures_of:,} groups",
                    measure_figures(figures_of, Path(home), database_url),
                )
            elif mails is not None:
                what, figures = (
                    f"{mails:,} mails, each",
                    measure_mails(mails, workers, Path(home), database_url),
                )
            else:
                assert invoices is not None
                what, figures = (
                    f"{invoices:,} invoices, each",
                    measure_bills(invoices, Path(home), database_url),
                )
        if as_json:
            click.echo(json.dumps([asdict(figure) for figure in figures], indent=2))
        else:
            _print(what, figures)
        return
    for size in sizes or (SIZES if database_url is None else SIZES[:1]):
        with tempfile.TemporaryDirectory(prefix="sawhorse-bench-") as home:
            measured = measure_size(size, Path(home), database_url)
        figures += measured
        if not as_json:
            _print(f"{size:,} groups", measured)
    if as_json:
        click.echo(json.dumps([asdict(figure) for figure in figures], indent=2))


def _print(what: str, figures: list[Figure]) -> None:
    click.echo(f"\n{what}")
    click.echo(f"{'':<28}{'CPU ms':>10}{'wall ms':>10}{'statements':>12}{'ratio':>8}{'rows/s':>10}{'MB':>8}")
    for figure in figures:
        ratio = f"{figure.ratio:.3g}" if figure.ratio is not None else ""
        speed = f"{figure.rows_per_second:,.0f}" if figure.rows_per_second is not None else ""
        memory = f"{figure.peak_mb:,.0f}" if figure.peak_mb is not None else ""
        times = f"{figure.cpu_ms:>10,.1f}{figure.wall_ms:>10,.1f}"
        click.echo(f"{figure.name:<28}{times}{figure.statements:>12,}{ratio:>8}{speed:>10}{memory:>8}")
