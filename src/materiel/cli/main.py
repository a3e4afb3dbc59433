"""The `materiel` command. Exit codes: 0 done, 1 refused, 2 wrong usage."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from materiel import __version__
from materiel.cli.backup import backup, restore
from materiel.cli.db import db
from materiel.cli.demo import demo
from materiel.cli.exchange import export, import_
from materiel.cli.french import Group, sentence
from materiel.cli.label import labels
from materiel.cli.output import say, show_json
from materiel.cli.renewal import remind, renew
from materiel.cli.scan import scans
from materiel.cli.serve import serve, worker
from materiel.cli.service import service
from materiel.cli.token import token
from materiel.cli.user import user
from materiel.cli.verify import verify
from materiel.errors import MaterielError

REFUSED = 1
WRONG_USAGE = 2


@click.group(
    cls=Group,
    context_settings={"help_option_names": ["-h", "--help"]},
    subcommand_metavar="COMMANDE [ARGUMENTS]…",
    help="Prêt et dépôt de matériel pédagogique adapté.",
)
@click.version_option(__version__, message="materiel %(version)s", help="Affiche la version.")
def materiel() -> None:
    """The root of every command."""


for command in (
    *(serve, worker, db, demo, service, user, token, import_, export),
    *(labels, scans, renew, remind, verify, backup, restore),
):
    materiel.add_command(command)


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
