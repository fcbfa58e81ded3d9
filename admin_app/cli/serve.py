"""`sawhorse serve`: your company, on the embedded database or on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

import click

from admin_app.cli._office import bring_up_to_date, demand_current, open_office
from admin_app.cli._serving import address_of, is_loopback, listen, serve_office
from admin_app.config import Settings, read_settings
from admin_app.kernel.errors import Unmet
from admin_app.models import migrate
from admin_app.services.start_company import draw_set_up_link

SET_UP = "/setup/"
"""Where the set-up page answers; the token of the link follows."""


@click.command("serve")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="0.0.0.0: every address of this machine."
)
@click.option("--port", default=8000, show_default=True)
def serve(host: str, port: int) -> None:
    """Serve your company; on an empty home, print the link that sets it up.

    Reached by others than this machine, it needs SAWHORSE_PUBLIC_URL: links in mails are built from it.
    """
    settings = read_settings()
    if not is_loopback(host) and settings.public_url is None:
        raise Unmet(
            "Others will reach this address, so say under which name: "
            "set SAWHORSE_PUBLIC_URL, for example https://office.example.com"
        )
    if migrate.current(settings.database_url) is None:
        bring_up_to_date(settings)
    demand_current(settings)
    listener = listen(host, port)
    settings = replace(settings, public_url=settings.public_url or address_of(host, listener))
    link = set_up_link(settings)
    click.echo(f"\nThe office is at {settings.public_url}  (stop it with Ctrl+C)\n")
    if link is not None:
        click.echo(
            f"Nobody can sign in yet. Set up your company here; the link works once, for a day:\n\n  {link}\n"
        )
    serve_office(settings, listener)


def set_up_link(settings: Settings) -> str | None:
    """A one-time link to the set-up page while there is no member of staff; None afterwards."""
    with open_office(write=True) as office:
        token = draw_set_up_link(office.session, office.clock)
    return None if token is None else f"{settings.public_url}{SET_UP}{token}/"
