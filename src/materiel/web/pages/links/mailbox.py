"""The mailbox of an institution that awaits its code: confirm it, or keep the former one. Shown on its sheet."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor
from materiel.errors import MaterielError, NotFound
from materiel.use_cases.links.institution import InviteInstitution
from materiel.use_cases.links.mailbox import Mailbox, confirm_mailbox, give_up_mailbox, read_mailbox
from materiel.web.http.forms import read_form
from materiel.web.http.session import session_of

GIVE_UP = "abandonner"


def record_of(place: InviteInstitution) -> str:
    """The address of the sheet of a school, or of a commune."""
    return f"/etablissements/{place.uai}" if place.uai else f"/communes/{place.insee_code}"


async def mailbox_of(command: InviteInstitution, actor: Actor) -> Mailbox | None:
    """The mailbox of an institution for its sheet; None for a body that does not run the écoles."""
    try:
        return await read_mailbox(command, actor=actor)
    except NotFound:
        return None


async def settle(
    request: Request[Any, Any, Any],
    place: NamedDependency[InviteInstitution],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect:
    """Confirm or give up the new mailbox of a school, of a town hall, or of the body that runs the écoles."""
    form, session = await read_form(request), session_of(request)
    command = place if place.uai else replace(place, of_authority=form.ticked("of_authority"))
    try:
        if form.typed("action") == GIVE_UP:
            await give_up_mailbox(command, actor=actor, now=now)
            await session.flash("La nouvelle boîte est abandonnée : l'ancienne continue de servir.")
        else:
            confirmed = await confirm_mailbox(command, form.text("code"), actor=actor, now=now)
            await session.flash(f"Les messages iront désormais à {confirmed.email}. Envoyez-y un nouveau lien.")
    except MaterielError as refusal:
        await session.flash(refusal.message, "error")
    return Redirect(record_of(place), status_code=303)
