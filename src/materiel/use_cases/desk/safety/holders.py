"""Whom a safety recall reaches: the loans that still wait for a word, and the messages of those told together.

What one mailbox reads leaves in one message: a family of all that its child has, a school of all that it keeps. After
the pupil's death nobody is written to (E29): the service reaches them by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from materiel.domain.circuit.workshop.safety import SafetyCase, SafetyRecall, may_tell, told
from materiel.domain.desk.safety_letter import safety_paragraphs
from materiel.domain.item.item import Item
from materiel.domain.loan.letter import FamilyReader, Reader, family_readers, has_depositary
from materiel.domain.people.death import is_silenced
from materiel.domain.work.outbox import Purpose
from materiel.store.circuit.workshop import safety
from materiel.store.history import journal
from materiel.use_cases.links.access_link import LinkHolder, family_holder
from materiel.use_cases.links.institution import InstitutionPlace
from materiel.use_cases.loan.case import Case, load_case
from materiel.use_cases.loan.letter import depositary_of, write_about_loan
from materiel.use_cases.papers.issuer import Issuer

AT_ONCE = 50
"""Loans of one mailbox told in one transaction: other writers wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What was done of some loans: the messages written, who can only be told on paper, and what nobody can be.

    `told` loans had somebody written to; for `by_hand` nobody could be; `silenced` are those of a pupil who died.
    """

    written: int = 0
    to_print: tuple[str, ...] = ()
    told: int = 0
    by_hand: int = 0
    silenced: int = 0


@dataclass(slots=True, kw_only=True)
class _Letter:
    """A message being written: about which loan first, to whom, of which items of how many loans."""

    case: Case
    name: str
    person: FamilyReader | None = None
    place: InstitutionPlace | None = None
    found: list[Item] = field(default_factory=list)
    loans: list[UUID] = field(default_factory=list)

    @property
    def email(self) -> str:
        """Where it goes; empty when it can only be printed."""
        return self.place.email if self.place is not None else self.person.email if self.person is not None else ""


async def loans_to_tell(recall: SafetyRecall, now: datetime, *, again: bool) -> list[list[UUID]]:
    """The loans whose holders are to be written to now, those of one mailbox together."""
    boxes: dict[str, dict[UUID, None]] = {}
    for each in await safety.cases(recall):
        if each.held_by is not None and may_tell(each, now, again=again):
            boxes.setdefault(each.mailbox, {})[each.held_by] = None
    return [list(some)[start : start + AT_ONCE] for some in boxes.values() for start in range(0, len(some), AT_ONCE)]


async def tell_together(recall: SafetyRecall, loan_ids: Sequence[UUID], issuer: Issuer, *, again: bool) -> Reached:
    """Write to those who hold some loans, in the caller's transaction; what was told meanwhile is left alone."""
    letters: dict[tuple[object, ...], _Letter] = {}
    held: dict[UUID, list[SafetyCase]] = {}
    silenced = 0
    for loan_id in loan_ids:
        cases = await safety.cases_of_loan(recall, loan_id)
        waiting = [each for each in cases if may_tell(each, issuer.now, again=again)]
        if not waiting:
            continue
        case = await load_case(loan_id, issuer.actor)
        if is_silenced(case.pupil):
            silenced += 1
            continue
        held[loan_id] = waiting
        await _add_letters(letters, case, [each.item for each in waiting], issuer)
    counts = dict.fromkeys(held, 0)
    for letter in letters.values():
        if letter.email and await _post(recall, letter, issuer):
            for loan_id in letter.loans:
                counts[loan_id] += 1
    for loan_id, number in counts.items():
        if number:
            await note_told(recall, held[loan_id], loan_id, number, issuer)
    told_now = sum(1 for number in counts.values() if number)
    return Reached(
        written=sum(1 for each in letters.values() if each.email),
        to_print=tuple(dict.fromkeys(each.name for each in letters.values() if not each.email)),
        told=told_now,
        by_hand=len(counts) - told_now,
        silenced=silenced,
    )


async def note_told(
    recall: SafetyRecall, cases: Sequence[SafetyCase], loan_id: UUID, letters: int, issuer: Issuer
) -> None:
    """Keep that the holder of some items of a loan was told, by so many letters."""
    for each in cases:
        await safety.save_line(told(each.line, loan_id, issuer.now))
    facts = {"recall": str(recall.id), "letters": letters, "items": [str(each.item.id) for each in cases]}
    await journal.by(issuer.actor, issuer.now).note("loan.safety_told", loan_id, facts)


async def _add_letters(
    letters: dict[tuple[object, ...], _Letter], case: Case, found: Sequence[Item], issuer: Issuer
) -> None:
    """Add what those of a loan are to read to what is being written to each of them."""
    at_school = has_depositary(case.loan)
    reading: list[tuple[tuple[object, ...], _Letter]] = []
    whose = case.pupil.id if case.pupil else None
    for person in family_readers(case.pupil, issuer.today) if case.pupil else ():
        reading.append(((person.person_id, whose, at_school), _Letter(case=case, name=person.name, person=person)))
    if at_school:
        place = await depositary_of(case)
        reading.append(
            (
                (place.uai, place.insee_code, place.of_authority),
                _Letter(case=case, name=case.place.custodian.name, place=place),
            )
        )
    for whom, new in reading:
        letter = letters.setdefault(whom, new)
        letter.found += found
        letter.loans.append(case.loan.id)


async def _post(recall: SafetyRecall, letter: _Letter, issuer: Issuer) -> bool:
    case = letter.case
    holder: LinkHolder
    if letter.place is not None:
        holder = letter.place.holder(case.service.id)
        body = safety_paragraphs(recall, Reader.DEPOSITARY, letter.found, case.service)
    else:
        assert letter.person is not None
        assert case.pupil is not None
        holder = family_holder(case.pupil, letter.person)
        child = "" if letter.person.is_pupil else case.pupil.first_name
        elsewhere = has_depositary(case.loan)
        body = safety_paragraphs(recall, Reader.FAMILY, letter.found, case.service, child=child, at_school=elsewhere)
    alone = len(letter.loans) == 1
    return await write_about_loan(case, Purpose.SAFETY_RECALL, holder, body, issuer, alone=alone)
