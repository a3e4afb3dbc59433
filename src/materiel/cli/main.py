"""The `materiel` command. Exit codes: 0 done, 1 refused, 2 wrong usage."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

import click

from materiel import __version__
from materiel.cli.french import Group, sentence
from materiel.cli.output import say, show_json
from materiel.errors import MaterielError

REFUSED = 1
WRONG_USAGE = 2

COMMANDS = {
    "serve": "serve.serve",
    "worker": "serve.worker",
    "db": "db.db",
    "demo": "demo.demo",
    "service": "service.service",
    "user": "user.user",
    "token": "token.token",
    "import": "imports.import_",
    "export": "exchange.export",
    "labels": "label.labels",
    "site": "site.site",
    "scans": "scan.scans",
    "campaign": "renewal.campaign",
    "renew": "renewal.renew",
    "remind": "renewal.remind",
    "verify": "verify.verify",
    "mail": "mail.mail",
    "seal": "verify.seal",
    "forget": "housekeeping.forget",
    "eliminate": "elimination.eliminate",
    "backup": "backup.backup",
    "restore": "backup.restore",
}
"""Each command and where it is, in the order of the help page."""


class Root(Group):
    """Loads a command when it is asked for: listing services needs neither the server nor the documents."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, its module loaded, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(".")
        command: click.Command = getattr(import_module(f"materiel.cli.{module}"), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments name; a misspelt one is told which it looks like."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as unknown:
            raise click.exceptions.NoSuchCommand(args[0], possibilities=COMMANDS, ctx=ctx) from unknown


@click.group(
    cls=Root,
    context_settings={"help_option_names": ["-h", "--help"]},
    subcommand_metavar="COMMANDE [ARGUMENTS]…",
    help="Prêt et dépôt de matériel pédagogique adapté.",
)
@click.version_option(__version__, message="materiel %(version)s", help="Affiche la version.")
def materiel() -> None:
    """The root of every command."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; every message is French, on the error output."""
    try:
        result = materiel.main(args=arguments, prog_name="materiel", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as help_page:
        say(help_page.format_message())
        return WRONG_USAGE
    except click.ClickException as error:
        _say_usage(error)
        return WRONG_USAGE
    except (click.Abort, KeyboardInterrupt):
        say("Interrompu.")
        return REFUSED
    except MaterielError as refusal:
        _say_refusal(refusal, as_json="--json" in (sys.argv[1:] if arguments is None else arguments))
        return REFUSED
    return result if isinstance(result, int) else 0


def run() -> None:
    """The entry point of the installed command."""
    sys.exit(main())


def _say_refusal(refusal: MaterielError, *, as_json: bool) -> None:
    say(refusal.message)
    for fault in refusal.errors:
        say(f"  {fault.pointer} : {fault.detail}")
    if as_json:
        show_json({"code": refusal.code, "detail": refusal.message, "errors": refusal.errors})


def _say_usage(error: click.ClickException) -> None:
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        say(context.get_usage())
    say(sentence(error))
    say(f"Aide : {context.command_path if context else 'materiel'} --help")
