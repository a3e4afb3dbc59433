"""What a loan is on the wire: the bodies of its routes and the shape of its answers. Routes are in `routes`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from materiel.domain.item.item import Condition
from materiel.domain.loan.decision import Caution, Decision, Schooling
from materiel.domain.loan.loan import Loan, LoanItem, LoanStatus, RemovalReason
from materiel.domain.loan.plan import Fault, Removal
from materiel.domain.loan.recall_ground import RecallGround
from materiel.domain.papers.document import Document
from materiel.domain.usage import Basis, BasisKind, Custody, Usage
from materiel.web.api.fields import Uai, filled, filled_text
from materiel.web.api.fields import line as one_line
from materiel.web.api.loan.decision import BasisBody, DecisionOut, WarningOut
from materiel.web.api.papers.document import DocumentOut

ItemIds = Annotated[list[UUID], Meta(min_length=1, max_length=200)]
Reason = Annotated[str, filled_text(500, "Élève ayant quitté l'académie")]


class OverrideBody(Struct, forbid_unknown_fields=True):
    """Le motif du gestionnaire, quand la table demande une décision manuelle."""

    reason: Reason


class LoanBody(Struct, forbid_unknown_fields=True):
    """Un prêt ou un dépôt à préparer. `pupil` est obligatoire pour un usage individuel.

    `elsewhere` : ceux de `items` qui ont l'autre lieu de garde ; un second prêt est préparé pour eux, dans `others`.
    """

    usage: Usage
    custody: Custody
    school: Uai
    items: ItemIds
    starts_on: date
    purpose: Annotated[str, filled_text(1000, "Prise de notes et lecture des documents de cours")]
    pupil: UUID | None = None
    ends_on: date | None = None
    basis: BasisBody | None = None
    schooling: Schooling = Schooling.ORDINARY
    elsewhere: Annotated[list[UUID], Meta(max_length=200)] = []
    override: OverrideBody | None = None


class HandedItemBody(Struct, forbid_unknown_fields=True):
    """Un matériel remis, son état et les accessoires vraiment remis ; tous ceux qu'il a si rien n'est dit."""

    id: UUID
    condition: Condition
    accessories: Annotated[list[Annotated[str, filled(100, "Chargeur")]], Meta(max_length=30)] | None = None


class HandoverBody(Struct, forbid_unknown_fields=True):
    """Une remise."""

    handed_over_on: date
    items: Annotated[list[HandedItemBody], Meta(min_length=1, max_length=200)]


class ReturnedItemBody(Struct, forbid_unknown_fields=True):
    """Un matériel rendu, son état et ce qui manque."""

    id: UUID
    condition: Condition
    missing_accessories: Annotated[list[Annotated[str, filled(100, "Chargeur")]], Meta(max_length=30)] = []


class ReturnBody(Struct, forbid_unknown_fields=True):
    """Un retour."""

    returned_on: date
    items: Annotated[list[ReturnedItemBody], Meta(min_length=1, max_length=200)]


class ChangeSchoolBody(Struct, forbid_unknown_fields=True):
    """Un changement d'établissement ; `items` dit l'état de ce que l'ancien rend, des prêts qui suivent aussi."""

    school: Uai
    effective_on: date
    schooling: Schooling = Schooling.ORDINARY
    items: Annotated[list[HandedItemBody], Meta(max_length=200)] = []
    override: OverrideBody | None = None


class ChangeCustodyBody(Struct, forbid_unknown_fields=True):
    """Un changement de lieu de garde, et l'état des matériels qui changent de mains ce jour-là.

    `only` : les matériels qui changent de garde, quand les autres restent où ils sont. Vide, tout le prêt change.
    """

    custody: Custody
    effective_on: date
    items: Annotated[list[HandedItemBody], Meta(max_length=200)] = []
    only: Annotated[list[UUID], Meta(max_length=200)] = []
    override: OverrideBody | None = None


class RenewBody(Struct, forbid_unknown_fields=True):
    """Un renouvellement jusqu'à `ends_on`, dernier jour compris ; `basis` est la nouvelle décision, s'il y en a une."""

    ends_on: date | None = None
    basis: BasisBody | None = None
    override: OverrideBody | None = None


class RemovalBody(Struct, forbid_unknown_fields=True):
    """Un matériel qui sort du prêt, pourquoi, et ce que le gestionnaire en dit.

    `came_back` : le matériel en panne ou cassé est revenu au service ; sinon son retour reste attendu. Une perte, un
    vol ou un dommage ouvre un incident, ou rejoint celui qui est ouvert, avec `description` et `happened_on`.
    """

    id: UUID
    reason: RemovalReason = RemovalReason.RETURNED
    fault: Fault = Fault.UNDECIDED
    came_back: bool = False
    condition: Condition | None = None
    missing_accessories: Annotated[list[Annotated[str, filled(100, "Chargeur")]], Meta(max_length=30)] = []
    description: Annotated[str, one_line(1000, "Sac volé dans le bus")] = ""
    happened_on: date | None = None


_SAID = ("reason", "fault", "came_back", "condition", "description", "happened_on")


class AmendBody(Struct, forbid_unknown_fields=True):
    """Un avenant : matériels ajoutés et retirés. `remove` prend un identifiant seul (rendu) ou avec son motif."""

    effective_on: date
    add: Annotated[list[UUID], Meta(max_length=200)] = []
    remove: Annotated[list[UUID | RemovalBody], Meta(max_length=200)] = []

    def removals(self) -> tuple[Removal, ...]:
        """The domain values of `remove`."""
        return tuple(
            Removal(
                item_id=each.id,
                missing_accessories=tuple(each.missing_accessories),
                **{name: getattr(each, name) for name in _SAID},
            )
            if isinstance(each, RemovalBody)
            else Removal(item_id=each)
            for each in self.remove
        )


class CancelBody(Struct, forbid_unknown_fields=True):
    """Une annulation."""

    reason: Reason


class RecallBody(Struct, forbid_unknown_fields=True):
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


class BasisOut(Struct):
    """Ce sur quoi le prêt se fonde."""

    kind: BasisKind
    reference: str
    decided_on: date | None
    valid_until: date | None


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

    @classmethod
    def of(cls, loan: Loan) -> LoanSummary:
        """The wire form of a loan without its documents."""
        return cls(**_same(loan))


class LoanOut(LoanSummary, kw_only=True):
    """Un prêt. Après une étape, `documents` sont ceux qu'elle a faits ; à la lecture, tous ceux du prêt.

    `handed_over_unsigned` : remis sans convention signée. `ends_on` est la fin convenue ; `renewal_ends_on`, celle que
    donnera l'avenant `renewal` une fois signé par tous (`null` sans `renewal` : rien n'attend).
    `decision` est celle de la création.
    `written_to` et `to_print` : à qui l'étape a écrit, et qui n'a pas d'adresse électronique.
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
    named = {"school", "pupil", "items", "basis"}
    return {name: getattr(loan, name) for name in LoanSummary.__struct_fields__ if name not in named} | {
        "school": loan.school_uai,
        "pupil": loan.pupil_id,
        "items": [_line(line) for line in loan.items],
        "basis": _basis(loan.basis),
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


def _basis(basis: Basis | None) -> BasisOut | None:
    if basis is None:
        return None
    return BasisOut(
        kind=basis.kind, reference=basis.reference, decided_on=basis.decided_on, valid_until=basis.valid_until
    )
