"""HTTP for states of condition and their comparison: parse, call one use case, answer."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, MultipartBody
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.circuit.condition.outline import ItemView, ItemZone, MarkKind
from materiel.domain.circuit.condition.state import ConditionMoment, ConditionState, Mark
from materiel.domain.incident.photo import Photo
from materiel.domain.item.item import Condition
from materiel.use_cases.circuit.condition import noting as states
from materiel.use_cases.circuit.condition.comparing import ConditionEnd, RemarkShown, read_comparison
from materiel.use_cases.circuit.condition.noting import (
    ConditionSheet,
    CorrectCondition,
    NoteCondition,
    PictureCondition,
)
from materiel.use_cases.incident.photo import read_photo
from materiel.web.api.body import CommandBody
from materiel.web.api.problems import READ, WRITE, problems

TAGS = ["Atelier"]
JPEG = "image/jpeg"
NO_STATE = {404: ("condition.not_found", "Cet état constaté n’existe pas dans votre service.")}
NO_PHOTO = {404: ("photo.not_found", "Ce matériel n’a pas de photo de cet identifiant.")}
NO_ITEM = {404: ("item.not_found", "Ce matériel n'existe pas dans votre service.")}
NOT_IN_LOAN = {404: ("loan.unknown_item", "Ce matériel n'est pas dans ce prêt.")}
ALREADY = {
    409: (
        "condition.already_noted",
        "L'état de ce matériel est déjà noté pour ce moment du prêt : ouvrez-le pour le corriger.",
    )
}
CHANGED = {409: ("condition.changed", "Cet état a été corrigé entre-temps. Rechargez-le, puis recommencez.")}
INVALID = {422: ("condition.invalid", "Ce matériel n'a pas de vue « clavier » : choisissez parmi écran, derrière.")}
UNREADABLE = {400: ("photo.unreadable", "Cette image ne se lit pas : envoyez une photo JPEG, PNG, WebP ou HEIC.")}


class MarkBody(CommandBody[Mark]):
    """Une marque : ce qu'on voit (`kind`), sur quelle vue, à lequel de ses neuf endroits, et un mot de plus."""


class ConditionBody(CommandBody[NoteCondition], given=("item_id",)):
    """L'état d'un matériel à la remise ou au retour d'un prêt (`loan`), ou un autre jour, sans prêt."""


class ConditionCorrectionBody(CommandBody[CorrectCondition], given=("item_id", "state_id")):
    """Le même, écrit de nouveau : le journal garde qu'il a été corrigé."""


class ConditionPhotosUpload(Struct):
    """Des photos d'un état : ce qu'elles montrent (`caption`), et de quel côté (`view`)."""

    photos: list[UploadFile]
    caption: str
    view: ItemView | None = None


class ConditionPhotosKept(Struct):
    """Combien de photos ont été gardées ; celles déjà jointes à cet état ne le sont pas deux fois."""

    kept: int


class MarkOut(Struct):
    """Une marque, et la même en mots (`words`)."""

    view: ItemView
    zone: ItemZone
    kind: MarkKind
    note: str
    words: str

    @classmethod
    def of(cls, mark: Mark) -> MarkOut:
        """The wire form of a mark."""
        return cls(view=mark.view, zone=mark.zone, kind=mark.kind, note=mark.note, words=mark.words)


class ConditionOut(Struct):
    """Un état constaté. `loan` : nul pour un autre jour."""

    id: UUID
    item: UUID
    loan: UUID | None
    moment: ConditionMoment
    seen_on: date
    note: str
    marks: list[MarkOut]
    noted_at: datetime
    version: int

    @classmethod
    def of(cls, state: ConditionState) -> ConditionOut:
        """The wire form of a state."""
        return cls(
            id=state.id,
            item=state.item_id,
            loan=state.loan_id,
            moment=state.moment,
            seen_on=state.seen_on,
            note=state.note,
            marks=[MarkOut.of(each) for each in state.marks],
            noted_at=state.noted_at,
            version=state.version,
        )


