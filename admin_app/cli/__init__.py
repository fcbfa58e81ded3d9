"""The command `sawhorse`: each word is a module of this room, and thin over the rooms below.

A module's command carries the module's name (`import_.py` is `import`); names that begin with an underscore are shared
parts.  A refusal ends with one sentence on stderr and exit code 1.  One call::

    .venv/bin/sawhorse backup monday.zip
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import click
from sqlalchemy.exc import OperationalError

from admin_app.kernel.errors import Invalid, Refusal


class Refused(click.ClickException):
    """A refusal as the command line says it: the sentence, and below it one line a field."""

    def __init__(self, refusal: Refusal) -> None:
        """Say the sentence of `refusal`."""
        fields = refusal.fields if isinstance(refusal, Invalid) else {}
        others = [f"{name}: {sentence}" for name, sentence in fields.items() if sentence != refusal.sentence]
        super().__init__("\n".join([refusal.sentence, *others]))

    def show(self, file: Any = None) -> None:
        """Print it on stderr."""
        click.echo(self.message, err=True)


class Words(click.Group):
    """A group whose commands are the modules of this room, imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every word, in alphabetical order."""
        modules = (module.name for module in pkgutil.iter_modules(__path__))
        return sorted(name.rstrip("_") for name in modules if not name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; None for an unknown word."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module_name = f"{cmd_name}_" if cmd_name == "import" else cmd_name
        module = importlib.import_module(f"{__name__}.{module_name}")
        commands = [value for value in vars(module).values() if isinstance(value, click.Command)]
        return next((command for command in commands if command.name == cmd_name), None)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the word; refusals and a database that does not answer become one sentence."""
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            raise Refused(refusal) from refusal
        except OperationalError as error:
            cause = str(error.orig).strip().splitlines() or ["no reason given"]
            raise Refused(Refusal(f"The database does not answer: {cause[0]}")) from error


@click.group(cls=Words, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sawhorse", prog_name="sawhorse")
def sawhorse() -> None:
    """The back office of a trade company."""


def main() -> None:
    """What the installed command calls."""
    sawhorse()
