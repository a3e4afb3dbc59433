"""What a loan is on the wire: the bodies of its routes and the shape of its answers. Routes are in `routes`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Struct

from materiel.domain.item.item import Condition
from materiel.domain.language.bounds import filled_text, several
from materiel.domain.loan.decision import Caution, Decision
from materiel.domain.loan.loan import Loan, LoanItem, LoanOrigin, LoanStatus, RemovalReason
from materiel.domain.loan.plan import Removal
from materiel.domain.loan.recall_ground import RecallGround
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.domain.papers.document import Document
from materiel.domain.papers.old_paper import OldPaper
from materiel.domain.usage import Basis, Custody, Usage
from materiel.use_cases.loan.changes import Amend, Renew
from materiel.use_cases.loan.loan import CreateLoan
from materiel.use_cases.loan.moves import ChangeCustody, ChangeSchool
from materiel.use_cases.loan.steps import HandOver, TakeBack
from materiel.web.api.answer import ValueOut
from materiel.web.api.body import Body, CommandBody
from materiel.web.api.loan.decision import DecisionOut, WarningOut
from materiel.web.api.papers.document import DocumentOut

Reason = Annotated[str, filled_text(500)]


class OverrideBody(Body):
    """Le motif du gestionnaire, quand la table demande une décision manuelle."""

    reason: Reason


class LoanBody(CommandBody[CreateLoan], given=("override_reason",)):
    """Un prêt ou un dépôt à préparer. `pupil` est obligatoire pour un usage individuel.

    `elsewhere` : ceux de `items` qui ont l'autre lieu de garde ; un second prêt est préparé pour eux, dans `others`.
    `for_examination` : un dépôt dans un centre d'examen, dont `ends_on` est alors obligatoire.
    """

    elsewhere: Annotated[tuple[UUID, ...], several(200)] = ()
    override: OverrideBody | None = None


class HandedItemBody(CommandBody[HandedItem], rename={"item_id": "id"}):
    """Un matériel remis, son état et les accessoires vraiment remis ; tous ceux qu'il a si rien n'est dit."""

    condition: Condition


class HandoverBody(CommandBody[HandOver], given=("loan_id",)):
    """Une remise."""


class ReturnedItemBody(CommandBody[ReturnedItem], rename={"item_id": "id"}):
    """Un matériel rendu, son état et ce qui manque."""


class ReturnBody(CommandBody[TakeBack], given=("loan_id",)):
    """Un retour."""


class ChangeSchoolBody(CommandBody[ChangeSchool], given=("loan_id", "override_reason")):
    """Un changement d'établissement ; `items` dit l'état de ce que l'ancien rend, des prêts qui suivent aussi."""

    override: OverrideBody | None = None


class ChangeCustodyBody(CommandBody[ChangeCustody], given=("loan_id", "override_reason")):
    """Un changement de lieu de garde, et l'état des matériels qui changent de mains ce jour-là.

    `only` : les matériels qui changent de garde, quand les autres restent où ils sont. Vide, tout le prêt change.
    """

    override: OverrideBody | None = None


class RenewBody(CommandBody[Renew], given=("loan_id", "override_reason")):
    """Un renouvellement jusqu'à `ends_on`, dernier jour compris ; `basis` est la nouvelle décision, s'il y en a une."""

    override: OverrideBody | None = None


class RemovalBody(CommandBody[Removal], rename={"item_id": "id"}):
    """Un matériel qui sort du prêt, pourquoi, et ce que le gestionnaire en dit.

    `came_back` : le matériel en panne ou cassé est revenu au service ; sinon son retour reste attendu. Une perte, un
    vol ou un dommage ouvre un incident, ou rejoint celui qui est ouvert, avec `description` et `happened_on`.
    """


class AmendBody(CommandBody[Amend], given=("loan_id", "remove")):
    """Un avenant : matériels ajoutés et retirés. `remove` prend un identifiant seul (rendu) ou avec son motif."""

    remove: Annotated[tuple[UUID | RemovalBody, ...], several(200)] = ()

    def command(self, **given: Any) -> Amend:
        """The command, with the removals said by an identifier alone."""
        removed = [each.command() if isinstance(each, RemovalBody) else Removal(item_id=each) for each in self.remove]
        return super().command(remove=tuple(removed), **given)


class CancelBody(Body):
    """Une annulation."""

    reason: Reason


class RecallBody(Body):
    """Une demande de retour. `ground` est obligatoire pour un prêt individuel avant son terme (Code civil,
    art. 1888), et se dit à la famille en clair ; `reason` reste au service.
    """

    reason: Reason
    ground: RecallGround | None = None


class LoanItemOut(Struct):
    """Une ligne d'un prêt ; ouverte tant que `removed_on` est nul."""

    id: UUID
    added_on: date
    handed_over_on: date | None
    condition_out: Condition | None
    returned_on: date | None
    condition_in: Condition | None
    missing_accessories: list[str]
    removed_on: date | None
    accessories: list[str] | None
    withdrawn_on: date | None
    removal: RemovalReason | None


