"""`sawhorse user …`: members of staff, when nobody can sign in to add them."""

from __future__ import annotations

import sys

import click

from admin_app.cli._office import Office, open_office
from admin_app.config import read_settings
from admin_app.kernel.actor import Role
from admin_app.kernel.errors import Invalid
from admin_app.kernel.passwords import check_password
from admin_app.services.manage_user import add_user, keep_password, user_by_email
from admin_app.services.passwords import Passwords
from admin_app.services.second_step import reset, standing_of

FROM_STDIN = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input, not from the keyboard."
)


@click.group("user")
def user() -> None:
    """Add a member of staff, set a password, or take away a lost second step."""


@user.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--name", help="How the person is called; without it, the part of EMAIL before the @.")
@FROM_STDIN
def add(email: str, role: str, name: str | None, password_stdin: bool) -> None:
    """Add a member of staff who signs in with EMAIL."""
    name = name or email.partition("@")[0]
    kept = _hashed(_read_password(password_stdin), email, name)
    with open_office(write=True) as office:
        person = add_user(
            office.session, {"email": email, "name": name, "role": Role(role)}, office.actor, office.clock
        )
        _keep(office, person.email, kept)
    click.echo(f"{name} can sign in with {email} as {role}.")


@user.command("password")
@click.argument("email")
@FROM_STDIN
def password(email: str, password_stdin: bool) -> None:
    """Set the password of the member of staff with EMAIL; every session of theirs ends."""
    with open_office() as office:
        names = (email, user_by_email(office.session, email).name)
    kept = _hashed(_read_password(password_stdin), *names)
    with open_office(write=True) as office:
        _keep(office, email, kept)
    click.echo(f"{email} signs in with the new password from now on.")


@user.command("second-step")
@click.argument("email")
@click.option(
    "--off", is_flag=True, help="Take it away: app, recovery codes and passkeys; every session ends."
)
def second_step(email: str, off: bool) -> None:
    """Say how the member of staff with EMAIL signs in, or with --off let the password be enough again."""
    with open_office(write=off) as office:
        person = user_by_email(office.session, email)
        if off:
            reset(office.session, person, office.actor, office.clock)
        standing = standing_of(office.session, person.id)
    if off:
        click.echo(f"{email} signs in with the password alone from now on.")
    elif standing.since is not None:
        click.echo(
            f"{email} signs in with a code since {standing.since:%Y-%m-%d}; "
            f"recovery codes left: {standing.codes_left}, passkeys: {standing.passkeys}."
        )
    else:
        click.echo(f"{email} signs in without a code; passkeys: {standing.passkeys}.")


def _keep(office: Office, email: str, kept: str) -> None:
    keep_password(office.session, user_by_email(office.session, email), kept, office.actor, office.clock)


def _hashed(typed: str, *names: str) -> str:
    # Outside every transaction: a hash takes its time on purpose.
    check_password(typed, *names)
    return Passwords.by(read_settings()).hash(typed)


def _read_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise Invalid("There is no keyboard to type a password on; add --password-stdin")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
