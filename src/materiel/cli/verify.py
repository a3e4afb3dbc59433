"""`materiel verify` and `materiel seal check`: has anything been altered, and are signed copies sealed?"""

from __future__ import annotations

import click

from materiel.cli.french import Command, Group
from materiel.cli.opened import OpenedBase, opened
from materiel.cli.output import json_option, progress, say, show_json
from materiel.use_cases.history.journal import verify_history
from materiel.use_cases.history.witness import read_head
from materiel.use_cases.signing.signed_copy import press_of, seal_now, seal_state


@click.command(cls=Command, help="Contrôle l'historique et les documents ; nomme le premier altéré.")
@click.option(
    "--head",
    "heads",
    multiple=True,
    metavar="REPÈRE",
    help="Contrôle aussi un repère du jour, reçu par courriel. Peut être répété.",
)
@json_option
@opened
async def verify(_: OpenedBase, /, *, heads: tuple[str, ...], as_json: bool) -> int:
    """Verify everything; exit 1 on the first fault."""
    witnessed = [read_head(each) for each in heads]
    with progress("Historique") as advance:
        found = await verify_history(advance, heads=witnessed)
    if as_json:
        show_json(found)
    if found.fault is not None:
        say(found.fault)
        return 1
    say(
        f"Rien d'altéré : {found.entries} écriture(s) et {found.documents} document(s) contrôlés, "
        f"{found.eliminated} document(s) éliminé(s) sous visa, {found.seals} cachet(s) contrôlé(s), "
        f"{found.acts} acte(s) contrôlé(s)."
    )
    return 0


@click.group(cls=Group, help="Cachet électronique des exemplaires signés.")
def seal() -> None:
    """The commands about the seal."""


@seal.command(cls=Command, help="Contrôle le certificat du cachet, et scelle ce qui attend.")
@json_option
@opened
async def check(opening: OpenedBase, /, *, as_json: bool) -> int:
    """Say what is wrong in one line; 1 when a seal cannot be put, or when a copy still waits."""
    press = press_of(opening.settings)
    await seal_now(press, base_url=opening.settings.base_url, now=opening.now)
    state = await seal_state(press, opening.now)
    if as_json:
        show_json(
            {
                "certificate": state.subject or None,
                "ends_at": state.ends_at,
                "worthless": state.is_worthless,
                "time_stamping": bool(press.tsa_url),
                "fault": None if state.fault is None else {"code": state.fault.code, "detail": state.fault.message},
                "waiting": state.waiting.count,
            }
        )
    elif state.fault is not None:
        say(state.fault.message)
    else:
        day = f"{state.ends_at:%d/%m/%Y}" if state.ends_at else ""
        worth = " Certificat de démonstration : il ne prouve rien." if state.is_worthless else ""
        soon = " Il finit bientôt : faites-le renouveler." if state.ends_soon else ""
        say(f"Le certificat « {state.subject} » peut sceller jusqu'au {day}.{soon}{worth}")
    if not as_json:
        why = f" {state.waiting.error}" if state.waiting.error and state.fault is None else ""
        say(f"{state.waiting.count} exemplaire(s) signé(s) en attente de cachet.{why}")
    return 1 if state.fault is not None or state.waiting.count else 0
