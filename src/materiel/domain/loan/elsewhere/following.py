"""An open loan that follows its items to another service: whether it may, what ends, what begins, what is said.

The lender is the State before and after; the service that represents it changes, which the amendment names and the
borrower signs. Until then the signed agreement of the first service covers what is lent, as an old paper does.
Source: domain E13, § 8.5; Code civil, art. 1103, 1193 (an agreement changes by the consent of its parties), 1216 (who
takes a party's place is agreed in writing); circulaire n° 2016-117, § 2.5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from materiel.domain.accounts.service import ManagingService
from materiel.domain.accounts.territory import is_outside_territory
from materiel.domain.language.french import long_date
from materiel.domain.loan.loan import Loan, LoanOrigin, LoanStatus, unsigned_since
from materiel.domain.papers.document import (
    AGREEMENTS,
    Document,
    DocumentKind,
    DocumentStatus,
    SignatureStatus,
    awaited,
    in_force,
)
from materiel.domain.papers.old_paper import OldPaper
from materiel.domain.people.death import check_living
from materiel.domain.people.pupil import Pupil
from materiel.domain.places.school import School
from materiel.domain.usage import Custody
from materiel.errors import Conflict, RuleBroken

SIGNERS_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A loan that would follow, with what decides: its papers, the school, the pupil, what is open under it.

    `former`: the agreement that its `covered_by` names. `sits_on`: the examination for which one of its items was made
    ready, if it is still to come.
    """

    name: str
    loan: Loan
    documents: Sequence[Document]
    school: School
    pupil: Pupil | None = None
    former: Document | None = None
    has_incident: bool = False
    sits_on: date | None = None


def check_may_follow(told: Followed, receiver: ManagingService) -> None:
    """Refuse a loan that something holds at the service that gives, with what to do there first.

    Raises:
        RuleBroken: `pupil.deceased` (E29); `transfer.deposit_elsewhere`, what stays at a school that the service that
            receives does not answer for.
        Conflict: `transfer.loan_not_out`, not handed over, or an item is awaited back; `transfer.loan_recalled`;
            `transfer.loan_incident`; `transfer.loan_examination`; `transfer.loan_awaits`, a paper is still to be signed
            or sent; `transfer.loan_unsigned`, no signed paper covers it (E32); `transfer.loan_unreferenced`.

    Source: domain § 8.5; Code civil, art. 1216.
    """
    check_living(told.pupil)
    _check_runs(told)
    if told.has_incident:
        raise _held("transfer.loan_incident", told, "un incident est ouvert : traitez d'abord ce qui a été déclaré.")
    if told.sits_on is not None:
        raise _held(
            "transfer.loan_examination",
            told,
            f"un de ses matériels est préparé pour un examen le {long_date(told.sits_on)} : attendez ce jour.",
        )
    _check_papers(told)
    if told.loan.custody is Custody.SCHOOL and is_outside_territory(told.school, receiver):
        raise RuleBroken(
            "transfer.deposit_elsewhere",
            f"Prêt {told.name} : son matériel reste dans un établissement qui n'est pas du ressort de {receiver.name}. "
            "Changez d'abord l'élève d'établissement, ou reprenez le matériel.",
        )


def _check_runs(told: Followed) -> None:
    loan = told.loan
    if loan.status is not LoanStatus.HANDED_OVER or loan.lines_to_hand_over or loan.open_items != loan.lent_items:
        raise _held(
            "transfer.loan_not_out",
            told,
            "tout son matériel n'est pas chez l'emprunteur. Remettez ce qui doit l'être et reprenez ce qui doit "
            "revenir ; un brouillon s'annule, et l'autre service prépare le sien.",
        )
    if loan.recalled_on is not None:
        raise _held("transfer.loan_recalled", told, "son retour est demandé : enregistrez-le, ou retirez la demande.")


def _check_papers(told: Followed) -> None:
    unsent = [
        each for each in in_force(told.documents, DocumentKind.NOTICE) if any(not to.sent_at for to in each.recipients)
    ]
    if awaited(told.documents) or unsent:
        raise _held(
            "transfer.loan_awaits",
            told,
            "un papier attend une signature ou un envoi. L'autre service ne peut ni le faire signer ni l'envoyer : "
            "terminez-le d'abord.",
        )
    if unsigned_since(told.loan, told.documents, told.former) is not None:
        raise _held(
            "transfer.loan_unsigned", told, "aucune convention signée ne le couvre (E32) : faites-la signer d'abord."
        )
    if not old_paper(told.loan, told.documents).reference:
        raise _held(
            "transfer.loan_unreferenced",
            told,
            "la référence de son ancien papier n'est pas connue, et l'avenant doit la citer. Établissez d'abord la "
            "vraie convention.",
        )


