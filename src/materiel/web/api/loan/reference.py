"""HTTP for the changes of the annuaire that touch running loans: list them, settle them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.language.bounds import filled_text
from materiel.domain.loan.decision import Outcome
from materiel.domain.loan.reference_change import ChangeKind, Settlement, settlements
from materiel.use_cases.loan import reference_change as changes
from materiel.web.api.body import Body
from materiel.web.api.problems import LIST, WRITE, problems
from materiel.web.http.paging import Cursor, Limit, cut, read_cursor


class TouchedSchool(Struct):
    """L'établissement qui change."""

    uai: str
    name: str


class TouchedLoanOut(Struct):
    """Un prêt en cours, ce que la table en dit maintenant, et ce qu'il y a à faire."""

    id: UUID
    number: str
    outcome: Outcome
    code: str | None
    reason: str
    act: str


class ReferenceChangeOut(Struct):
    """Un changement de l'annuaire à régler. `decisions` sont celles que prend `settle`."""

    id: UUID
    kind: ChangeKind
    school: TouchedSchool
    before: str
    after: str
    detail: str
    found_at: datetime
    loans: list[TouchedLoanOut]
    decisions: list[Settlement]

    @classmethod
    def of(cls, each: changes.ToSettle) -> ReferenceChangeOut:
        """The wire form of a change."""
        return cls(
            id=each.change.id,
            kind=each.change.kind,
            school=TouchedSchool(each.school.uai, each.school.name),
            before=each.change.before,
            after=each.change.after,
            detail=each.told,
            found_at=each.change.found_at,
            loans=[
                TouchedLoanOut(
                    id=touched.loan.id,
                    number=touched.number,
                    outcome=touched.decision.outcome,
                    code=touched.decision.code,
                    reason=touched.decision.reason,
                    act=touched.act,
                )
                for touched in each.loans
            ],
            decisions=list(settlements(each.change.kind)),
        )


class ReferenceChangePage(Struct):
    """Une page de changements à régler, les plus anciens d'abord."""

    items: list[ReferenceChangeOut]
    next_cursor: str | None


class SettleBody(Body):
    """Ce qu'un gestionnaire décide, et pourquoi. `accept` suit le changement ; `keep` garde tout comme avant."""

    decision: Settlement
    reason: Annotated[str, filled_text(500)]


class SettledOut(Struct):
    """Le changement réglé."""

    id: UUID
    decision: Settlement


@get(
    "/changes",
    operation_id="ListReferenceChanges",
    summary="Lister les changements de l'annuaire à régler",
    tags=["Établissements"],
    responses=problems(*LIST),
)
async def list_reference_changes(
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> ReferenceChangePage:
    """Ceux qui touchent des prêts en cours de votre service, avec ce que la table en dit maintenant."""
    found = await changes.list_changes(actor=actor, now=now, limit=limit + 1, after=read_cursor(cursor, UUID))
    shown, following = cut(found, limit, lambda each: each.change.id)
    return ReferenceChangePage(items=[ReferenceChangeOut.of(each) for each in shown], next_cursor=following)


@post(
    "/changes/{change_id:uuid}/settle",
    status_code=200,
    operation_id="SettleReferenceChange",
    summary="Régler un changement de l'annuaire",
    tags=["Établissements"],
    responses=problems(
        *WRITE,
        examples={
            404: ("reference_change.not_found", "Ce changement de l'annuaire n'existe pas dans votre service."),
            409: ("reference_change.settled", "Ce changement est déjà réglé. Rechargez la liste."),
        },
    ),
)
async def settle_reference_change(
    change_id: FromPath[UUID],
    data: JSONBody[SettleBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> SettledOut:
    """Aucun papier n'est refait, aucun prêt ne bouge ; une nouvelle commune ne reçoit rien avant `accept`."""
    settled = await changes.settle_change(change_id, data.decision, data.reason, actor=actor, now=now)
    return SettledOut(id=settled.id, decision=data.decision)


router = Router("/references", route_handlers=[list_reference_changes, settle_reference_change])
