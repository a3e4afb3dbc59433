"""What the lending flow asks before anything is written: find what was typed or scanned, examine the case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.workshop.kit import Kit, KitFilter
from materiel.domain.item.code import readings
from materiel.domain.item.item import Item
from materiel.domain.language.bounds import Uai
from materiel.domain.language.identifiers import clean_inventory_number, clean_uai
from materiel.domain.loan.alternative import Alternative, alternatives
from materiel.domain.loan.decision import Decision, DecisionFacts, Schooling, decide
from materiel.domain.loan.request import obstacles_to_issue
from materiel.domain.people.pupil import Pupil
from materiel.domain.places.school import School
from materiel.domain.usage import Basis, Custody, Usage
from materiel.errors import MaterielError, NotFound
from materiel.store.accounts import service as services
from materiel.store.circuit.workshop import kit as kits
from materiel.store.engine.database import enclosing_transaction, in_one_visit
from materiel.store.engine.search import words_of
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.store.people import pupil as pupils
from materiel.store.places import school as schools
from materiel.store.places.place import place_of
from materiel.use_cases.item.code import bearer_of, item_of_label
from materiel.use_cases.loan.applying import Applied
from materiel.use_cases.loan.loan import Created, CreateLoan, create_loans
from materiel.use_cases.loan.steps import issue_loan
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.search.spelling import close_items, close_pupils

SHOWN = 8
"""Of each kind: beyond, the words typed are too few to choose from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDecision:
    """A case to examine; the pupil may still be unknown."""

    usage: Usage
    custody: Custody
    school: Uai
    basis: Basis | None = None
    pupil: UUID | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    schooling: Schooling = Schooling.ORDINARY
    override_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A case, the answer of the table to it, and what would prevent its documents from being issued today.

    Each obstacle is the refusal that issuing would give, with its code and what to mend.
    """

    facts: DecisionFacts
    decision: Decision
    obstacles: tuple[MaterielError, ...]


async def examine_case(question: AskDecision, *, actor: Actor, now: datetime) -> Examined:
    """Answer by the decision table; writes nothing.

    Raises:
        NotFound: `school.not_found`, `pupil.not_found`.
    """
    actor.require(Permission.READ)
    place = await place_of(clean_uai(question.school), actor.service_id)
    service = await services.get(actor.service_id)
    facts = DecisionFacts(
        usage=question.usage,
        custody=question.custody,
        school=place.school,
        today=actor.civil_date(now),
        basis=question.basis,
        pupil=await pupils.get(question.pupil, actor.service_id) if question.pupil else None,
        starts_on=question.starts_on,
        ends_on=question.ends_on,
        schooling=question.schooling,
        override_reason=question.override_reason,
        service=service,
    )
    decision = decide(facts)
    obstacles = obstacles_to_issue(
        decision.documents, service=service, pupil=facts.pupil, custodian=place.custodian, on=facts.today
    )
    return Examined(facts=facts, decision=decision, obstacles=obstacles)


@dataclass(slots=True, kw_only=True)
class Found:
    """What a text may name. `exact` tells that a number, a label or a code leaves no doubt: take it without asking.

    `close`: when nothing is found, what the service holds that the words may have meant.
    `replaced`: what was read is a label that is worth nothing any more; the item is the one that bore it.
    """

    pupils: list[Pupil] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    kits: list[Kit] = field(default_factory=list)
    schools: list[School] = field(default_factory=list)
    exact: bool = False
    close: list[str] = field(default_factory=list)
    replaced: NotFound | None = None

    @property
    def only(self) -> Pupil | Item | Kit | School | None:
        """The one thing found, when there is one and no other; nobody has chosen what a replaced label was stuck on."""
        everything: list[Pupil | Item | Kit | School] = [*self.pupils, *self.items, *self.kits, *self.schools]
        return everything[0] if len(everything) == 1 and self.replaced is None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """The answer of the table for a case, the lawful alternatives of a refusal, and what issuing would refuse."""

    decision: Decision
    alternatives: tuple[Alternative, ...]
    obstacles: tuple[MaterielError, ...]


async def find_to_lend(text: str, *, actor: Actor) -> Found:
    """Everything that a typed or scanned text may name: an item by label or number, a kit, a pupil, a school.

    A label's address, its code, an inventory number and a UAI name one thing; words are searched everywhere.
    """
    actor.require(Permission.READ)
    typed = text.strip()
    if not typed:
        return Found()
    if named := await _named(typed, actor):
        return named
    found = Found(
        pupils=await pupils.page(actor.service_id, q=typed, limit=SHOWN),
        items=await items.page(actor.service_id, q=typed, limit=SHOWN),
        kits=await kits.page(actor.service_id, KitFilter(q=typed), limit=SHOWN),
        schools=await schools.page(actor.service_id, words=words_of(typed), limit=SHOWN),
    )
    if found.pupils or found.items or found.kits or found.schools:
        return found
    return Found(close=[*await close_pupils(typed, actor=actor), *await close_items(typed, actor=actor)])


async def _named(typed: str, actor: Actor) -> Found | None:
    try:
        labelled = await item_of_label(typed, actor=actor)
    except NotFound as replaced:
        return Found(items=[await bearer_of(replaced, actor=actor)], replaced=replaced)
    if labelled is not None:
        return Found(items=[labelled], exact=True)
    for each in readings(typed):
        item = await items.by_inventory_number(actor.service_id, clean_inventory_number(each))
        if item is not None:
            return Found(items=[item], exact=True)
        kit = await kits.by_number(actor.service_id, clean_inventory_number(each))
        if kit is not None:
            return Found(kits=[kit], exact=True)
    try:
        return Found(schools=[await schools.by_uai(clean_uai(typed), actor.service_id)], exact=True)
    except NotFound:
        return None


async def examine(question: AskDecision, *, actor: Actor, now: datetime) -> Examination:
    """What the table answers to a case, what it might become, and what prevents its documents; writes nothing.

    Raises:
        NotFound: `school.not_found`, `pupil.not_found`.
    """
    examined = await examine_case(question, actor=actor, now=now)
    return Examination(
        decision=examined.decision,
        alternatives=alternatives(examined.facts, examined.decision),
        obstacles=examined.obstacles,
    )


@in_one_visit
async def create_and_issue(
    command: CreateLoan, *, issuer: Issuer, elsewhere: Sequence[UUID] = ()
) -> tuple[Created, Applied]:
    """Prepare a loan and issue its documents, together or not at all: a refusal leaves neither draft nor reservation.

    The items that are in the other custody have a second loan, in `others`, issued with it.

    Raises:
        MaterielError: what `create_loans` and `issue_loan` raise.
    """
    async with enclosing_transaction():
        created = await create_loans(command, elsewhere, actor=issuer.actor, now=issuer.now)
        first, *others = [await issue_loan(each.case.loan.id, issuer=issuer) for each in created]
    cautions = tuple(dict.fromkeys(each for one in created for each in one.cautions))
    applied = replace(first, others=tuple(others), made_other=bool(others))
    return replace(created[0], cautions=cautions), applied


async def last_basis(pupil_id: UUID, *, actor: Actor) -> Basis | None:
    """The decision behind the pupil's latest loan: the next one most often rests upon it too."""
    actor.require(Permission.READ)
    known = await loans.page(actor.service_id, pupil_id=pupil_id, limit=200)
    return next((loan.basis for loan in reversed(known) if loan.basis is not None), None)