def _held(code: str, told: Followed, why: str) -> Conflict:
    return Conflict(code, f"Le prêt {told.name} ne peut pas suivre : {why}", loan=str(told.loan.id))


def old_paper(loan: Loan, documents: Sequence[Document]) -> OldPaper:
    """What the service that receives knows of the agreement: its number, who signed it and when.

    A loan that itself came from elsewhere, and has no agreement of ours, keeps the paper that it came with.
    """
    agreement = next(reversed(in_force(documents, *AGREEMENTS)), None)
    if agreement is None:
        return loan.paper if loan.paper is not None else OldPaper()
    given = [each for each in agreement.signatures if each.status is SignatureStatus.SIGNED]
    return OldPaper(
        reference=agreement.number,
        signed_on=max((each.signed_on for each in given if each.signed_on is not None), default=None),
        ends_on=loan.ends_on,
        signed_by=", ".join(each.name for each in given)[:SIGNERS_MAX],
    )


def papers_that_follow(documents: Sequence[Document]) -> tuple[Document, ...]:
    """The papers that the service that receives needs to read: what is agreed upon, and what was handed over."""
    return in_force(documents, *AGREEMENTS, DocumentKind.AMENDMENT, DocumentKind.HANDOVER_RECEIPT)


def ended_here(loan: Loan, today: date) -> Loan:
    """What the service that gives keeps: a closed loan, whose items left without a return, and its papers as issued."""
    lines = tuple(
        replace(line, removed_on=max(today, line.added_on)) if line.removed_on is None else line for line in loan.items
    )
    return replace(loan, status=LoanStatus.CLOSED, closed_on=today, items=lines)


def begun_there(
    loan: Loan,
    documents: Sequence[Document],
    *,
    loan_id: UUID,
    service_id: UUID,
    pupil_id: UUID | None,
    became: Mapping[UUID, UUID],
    now: datetime,
) -> Loan:
    """The loan at the service that receives: as it runs, under the paper that covers it.

    Args:
        became: the item of that service, by the record of the one that gives.
    """
    return replace(
        loan,
        id=loan_id,
        service_id=service_id,
        pupil_id=pupil_id,
        origin=LoanOrigin.TAKEN_OVER,
        status=LoanStatus.HANDED_OVER,
        paper=old_paper(loan, documents),
        issued_on=None,
        items=tuple(replace(line, item_id=became[line.item_id], agreed_by=None) for line in loan.open_items),
        created_at=now,
        renewal=None,
        renewal_ends_on=None,
        renewed_by=None,
        renewed_from=None,
        split_from=None,
        covered_by=None,
        version=1,
    )


def new_lender_sentence(giver: ManagingService, receiver: ManagingService, on: date, *, deposit: bool) -> str:
    """What the amendment says, as whole sentences; the last one ends without its full stop, which the article adds."""
    whom = "le dépositaire" if deposit else "l'emprunteur"
    data = f" Pour les données personnelles, écrivez à : {receiver.dpo_contact}." if receiver.dpo_contact else ""
    return (
        f"L'État reste le prêteur, et le service qui le représente change. À partir du {long_date(on)}, "
        f"le service « {receiver.name} » ({receiver.code}) prend la place du service « {giver.name} » ({giver.code}), "
        "qui a signé la convention."
        f" C'est à ce nouveau service que {whom} s'adresse désormais, signale une panne, une perte ou un vol, et rend "
        f"le matériel. C'est aussi ce service qui tient le dossier.{data} Le matériel, ses numéros d'inventaire, la "
        "durée et les obligations de chacun restent les mêmes"
    )


def status_elsewhere(document: Document, documents: Sequence[Document], *, runs: bool) -> DocumentStatus:
    """What becomes of a paper in force once its loan runs in another service: it stands as long as that one does.

    Args:
        documents: those of the loan at the service that received it.
        runs: whether that loan is open.

    Source: Code civil, art. 1216 (the agreement goes on with another party).
    """
    if document.status is not DocumentStatus.IN_FORCE or document.kind not in {*AGREEMENTS, DocumentKind.AMENDMENT}:
        return document.status
    if not runs:
        return DocumentStatus.ENDED
    if any(each.is_fully_signed for each in in_force(documents, *AGREEMENTS)):
        return DocumentStatus.REPLACED
    return DocumentStatus.IN_FORCE
