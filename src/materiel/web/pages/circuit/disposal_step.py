"""The sheet of an end of life: what it takes, its steps, its papers to print and those that came back signed."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Stream

from materiel.domain.accounts.roles import PERMISSIONS, Actor, Permission
from materiel.domain.circuit.disposal.disposal import (
    ERASED_BY_MAX,
    ERASED_HOW_MAX,
    REASON_MAX,
    REFERENCE_MAX,
    Disposal,
    DisposalOutcome,
    DisposalPaper,
    DisposalState,
)
from materiel.errors import MaterielError, NotFound
from materiel.exchange.tabular import TableFormat
from materiel.use_cases.circuit.disposal import (
    AttestErasure,
    CloseDisposal,
    FinishDisposal,
    attest_erasure,
    decide_disposal,
    file_disposal_paper,
    finish_disposal,
    read_disposal,
    refuse_disposal,
    withdraw_disposal,
)
from materiel.use_cases.circuit.disposal_paper import (
    disposal_act,
    disposal_commitment,
    disposal_scans,
    domaine_list,
    domaine_table,
    read_disposal_scan,
)
from materiel.use_cases.papers.document import SCAN_EXTENSIONS, SCAN_MAX_BYTES
from materiel.web.audience import Audience, account_required, page_router
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.acting import pdf_answer
from materiel.web.pages.shell.rendering import render, render_form

SHOW = "circuit/disposal/show.html"
WRITE = {"permission": Permission.WRITE}
SIGNS = {"permission": Permission.SIGN}


@get("/{disposal_id:uuid}", name="disposal:show")
async def show(
    request: Request[Any, Any, Any],
    disposal_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[str]:
    """What goes, where, why, and what is awaited from whom."""
    disposal = await read_disposal(disposal_id, actor=actor)
    form = Form.filled(done_on=actor.civil_date(now), erased_on=actor.civil_date(now))
    return render(request, SHOW, {"form": form, **await _sheet(disposal, actor)})


@post("/{disposal_id:uuid}/effacement", name="disposal:attest", opt=WRITE)
async def attest(
    request: Request[Any, Any, Any],
    disposal_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Say when the data were erased, by whom, how."""
    form = await read_form(request)
    on = form.day("erased_on", required="Indiquez le jour de l'effacement.")
    by = form.text("erased_by", required="Indiquez qui a effacé les données.")
    how = form.text("erased_how", required="Indiquez par quelle méthode.")
    act = None
    if on is not None and not form.faults:
        command = AttestErasure(disposal_id=disposal_id, erased_on=on, erased_by=by, erased_how=how)
        act = attest_erasure(command, actor=actor, now=now)
    return await _done(request, disposal_id, actor, form, act, "L'effacement des données est attesté.")


