"""What a request of a loan must hold before anything is written: a pupil or none, items that may be lent, a
purpose; and what would prevent its documents from being issued, told before anything is written.

Law: circulaire n° 2001-221 (an individual loan has a pupil, a shared deposit has none). The table is in
`decision`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from materiel.domain.accounts.service import ManagingService, check_complete
from materiel.domain.item.item import Item, check_can_be_lent
from materiel.domain.loan.decision import Decision
from materiel.domain.loan.plan import check_no_duplicate
from materiel.domain.papers.document import Party
from materiel.domain.papers.required import RequiredDocument
from materiel.domain.papers.signatories import Custodian, signatories_of
from materiel.domain.people.pupil import Pupil
from materiel.domain.usage import Usage
from materiel.errors import FieldError, MaterielError, RuleBroken

NO_LAST_DAY = "Un prêt pour un examen est court : indiquez son dernier jour."


def check_request(*, usage: Usage, pupil_id: UUID | None, items: Sequence[Item], starts_on: date, purpose: str) -> None:
    """Refuse a loan that the decision alone does not see to be wrong.

    Raises:
        RuleBroken: `loan.pupil_required`, `loan.pupil_not_expected`, `loan.no_item`, `loan.item_twice`,
            `loan.purpose_required`, `item.lease_ended`.
        Conflict: `item.already_lent`, `item.not_available`.
    """
    check_borrower(usage=usage, pupil_id=pupil_id)
    if not items:
        raise RuleBroken("loan.no_item", "Indiquez au moins un matériel.")
    check_no_duplicate([item.id for item in items])
    if not purpose.strip():
        raise RuleBroken(
            "loan.purpose_required",
            "Indiquez l'usage pour lequel le matériel est prêté : la convention le dit.",
        )
    for item in items:
        check_can_be_lent(item, starts_on)


def check_examination(*, usage: Usage, ends_on: date | None) -> None:
    """Refuse material lent to a centre of examination otherwise than as a deposit with a last day.

    It is lent for the papers of some candidates alone, and is due back after the last one: the term that a service has
    by policy would leave it there for a school year.

    Raises:
        RuleBroken: `loan.examination_is_a_deposit`; `loan.examination_without_end`, with the fault of `/ends_on`.

    Source: domain § 8.3; circulaire n° 2001-221 (a deposit says for how long and for which use).
    """
    if usage is not Usage.SHARED:
        raise RuleBroken(
            "loan.examination_is_a_deposit",
            "Un centre d'examen reçoit un dépôt, pour plusieurs candidats : choisissez « usage collectif », ou "
            "préparez le matériel que l'élève a déjà.",
        )
    if ends_on is None:
        raise RuleBroken("loan.examination_without_end", NO_LAST_DAY, errors=(FieldError("/ends_on", NO_LAST_DAY),))


def check_borrower(*, usage: Usage, pupil_id: UUID | None) -> None:
    """Refuse an individual loan to nobody (`loan.pupil_required`) and a shared deposit to somebody
    (`loan.pupil_not_expected`).
    """
    if usage is Usage.INDIVIDUAL and pupil_id is None:
        raise RuleBroken("loan.pupil_required", "Un prêt individuel est fait à un élève : indiquez lequel.")
    if usage is Usage.SHARED and pupil_id is not None:
        raise RuleBroken(
            "loan.pupil_not_expected",
            "Un matériel à usage collectif n'est attribué à aucun élève : retirez l'élève, ou choisissez "
            "« usage individuel ».",
        )


def check_permitted(decision: Decision) -> None:
    """Refuse a request that the table does not allow now (`loan.refused`; the code of the table is in
    `refusal`).
    """
    if not decision.permits_loan:
        raise RuleBroken(
            "loan.refused",
            f"{decision.reason} {decision.next_step}",
            refusal=decision.code,
            outcome=str(decision.outcome),
            source=str(decision.source),
        )


def obstacles_to_issue(
    required: Sequence[RequiredDocument],
    *,
    service: ManagingService,
    pupil: Pupil | None,
    custodian: Custodian | None,
    on: date,
) -> tuple[MaterielError, ...]:
    """The refusals that issuing these documents would give on a day, each once, in the order of the documents.

    Args:
        required: the documents that the table asks; none gives no obstacle.
        pupil: of an individual loan; None while nobody is chosen yet, then the service alone is looked at.
    """
    if not required:
        return ()
    found: dict[str, MaterielError] = {}
    try:
        check_complete(service)
    except MaterielError as refusal:
        found[refusal.code] = refusal
    for document in required:
        if pupil is None and Party.BORROWER in document.signatories:
            continue
        try:
            signatories_of(document, service=service, pupil=pupil, custodian=custodian, on=on)
        except MaterielError as refusal:
            found.setdefault(refusal.code, refusal)
    return tuple(found.values())
