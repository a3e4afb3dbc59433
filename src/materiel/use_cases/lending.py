"""What the lending flow asks before anything is written: find what was typed or scanned, examine the case."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from materiel.domain.decision import Decision, DecisionFacts, decide
from materiel.domain.equipment import Item
from materiel.domain.identifiers import clean_inventory_number, clean_uai
from materiel.domain.lawful_alternative import Alternative, alternatives
from materiel.domain.loan import Basis
from materiel.domain.party import Pupil
from materiel.domain.roles import Actor, Permission
from materiel.domain.scanned import label_code, readings
from materiel.domain.school import School
from materiel.domain.school_year import civil_date
from materiel.errors import NotFound
from materiel.store import item as items
from materiel.store import loan as loans
from materiel.store import pupil as pupils
from materiel.store import school as schools
from materiel.store.search import words_of
from materiel.use_cases.decision import AskDecision

SHOWN = 8
"""Of each kind: beyond, the words typed are too few to choose from."""


@dataclass(slots=True, kw_only=True)
class Found:
    """What a text may name. `exact` tells that a number, a label or a code leaves no doubt: take it without asking."""

    pupils: list[Pupil] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    schools: list[School] = field(default_factory=list)
    exact: bool = False

    @property
    def only(self) -> Pupil | Item | School | None:
        """The one thing found, when there is one and no other."""
        everything: list[Pupil | Item | School] = [*self.pupils, *self.items, *self.schools]
        return everything[0] if len(everything) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """The answer of the table for a case, and the lawful alternatives of a refusal."""

    decision: Decision
    alternatives: tuple[Alternative, ...]


async def find_to_lend(text: str, *, actor: Actor) -> Found:
    """Everything that a typed or scanned text may name: an item by label or number, a pupil, a school.

    A label's address, its code, an inventory number and a UAI name one thing; words are searched everywhere.
    """
    actor.require(Permission.READ)
    typed = text.strip()
    if not typed:
        return Found()
    if named := await _named(typed, actor):
        return named
    return Found(
        pupils=await pupils.page(actor.service_id, q=typed, limit=SHOWN),
        items=await items.page(actor.service_id, q=typed, limit=SHOWN),
        schools=await schools.page(words=words_of(typed), limit=SHOWN),
    )


async def _named(typed: str, actor: Actor) -> Found | None:
    for each in readings(typed):
        code = label_code(each)
        item = await items.by_public_code(code) if code else None
        if item is None or item.service_id != actor.service_id:
            item = await items.by_inventory_number(actor.service_id, clean_inventory_number(each))
        if item is not None:
            return Found(items=[item], exact=True)
    try:
        return Found(schools=[await schools.by_uai(clean_uai(typed))], exact=True)
    except NotFound:
        return None


async def examine(question: AskDecision, *, actor: Actor, now: datetime) -> Examined:
    """What the table answers to a case, and what it might become; writes nothing.

    Raises:
        NotFound: `school.not_found`, `pupil.not_found`.
    """
    actor.require(Permission.READ)
    facts = DecisionFacts(
        usage=question.usage,
        custody=question.custody,
        school=await schools.by_uai(question.school),
        today=civil_date(now),
        basis=question.basis,
        pupil=await pupils.get(question.pupil, actor.service_id) if question.pupil else None,
        starts_on=question.starts_on,
        ends_on=question.ends_on,
        schooling=question.schooling,
        override_reason=question.override_reason,
    )
    decision = decide(facts)
    return Examined(decision=decision, alternatives=alternatives(facts, decision))


async def last_basis(pupil_id: UUID, *, actor: Actor) -> Basis | None:
    """The decision behind the pupil's latest loan: the next one most often rests upon it too."""
    actor.require(Permission.READ)
    known = await loans.page(actor.service_id, pupil_id=pupil_id, limit=200)
    return next((loan.basis for loan in reversed(known) if loan.basis is not None), None)
