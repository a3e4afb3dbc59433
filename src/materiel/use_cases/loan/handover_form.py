"""The « bon à remplir »: the hand-over receipt as a form, printed beforehand, to be filled in and signed on the spot.

It is nothing that was issued: no number of its own, no box in the database, nothing kept. Its code leads to a page that
says so. The receipt is issued as ever when the hand-over is recorded; the signed form is then attached to it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from materiel.documents.compose import compose
from materiel.documents.content import Content
from materiel.documents.facts import Facts, ItemFacts
from materiel.documents.wording import wording_on
from materiel.domain.accounts.roles import Permission
from materiel.domain.loan.plan import check_issued
from materiel.domain.papers.document import DocumentKind
from materiel.domain.papers.required import handover_receipt
from materiel.domain.papers.signatories import signatories_of
from materiel.domain.people.death import check_living
from materiel.domain.visitors.institution import DEPOSITARIES
from materiel.errors import Conflict
from materiel.store.papers import letterhead as letterheads
from materiel.use_cases.loan.case import Case, load_case
from materiel.use_cases.loan.issuing import in_their_kits
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.work.drawing import draw_paper

MARK = "f"
"""What follows the agreement's code in the address of a form: no page of the agreement has it."""

TITLE = "Bon de remise à remplir"
SUBTITLE = "Formulaire : il ne constate rien tant qu'il n'est pas rempli et signé, le jour de la remise."
FOOTER = "Formulaire à remplir. Le bon de remise est établi quand le service enregistre la remise."


@dataclass(frozen=True, slots=True)
class HandoverForm:
    """The form drawn, and the number of the agreement that it belongs to."""

    agreement_number: str
    pdf: bytes


async def handover_form(loan_id: UUID, *, issuer: Issuer) -> HandoverForm:
    """Draw the form of what a loan has still to hand over. Nothing is written.

    Raises:
        NotFound: `loan.not_found`.
        Conflict: `loan.not_issued`, `loan.closed`, `loan.already_handed_over`; what a death stops.
        RuleBroken: nobody may sign for the pupil.

    Source: Code civil, art. 1919.
    """
    issuer.actor.require(Permission.READ)
    case = await load_case(loan_id, issuer.actor)
    check_issued(case.loan)
    check_living(case.pupil)
    if not case.loan.lines_to_hand_over:
        raise Conflict("loan.already_handed_over", "Tout le matériel de ce prêt est déjà remis : imprimez ses bons.")
    content = form_content(case, issuer)
    letterhead = await letterheads.find(case.service.letterhead)
    return HandoverForm(agreement_number=_agreement(case)[0], pdf=await draw_paper(content, letterhead))


def form_content(case: Case, issuer: Issuer) -> Content:
    """The words of the form: a hand-over receipt whose day, condition and remarks are left to the hand."""
    number, code = _agreement(case)
    required = handover_receipt(case.loan.usage, case.loan.custody, case.place.school.kind)
    custodian = case.place.custodian if any(party in required.signatories for party in DEPOSITARIES) else None
    facts = Facts(
        kind=DocumentKind.HANDOVER_RECEIPT,
        number=f"{number}, à remplir",
        code=f"{code}/{MARK}",
        base_url=issuer.base_url,
        label_url=issuer.label_url,
        issued_on=issuer.today,
        service=case.service,
        loan=case.loan,
        school=case.place.school,
        items=in_their_kits(
            case,
            tuple(ItemFacts(item=case.item(line.item_id)) for line in case.loan.lines_to_hand_over),
            DocumentKind.HANDOVER_RECEIPT,
        ),
        pupil=case.pupil,
        signatories=signatories_of(
            required, service=case.service, pupil=case.pupil, custodian=custodian, on=issuer.today
        ),
        custodian=custodian,
        agreement_number=number,
    )
    content = compose(facts, wording_on(facts.kind, facts.issued_on))
    return replace(content, title=TITLE, subtitle=SUBTITLE, footer=FOOTER)


def _agreement(case: Case) -> tuple[str, str]:
    agreement = case.agreement
    if agreement is None:
        raise LookupError("an issued loan has an agreement")
    return agreement.number, agreement.code
