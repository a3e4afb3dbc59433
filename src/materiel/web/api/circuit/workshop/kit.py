"""HTTP for kits: parse, call one use case, answer."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.circuit.workshop.kit import Kit, KitFilter, KitState, why_not_lent
from materiel.domain.item.item import ItemStatus
from materiel.use_cases.circuit.workshop import kit as kits
from materiel.use_cases.circuit.workshop.kit import ChangeKit, DissolveKit, MakeKit
from materiel.web.api.body import CommandBody
from materiel.web.api.problems import LIST, READ, WRITE, problems
from materiel.web.http.paging import Cursor, Limit, cut, read_cursor

TAGS = ["Atelier"]
EXAMPLES = {
    404: ("kit.not_found", "Ce kit n'existe pas dans votre service."),
    409: ("kit.changed", "Ce kit a été modifié entre-temps. Rechargez-le, puis recommencez."),
}
INVALID = {422: ("kit.invalid", "Un kit compte deux matériels au moins : ajoutez-en.")}
TAKEN = {409: ("kit.item_taken", "Un de ces matériels est déjà dans un autre kit : un matériel n'est que d'un kit.")}


class KitBody(CommandBody[MakeKit]):
    """Des matériels du service réunis ; `items` : dans l'ordre où les papiers les diront."""


class KitChangeBody(CommandBody[ChangeKit], given=("kit_id",)):
    """Le même kit, d'autres mots ou d'autres éléments : on remplace ainsi ce qu'un vol a pris."""


class KitDissolutionBody(CommandBody[DissolveKit], given=("kit_id",)):
    """Pourquoi ce kit n'est plus : chaque matériel se prête seul."""


class KitPartOut(Struct):
    """Un élément. `missing` : pourquoi il ne peut pas être prêté aujourd'hui ; vide s'il le peut."""

    item: UUID
    inventory_number: str
    designation: str
    status: ItemStatus
    missing: str


class KitOut(Struct):
    """Un kit et ses éléments ; dissous, il n'en a plus."""

    id: UUID
    number: str
    designation: str
    state: KitState
    parts: list[KitPartOut]
    created_at: datetime
    dissolved_on: date | None
    version: int

    @classmethod
    def of(cls, kit: Kit, today: date) -> KitOut:
        """The wire form of a kit on a day."""
        return cls(
            id=kit.id,
            number=kit.number,
            designation=kit.designation,
            state=kit.state,
            parts=[
                KitPartOut(
                    item=each.id,
                    inventory_number=each.inventory_number,
                    designation=each.designation,
                    status=each.status,
                    missing=why_not_lent(each, today),
                )
                for each in kit.parts
            ],
            created_at=kit.created_at,
            dissolved_on=kit.dissolved_on,
            version=kit.version,
        )


class KitPage(Struct):
    """Une page de kits, par numéro."""

    items: list[KitOut]
    next_cursor: str | None


@post(
    "/", operation_id="MakeKit", summary="Faire un kit", tags=TAGS, responses=problems(*WRITE, examples=TAKEN | INVALID)
)
async def make(data: JSONBody[KitBody], actor: NamedDependency[Actor], now: NamedDependency[datetime]) -> KitOut:
    """Un matériel n'est que d'un kit, et n'y entre ni prêté, ni sorti du parc."""
    return KitOut.of(await kits.make_kit(data.command(), actor=actor, now=now), actor.civil_date(now))


@get("/", operation_id="ListKits", summary="Lister les kits", tags=TAGS, responses=problems(*LIST))
async def list_page(
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    q: FromQuery[str] = "",
    item: FromQuery[UUID | None] = None,
    dissolved: FromQuery[bool] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> KitPage:
    """`item` : le kit dont ce matériel est un élément. `dissolved` : ceux qui ne sont plus."""
    wanted = KitFilter(q=q[:200], item_id=item, dissolved=dissolved)
    found = await kits.list_kits(wanted, actor=actor, limit=limit + 1, after=read_cursor(cursor, str))
    shown, following = cut(found, limit, lambda each: each.number)
    today = actor.civil_date(now)
    return KitPage(items=[KitOut.of(each, today) for each in shown], next_cursor=following)


@get(
    "/{kit_id:uuid}",
    operation_id="ReadKit",
    summary="Lire un kit",
    tags=TAGS,
    responses=problems(*READ, examples=EXAMPLES),
)
async def read(kit_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]) -> KitOut:
    """Ses éléments, et pourquoi certains ne peuvent pas être prêtés."""
    return KitOut.of(await kits.read_kit(kit_id, actor=actor), actor.civil_date(now))


@post(
    "/{kit_id:uuid}/change",
    status_code=200,
    operation_id="ChangeKit",
    summary="Modifier un kit",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES | INVALID),
)
async def change(
    kit_id: FromPath[UUID],
    data: JSONBody[KitChangeBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> KitOut:
    """Ce qui est prêté reste dans son prêt ; ce qui est émis ne change pas."""
    saved = await kits.change_kit(data.command(kit_id=kit_id), actor=actor, now=now)
    return KitOut.of(saved, actor.civil_date(now))


@post(
    "/{kit_id:uuid}/dissolve",
    status_code=200,
    operation_id="DissolveKit",
    summary="Dissoudre un kit",
    tags=TAGS,
    responses=problems(*WRITE, examples=EXAMPLES | INVALID),
)
async def dissolve(
    kit_id: FromPath[UUID],
    data: JSONBody[KitDissolutionBody],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> KitOut:
    """Ses matériels se prêtent un par un ; ce qui est prêté reste prêté."""
    saved = await kits.dissolve_kit(data.command(kit_id=kit_id), actor=actor, now=now)
    return KitOut.of(saved, actor.civil_date(now))


router = Router(path="/kits", route_handlers=[make, list_page, read, change, dissolve])
