"""`sawhorse run`: the demo company on this machine, ready to be looked at."""

from __future__ import annotations

from dataclasses import replace

import click

from admin_app.cli._demo import load_demo_if_empty, print_logins
from admin_app.cli._office import bring_up_to_date
from admin_app.cli._serving import address_of, is_loopback, listen_anywhere, serve_office
from admin_app.config import read_settings
from admin_app.kernel.errors import Unmet


@click.command("run")
@click.option("--host", default="127.0.0.1", show_default=True, help="An address of this machine only.")
@click.option("--port", default=8000, show_default=True, help="If it is taken, another one is used.")
def run(host: str, port: int) -> None:
    """Run the demo company on this machine only.

    The first run makes the database, loads the demo and prints who may sign in; later runs print the address.
    """
    if not is_loopback(host):
        raise Unmet("The demo is for this machine only; to serve your company to others: sawhorse serve")
    settings = read_settings()
    bring_up_to_date(settings)
    logins = load_demo_if_empty(settings)
    listener = listen_anywhere(host, port)
    address = address_of(host, listener)
    click.echo(f"\nThe demo company is at {address}  (stop it with Ctrl+C)\n")
    if logins is not None:
        print_logins(logins)
    else:
        click.echo("A new password:  sawhorse user password EMAIL   (for example ann@demo.example)\n")
    serve_office(replace(settings, public_url=address, demo=True), listener)
