"""HTTP for the passport of an item: its whole life, which names nobody."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from materiel.domain.accounts.roles import Actor
from materiel.domain.circuit.stocktake import StocktakeResult
from materiel.domain.circuit.use import UseLevel
from materiel.domain.circuit.workshop.passport import Passport
from materiel.domain.item.item import ItemStatus
from materiel.use_cases.circuit.workshop.passport import read_passport
from materiel.web.api.circuit.workshop.repair import TAGS, RepairOut
from materiel.web.api.problems import READ, problems

EXAMPLES = {404: ("item.not_found", "Ce matériel n'existe pas dans votre service. Vérifiez le lien.")}


class LifeOut(Struct):
    """Un temps de la vie d'un matériel : prêté, déposé, un incident, un état donné."""

    what: str
    since: date
    until: date | None
    seen: str


class RecallOut(Struct):
    """Un rappel de sécurité qui l'a concerné, et ce qui a été fait."""

    title: str
    done: str


class PassportUseOut(Struct):
    """L'usage qu'une réunion en a dit, sans nommer personne."""

    said_on: date
    level: UseLevel


class CountOut(Struct):
    """Un récolement dont il était : ce qui en a été trouvé, et le jour où il a été vu."""

    opened_on: date
    result: StocktakeResult
    seen_on: date | None


class PassportOut(Struct):
    """La vie d'un matériel un jour donné. `reasons` : pourquoi le remplacer, d'après les seuils du service."""

    item: UUID
    inventory_number: str
    designation: str
    status: ItemStatus
    day: date
    acquired_on: date | None
    warranty_ends_on: date | None
    purchase_price_cents: int | None
    repair_cents: int
    breakdowns: int
    loans: int
    lent_days: int
    life: list[LifeOut]
    repairs: list[RepairOut]
    recalls: list[RecallOut]
    uses: list[PassportUseOut]
    stocktakes: list[CountOut]
    reasons: list[str]

    @classmethod
    def of(cls, passport: Passport) -> PassportOut:
        """The wire form of a passport."""
        item, wear = passport.item, passport.wear
        return cls(
            item=item.id,
            inventory_number=item.inventory_number,
            designation=item.designation,
            status=item.status,
            day=passport.day,
            acquired_on=wear.acquired_on,
            warranty_ends_on=wear.warranty_ends_on,
            purchase_price_cents=wear.price_cents,
            repair_cents=wear.repair_cents,
            breakdowns=wear.breakdowns,
            loans=passport.loans,
            lent_days=passport.lent_days,
            life=[LifeOut(each.what, each.since, each.until, each.seen) for each in passport.rows],
            repairs=[RepairOut.of(each, passport.day) for each in passport.repairs],
            recalls=[RecallOut(each.title, each.done) for each in passport.recalls],
            uses=[PassportUseOut(each.said_on, each.level) for each in passport.uses],
            stocktakes=[CountOut(each.opened_on, each.result, each.seen_on) for each in passport.counts],
            reasons=list(passport.reasons),
        )


@get(
    "/{item_id:uuid}/passport",
    operation_id="ReadItemPassport",
    summary="Lire le passeport d'un matériel",
    tags=TAGS,
    responses=problems(*READ, examples=EXAMPLES),
)
async def read(item_id: FromPath[UUID], actor: NamedDependency[Actor], now: NamedDependency[datetime]) -> PassportOut:
    """Prêts, incidents, réparations, rappels, usage et récolements, par leurs dates : personne n'y est nommé."""
    return PassportOut.of(await read_passport(item_id, actor=actor, now=now))


router = Router(path="/items", route_handlers=[read])
