"""HTTP for labels: print them, list the sheets, print the calibration page of one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta, Struct

from materiel.documents.labels.labels import Offset
from materiel.domain.accounts.roles import Actor
from materiel.domain.item.label import LabelOrder
from materiel.domain.language.bounds import filled
from materiel.settings import Settings
from materiel.use_cases.item import label as labels
from materiel.use_cases.item.label_sheet import list_formats
from materiel.web.api.body import Body
from materiel.web.api.problems import LIST, READ, WRITE, problems
from materiel.web.api.work.job import JobReference

Millimetres = Annotated[float, Meta(ge=-10, le=10, description="Décalage d'impression, en millimètres.")]
Shift = Annotated[float, QueryParameter(ge=-10, le=10, description="Décalage d'impression, en millimètres.")]


class LabelsBody(Body):
    """Des étiquettes, dans l'ordre des matériels ou celui que dit `order` ; `first_cell` compte à partir de 1."""

    items: Annotated[list[UUID], Meta(min_length=1, max_length=labels.MOST_LABELS)]
    sheet: Annotated[str, filled(60)]
    first_cell: Annotated[int, Meta(ge=1, le=1000)] = 1
    order: LabelOrder = LabelOrder.GIVEN
    offset_right_mm: Millimetres = 0.0
    offset_down_mm: Millimetres = 0.0


class SheetOut(Struct):
    """Une planche ou un rouleau d'étiquettes ; longueurs en millimètres."""

    key: str
    title: str
    columns: int
    rows: int
    label_width_mm: float
    label_height_mm: float
    is_roll: bool
    is_own: bool


class SheetList(Struct):
    """Toutes les planches."""

    items: list[SheetOut]
    next_cursor: str | None = None


EXAMPLES = {
    404: ("label.unknown_sheet", "Aucune planche ne porte ce nom."),
    422: ("label.first_cell", "La planche « a4_3x8 » compte 24 cases."),
}


@post(
    "/",
    status_code=200,
    operation_id="PrintLabels",
    summary="Imprimer des étiquettes QR",
    tags=["Étiquettes"],
    media_type="application/pdf",
    responses=problems(*WRITE, examples=EXAMPLES),
)
async def print_labels(
    data: JSONBody[LabelsBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """Un PDF à imprimer à 100 %. Rien sur l'étiquette ne dit à quoi sert l'objet."""
    pdf = await labels.make_labels(_asked(data), actor=actor, now=now, base_url=settings.printed_url)
    return Response(pdf, media_type="application/pdf")


@post(
    "/jobs",
    status_code=202,
    operation_id="StartLabels",
    summary="Faire dessiner des étiquettes par un travail",
    tags=["Étiquettes"],
    responses=problems(*WRITE, examples=EXAMPLES),
)
async def start_labels(
    data: JSONBody[LabelsBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> JobReference:
    """Le même PDF, dessiné par un travail que l'on peut suivre et arrêter : lisez alors `/api/jobs/{id}/file`."""
    job = await labels.start_labels(_asked(data), actor=actor, now=now, base_url=settings.printed_url)
    return JobReference(job=job.id)


def _asked(data: LabelsBody) -> labels.PrintLabels:
    return labels.PrintLabels(
        item_ids=data.items,
        sheet=data.sheet,
        first_cell=data.first_cell,
        order=data.order,
        offset=Offset(right_mm=data.offset_right_mm, down_mm=data.offset_down_mm),
    )


@get(
    "/sheets",
    operation_id="ListSheets",
    summary="Lister les planches d'étiquettes",
    tags=["Étiquettes"],
    responses=problems(*LIST),
)
async def list_sheets(actor: NamedDependency[Actor]) -> SheetList:
    """Les planches du service, les planches A4 du commerce et les rouleaux d'imprimantes thermiques."""
    return SheetList(
        items=[
            SheetOut(
                key=sheet.key,
                title=sheet.title,
                columns=sheet.columns,
                rows=sheet.rows,
                label_width_mm=sheet.label_width_mm,
                label_height_mm=sheet.label_height_mm,
                is_roll=sheet.is_roll,
                is_own=sheet.is_own,
            )
            for sheet in await list_formats(actor=actor)
        ]
    )


@get(
    "/sheets/{key:str}/calibration",
    operation_id="PrintCalibrationPage",
    summary="Imprimer la page de réglage d'une planche",
    tags=["Étiquettes"],
    media_type="application/pdf",
    responses=problems(*READ, examples=EXAMPLES),
)
async def print_calibration(
    key: FromPath[str], actor: NamedDependency[Actor], right_mm: Shift = 0.0, down_mm: Shift = 0.0
) -> Response[bytes]:
    """Mesurez l'écart sur papier ordinaire, puis donnez-le comme décalage."""
    offset = Offset(right_mm=right_mm, down_mm=down_mm)
    pdf = await labels.make_calibration_page(key, actor=actor, offset=offset)
    return Response(pdf, media_type="application/pdf")


router = Router("/labels", route_handlers=[print_labels, start_labels, list_sheets, print_calibration])
