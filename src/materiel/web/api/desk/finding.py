"""HTTP for the one search over everything that the service holds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.desk.finding import LONGEST, Hit, HitGroup, HitKind, UsualAct
from materiel.use_cases.desk.finding import find
from materiel.web.api.problems import LIST, problems

Sought = Annotated[
    str,
    QueryParameter(
        max_length=LONGEST,
        description="Des mots, dans n'importe quel ordre, sans accents ni majuscules si l'on veut ; ou un numéro.",
    ),
]
EXAMPLES = {
    400: ("search.too_short", "Saisissez au moins deux lettres ou deux chiffres de ce que vous cherchez."),
}


class HitOut(Struct):
    """Une chose trouvée. `key` : identifiant, UAI ou code INSEE ; `act` : l'acte d'usage, pour qui peut écrire."""

    kind: HitKind
    key: str
    name: str
    detail: str
    place: str
    state: str
    state_label: str
    act: UsualAct | None
    pupil_id: UUID | None
    loan_id: UUID | None

    @classmethod
    def of(cls, hit: Hit) -> HitOut:
        """The wire form of something found."""
        same = {name: getattr(hit, name) for name in cls.__struct_fields__ if name != "state_label"}
        return cls(**same, state_label=hit.shown.label if hit.shown is not None else "")


class HitGroupOut(Struct):
    """Ce qui est trouvé d'un genre, huit au plus ; `more` : il y en a d'autres."""

    kind: HitKind
    hits: list[HitOut]
    more: bool

    @classmethod
    def of(cls, group: HitGroup) -> HitGroupOut:
        """The wire form of what was found of a kind."""
        return cls(kind=group.kind, hits=[HitOut.of(hit) for hit in group.hits], more=group.more)


class FindingsOut(Struct):
    """Ce qui répond. `exact` : la seule chose qui porte ce numéro ; rien d'autre n'est alors cherché."""

    exact: HitOut | None
    groups: list[HitGroupOut]


@get(
    "/",
    operation_id="Search",
    summary="Chercher partout",
    tags=["Service"],
    responses=problems(*LIST, examples=EXAMPLES),
)
async def search(q: Sought, actor: NamedDependency[Actor], now: NamedDependency[datetime]) -> FindingsOut:
    """Élèves, responsables, matériels, prêts, documents, établissements et communes, dans cet ordre."""
    found = await find(q, actor=actor, now=now)
    exact = HitOut.of(found.exact) if found.exact is not None else None
    return FindingsOut(exact=exact, groups=[HitGroupOut.of(group) for group in found.groups])


router = Router("/search", route_handlers=[search])
