"""« Pages numérisées »: hand a pile in, see what is in its boxes, confirm in one glance, file by hand what is left."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.french import enumeration, long_date
from materiel.domain.language.typography import count
from materiel.domain.papers.scan_pile import LARGEST_PILE, MOST_FILES, InkVerdict, PileState
from materiel.domain.work.job import JobState
from materiel.errors import MaterielError, NotFound
from materiel.scans.refusals import MOST_PAGES
from materiel.use_cases.papers import scan_settling as settling
from materiel.use_cases.papers import scan_sheet as sheets
from materiel.use_cases.papers.scan_settling import FilePage
from materiel.use_cases.papers.scan_sheet import PaperGroup, PaperSeen, PileSheet
from materiel.use_cases.papers.signed_scans import submit_pile
from materiel.use_cases.signing.returned import ConfirmPaper, confirm_paper
from materiel.web.acting import provide_today
from materiel.web.audience import Audience, account_required, page_router
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.shell.rendering import render, render_form

LIST = "papers/piles.html"
PILE = "papers/pile.html"
FIELD = "pages"
LIMITS = {"megabytes": LARGEST_PILE // 10**6, "files": MOST_FILES, "most_pages": MOST_PAGES}
JPEG = "image/jpeg"
WRITE = {"permission": Permission.WRITE}
TURNS = ((0, "déjà droite"), (90, "un quart de tour à droite"), (180, "un demi-tour"), (270, "un quart à gauche"))
MOST_TURN = 270
CONFIRMED = (PaperGroup.LOOK, PaperGroup.UNSIGNED, PaperGroup.COMPLETE)
"""Groups whose boxes are confirmed, in the order of the page."""


@get("/numerisations", name="returned:list")
async def list_page(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[str]:
    """The piles, what is left to read over in each, and the form that takes a new one."""
    context = {"form": Form(), "piles": await sheets.list_piles(actor=actor), **LIMITS}
    return render(request, LIST, context)


@post("/numerisations", name="returned:submit", opt=WRITE)
async def submit(
    request: Request[Any, Any, Any], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[Any]:
    """Take a pile, in one file or several, and lead to its page."""
    form = await read_form(request)
    sent = form.several_files(FIELD)
    if not sent:
        form.fault(FIELD, "Choisissez un fichier, ou plusieurs photos.")
    else:
        try:
            submitted = await submit_pile([await each.read() for each in sent], actor=actor, now=now)
        except MaterielError as refusal:
            form.refuse(refusal, FIELD)
        else:
            pile = submitted.pile
            if submitted.already:
                day = long_date(actor.civil_date(pile.created_at))
                await session_of(request).flash(f"Cette pile a déjà été déposée le {day} : rien n'a changé.", "warning")
            return Redirect(request.app.route_reverse("returned:show", pile_id=pile.id), status_code=303)
    context = {"piles": await sheets.list_piles(actor=actor), **LIMITS}
    return render_form(request, LIST, form, context)


@get("/numerisations/{pile_id:uuid}", name="returned:show")
async def show_page(
    request: Request[Any, Any, Any],
    pile_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    today: NamedDependency[date],
) -> Response[str]:
    """A pile: how far its reading is, then what is to be confirmed, filed or set aside."""
    context = await _context(pile_id, actor, today)
    return render(request, PILE, {"form": Form.filled(signed_on=today), **context})


@post("/numerisations/{pile_id:uuid}/confirmer", name="returned:confirm", opt=WRITE)
async def confirm(
    request: Request[Any, Any, Any],
    pile_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    today: NamedDependency[date],
) -> Response[Any]:
    """Record what is ticked, each paper in a transaction of its own; what is refused is told, the others are done."""
    form = await read_form(request)
    sheet = await sheets.read_pile(pile_id, actor=actor)
    only = form.typed("only")
    signed_on = form.day("signed_on", required="Indiquez la date des signatures.")
    confirmed, signatures = 0, 0
    for paper in sheet.papers:
        told = str(paper.scan_id)
        if told not in form.many("papers") or (only and only != told) or signed_on is None:
            continue
        command = _command(form, paper, pile_id, signed_on, everything=bool(only))
        if command is None or not (command.signed or command.left):
            continue
        try:
            await confirm_paper(command, actor=actor, now=now)
        except MaterielError as refusal:
            form.fault("", f"{paper.document.kind.label} {paper.document.number} : {refusal.message}")
        else:
            confirmed, signatures = confirmed + 1, signatures + len(command.signed)
    if form.faults:
        return render_form(request, PILE, form, await _context(pile_id, actor, today))
    await session_of(request).flash(*_told(confirmed, signatures))
    return Redirect(request.app.route_reverse("returned:show", pile_id=pile_id), status_code=303)


def _command(form: Form, paper: PaperSeen, pile_id: UUID, signed_on: date, *, everything: bool) -> ConfirmPaper | None:
    """What was said of a paper. What is neither ticked nor seen without ink is still to be looked at, unless the button
    was that of this paper alone.
    """
    field = f"signed_on-{paper.scan_id}"
    own = form.day(field) if form.typed(field) else signed_on
    if own is None:
        return None
    ticked = form.many("boxes")
    waiting = [box for box in paper.boxes if box.waits]
    signed = [box for box in waiting if str(box.box.id) in ticked]
    left = [box for box in waiting if box not in signed and (everything or box.box.verdict is not InkVerdict.LOOK)]
    return ConfirmPaper(
        pile_id=pile_id,
        scan_id=paper.scan_id,
        signed=tuple(box.box.id for box in signed),
        left=tuple(box.box.id for box in left),
        signed_on=own,
    )


def _told(confirmed: int, signatures: int) -> tuple[str, str]:
    if not confirmed:
        return "Rien n'était coché : rien n'est enregistré.", "warning"
    said = f"{count(signatures)} signature{'s' if signatures > 1 else ''} enregistrée{'s' if signatures > 1 else ''}"
    return (
        f"{said}, sur {count(confirmed)} papier{'s' if confirmed > 1 else ''} relu{'s' if confirmed > 1 else ''}.",
        "success",
    )


@post("/numerisations/{pile_id:uuid}/pages/{rank:int}/classer", name="returned:file", opt=WRITE)
async def file_page(
    request: Request[Any, Any, Any],
    pile_id: FromPath[UUID],
    rank: FromPath[int],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    today: NamedDependency[date],
) -> Response[Any]:
    """File a page by hand, beside its picture."""
    form = await read_form(request)
    number = form.text(f"number-{rank}", required="Indiquez le numéro du document, imprimé au pied de la page.")
    page = form.whole(f"page-{rank}", lowest=1, highest=999, required="Indiquez quelle page du document c'est.")
    turned = form.whole(f"turned-{rank}", lowest=0, highest=MOST_TURN) or 0
    if not form.faults and page is not None:
        command = FilePage(pile_id=pile_id, rank=rank, page=page, number=number, turned=turned)
        try:
            document = await settling.file_page(command, actor=actor, now=now)
        except NotFound as refusal:
            if refusal.code != "document.not_found":
                raise
            form.refuse(refusal, f"number-{rank}")
        except MaterielError as refusal:
            form.refuse(refusal, f"page-{rank}")
        else:
            said = f"Page classée : {document.kind.label.lower()} {document.number}, page {page}."
            await session_of(request).flash(said)
            return Redirect(request.app.route_reverse("returned:show", pile_id=pile_id), status_code=303)
    return render_form(request, PILE, form, await _context(pile_id, actor, today))


@post("/numerisations/{pile_id:uuid}/pages/{rank:int}/ecarter", name="returned:discard", opt=WRITE)
async def discard(
    request: Request[Any, Any, Any],
    pile_id: FromPath[UUID],
    rank: FromPath[int],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    today: NamedDependency[date],
) -> Response[Any]:
    """Set a page aside, with the reason."""
    form = await read_form(request)
    try:
        await settling.discard_page(pile_id, rank, reason=form.typed(f"reason-{rank}"), actor=actor, now=now)
    except NotFound:
        raise
    except MaterielError as refusal:
        form.refuse(refusal, f"reason-{rank}")
        return render_form(request, PILE, form, await _context(pile_id, actor, today))
    await session_of(request).flash("La page est écartée ; son image est effacée.")
    return Redirect(request.app.route_reverse("returned:show", pile_id=pile_id), status_code=303)


@get("/numerisations/{pile_id:uuid}/pages/{rank:int}/image", name="returned:page")
async def page_picture(pile_id: FromPath[UUID], rank: FromPath[int], actor: NamedDependency[Actor]) -> Response[bytes]:
    """The picture of a page, which we made: nothing of what was sent is shown as it came."""
    return Response(await sheets.read_page_picture(pile_id, rank, actor=actor), media_type=JPEG)


@get("/numerisations/{pile_id:uuid}/pages/{rank:int}/cases/{box_id:uuid}", name="returned:box")
async def box_picture(
    pile_id: FromPath[UUID], rank: FromPath[int], box_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[bytes]:
    """The picture of a signature box."""
    return Response(await sheets.read_box_picture(pile_id, rank, box_id, actor=actor), media_type=JPEG)


async def _context(pile_id: UUID, actor: Actor, today: date) -> dict[str, Any]:
    sheet = await sheets.read_pile(pile_id, actor=actor)
    reading = sheet.pile.state is PileState.READING
    return {
        "sheet": sheet,
        "reading": sheet.job if reading and sheet.job is not None and not sheet.job.is_over else None,
        "failed": _why_failed(sheet),
        "to_confirm": [(group, sheet.of(group)) for group in CONFIRMED if sheet.of(group)],
        "settled": sheet.of(PaperGroup.SETTLED),
        "turns": TURNS,
        "today": today,
        "enumerated": lambda numbers: enumeration([str(number) for number in numbers]),
    }


def _why_failed(sheet: PileSheet) -> str:
    if sheet.job is not None and sheet.job.state is JobState.FAILED:
        told: str = msgspec.json.decode(sheet.job.result or "{}").get("message", "")
        return told or "Cette pile n'a pas pu être lue."
    return "Cette pile n'a pas pu être lue." if sheet.pile.state is PileState.FAILED else ""


router = account_required(
    "/",
    [list_page, show_page, confirm, file_page, discard, page_picture, box_picture],
    Permission.READ,
)
router.dependencies |= {"today": Provide(provide_today)}
uploads = page_router(
    "/",
    [submit],
    audience=Audience.ACCOUNT,
    permission=Permission.WRITE,
    largest_body=LARGEST_PILE + 10_000_000,
)
