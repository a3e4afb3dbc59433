"""The next act of a loan’s sheet: each thing that waits, with the button that settles it there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from materiel.domain.accounts.delays import Delays
from materiel.domain.accounts.roles import Actor
from materiel.domain.desk.dashboard import Concern
from materiel.domain.desk.due import DueAct, due_on_loan, in_order
from materiel.domain.language.french import enumeration
from materiel.domain.loan.alerts import is_expired, since_when
from materiel.domain.loan.loan import Loan
from materiel.domain.papers.cover_letter import CoverLetterKind
from materiel.domain.people.pupil import Pupil
from materiel.domain.work.outbox import MessageState
from materiel.use_cases.loan.list import LoanLine
from materiel.use_cases.loan.sheet import LoanSheet
from materiel.use_cases.mail.status import MailLine
from materiel.web.pages.acting import LOAN_ACTS, Button, ShownDue, shown_due

REMIND = "/a-faire/relancer"


def all_dues(sheet: LoanSheet, mail: Sequence[MailLine], actor: Actor, today: date) -> tuple[DueAct, ...]:
    """What a loan awaits: what its own rules say, then its open incidents and the messages that came back."""
    case = sheet.case
    found = list(due_on_loan(case.loan, case.documents, sheet.alerts, pupil=case.pupil, today=today))
    for incident in sheet.incidents:
        if incident.is_open:
            on = actor.civil_date(incident.declared_at)
            told = f"{incident.kind.label}, {case.item(incident.item_id).inventory_number}, {since_when(on, today)}."
            found.append(DueAct(concerns=(Concern.INCIDENT,), detail=told, since=on, subjects=(incident.id,)))
    if unused := sheet.unused:
        on = max(unused.values())
        named = enumeration([case.item(each).inventory_number for each in unused])
        told = f"{named}, {since_when(on, today)}. La famille ne doit rien rendre avant le terme : invitez-la à parler."
        found.append(DueAct(concerns=(Concern.UNUSED,), detail=told, since=on, subjects=tuple(unused)))
    for item_id, said in _unread(sheet).items():
        number, on = case.item(item_id).inventory_number, min(said)
        told = f"La famille parle de l'état du {number}, {since_when(on, today)}."
        found.append(DueAct(concerns=(Concern.REMARKS,), detail=told, since=on, subjects=(item_id,)))
    return in_order([*found, *(due for due, _ in dues_of_mail(mail, actor, today))])


def _unread(sheet: LoanSheet) -> dict[UUID, list[date]]:
    """By item, the days on which the family said what nobody of the service has read."""
    found: dict[UUID, list[date]] = {}
    for remark in sheet.remarks:
        if remark.read_at is None:
            found.setdefault(remark.item_id, []).append(remark.said_on)
    return found


def dues_of_mail(mail: Sequence[MailLine], actor: Actor, today: date) -> list[tuple[DueAct, Button | None]]:
    """The messages that came back, and that nobody has dealt with."""
    found: list[tuple[DueAct, Button | None]] = []
    for line in mail:
        if line.message.state is MessageState.FAILED and line.message.settled_at is None:
            on = actor.civil_date(line.message.created_at)
            told = f"{line.message.purpose.label} à {line.name}, {since_when(on, today)}."
            due = DueAct(concerns=(Concern.MAIL,), detail=told, since=on, subjects=(line.message.id,))
            found.append((due, Button(text="Corriger", to=f"/courriels/{line.message.id}")))
    return found


def shown_dues(
    found: Sequence[DueAct],
    loan: Loan,
    *,
    today: date,
    delays: Delays,
    possible: Collection[str],
    askable: Collection[UUID],
    asked: Collection[UUID],
    to_issue: bool,
) -> list[ShownDue]:
    """What waits on a loan’s sheet, the next act first.

    Args:
        possible: the slugs of the steps that the loan allows to its reader; empty for whoever only reads.
        askable: the papers that somebody may be written to about; `asked` those that somebody was written to about.
        to_issue: whether a draft may be issued as it is.
    """
    shown = []
    for due in found:
        buttons: list[Button] = []
        if possible:
            buttons = _buttons(due, loan, possible, askable, asked, to_issue=to_issue)
            if due.concern is Concern.UNSIGNED and loan.lacks_agreement:
                buttons = [_first_agreement(loan, today)]
        shown.append(shown_due(due, today, delays, buttons))
    return shown


def _buttons(
    due: DueAct,
    loan: Loan,
    possible: Collection[str],
    askable: Collection[UUID],
    asked: Collection[UUID],
    *,
    to_issue: bool,
) -> list[Button]:
    acts: Sequence[Concern]
    match due.concern:
        case Concern.DRAFT:
            issue = Button(text="Émettre les documents", to=f"/prets/{loan.id}/emission", fields=())
            give_up = Button(text="Abandonner", to=f"/prets/{loan.id}/annulation")
            return [issue, give_up] if to_issue else [give_up]
        case Concern.UNSIGNED | Concern.SIGNATURE:
            return _ask(due, loan, askable, asked)
        case Concern.OWN_SIGNATURE:
            return [Button(text="Noter notre signature", to=f"/documents/{due.subjects[0]}")]
        case Concern.NOTICE:
            return [Button(text="Envoyer", to=f"/documents/{due.subjects[0]}")]
        case Concern.INCIDENT:
            return [Button(text="Décider", to=f"/incidents/{due.subjects[0]}")]
        case Concern.MAIL:
            return [Button(text="Corriger", to=f"/courriels/{due.subjects[0]}")]
        case Concern.UNUSED:
            letter = f"/prets/{loan.id}/lettre?objet={CoverLetterKind.UNUSED.value}"
            return [Button(text="Préparer la lettre", to=letter)]
        case Concern.REMARKS:
            return [Button(text="Lire", to=f"/prets/{loan.id}/etats/{due.subjects[0]}")]
        case Concern.CAME_OF_AGE:
            return [Button(text="Écrire à l'élève", to=f"/eleves/{loan.pupil_id}")]
        case Concern.CAPPED:
            acts = (Concern.ENDING,)
        case _:
            acts = due.concerns
    found = [(text, to.format(loan.id)) for text, to in (LOAN_ACTS[each] for each in acts if each in LOAN_ACTS)]
    return [Button(text=text, to=to) for text, to in found if to.rpartition("/")[2] in possible]


def _first_agreement(loan: Loan, today: date) -> Button:
    """What gives a loan taken over its real agreement: to issue it, or to renew past the term."""
    if is_expired(loan, today):
        return Button(text="Renouveler, avec la vraie convention", to=f"/prets/{loan.id}/renouvellement")
    return Button(text="Faire établir la convention", to=f"/prets/{loan.id}/emission", fields=())


def _ask(due: DueAct, loan: Loan, askable: Collection[UUID], asked: Collection[UUID]) -> list[Button]:
    if not due.subjects:
        return []
    papers = [each for each in due.subjects if each in askable]
    buttons = []
    if papers:
        fields = [("concern", Concern.SIGNATURE.value), ("retour", f"/prets/{loan.id}")]
        fields += [("documents", str(each)) for each in papers]
        text = "Relancer" if any(each in asked for each in papers) else "Envoyer pour signature"
        buttons.append(Button(text=text, to=REMIND, fields=fields))
    return [*buttons, Button(text="Noter une signature papier", to=f"/documents/{due.subjects[0]}")]


def dues_of_loans(
    lines: Sequence[LoanLine], *, today: date, whole: str, pupil: Pupil | None = None
) -> list[tuple[DueAct, Button | None]]:
    """What several loans await, each act once: for one loan its sheet, for several the list of them all, at `whole`."""
    by_concern: dict[Concern, list[tuple[DueAct, LoanLine]]] = {}
    for line in lines:
        died = line.place.pupil_died
        for due in due_on_loan(line.loan, line.papers, line.alerts, pupil=pupil, today=today, died=died):
            by_concern.setdefault(due.concern, []).append((due, line))
    found: list[tuple[DueAct, Button | None]] = []
    for concern, listed in by_concern.items():
        named = {line.loan.id: line for _, line in listed}
        first, line = listed[0]
        if len(named) == 1:
            told_already = len(lines) == 1 or not line.number or line.number in first.detail
            number = "" if told_already else f" Prêt {line.number}."
            button = Button(text="Ouvrir le prêt", to=f"/prets/{line.loan.id}")
            found.append((replace(first, detail=f"{first.detail}{number}"), button))
            continue
        days = [due.since for due, _ in listed if due.since is not None]
        told = f"{len(named)} prêts, le plus ancien {since_when(min(days), today)}." if days else f"{len(named)} prêts."
        since = min(days, default=None)
        button = Button(text="Voir les prêts", to=whole)
        found.append((DueAct(concerns=(concern,), detail=told, since=since), button))
    return found
