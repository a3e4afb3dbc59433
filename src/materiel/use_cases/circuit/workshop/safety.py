"""Safety recalls: open one upon what it concerns, add what is found since, treat, close. Telling is `desk`'s."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.workshop.safety import (
    NOTE_MAX,
    HolderKind,
    SafetyCase,
    SafetyFigures,
    SafetyLine,
    SafetyRecall,
    SafetyRecallAsked,
    SafetyStage,
    SafetyTreatment,
    acknowledged,
    check_open,
    checked_recall,
    closed,
    concerns,
    treated,
)
from materiel.domain.item.item import Item
from materiel.domain.language.bounds import Version, line
from materiel.errors import RuleBroken
from materiel.store.circuit.workshop import safety
from materiel.store.circuit.workshop.safety import SafetyOfItem
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.use_cases.papers.printable import printable

MOST_ITEMS = 20_000
MOST_LISTED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSafetyRecall(SafetyRecallAsked):
    """What a maker recalls; without `items`, all that its words and its serial numbers concern."""

    items: tuple[UUID, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddToSafetyRecall:
    """Items of the model that were registered, or recognised, since a recall was opened."""

    recall_id: UUID
    items: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatSafetyItems:
    """What was done of items that a recall concerns, and the day."""

    recall_id: UUID
    items: tuple[UUID, ...]
    treatment: SafetyTreatment
    treated_on: date
    note: Annotated[str, line(NOTE_MAX)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSafetyAnswers:
    """Items whose holder answered by telephone, by post or in person."""

    recall_id: UUID
    items: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseSafetyRecall:
    """Why nothing is awaited any more; a reason is needed while something is."""

    recall_id: UUID
    version: Version
    reason: Annotated[str, line(NOTE_MAX)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetySheet:
    """A recall, the items that it concerns, and those of the same words that it does not hold yet."""

    recall: SafetyRecall
    cases: tuple[SafetyCase, ...]
    others: tuple[Item, ...] = ()

    @property
    def figures(self) -> SafetyFigures:
        """How many stand where."""
        found = Counter(each.stage for each in self.cases)
        return SafetyFigures(stages={stage: found[stage] for stage in SafetyStage if stage in found})


@in_one_visit
async def open_safety_recall(command: OpenSafetyRecall, *, actor: Actor, now: datetime) -> SafetyRecall:
    """Open a recall: what it concerns is held back from now on.

    Raises:
        NotFound: `item.not_found`.
        RuleBroken: `safety_recall.invalid`, `safety_recall.nothing_found`, `safety_recall.too_many`;
            `text.not_printable`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        recall = printable(checked_recall(_new(command, actor, now), actor.civil_date(now)))
        found = await _chosen(recall, command.items)
        _check_number(len(found))
        await safety.insert(recall)
        await _add(recall, found)
        facts = {"items": len(found)}
        await journal.by(actor, now).note("safety_recall.opened", recall.id, facts)
    return recall


@in_one_visit
async def add_to_safety_recall(command: AddToSafetyRecall, *, actor: Actor, now: datetime) -> SafetyRecall:
    """Hold back items that a recall concerns and that it did not hold; one that it holds already changes nothing.

    Raises:
        NotFound: `safety_recall.not_found`, `item.not_found`.
        Conflict: `safety_recall.closed`.
        RuleBroken: `safety_recall.nothing_found`, `safety_recall.too_many`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        recall = await safety.get(command.recall_id, actor.service_id)
        check_open(recall)
        chosen = await items.get_many(list(dict.fromkeys(command.items)), actor.service_id)
        _check_number(len(chosen))
        known = {each.item.id for each in await safety.cases(recall)}
        new = [each for each in chosen if each.id not in known]
        await _add(recall, new)
        if new:
            await journal.by(actor, now).note("safety_recall.extended", recall.id, {"items": len(new)})
    return recall


@in_one_visit
async def treat_safety_items(command: TreatSafetyItems, *, actor: Actor, now: datetime) -> list[SafetyCase]:
    """Note what was done of items: they may be lent again, unless they are at their maker's.

    Raises:
        NotFound: `safety_recall.not_found`, `item.not_found`, one of them is not of this recall.
        Conflict: `safety_recall.closed`.
        RuleBroken: `safety_recall.invalid`, `safety_recall.nothing_found`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        recall = await safety.get(command.recall_id, actor.service_id)
        by_item = {each.item.id: each for each in await safety.cases(recall)}
        wanted = list(dict.fromkeys(command.items))
        _check_number(len(wanted))
        await items.get_many(wanted, actor.service_id)
        chosen = [by_item[each] for each in wanted if each in by_item]
        _check_number(len(chosen))
        done = []
        for each in chosen:
            after = treated(
                each.line,
                recall,
                command.treatment,
                command.treated_on,
                command.note,
                actor.civil_date(now),
            )
            await safety.save_line(printable(after))
            done.append(replace(each, line=after))
            facts = {"recall": str(recall.id), "treatment": command.treatment.value}
            facts |= {"on": command.treated_on.isoformat()}
            await journal.by(actor, now).note("item.safety_treated", each.item.id, facts)
        await safety.hold([each.item.id for each in done])
    return done


