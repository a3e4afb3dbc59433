"""HTTP for the annex of the actor's managing service: its versions, to be read."""

from __future__ import annotations

from datetime import date, datetime

from litestar import Router, get
from litestar.di import NamedDependency
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.item.family import ItemFamily
from materiel.use_cases.accounts.annex import AnnexVersion, list_annexes
from materiel.web.api.problems import LIST, problems


class AnnexSectionOut(Struct):
    """Une partie d'une annexe. `family` : imprimée seulement avec un matériel de cette famille ; nulle, toujours."""

    family: ItemFamily | None
    text: str


class AnnexOut(Struct):
    """Une version de l'annexe des conventions. `in_force` : celle des conventions émises aujourd'hui.

    Sans aucune partie, plus aucune annexe n'est imprimée à partir de `starts_on`.
    """

    rank: int
    title: str
    starts_on: date
    sections: list[AnnexSectionOut]
    written_at: datetime
    in_force: bool

    @classmethod
    def of(cls, version: AnnexVersion) -> AnnexOut:
        """The wire form of a version."""
        annex = version.annex
        return cls(
            rank=annex.rank,
            title=annex.title,
            starts_on=annex.starts_on,
            sections=[AnnexSectionOut(family=each.family, text=each.text) for each in annex.sections],
            written_at=annex.written_at,
            in_force=version.in_force,
        )


class AnnexList(Struct):
    """Les versions de l'annexe des conventions d'un service, la dernière écrite d'abord."""

    items: list[AnnexOut]


@get(
    "/",
    operation_id="ListAnnexes",
    summary="Lire les versions de l'annexe des conventions",
    tags=["Service"],
    responses=problems(*LIST),
)
async def list_all(actor: NamedDependency[Actor], now: NamedDependency[datetime]) -> AnnexList:
    """Imprimée après les articles des conventions, par partie ; elle s'écrit dans les réglages du service."""
    return AnnexList(items=[AnnexOut.of(each) for each in await list_annexes(actor=actor, now=now)])


router = Router("/service/annexes", route_handlers=[list_all])
