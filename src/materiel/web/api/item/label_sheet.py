"""HTTP for the sheets of labels of a service's own: kept, corrected, deleted."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from litestar import Router, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.item.label_sheet import DescribedSheet, OwnSheet, SheetMeasures
from materiel.domain.language.bounds import Version
from materiel.use_cases.item import label_sheet as sheets
from materiel.web.api.answer import ValueOut
from materiel.web.api.body import CommandBody, PatchBody
from materiel.web.api.problems import WRITE, problems


class OwnSheetBody(CommandBody[DescribedSheet]):
    """Une planche d'étiquettes, mesurée depuis le coin en haut à gauche de sa page ; longueurs en millimètres.

    `shift_right_mm` et `shift_down_mm` sont ce que la page de calage fait mesurer. Le code et le texte suivent de la
    taille de l'étiquette.
    """


class OwnSheetPatch(PatchBody[DescribedSheet], partial=True):
    """Les mesures à changer ; les absentes restent. `version` est celle qui a été lue."""

    version: Version


class SheetMeasuresOut(ValueOut[SheetMeasures], shown=tuple(SheetMeasures.__dataclass_fields__)):
    """Les mesures d'une planche, en millimètres."""


class OwnSheetOut(Struct):
    """Une planche du service. `key` la nomme pour imprimer des étiquettes ou sa page de calage."""

    id: UUID
    key: str
    title: str
    measures: SheetMeasuresOut
    version: int

    @classmethod
    def of(cls, sheet: OwnSheet) -> OwnSheetOut:
        """The wire form of a sheet."""
        return cls(sheet.id, sheet.key, sheet.title, SheetMeasuresOut.of(sheet.measures), sheet.version)


class DeletedSheet(Struct):
    """La planche supprimée."""

    deleted: UUID


EXAMPLES = {
    404: ("label_sheet.not_found", "Cette planche n'existe pas dans votre service."),
    409: ("label_sheet.title_taken", "Une planche de votre service s'appelle déjà « Rouge » : changez de nom."),
    422: ("label_sheet.invalid", "Les étiquettes dépassent le bas de la page."),
}


@post(
    "/",
    operation_id="KeepSheet",
    summary="Enregistrer une planche du service",
    tags=["Étiquettes"],
    responses=problems(*(status for status in WRITE if status != 404), examples=EXAMPLES),
)
async def keep(
    data: JSONBody[OwnSheetBody], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> OwnSheetOut:
    """Refusée si ses étiquettes dépassent la page, se recouvrent, ou si le code y serait trop petit pour être lu."""
    return OwnSheetOut.of(await sheets.keep_sheet(data.command(), actor=actor, now=now))


@patch(
    "/{sheet_id:uuid}",
    operation_id="ChangeSheet",
    summary="Corriger une planche du service",
    tags=["Étiquettes"],
    responses=problems(*WRITE, examples=EXAMPLES),
)
async def change(
    sheet_id: FromPath[UUID],
    data: JSONBody[OwnSheetPatch],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> OwnSheetOut:
    """Ce qui est imprimé reste."""
    command = sheets.ChangeSheet(sheet_id=sheet_id, version=data.version, changes=data.changes())
    return OwnSheetOut.of(await sheets.change_sheet(command, actor=actor, now=now))


@post(
    "/{sheet_id:uuid}/delete",
    status_code=200,
    operation_id="DeleteSheet",
    summary="Supprimer une planche du service",
    tags=["Étiquettes"],
    responses=problems(*WRITE, examples=EXAMPLES),
)
async def delete(
    sheet_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> DeletedSheet:
    """Elle ne se choisit plus pour imprimer ; les étiquettes imprimées restent valables."""
    await sheets.delete_sheet(sheet_id, actor=actor, now=now)
    return DeletedSheet(sheet_id)


router = Router("/labels/own-sheets", route_handlers=[keep, change, delete])
