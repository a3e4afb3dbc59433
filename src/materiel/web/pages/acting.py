"""What pages that act upon loans and documents share: who issues, what is said afterwards, files to download."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response
from litestar.response import Redirect, Stream

from materiel.domain.accounts.delays import Delays
from materiel.domain.accounts.roles import PERMISSIONS, Actor, Permission
from materiel.domain.desk.dashboard import Concern
from materiel.domain.desk.due import DueAct, in_order
from materiel.domain.language.french import enumeration
from materiel.domain.language.typography import count
from materiel.domain.loan.decision import Caution
from materiel.domain.papers.document import RECEIPTS
from materiel.domain.work.job import Job
from materiel.errors import BadInput, MaterielError
from materiel.use_cases.desk.lots.lot import Seen, StartLot, start_lot
from materiel.use_cases.desk.print_together import print_documents_together
from materiel.use_cases.loan.applying import Applied, Letters
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.papers.printing import PrintDocuments
from materiel.web.http.forms import Form
from materiel.web.http.session import session_of
from materiel.web.pages.shell.listing import asked_of
from materiel.web.pages.shell.view import Line, View

PDF = "application/pdf"
CURSOR = "avant"
"""The parameter that holds where the page before ended."""

LOAN_ACTS = {
    Concern.TO_HAND_OVER: ("Remettre", "/prets/{}/remise"),
    Concern.RETURN: ("Noter le retour", "/prets/{}/retour"),
    Concern.VOICE: ("Voir le prêt", "/prets/{}"),
    Concern.ENDING: ("Renouveler", "/prets/{}/renouvellement"),
    Concern.BASIS: ("Renouveler", "/prets/{}/renouvellement"),
    Concern.CAPPED: ("Revoir", "/prets/{}"),
    Concern.DRAFT: ("Reprendre", "/prets/{}"),
    Concern.UNUSED: ("Ouvrir", "/prets/{}"),
    Concern.REMARKS: ("Lire", "/prets/{}#papers"),
}
"""The act that settles what a concern says of a loan, and its address for the loan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """What settles a thing: a link, or a form when there is something to post."""

    text: str
    to: str
    fields: Sequence[tuple[str, str]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDue:
    """One thing that waits, as a sheet tells it; `weight` ends the class of its band, empty for care."""

    verb: str
    detail: str
    weight: str
    buttons: tuple[Button, ...] = ()


def shown_due(due: DueAct, today: date, delays: Delays, buttons: Iterable[Button] = ()) -> ShownDue:
    """One thing that waits, with the buttons that its sheet offers."""
    weight = {"": "calm", "bad": "bad"}.get(due.weighs(today, delays).value, "")
    return ShownDue(verb=due.duty.verb, detail=due.detail, weight=weight, buttons=tuple(buttons))


def shown_in_order(found: Sequence[tuple[DueAct, Button | None]], today: date, *, actor: Actor) -> list[ShownDue]:
    """What waits on a sheet, the next act first; where several lead to one place, one button does."""
    buttons = dict(found)
    shown, offered = [], set[str]()
    for due in in_order(due for due, _ in found):
        button = buttons[due] if may_write(actor) else None
        once = [button] if button is not None and button.to not in offered else ()
        shown.append(shown_due(due, today, actor.delays, once))
        offered.add(button.to if button is not None else "")
    return shown


def may_write(actor: Actor) -> bool:
    """Whether buttons that write are shown; the use cases refuse all the same."""
    return Permission.WRITE in PERMISSIONS[actor.role]


def uuid_of(text: str) -> UUID | None:
    """The identifier in an address or a field; None when there is none, or when it is none of ours."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def uuids_of(texts: Iterable[str]) -> list[UUID]:
    """The identifiers among several fields or boxes of one name, each once, in their order."""
    return list(dict.fromkeys(each for text in texts if (each := uuid_of(text)) is not None))


def chosen_of(form: Form, name: str) -> list[UUID]:
    """What a form acts upon: the line whose button was pressed (`only`), else what is ticked under this name."""
    only = uuid_of(form.typed("only"))
    return [only] if only else uuids_of(form.many(name))


async def chosen_in(
    view: View[Line],
    form: Form,
    name: str,
    id_of: Callable[[Line], UUID],
    *,
    actor: Actor,
    now: datetime,
    most: int,
) -> list[UUID]:
    """What a form acts upon: the lines ticked under a name, or all those of the view that it asks for.

    Raises:
        BadInput: `list.none_chosen`; `list.too_many`, the view has more than `most` lines: some of them are never taken
            for all.
    """
    if not form.ticked("all"):
        if ticked := uuids_of(form.many(name)):
            return ticked
        raise BadInput("list.none_chosen", "Aucune ligne n'est choisie : cochez-en au moins une.")
    wanted = await asked_of(view, form, actor)
    total = await view.total(wanted, actor=actor, now=now)
    if total.count > most or total.more:
        told = f"Cette vue a {'plus de ' if total.more else ''}{count(total.count)} {view.nouns}"
        raise BadInput("list.too_many", f"{told} ; agissez sur {count(most)} au plus à la fois. Filtrez-la.")
    return [id_of(line) for line in await view.page(wanted, actor=actor, now=now, limit=most, after=None)]


def next_page(request: Request[Any, Any, Any], cursor: str | None) -> str:
    """The address of the following page of a list, its filters kept; empty on the last one."""
    if not cursor:
        return ""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != CURSOR]
    return f"{request.url.path}?{urlencode([*kept, (CURSOR, cursor)])}"


async def say_applied(
    request: Request[Any, Any, Any],
    done: str,
    applied: Applied,
    *,
    undo: tuple[str, str] = ("", ""),
    settle: tuple[str, str] = ("", ""),
    follow: tuple[str, str] = ("", ""),
) -> None:
    """Tell on the next page what a step did: its documents, then what to be careful of.

    Args:
        undo: as `flash` takes it.
        settle: the same, for those who must be written to by post.
        follow: the same, for what comes next where nobody must.
    """
    made = [f"{each.kind.label} {each.number}" for one in (applied, *applied.others) for each in one.made]
    if applied.made_other:
        done += " Un prêt distinct est fait pour ce qui n'a pas la même garde."
    elif applied.others:
        count = len(applied.others)
        done += f" {count} autres prêts de l'élève ont suivi." if count > 1 else " L'autre prêt de l'élève a suivi."
    text = f"{done} {'À imprimer ou à faire signer : ' + ', '.join(made) + '.' if made else ''}".strip()
    cautions = cautions_text((*applied.cautions, *(each for other in applied.others for each in other.cautions)))
    written, by_post = letters_text(applied.letters), post_text(applied.letters)
    left = " ".join(each for each in (by_post, cautions) if each)
    await session_of(request).flash(
        f"{text} {written}".strip(), left=left, undo=undo, settle=settle if by_post else follow
    )


def undo_of_receipt(applied: Applied, until: str) -> tuple[str, str]:
    """Where the receipt of a step is voided, which takes the step back; nothing when it made none, or several."""
    receipts = [each for each in applied.made if each.kind in RECEIPTS]
    return (f"/documents/{receipts[0].id}/annuler", until) if len(receipts) == 1 else ("", "")


def letters_text(letters: Letters) -> str:
    """Whom a step wrote to, which has still to leave."""
    return f"Courriel à envoyer à\u00a0: {enumeration(letters.written_to)}." if letters.written_to else ""


def post_text(letters: Letters) -> str:
    """Who must be written to by post, which a step leaves to do."""
    who = enumeration(letters.to_print)
    return f"Sans adresse électronique, à prévenir par la poste\u00a0: {who}." if letters.to_print else ""


def cautions_text(cautions: tuple[Caution, ...]) -> str:
    """The sentences to be careful of, one after the other."""
    return " ".join(dict.fromkeys(each.detail for each in cautions))


def sheet_of_replaced(refusal: MaterielError) -> tuple[str, str]:
    """Where a label that was replaced leads, and the words that lead there; nothing for any other refusal."""
    if refusal.code != "label.replaced":
        return "", ""
    return f"/materiels/{refusal.facts['item']}", f"Ouvrir la fiche de {refusal.facts['inventory_number']}"


def fault_of_code(form: Form, name: str, refusal: MaterielError) -> None:
    """Note why what was typed or scanned names no item; a label that was replaced leads to the one that bore it."""
    form.fault(name, refusal.message, sheet_of_replaced(refusal))


def pdf_answer(data: bytes, name: str) -> Response[bytes]:
    """A PDF shown by the browser, which keeps no copy of it; `name` is plain ASCII, without extension."""
    return Response(data, media_type=PDF, headers=_inline(name))


def pdf_stream(pieces: AsyncIterator[bytes], name: str) -> Stream:
    """The same of a PDF that comes piece by piece."""
    return Stream(pieces, media_type=PDF, headers=_inline(name))


def _inline(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'inline; filename="{name}.pdf"'}


async def lead_to_lot(
    request: Request[Any, Any, Any], command: StartLot, issuer: Issuer, seen: Mapping[UUID, Seen] | None = None
) -> Redirect:
    """Start a lot, and lead to its page."""
    job = await start_lot(command, issuer=issuer, seen=seen)
    return Redirect(request.app.route_reverse("job:show", job_id=job.id), status_code=303)


async def lead_to_print(
    request: Request[Any, Any, Any], chosen: Sequence[UUID], actor: Actor, now: datetime
) -> Redirect:
    """Have many documents drawn into one file, and lead to the page of the job."""
    job = await print_documents_together(PrintDocuments(document_ids=tuple(chosen)), actor=actor, now=now)
    assert isinstance(job, Job), "the caller has many"
    return Redirect(request.app.route_reverse("job:show", job_id=job.id), status_code=303)
