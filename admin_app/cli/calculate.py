"""`sawhorse calculate FILE`: what a document comes to, and why (design section 11) [M8]."""

from __future__ import annotations

import json
import sys

import click

from admin_app.kernel.errors import Refusal
from admin_app.money.calculator import calculate as calculate_totals
from admin_app.money.draft_json import read_draft, totals_to_json

LARGEST_FILE = 10 * 1024 * 1024
"""Bytes; 2,000 lines need a tenth of it."""


@click.command("calculate")
@click.argument("file")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; this is what it always does.")
def calculate(file: str, as_json: bool) -> None:
    """Print the totals of the document in FILE (JSON; - reads standard input).

    The document names its currency, lines, taxes and discounts; numbers are text: {"currency": "EUR",
    "lines": [{"quantity": "2.25", "unit_price": "64.22", "taxes": ["VAT"]}], "taxes": [{"name": "VAT",
    "rate": "20"}]}.  A line carries the taxes that it names, and no others.  The answer has every total as
    decimal text and the derivation, whose leaves add up to the total.
    """
    try:
        totals = calculate_totals(read_draft(_text(file)))
    except Refusal as refusal:
        raise click.ClickException(refusal.sentence) from None
    click.echo(
        json.dumps(totals_to_json(totals), ensure_ascii=sys.stdout.encoding.lower() != "utf-8", indent=2)
    )


def _text(file: str) -> str:
    """The file as text; a byte order mark, which some programs write first, is dropped."""
    try:
        with click.open_file(file, "rb") as stream:
            content: bytes = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror or 'this file cannot be read'}") from None
    if len(content) > LARGEST_FILE:
        raise click.ClickException("This file is too large for one document")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"This file is not UTF-8 text (byte {error.start + 1})") from None
