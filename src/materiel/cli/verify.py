"""`materiel verify`: has anything been altered?"""

from __future__ import annotations

import click

from materiel.cli.french import Command
from materiel.cli.opened import OpenedBase, opened
from materiel.cli.output import json_option, say, show_json
from materiel.use_cases.history.journal import verify_history


@click.command(cls=Command, help="Contrôle l'historique et les documents ; nomme le premier altéré.")
@json_option
@opened
async def verify(_: OpenedBase, /, *, as_json: bool) -> int:
    """Verify everything; exit 1 on the first fault."""
    found = await verify_history()
    if as_json:
        show_json(found)
    if found.fault is not None:
        say(found.fault)
        return 1
    say(
        f"Rien d'altéré : {found.entries} écriture(s) et {found.documents} document(s) contrôlés, "
        f"{found.eliminated} document(s) éliminé(s) sous visa."
    )
    return 0
