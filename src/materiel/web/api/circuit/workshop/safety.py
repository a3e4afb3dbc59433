"""HTTP for safety recalls: parse, call one use case, answer."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.circuit.workshop.safety import HolderKind, SafetyCase, SafetyStage, SafetyTreatment
from materiel.use_cases.circuit.workshop import safety
from materiel.use_cases.circuit.workshop.safety import (
    AddToSafetyRecall,
    CloseSafetyRecall,
    NoteSafetyAnswers,
    OpenSafetyRecall,
    SafetySheet,
    TreatSafetyItems,
)
from materiel.use_cases.desk.safety.telling import SafetyTold, tell_holders
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.acting import provide_issuer
from materiel.web.api.body import CommandBody
from materiel.web.api.problems import LIST, READ, WRITE, problems
from materiel.web.http.paging import Cursor, Limit, cut, read_cursor

TAGS = ["Atelier"]
EXAMPLES = {
    404: ("safety_recall.not_found", "Ce rappel de sécurité n'existe pas dans votre service."),
    409: ("safety_recall.closed", "Ce rappel de sécurité est clos : ouvrez-en un autre s'il reprend."),
}
INVALID = {422: ("safety_recall.invalid", "Indiquez ce qu'il faut faire.")}


class SafetyRecallBody(CommandBody[OpenSafetyRecall]):
    """Un rappel de sécurité d'un fabricant. Sans `items`, tout ce que disent la marque, le modèle et les numéros.

    `title` et `to_do` sont lus par ceux qui détiennent le matériel. Un matériel sans numéro de série est compris.
    """


class SafetyAdditionBody(CommandBody[AddToSafetyRecall], given=("recall_id",)):
    """Des matériels du modèle, enregistrés ou reconnus depuis l'ouverture."""


class SafetyTreatmentBody(CommandBody[TreatSafetyItems], given=("recall_id",)):
    """Ce qui a été fait, et le jour. `returned` : chez le fabricant, pas prêtable avant un autre traitement."""


class SafetyAnswersBody(CommandBody[NoteSafetyAnswers], given=("recall_id",)):
    """Des matériels dont le détenteur a répondu par téléphone, par lettre ou de vive voix."""


class CloseSafetyBody(CommandBody[CloseSafetyRecall], given=("recall_id",)):
    """La fin du rappel ; un motif est demandé tant qu'un matériel n'est pas traité."""


class TellBody(Struct, forbid_unknown_fields=True):
    """À qui écrire : à qui n'a pas été prévenu, et avec `again` à qui n'a pas répondu depuis hier."""

    again: bool = False


class SafetyRecallOut(Struct):
    """Un rappel de sécurité. `found` : matériels concernés ; `treated` : ceux pour lesquels plus rien n'est attendu."""

    id: UUID
    title: str
    to_do: str
    published_on: date
    brand: str
    model: str
    serial_from: str
    serial_to: str
    reference: str
    opened_at: datetime
    closed_on: date | None
    close_reason: str
    version: int
    found: int
    treated: int

    @classmethod
    def of(cls, sheet: SafetySheet) -> SafetyRecallOut:
        """The wire form of a recall with its figures."""
        figures = sheet.figures
        same = {name: getattr(sheet.recall, name) for name in cls.__struct_fields__[:-2]}
        return cls(found=figures.found, treated=figures.treated, **same)


class SafetyRecallPage(Struct):
    """Une page de rappels de sécurité, le plus récent d'abord."""

    items: list[SafetyRecallOut]
    next_cursor: str | None


class SafetyItemOut(Struct):
    """Un matériel concerné. `loan` : le prêt qui le tient aujourd'hui ; `told_at` et la suite, pour ce prêt-là."""

    item: UUID
    inventory_number: str
    stage: SafetyStage
    loan: UUID | None
    told_at: datetime | None
    told_times: int
    acknowledged_at: datetime | None
    acknowledged_as: HolderKind | None
    treatment: SafetyTreatment | None
    treated_on: date | None
    note: str

    @classmethod
    def of(cls, case: SafetyCase) -> SafetyItemOut:
        """The wire form of an item that a recall concerns."""
        line = case.line
        is_current = line.loan_id == case.held_by
        return cls(
            item=case.item.id,
            inventory_number=case.item.inventory_number,
            stage=case.stage,
            loan=case.held_by,
            told_at=line.told_at if is_current else None,
            told_times=line.told_times if is_current else 0,
            acknowledged_at=line.acknowledged_at if is_current else None,
            acknowledged_as=line.acknowledged_as if is_current else None,
            treatment=line.treatment,
            treated_on=line.treated_on,
            note=line.note,
        )


class SafetyItemPage(Struct):
    """Une page de matériels concernés, dans l'ordre où ils ont été trouvés."""

    items: list[SafetyItemOut]
    next_cursor: str | None


class SafetyToldOut(Struct):
    """Ce qui est parti : `written` messages ; `to_print` : à prévenir par la poste.

    Au-delà de quelques dizaines de prêts, `left` sont prévenus par le travail `job`, suivi par `/api/jobs/{id}` : son
    compte rendu dit `told`, `by_hand` (à prévenir par lettre), `silenced` (élève décédé), `refused` et `left`.
    """

    written: int
    to_print: list[str]
    left: int
    job: UUID | None

    @classmethod
    def of(cls, told: SafetyTold) -> SafetyToldOut:
        """The wire form of what was written."""
        return cls(
            written=told.written, to_print=list(told.to_print), left=told.left, job=told.job.id if told.job else None
        )