@post("/{disposal_id:uuid}/decider", name="disposal:decide", opt=SIGNS)
async def decide(
    request: Request[Any, Any, Any],
    disposal_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Decide it, as who signs for the State."""
    form = await read_form(request)
    act = decide_disposal(disposal_id, actor=actor, now=now)
    return await _done(request, disposal_id, actor, form, act, "La fin de vie est décidée : son acte est à signer.")


@post("/{disposal_id:uuid}/refuser", name="disposal:refuse", opt=SIGNS)
async def refuse(
    request: Request[Any, Any, Any],
    disposal_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Say no, and why."""
    form = await read_form(request)
    reason = form.text("reason", required="Dites pourquoi : le gestionnaire le lit.")
    act = None
    if not form.faults:
        act = refuse_disposal(CloseDisposal(disposal_id=disposal_id, reason=reason), actor=actor, now=now)
    return await _done(request, disposal_id, actor, form, act, "La fin de vie est refusée : rien ne sort du parc.")


@post("/{disposal_id:uuid}/retirer", name="disposal:withdraw", opt=WRITE)
async def withdraw(
    request: Request[Any, Any, Any],
    disposal_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Take it back before it is done."""
    form = await read_form(request)
    reason = form.text("reason", required="Dites pourquoi : la fiche le garde.")
    act = None
    if not form.faults:
        act = withdraw_disposal(CloseDisposal(disposal_id=disposal_id, reason=reason), actor=actor, now=now)
    return await _done(request, disposal_id, actor, form, act, "La fin de vie est retirée : rien ne sort du parc.")


@post("/{disposal_id:uuid}/papier", name="disposal:file_paper")
async def file_paper(
    request: Request[Any, Any, Any],
    disposal_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Keep the scan of what was signed."""
    form = await read_form(request)
    kind = form.choice("kind", DisposalPaper, required="Dites de quel papier il s'agit.")
    sent = form.file("scan")
    if sent is None:
        form.fault("scan", "Choisissez le fichier numérisé : un PDF ou une image.")
    act = None
    if kind is not None and sent is not None:
        act = file_disposal_paper(disposal_id, kind, await sent.read(), actor=actor, now=now)
    return await _done(request, disposal_id, actor, form, act, "Le papier est joint.", field="scan")


@post("/{disposal_id:uuid}/sortie", name="disposal:finish", opt=WRITE)
async def finish(
    request: Request[Any, Any, Any],
    disposal_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Note that the items have left."""
    form = await read_form(request)
    on = form.day("done_on", required="Indiquez le jour de la sortie.")
    act = None
    if on is not None and not form.faults:
        command = FinishDisposal(
            disposal_id=disposal_id,
            done_on=on,
            labels_off=form.ticked("labels_off"),
            reference=form.text("reference"),
        )
        act = finish_disposal(command, actor=actor, now=now)
    return await _done(request, disposal_id, actor, form, act, "Ces matériels sont sortis du parc.")


async def _done(
    request: Request[Any, Any, Any],
    disposal_id: UUID,
    actor: Actor,
    form: Form,
    act: Awaitable[object] | None,
    said: str,
    field: str = "",
) -> Response[Any]:
    """Do the act, if the form has no fault, and show the sheet again; a refusal is told on it."""
    if act is not None:
        try:
            await act
        except NotFound:
            raise
        except MaterielError as refusal:
            form.refuse(refusal, field)
    if form.faults:
        disposal = await read_disposal(disposal_id, actor=actor)
        return render_form(request, SHOW, form, await _sheet(disposal, actor))
    await session_of(request).flash(said)
    return Redirect(request.app.route_reverse("disposal:show", disposal_id=disposal_id), status_code=303)


async def _sheet(disposal: Disposal, actor: Actor) -> dict[str, Any]:
    scans = await disposal_scans(disposal.id, actor=actor)
    kept = {each.kind for each in scans}
    decided = disposal.state is DisposalState.DECIDED
    return {
        "disposal": disposal,
        "proposed_on": actor.civil_date(disposal.proposed_at),
        "scans": [(each, actor.civil_date(each.filed_at)) for each in scans],
        "to_decide": disposal.state is DisposalState.PROPOSED,
        "to_finish": decided,
        "signs": Permission.SIGN in PERMISSIONS[actor.role],
        "lacking": [each for each in disposal.rule.papers if each not in kept] if decided else [],
        "papers": disposal.rule.papers,
        "for_domaine": disposal.outcome is DisposalOutcome.DOMAINE,
        "for_association": disposal.outcome is DisposalOutcome.ASSOCIATION,
        "longest": {
            "reason": REASON_MAX,
            "reference": REFERENCE_MAX,
            "erased_by": ERASED_BY_MAX,
            "erased_how": ERASED_HOW_MAX,
        },
    }


@get("/{disposal_id:uuid}/acte.pdf", name="disposal:act")
async def act_pdf(
    disposal_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[bytes]:
    """The act to sign, once decided."""
    return pdf_answer(await disposal_act(disposal_id, actor=actor, now=now), "acte-de-fin-de-vie")


@get("/{disposal_id:uuid}/engagement.pdf", name="disposal:commitment")
async def commitment_pdf(
    disposal_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[bytes]:
    """What the association signs."""
    return pdf_answer(await disposal_commitment(disposal_id, actor=actor, now=now), "engagement")


@get("/{disposal_id:uuid}/liste-domaine.pdf", name="disposal:domaine_list")
async def list_pdf(
    disposal_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[bytes]:
    """The list for the Domaine."""
    return pdf_answer(await domaine_list(disposal_id, actor=actor, now=now), "liste-domaine")


@get(["/{disposal_id:uuid}/liste-domaine.csv", "/{disposal_id:uuid}/liste-domaine.xlsx"], name="disposal:domaine_table")
async def list_table(
    request: Request[Any, Any, Any], disposal_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Stream:
    """The same for a spreadsheet."""
    made = TableFormat(request.url.path.rpartition(".")[2])
    headers = {"Content-Disposition": f'attachment; filename="liste-domaine.{made}"'}
    return Stream(await domaine_table(disposal_id, actor=actor, form=made), media_type=made.media_type, headers=headers)


@get("/{disposal_id:uuid}/papiers/{scan_id:uuid}", name="disposal:paper")
async def paper(disposal_id: FromPath[UUID], scan_id: FromPath[UUID], actor: NamedDependency[Actor]) -> Response[bytes]:
    """The file, to download: what people send is not shown inside our pages."""
    media_type, content = await read_disposal_scan(disposal_id, scan_id, actor=actor)
    name = f"fin-de-vie-{scan_id}.{SCAN_EXTENSIONS[media_type]}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


uploads = page_router(
    "/fins-de-vie",
    [file_paper],
    audience=Audience.ACCOUNT,
    permission=Permission.WRITE,
    largest_body=SCAN_MAX_BYTES + 50_000_000,
)
router = Router(
    "/",
    route_handlers=[
        account_required(
            "/fins-de-vie",
            [
                *(show, attest, decide, refuse, withdraw, finish),
                *(act_pdf, commitment_pdf, list_pdf, list_table, paper),
            ],
            Permission.READ,
        ),
        uploads,
    ],
)
