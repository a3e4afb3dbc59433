"""What is done in number: its report, which stays, and what it left begun again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request, Response, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.desk.lot import ABOUT, LotAct, LotSubject
from materiel.domain.papers.document import NoticeChannel
from materiel.domain.work.job import Job
from materiel.domain.work.lot import LineState
from materiel.errors import BadInput
from materiel.settings import Settings
from materiel.use_cases.desk.lots.lot import LotValues, read_lot, start_again
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.papers.receipts import MOST_ITEMS
from materiel.web.acting import provide_issuer
from materiel.web.audience import account_required
from materiel.web.http.session import session_of
from materiel.web.pages.shell.filters import plural
from materiel.web.pages.shell.rendering import render
from materiel.web.pages.work.mailing import NO_SERVER

SHOWN = 100
"""Lines of each state on the page; the API lists them all."""


@dataclass(frozen=True, slots=True)
class LotWords:
    """How a page speaks of an act in number: its title, what is done in one and in several, where one goes back."""

    title: str
    done: tuple[str, str]
    back: tuple[str, str]


PARK = ("item:list", "Revenir au parc")
HOME = ("dashboard:show", "Revenir à l'accueil")
SIGNATURES = ("awaited:list", "Revenir aux signatures")
WORDS: dict[LotAct, LotWords] = {
    LotAct.REMIND: LotWords("Relance", ("relance écrite", "relances écrites"), HOME),
    LotAct.SEND: LotWords("Envoi pour signature", ("demande écrite", "demandes écrites"), SIGNATURES),
    LotAct.NOTIFY: LotWords(
        "Envoi de notifications",
        ("notification à envoyer", "notifications à envoyer"),
        ("notice:list", "Revenir aux notifications"),
    ),
    LotAct.SIGN: LotWords("Signatures sur papier", ("signature enregistrée", "signatures enregistrées"), SIGNATURES),
    LotAct.ISSUE: LotWords("Émission des documents", ("prêt émis", "prêts émis"), ("loan:list", "Revenir aux prêts")),
    LotAct.HAND_OVER: LotWords("Remise", ("matériel remis", "matériels remis"), HOME),
    LotAct.TAKE_BACK: LotWords("Retour", ("matériel repris", "matériels repris"), HOME),
    LotAct.PREPARE: LotWords("Préparation", ("matériel préparé", "matériels préparés"), HOME),
    LotAct.SET_STATUS: LotWords("Changement d'état", ("matériel passé", "matériels passés"), PARK),
    LotAct.SET_FAMILY: LotWords("Changement de famille", ("matériel rangé", "matériels rangés"), PARK),
    LotAct.SET_PLACE: LotWords("Changement de rangement", ("matériel rangé", "matériels rangés"), PARK),
    LotAct.MOVE: LotWords(
        "Changements d'établissement",
        ("élève dans son nouvel établissement", "élèves dans leur nouvel établissement"),
        ("pupil:list", "Revenir aux élèves"),
    ),
}
THINGS = {
    LotSubject.ITEM: ("matériel", "/materiels", ("Matériel", "Désignation")),
    LotSubject.LOAN: ("prêt", "/prets", ("Prêt", "Où")),
    LotSubject.DOCUMENT: ("document", "/documents", ("Document", "Où")),
    LotSubject.PUPIL: ("élève", "/eleves", ("Élève", "Établissements")),
}
SENT_FROM: dict[LotAct, tuple[tuple[str, str], ...]] = {
    LotAct.MOVE: (("notice:list", "Envoyer les notifications"), ("awaited:list", "Envoyer pour signature")),
}
"""From which pages the papers that an act makes leave."""
BY_MAIL = frozenset({LotAct.REMIND, LotAct.SEND, LotAct.NOTIFY})


async def lot_page(request: Request[Any, Any, Any], job: Job, actor: Actor, settings: Settings) -> Response[str]:
    """How far a lot is, then what is done, with its papers, and what remains, with its reason."""
    report = await read_lot(job.id, actor=actor, limit=SHOWN)
    words = WORDS[report.values.act]
    thing, where, columns = THINGS[ABOUT[report.values.act]]
    back = request.app.route_reverse(words.back[0])
    posted = report.values.channel is NoticeChannel.POST
    writes_mail = report.values.act in BY_MAIL and not posted
    context = {
        "report": report,
        "title": words.title,
        "done_words": _done(report.values),
        "of_what": plural(job.total, thing),
        "columns": columns,
        "where": where,
        "back": back,
        "back_text": words.back[1],
        "shown": SHOWN,
        "most": MOST_ITEMS,
        "sent_from": SENT_FROM.get(report.values.act, ()),
        "to_print": [each.line.subject_id for each in report.lines[LineState.REFUSED]] if writes_mail else [],
        "warning": NO_SERVER if writes_mail and settings.mail_server is None else "",
    }
    return render(request, "work/job/lot.html", context)


def _done(values: LotValues) -> tuple[str, str]:
    """What is done, in one and in several, with the value that was given."""
    one, several = WORDS[values.act].done
    if values.channel is NoticeChannel.POST:
        return "envoi par la poste noté", "envois par la poste notés"
    given = {
        LotAct.SET_STATUS: f" à l'état « {values.status.label} »" if values.status else "",
        LotAct.SET_FAMILY: f" dans la famille « {values.family.word} »" if values.family else "",
        LotAct.SET_PLACE: f" à « {values.storage_place} »" if values.storage_place else "",
    }.get(values.act, "")
    return one + given, several + given


@post(
    "/{job_id:uuid}/reprise",
    name="job:again",
    opt={"permission": Permission.WRITE},
    dependencies={"issuer": Provide(provide_issuer)},
)
async def again(request: Request[Any, Any, Any], job_id: FromPath[UUID], issuer: NamedDependency[Issuer]) -> Redirect:
    """Begin again what a lot has refused or left, once."""
    try:
        job_id = (await start_again(job_id, issuer=issuer)).id
    except BadInput as refusal:
        await session_of(request).flash(refusal.message, "warning")
    return Redirect(request.app.route_reverse("job:show", job_id=job_id), status_code=303)


router = account_required("/taches", [again], Permission.READ)