@post(
    "/",
    operation_id="OpenSafetyRecall",
    summary="Ouvrir un rappel de sécurité",
    tags=TAGS,
    responses=problems(*WRITE, examples=INVALID),
)
async def open_recall(
    data: JSONBody[SafetyRecallBody], actor: NamedDependency[Actor], now: NamedDependency[datetime]
) -> SafetyRecallOut:
    """Ce qui est concerné ne se prête ni ne se remet plus : 409 `item.safety_recall`. Prévenir est un autre appel."""
    recall = await safety.open_safety_recall(data.command(), actor=actor, now=now)
    return SafetyRecallOut.of(await safety.read_safety_recall(recall.id, actor=actor))


@get(
    "/",
    operation_id="ListSafetyRecalls",
    summary="Lister les rappels de sécurité",
    tags=TAGS,
    responses=problems(*LIST),
)
async def list_recalls(actor: NamedDependency[Actor], limit: Limit = 50, cursor: Cursor = None) -> SafetyRecallPage:
    """Ouverts et clos, le plus récent d'abord."""
    before = read_cursor(cursor, UUID)
    found = await safety.list_safety_recalls(actor=actor, limit=limit + 1, before=before)
    shown, following = cut(found, limit, lambda each: each.recall.id)
    return SafetyRecallPage(items=[SafetyRecallOut.of(each) for each in shown], next_cursor=following)


@get(
    "/{recall_id:uuid}",
    operation_id="ReadSafetyRecall",
    summary="Lire un rappel de sécurité",
    tags=TAGS,
    responses=problems(*READ, examples=EXAMPLES),
)
async def read_recall(recall_id: FromPath[UUID], actor: NamedDependency[Actor]) -> SafetyRecallOut:
    """Un rappel du service, et combien de matériels sont traités."""
    return SafetyRecallOut.of(await safety.read_safety_recall(recall_id, actor=actor))


@get(
    "/{recall_id:uuid}/items",
    operation_id="ListSafetyItems",
    summary="Lister les matériels d'un rappel de sécurité",
    tags=TAGS,
    responses=problems(*LIST, 404, examples=EXAMPLES),
)
async def list_items(
    recall_id: FromPath[UUID], actor: NamedDependency[Actor], limit: Limit = 50, cursor: Cursor = None
) -> SafetyItemPage:
    """Qui est prévenu, qui a lu, ce qui est traité ; les noms des détenteurs ne sont que dans les pages."""
    after = read_cursor(cursor, UUID)
    cases = (await safety.read_safety_recall(recall_id, actor=actor)).cases
    left = [each for each in cases if after is None or each.line.id > after]
    shown, following = cut(left[: limit + 1], limit, lambda each: each.line.id)
    return SafetyItemPage(items=[SafetyItemOut.of(each) for each in shown], next_cursor=following)


@post(
    "/{recall_id:uuid}/items",
    status_code=200,
    operation_id="AddToSafetyRecall",
    summary="Ajouter des matériels à un rappel de sécurité",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES | INVALID),
)
async def add_items(
    recall_id: FromPath[UUID],
    data: JSONBody[SafetyAdditionBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> SafetyRecallOut:
    """Un matériel qui en est déjà ne change rien."""
    await safety.add_to_safety_recall(data.command(recall_id=recall_id), actor=actor, now=now)
    return SafetyRecallOut.of(await safety.read_safety_recall(recall_id, actor=actor))


@post(
    "/{recall_id:uuid}/tell",
    status_code=200,
    operation_id="TellSafetyRecall",
    summary="Prévenir ceux qui détiennent les matériels",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES),
    dependencies={"issuer": Provide(provide_issuer)},
)
async def tell(recall_id: FromPath[UUID], data: JSONBody[TellBody], issuer: NamedDependency[Issuer]) -> SafetyToldOut:
    """Familles, établissements et communes, par leur lien ; qui n'a pas de courriel est nommé dans `to_print`."""
    return SafetyToldOut.of(await tell_holders(recall_id, issuer=issuer, again=data.again))


@post(
    "/{recall_id:uuid}/treat",
    status_code=200,
    operation_id="TreatSafetyItems",
    summary="Noter ce qui a été fait des matériels",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES | INVALID),
)
async def treat(
    recall_id: FromPath[UUID],
    data: JSONBody[SafetyTreatmentBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> SafetyRecallOut:
    """Ce qui est traité se prête de nouveau."""
    await safety.treat_safety_items(data.command(recall_id=recall_id), actor=actor, now=now)
    return SafetyRecallOut.of(await safety.read_safety_recall(recall_id, actor=actor))


@post(
    "/{recall_id:uuid}/answers",
    status_code=200,
    operation_id="NoteSafetyAnswers",
    summary="Noter des réponses reçues autrement que par le lien",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES | INVALID),
)
async def answers(
    recall_id: FromPath[UUID],
    data: JSONBody[SafetyAnswersBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> SafetyRecallOut:
    """Ce qui est au service, ou a déjà une réponse, ne change pas ; 422 si aucun n'en attend."""
    await safety.note_safety_answers(data.command(recall_id=recall_id), actor=actor, now=now)
    return SafetyRecallOut.of(await safety.read_safety_recall(recall_id, actor=actor))


@post(
    "/{recall_id:uuid}/close",
    status_code=200,
    operation_id="CloseSafetyRecall",
    summary="Clore un rappel de sécurité",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES | INVALID),
)
async def close(
    recall_id: FromPath[UUID],
    data: JSONBody[CloseSafetyBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> SafetyRecallOut:
    """Plus rien n'est retenu."""
    await safety.close_safety_recall(data.command(recall_id=recall_id), actor=actor, now=now)
    return SafetyRecallOut.of(await safety.read_safety_recall(recall_id, actor=actor))


router = Router(
    path="/safety-recalls",
    route_handlers=[open_recall, list_recalls, read_recall, list_items, add_items, tell, treat, answers, close],
)
