"""The passport of an item, on a page and as a PDF; from what on the service wants to replace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from materiel.documents.lists.passport import compose_passport
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.workshop.passport import (
    LifeRow,
    Passport,
    RecallRow,
    ReplacementRule,
    UseRow,
    Wear,
    checked_rule,
    replacement_reasons,
)
from materiel.domain.history.life import Spell
from materiel.domain.incident.incident import Incident, IncidentKind
from materiel.domain.language import states
from materiel.domain.language.french import long_date
from materiel.store.accounts import service as services
from materiel.store.circuit import use as uses
from materiel.store.circuit.stocktake import line as lines
from materiel.store.circuit.workshop import repair as repairs
from materiel.store.circuit.workshop import replacement, safety
from materiel.store.circuit.workshop.safety import SafetyOfItem
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.incident import incident as incidents
from materiel.store.item import item as items
from materiel.use_cases.history.item import item_life
from materiel.use_cases.work.drawing import draw_paper

IN_HANDS = frozenset({states.ON_LOAN.label, states.DEPOSITED.label})
BROKEN = frozenset({IncidentKind.BREAKDOWN, IncidentKind.DAMAGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class SetReplacement:
    """From what on the service wants to replace."""

    years: int
    cost_percent: int
    breakdowns: int


async def read_passport(item_id: UUID, *, actor: Actor, now: datetime) -> Passport:
    """The life of an item of the service, without anybody's name.

    Raises:
        NotFound: `item.not_found`.
    """
    actor.require(Permission.READ)
    item, today = await items.get(item_id, actor.service_id), actor.civil_date(now)
    told = await incidents.of_item(item.id, actor.service_id)
    mended = await repairs.of_item(item.id, actor.service_id)
    life = await item_life(item, told, actor=actor)
    wear = Wear(
        acquired_on=item.acquired_on,
        warranty_ends_on=item.warranty_ends_on,
        price_cents=item.purchase_price_cents,
        repair_cents=sum(each.cost_cents or 0 for each in mended),
        breakdowns=max(len(mended), sum(each.kind in BROKEN for each in told)),
    )
    said = await uses.of_item(item.id, actor.service_id)
    rule = await replacement.of_service(actor.service_id)
    lent = [each for each in life.spells if _is_lent(each)]
    return Passport(
        item=item,
        day=today,
        rows=tuple(_row(each, told) for each in life.spells),
        repairs=tuple(mended),
        recalls=tuple(map(_recall, await safety.of_item(item.id, actor.service_id))),
        uses=tuple(UseRow(said_on=each.said_on, level=each.level) for each in said),
        counts=tuple(await lines.of_item(item.id, actor.service_id)),
        wear=wear,
        lent_days=sum(((each.until or today) - each.since).days for each in lent),
        loans=len(lent),
        reasons=replacement_reasons(wear, rule, today),
    )


async def draw_passport(item_id: UUID, *, actor: Actor, now: datetime) -> bytes:
    """The same as a PDF.

    Raises:
        NotFound: `item.not_found`.
    """
    passport = await read_passport(item_id, actor=actor, now=now)
    return await draw_paper(compose_passport(passport, await services.get(actor.service_id)))


async def read_replacement(*, actor: Actor) -> ReplacementRule:
    """The thresholds of the service."""
    actor.require(Permission.READ)
    return await replacement.of_service(actor.service_id)


@in_one_visit
async def set_replacement(command: SetReplacement, *, actor: Actor, now: datetime) -> ReplacementRule:
    """Keep other thresholds.

    Raises:
        RuleBroken: `replacement.invalid`.
    """
    actor.require(Permission.ADMINISTER)
    facts = {"years": command.years, "cost_percent": command.cost_percent, "breakdowns": command.breakdowns}
    async with write_transaction():
        rule = checked_rule(ReplacementRule(service_id=actor.service_id, **facts))
        await replacement.keep(rule)
        await journal.by(actor, now).note("service.replacement_set", actor.service_id, facts)
    return rule


def _is_lent(spell: Spell) -> bool:
    """In somebody's hands, under a loan that is kept or was eliminated."""
    return spell.incident_id is None and spell.what.label in IN_HANDS


def _row(spell: Spell, told: Sequence[Incident]) -> LifeRow:
    """A stretch without what somebody typed, which may name a person: of an incident its kind alone."""
    if spell.incident_id is not None:
        kind = next(each.kind.label for each in told if each.id == spell.incident_id)
        return LifeRow(what=kind, since=spell.since, until=spell.until)
    # Of a loan, what was found is made of our own words.
    found = spell.seen if spell.loan_id is not None or _is_lent(spell) else ""
    return LifeRow(what=spell.what.label, since=spell.since, until=spell.until, seen=found)


def _recall(each: SafetyOfItem) -> RecallRow:
    line = each.line
    if line.treatment is None or line.treated_on is None:
        return RecallRow(title=each.title, done="à traiter")
    return RecallRow(title=each.title, done=f"{line.treatment.label.lower()}, le {long_date(line.treated_on)}")
