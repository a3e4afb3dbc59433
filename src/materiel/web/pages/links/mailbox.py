"""The mailbox of an institution that awaits its code: confirm it, or keep the former one. Shown on its sheet."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.errors import MaterielError, NotFound
from materiel.use_cases.links.institution import InviteInstitution
from materiel.use_cases.links.mailbox import Mailbox, confirm_mailbox, give_up_mailbox, read_mailbox
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of

WRITES = {"permission": Permission.WRITE}
GIVE_UP = "abandonner"


@post("/etablissements/{uai:str}/boite", name="school:mailbox", opt=WRITES)
async def school_page(
    request: Request[Any, Any, Any],
    uai: FromPath[str],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect:
    """Confirm or give up the new mailbox of a school."""
    await _settle(request, await read_form(request), InviteInstitution(uai=uai), actor, now)
    return Redirect(f"/etablissements/{uai}", status_code=303)


@post("/communes/{insee_code:str}/boite", name="municipality:mailbox", opt=WRITES)
async def municipality_page(
    request: Request[Any, Any, Any],
    insee_code: FromPath[str],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Redirect:
    """Confirm or give up the new mailbox of a town hall, or of the body that runs the écoles of the commune."""
    form = await read_form(request)
    command = InviteInstitution(insee_code=insee_code, of_authority=form.ticked("of_authority"))
    await _settle(request, form, command, actor, now)
    return Redirect(f"/communes/{insee_code}", status_code=303)


async def mailbox_of(command: InviteInstitution, actor: Actor) -> Mailbox | None:
    """The mailbox of an institution for its sheet; None for a body that does not run the écoles."""
    try:
        return await read_mailbox(command, actor=actor)
    except NotFound:
        return None


async def _settle(
    request: Request[Any, Any, Any], form: Form, command: InviteInstitution, actor: Actor, now: datetime
) -> None:
    session = session_of(request)
    try:
        if form.typed("action") == GIVE_UP:
            await give_up_mailbox(command, actor=actor, now=now)
            await session.flash("La nouvelle boîte est abandonnée : l'ancienne continue de servir.")
        else:
            confirmed = await confirm_mailbox(command, form.text("code"), actor=actor, now=now)
            await session.flash(f"Les messages iront désormais à {confirmed.email}. Envoyez-y un nouveau lien.")
    except MaterielError as refusal:
        await session.flash(refusal.message, "error")


router = account_required("/", [school_page, municipality_page], Permission.READ)
