"""« Signatures attendues »: by who is awaited, with the act of each group."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.desk.lot import LotAct
from materiel.domain.papers.document import Party, SignatureChannel
from materiel.errors import MaterielError
from materiel.settings import Settings
from materiel.use_cases.desk.awaited import BY_HAND, PARTIES, AskGroup, ask_group, awaited_groups
from materiel.use_cases.desk.lots.lot import StartLot, is_many
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.signing.batch import RecordBatch, record_batch
from materiel.use_cases.signing.daily import read_next_reminders
from materiel.web.audience import account_required
from materiel.web.http.forms import Form, read_form
from materiel.web.pages.acting import lead_to_lot, uuids_of
from materiel.web.pages.shell.rendering import render, render_form
from materiel.web.pages.work.mailing import say, told_asked
from materiel.web.pages.work.printing import ask_how

WRITES = {"permission": Permission.WRITE}
TITLES = {
    Party.MANAGING_SERVICE: "Nos signatures",
    Party.BORROWER: "Familles",
    Party.MUNICIPALITY: "Communes et collectivités",
    Party.HEAD_OF_SCHOOL: "Chefs d'établissement",
}


@get("/", name="awaited:list")
async def show_list(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """What is still to be signed, group by group."""
    form = Form.filled(signed_on=actor.civil_date(now))
    return render(request, "desk/awaited/list.html", {"form": form, **await _context(actor, now, settings)})


@post("/", name="awaited:act", opt=WRITES)
async def act(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Record signatures on paper, ours or those that came back, write to those who have to sign, or print the group."""
    form = await read_form(request)
    chosen = tuple(uuids_of(form.many("documents")))
    party = next((each for each in PARTIES if each.value == form.typed("party")), None)
    if not chosen or party is None:
        form.fault("documents", "Cochez au moins un document.")
        return render_form(request, "desk/awaited/list.html", form, await _context(actor, now, settings))
    signs = form.typed("action") == "signer"
    on = form.day("signed_on", required="Indiquez la date portée sur le papier.") if signs else None
    if form.faults:
        return render_form(request, "desk/awaited/list.html", form, await _context(actor, now, settings))
    issuer = Issuer(actor=actor, now=now, base_url=settings.base_url, label_url=settings.label_url)
    try:
        if form.typed("action") == "imprimer":
            return await ask_how(
                request,
                chosen,
                actor=actor,
                today=actor.civil_date(now),
                back=("/signatures", "Signatures attendues"),
            )
        if is_many(chosen):
            act = LotAct.SIGN if signs else LotAct.SEND
            return await lead_to_lot(request, StartLot(act=act, references=chosen, party=party, on=on), issuer)
        if on is not None:
            said = await _record(chosen, party, on, actor, now)
        else:
            said = told_asked(await ask_group(AskGroup(document_ids=chosen, party=party), issuer=issuer), settings)
    except MaterielError as refusal:
        form.refuse(refusal)
        return render_form(request, "desk/awaited/list.html", form, await _context(actor, now, settings))
    await say(request, said)
    return Redirect("/signatures", status_code=303)


async def _record(chosen: tuple[UUID, ...], party: Party, on: date, actor: Actor, now: datetime) -> str:
    command = RecordBatch(document_ids=chosen, party=party, signed_on=on, channel=SignatureChannel.PAPER)
    count = await record_batch(command, actor=actor, now=now)
    whose = "Notre signature" if party is Party.MANAGING_SERVICE else "La signature"
    return f"{whose} est enregistrée" + (f" sur {count} documents." if count > 1 else ".")


async def _context(actor: Actor, now: datetime, settings: Settings) -> dict[str, Any]:
    return {
        "groups": await awaited_groups(actor=actor, now=now),
        "titles": TITLES,
        "by_hand": BY_HAND,
        "following": await read_next_reminders(actor=actor, now=now, with_due=False),
        "today": actor.civil_date(now),
        "is_sending": settings.mail_server is not None,
    }


router = account_required("/signatures", [show_list, act], Permission.READ)