@in_one_visit
async def note_safety_answers(command: NoteSafetyAnswers, *, actor: Actor, now: datetime) -> list[SafetyCase]:
    """Note that holders said to have read and to use the thing no more, otherwise than by their link.

    What is at the service, or answered for already, changes nothing.

    Raises:
        NotFound: `safety_recall.not_found`, `item.not_found`.
        Conflict: `safety_recall.closed`.
        RuleBroken: `safety_recall.nothing_found`, none of them awaits an answer.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        recall = await safety.get(command.recall_id, actor.service_id)
        check_open(recall)
        wanted = {each.id for each in await items.get_many(list(dict.fromkeys(command.items)), actor.service_id)}
        silent = [each for each in await safety.cases(recall) if each.item.id in wanted and each.awaits_answer]
        _check_number(len(silent))
        done = []
        for each in silent:
            assert each.held_by is not None, "somebody is to answer"
            kind = HolderKind.DEPOSITARY if each.at_school else HolderKind.FAMILY
            after = acknowledged(each.line, each.held_by, kind, actor.id, now)
            await safety.save_line(after)
            done.append(replace(each, line=after))
            facts = {"recall": str(recall.id), "as": kind.value, "by_service": True}
            await journal.by(actor, now).note("item.safety_read", each.item.id, facts)
    return done


@in_one_visit
async def close_safety_recall(command: CloseSafetyRecall, *, actor: Actor, now: datetime) -> SafetyRecall:
    """Close a recall: it holds nothing back any more.

    Raises:
        NotFound: `safety_recall.not_found`.
        Conflict: `safety_recall.closed`, `safety_recall.changed`.
        RuleBroken: `safety_recall.invalid`, a reason lacks while something is awaited.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        recall = await safety.get(command.recall_id, actor.service_id)
        cases = await safety.cases(recall)
        figures = SafetySheet(recall=recall, cases=tuple(cases)).figures
        left = figures.found - figures.treated
        after = closed(replace(recall, version=command.version), command.reason, left=left, today=actor.civil_date(now))
        saved = await safety.save(printable(after))
        await safety.hold([each.item.id for each in cases])
        await journal.by(actor, now).note("safety_recall.closed", recall.id, {"left": left})
    return saved


async def concerned_by(asked: SafetyRecallAsked, *, actor: Actor, now: datetime) -> list[Item]:
    """The items of the service that a recall would concern, before it is opened.

    Raises:
        RuleBroken: `safety_recall.invalid`.
    """
    actor.require(Permission.READ)
    return await _concerned(checked_recall(_new(asked, actor, now), actor.civil_date(now)), actor.service_id)


async def list_safety_recalls(
    *, actor: Actor, limit: int = MOST_LISTED, before: UUID | None = None
) -> list[SafetySheet]:
    """The recalls of the service, the newest first."""
    actor.require(Permission.READ)
    found = await safety.newest(actor.service_id, limit=limit, before=before)
    return [SafetySheet(recall=each, cases=tuple(await safety.cases(each))) for each in found]


async def read_safety_recall(recall_id: UUID, *, actor: Actor) -> SafetySheet:
    """One recall, where each of its items stands, and what it seems to have missed.

    Raises:
        NotFound: `safety_recall.not_found`.
    """
    actor.require(Permission.READ)
    recall = await safety.get(recall_id, actor.service_id)
    cases = await safety.cases(recall)
    known = {each.item.id for each in cases}
    others = await _concerned(recall, actor.service_id) if recall.is_open else []
    return SafetySheet(recall=recall, cases=tuple(cases), others=tuple(each for each in others if each.id not in known))


async def recalls_of_item(item_id: UUID, *, actor: Actor) -> list[SafetyOfItem]:
    """The recalls that concern an item, the oldest first."""
    actor.require(Permission.READ)
    return await safety.of_item(item_id, actor.service_id)


def _new(command: SafetyRecallAsked, actor: Actor, now: datetime) -> SafetyRecall:
    asked = {each.name: getattr(command, each.name) for each in fields(SafetyRecallAsked)}
    return SafetyRecall(id=new_id(), service_id=actor.service_id, opened_at=now, **asked)


async def _chosen(recall: SafetyRecall, item_ids: Sequence[UUID] | None) -> list[Item]:
    if item_ids is None:
        return await _concerned(recall, recall.service_id)
    return await items.get_many(list(dict.fromkeys(item_ids)), recall.service_id)


async def _concerned(asked: SafetyRecallAsked, service_id: UUID) -> list[Item]:
    found = await safety.candidates(service_id, f"{asked.brand} {asked.model}")
    return [each for each in found if concerns(asked, each)]


def _check_number(found: int) -> None:
    if not found:
        raise RuleBroken(
            "safety_recall.nothing_found",
            "Aucun matériel n'est choisi, ou aucun ne répond à cette marque, à ce modèle et à ces numéros de série : "
            "relisez-les, ou cherchez le modèle dans le parc.",
        )
    if found > MOST_ITEMS:
        raise RuleBroken(
            "safety_recall.too_many",
            f"Plus de {MOST_ITEMS} matériels répondent à ces mots : précisez le modèle ou les numéros de série.",
        )


async def _add(recall: SafetyRecall, found: Sequence[Item]) -> None:
    await safety.add_lines([SafetyLine(id=new_id(), recall_id=recall.id, item_id=each.id) for each in found])
    await safety.hold([each.id for each in found])


def stages_of(cases: Sequence[SafetyCase], stage: SafetyStage | None) -> list[SafetyCase]:
    """Those of some cases that stand there, all of them without a stage; what waits for a hand first."""
    order: dict[Any, int] = {each: rank for rank, each in enumerate(SafetyStage)}
    return sorted((each for each in cases if stage is None or each.stage is stage), key=lambda each: order[each.stage])