class BasisOut(ValueOut[Basis], shown=("kind", "reference", "decided_on", "valid_until")):
    """Ce sur quoi le prêt se fonde."""


class OldPaperOut(Struct):
    """Ce qu'on sait de l'ancien papier d'un prêt repris ; il ne couvre plus rien depuis `ended_on`."""

    reference: str
    signed_on: date | None
    ends_on: date | None
    signed_by: str
    ended_on: date | None


class LoanSummary(Struct):
    """Un prêt dans une liste."""

    id: UUID
    status: LoanStatus
    usage: Usage
    custody: Custody
    school: str
    pupil: UUID | None
    items: list[LoanItemOut]
    starts_on: date
    ends_on: date | None
    purpose: str
    basis: BasisOut | None
    override_reason: str
    created_at: datetime
    issued_on: date | None
    handed_over_on: date | None
    recalled_on: date | None
    recall_reason: str
    recall_ground: RecallGround | None
    closed_on: date | None
    version: int
    split_from: UUID | None
    origin: LoanOrigin
    paper: OldPaperOut | None

    @classmethod
    def of(cls, loan: Loan) -> LoanSummary:
        """The wire form of a loan without its documents."""
        return cls(**_same(loan))


class LoanOut(LoanSummary, kw_only=True):
    """Un prêt. Après une étape, `documents` sont ceux qu'elle a faits ; à la lecture, tous ceux du prêt.

    `handed_over_unsigned` : remis sans convention signée. `ends_on` est la fin convenue ; `renewal_ends_on`, celle que
    donnera l'avenant `renewal`, ou la convention d'un prêt repris, une fois signé par tous (`null` sans
    `renewal` : rien n'attend).
    `decision` est celle de la création.
    `written_to` et `to_print` : à qui l'étape a écrit, et qui n'a pas d'adresse électronique.
    `origin` dit un prêt repris (`taken_over`), et `paper` ce qu'on sait de son ancien papier.
    `recalled_on` : le jour où le service a demandé le retour, et non une date limite.
    `others` : après un changement d'établissement, ce qu'il a fait des autres prêts de l'élève ; après un changement de
    garde d'une partie du matériel, le prêt établi pour elle, dont `split_from` est le prêt d'origine ; à la
    préparation, celui de l'autre garde.
    """

    handed_over_unsigned: bool
    renewal: UUID | None = None
    renewal_ends_on: date | None = None
    decision: DecisionOut
    warnings: list[WarningOut]
    documents: list[DocumentOut]
    others: list[LoanOut] = []
    written_to: list[str] = []
    to_print: list[str] = []

    @classmethod
    def with_documents(
        cls,
        loan: Loan,
        documents: Sequence[Document],
        *,
        unsigned: bool,
        decision: Decision,
        today: date,
        cautions: Sequence[Caution] = (),
    ) -> LoanOut:
        """The wire form of a loan after a step."""
        return cls(
            **_same(loan),
            handed_over_unsigned=unsigned,
            renewal=loan.renewal if loan.is_open else None,
            renewal_ends_on=loan.renewal_ends_on if loan.is_open else None,
            decision=DecisionOut.of(decision),
            warnings=[WarningOut(code=each.code, detail=each.detail) for each in cautions],
            documents=[DocumentOut.on(document, today) for document in documents],
        )


class LoanPage(Struct):
    """Une page de prêts, le plus ancien d'abord."""

    items: list[LoanSummary]
    next_cursor: str | None


def _same(loan: Loan) -> dict[str, Any]:
    named = {"school", "pupil", "items", "basis", "paper"}
    return {name: getattr(loan, name) for name in LoanSummary.__struct_fields__ if name not in named} | {
        "school": loan.school_uai,
        "pupil": loan.pupil_id,
        "items": [_line(line) for line in loan.items],
        "basis": BasisOut.of(loan.basis) if loan.basis is not None else None,
        "paper": _paper(loan.paper),
    }


def _line(line: LoanItem) -> LoanItemOut:
    return LoanItemOut(
        id=line.item_id,
        added_on=line.added_on,
        handed_over_on=line.handed_over_on,
        condition_out=line.condition_out,
        returned_on=line.returned_on,
        condition_in=line.condition_in,
        missing_accessories=list(line.missing_accessories),
        removed_on=line.removed_on,
        accessories=list(line.accessories) if line.accessories is not None else None,
        withdrawn_on=line.withdrawn_on,
        removal=line.removal,
    )


def _paper(paper: OldPaper | None) -> OldPaperOut | None:
    if paper is None:
        return None
    return OldPaperOut(
        reference=paper.reference,
        signed_on=paper.signed_on,
        ends_on=paper.ends_on,
        signed_by=paper.signed_by,
        ended_on=paper.ended_on,
    )