class ConditionPage(Struct):
    """Les états d'un matériel, le dernier vu d'abord."""

    items: list[ConditionOut]


class ConditionPhotoOut(Struct):
    """Une photo : ce qu'elle montre ; ses octets se lisent à `/api/items/{item}/photos/{id}`."""

    id: UUID
    caption: str
    view: ItemView | None
    taken_on: date

    @classmethod
    def of(cls, photo: Photo) -> ConditionPhotoOut:
        """The wire form of a photograph."""
        return cls(id=photo.id, caption=photo.caption, view=photo.view, taken_on=photo.taken_on)


class ConditionDetail(Struct):
    """Un état et ses photos ; `views` : les vues du dessin de ce matériel."""

    state: ConditionOut
    views: list[ItemView]
    photos: list[ConditionPhotoOut]

    @classmethod
    def of(cls, sheet: ConditionSheet) -> ConditionDetail:
        """The wire form of a state with its photographs."""
        return cls(
            state=ConditionOut.of(sheet.state),
            views=list(sheet.outline.views),
            photos=[ConditionPhotoOut.of(each) for each in sheet.photos],
        )


class ConditionRemarkOut(Struct):
    """Ce que dit la famille, tel quel. `read_at` : un agent a dit l'avoir lu."""

    id: UUID
    text: str
    said_at: datetime
    read_at: datetime | None
    photos: list[ConditionPhotoOut]

    @classmethod
    def of(cls, shown: RemarkShown) -> ConditionRemarkOut:
        """The wire form of a remark."""
        remark = shown.remark
        return cls(
            id=remark.id,
            text=remark.text,
            said_at=remark.said_at,
            read_at=remark.read_at,
            photos=[ConditionPhotoOut.of(each) for each in shown.photos],
        )


class ConditionEndOut(Struct):
    """La remise, ou le retour : le jour et l'état du bon, l'état constaté, les photos, les remarques de la famille."""

    on: date | None
    condition: Condition | None
    missing_accessories: list[str]
    state: ConditionOut | None
    photos: list[ConditionPhotoOut]
    remarks: list[ConditionRemarkOut]

    @classmethod
    def of(cls, end: ConditionEnd) -> ConditionEndOut:
        """The wire form of one end of a loan."""
        return cls(
            on=end.side.on,
            condition=end.side.condition,
            missing_accessories=list(end.side.missing),
            state=None if end.side.state is None else ConditionOut.of(end.side.state),
            photos=[ConditionPhotoOut.of(each) for each in end.photos],
            remarks=[ConditionRemarkOut.of(each) for each in end.remarks],
        )


class ConditionComparisonOut(Struct):
    """Ce qui diffère, en mots (`sentences`) et en marques : des faits, ni faute ni usure."""

    sentences: list[str]
    new: list[MarkOut]
    gone: list[MarkOut]
    handover: ConditionEndOut
    back: ConditionEndOut


@get(
    "/{item_id:uuid}/conditions",
    operation_id="ListConditions",
    summary="Lister les états constatés d'un matériel",
    tags=TAGS,
    responses=problems(*READ, examples=NO_ITEM),
)
async def list_conditions(item_id: FromPath[UUID], actor: NamedDependency[Actor]) -> ConditionPage:
    """À la remise et au retour de chaque prêt, et les autres jours."""
    found = await states.conditions_of_item(item_id, actor=actor)
    return ConditionPage(items=[ConditionOut.of(each) for each in found])


@post(
    "/{item_id:uuid}/conditions",
    operation_id="NoteCondition",
    summary="Noter l'état d'un matériel",
    tags=TAGS,
    responses=problems(*WRITE, examples=ALREADY | INVALID),
)
async def note(
    item_id: FromPath[UUID],
    data: JSONBody[ConditionBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> ConditionOut:
    """Un seul par moment et par prêt ; une autre fois, corrigez-le."""
    return ConditionOut.of(await states.note_condition(data.command(item_id=item_id), actor=actor, now=now))


@get(
    "/{item_id:uuid}/conditions/{state_id:uuid}",
    operation_id="ReadCondition",
    summary="Lire un état constaté",
    tags=TAGS,
    responses=problems(*READ, examples=NO_STATE),
)
async def read(item_id: FromPath[UUID], state_id: FromPath[UUID], actor: NamedDependency[Actor]) -> ConditionDetail:
    """Ses marques et ses photos."""
    return ConditionDetail.of(await states.read_condition(item_id, state_id, actor=actor))


@post(
    "/{item_id:uuid}/conditions/{state_id:uuid}/correct",
    status_code=200,
    operation_id="CorrectCondition",
    summary="Corriger un état constaté",
    tags=TAGS,
    responses=problems(*WRITE, examples=NO_STATE | CHANGED | INVALID),
)
async def correct(
    item_id: FromPath[UUID],
    state_id: FromPath[UUID],
    data: JSONBody[ConditionCorrectionBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> ConditionOut:
    """Toutes ses marques, et non celles qui changent."""
    command = data.command(item_id=item_id, state_id=state_id)
    return ConditionOut.of(await states.correct_condition(command, actor=actor, now=now))


@post(
    "/{item_id:uuid}/conditions/{state_id:uuid}/photos",
    operation_id="AddConditionPhotos",
    summary="Joindre des photos à un état constaté",
    tags=TAGS,
    responses=problems(*WRITE, examples=NO_STATE | UNREADABLE | INVALID),
)
async def add_photos(
    item_id: FromPath[UUID],
    state_id: FromPath[UUID],
    data: MultipartBody[ConditionPhotosUpload],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> ConditionPhotosKept:
    """Chacune est refaite, redressée et réduite : ni le lieu ni l'appareil ne sont gardés."""
    command = PictureCondition(
        item_id=item_id,
        state_id=state_id,
        files=tuple([await each.read() for each in data.photos]),
        caption=data.caption,
        view=data.view,
    )
    return ConditionPhotosKept(kept=await states.picture_condition(command, actor=actor, now=now))


@get(
    "/{item_id:uuid}/photos/{photo_id:uuid}",
    operation_id="ReadItemPhoto",
    summary="Lire une photo d'un matériel",
    tags=TAGS,
    media_type=JPEG,
    responses=problems(*READ, examples=NO_PHOTO),
)
async def photo(item_id: FromPath[UUID], photo_id: FromPath[UUID], actor: NamedDependency[Actor]) -> Response[bytes]:
    """Un JPEG refait par nous."""
    return Response(await read_photo(item_id, photo_id, actor=actor), media_type=JPEG)


@get(
    "/{loan_id:uuid}/items/{item_id:uuid}/comparison",
    operation_id="CompareCondition",
    summary="Comparer l'état à la remise et au retour",
    tags=TAGS,
    responses=problems(*READ, examples=NOT_IN_LOAN),
)
async def compare(
    loan_id: FromPath[UUID],
    item_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> ConditionComparisonOut:
    """Ce que personne n'a noté à la remise ne se dit pas nouveau au retour."""
    found = await read_comparison(loan_id, item_id, actor=actor, now=now)
    return ConditionComparisonOut(
        sentences=list(found.difference.sentences),
        new=[MarkOut.of(each) for each in found.difference.new],
        gone=[MarkOut.of(each) for each in found.difference.gone],
        handover=ConditionEndOut.of(found.out),
        back=ConditionEndOut.of(found.back),
    )


router = Router(path="/items", route_handlers=[list_conditions, note, read, correct, photo])
of_loan = Router(path="/loans", route_handlers=[compare])
uploads = Router(path="/items", route_handlers=[add_photos])
