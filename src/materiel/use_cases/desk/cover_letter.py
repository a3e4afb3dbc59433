"""Letters of a loan to print for the post: a paper to sign, what is awaited, a day to meet, a claim, what came back.

Nothing is kept of a letter but that it was printed: its kind and how many, in the journal of the loan.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from materiel.documents.content import Content
from materiel.documents.kinds.cover_letter import CoverLetterFacts, compose_cover_letter
from materiel.documents.pdf.render import render_pdf
from materiel.documents.pdf.writing.metadata import Metadata
from materiel.documents.run.gathering import Gathering
from materiel.domain.accounts.roles import Permission
from materiel.domain.accounts.service import check_complete
from materiel.domain.circuit.use import unused_in_a_row
from materiel.domain.language.bounds import line
from materiel.domain.language.fields import Fields
from materiel.domain.language.french import long_date
from materiel.domain.loan.letter import has_depositary
from materiel.domain.papers.cover_letter import FOR_FAMILIES, NEEDS_DEADLINE, CoverLetterKind
from materiel.domain.papers.letterhead import Letterhead
from materiel.domain.people.death import is_silenced
from materiel.errors import Conflict
from materiel.store.circuit import use as uses
from materiel.store.desk import agenda
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.history import journal
from materiel.store.papers import letterhead as letterheads
from materiel.use_cases.desk.addressee import LetterRecipient, enclosed, letter_facts, named_paper, recipients_of
from materiel.use_cases.loan.case import Case, load_case
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.papers.printable import printable

PLACE_MAX = 200
AFTER_DEATH = frozenset({CoverLetterKind.APPOINTMENT, CoverLetterKind.QUITUS})
"""What may still be written by hand: a day that was agreed upon, and what was given back (C. civ., art. 1937)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintCoverLetters:
    """Letters of one kind to some of those who may be written to, by their keys.

    `back_by`: when an answer is asked for. `meets_on`, `hour` and `place`: an appointment. `confirmed`: after a death,
    that it is meant.
    """

    loan_id: UUID
    kind: CoverLetterKind
    to: tuple[str, ...]
    back_by: date | None = None
    meets_on: date | None = None
    hour: Annotated[str, line(20)] = ""
    place: Annotated[str, line(PLACE_MAX)] = ""
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterChoices:
    """Who may be written to about a loan today, those without e-mail first, and about what."""

    case: Case
    recipients: tuple[LetterRecipient, ...]
    kinds: tuple[CoverLetterKind, ...]
    unused: tuple[str, ...]


async def letter_choices(loan_id: UUID, *, issuer: Issuer) -> LetterChoices:
    """What may be written about a loan, and to whom; after a death, what settles the return alone.

    Raises:
        NotFound: `loan.not_found`.
    """
    issuer.actor.require(Permission.WRITE)
    case = await load_case(loan_id, issuer.actor)
    recipients = recipients_of(case, issuer.today)
    unused = await _unused(case)
    recipients.sort(key=lambda each: bool(each.email))
    return LetterChoices(case=case, recipients=tuple(recipients), kinds=_kinds(case, recipients, unused), unused=unused)


async def print_cover_letters(command: PrintCoverLetters, *, issuer: Issuer) -> bytes:
    """The letters as one PDF, each on its own sheet; the journal says that they were printed.

    Raises:
        NotFound: `loan.not_found`.
        RuleBroken: `letter.invalid`, with one error for each field at fault; `service.incomplete`;
            `document.address_too_long`.
        Conflict: `letter.nothing_to_say`, this kind has no object for this loan or for this person.
    """
    choices = await letter_choices(command.loan_id, issuer=issuer)
    case = choices.case
    check_complete(case.service)
    _check(command, choices, issuer.today)
    chosen = [each for each in choices.recipients if each.key in command.to]
    contents = [_content(printable(command), choices, each, issuer) for each in chosen]
    letterhead = await letterheads.find(case.service.letterhead)
    pdf = await asyncio.to_thread(gathered, contents, letterhead)
    await _note(command, case, len(contents), issuer)
    return pdf


def gathered(contents: list[Content], letterhead: Letterhead | None) -> bytes:
    """Letters as one PDF, each on its own sheet."""
    out = io.BytesIO()
    gathering = Gathering(out)
    for content in contents:
        gathering.add(render_pdf(content, letterhead).data, title=content.title)
    first = contents[0]
    gathering.finish(Metadata(first.title, first.sender[0], "", first.issued_on, first.lang))
    return out.getvalue()


@in_one_visit
async def _note(command: PrintCoverLetters, case: Case, count: int, issuer: Issuer) -> None:
    async with write_transaction():
        facts: dict[str, object] = {"kind": command.kind.value, "letters": count}
        if command.kind is CoverLetterKind.APPOINTMENT and command.meets_on is not None:
            # The calendar shows it; another letter moves it.
            await agenda.note_meeting(case.loan.id, command.meets_on)
            facts["on"] = command.meets_on.isoformat()
        await journal.by(issuer.actor, issuer.now).note("loan.letters_printed", case.loan.id, facts)


async def _unused(case: Case) -> tuple[str, ...]:
    """What two meetings in a row found without use, and that nobody has asked back."""
    loan = case.loan
    if loan.recalled_on is not None or loan.pupil_id is None:
        return ()
    notes = await uses.of_loan(loan.id, loan.service_id)
    found = unused_in_a_row(notes, [line.item_id for line in loan.lines_out])
    return tuple(f"{case.item(each).designation}, n° {case.item(each).inventory_number}" for each in found)


def _kinds(case: Case, recipients: list[LetterRecipient], unused: Sequence[str]) -> tuple[CoverLetterKind, ...]:
    loan = case.loan
    to_sign = any(each.awaited for each in recipients)
    to_hand_over = loan.lines_to_hand_over and not is_silenced(case.pupil)
    to_meet = loan.is_open and not loan.is_draft and bool(to_hand_over or loan.lines_out)
    possible = {
        CoverLetterKind.SENDING: to_sign,
        CoverLetterKind.REMINDER: to_sign,
        CoverLetterKind.APPOINTMENT: to_meet,
        CoverLetterKind.RECALL: loan.recalled_on is not None and bool(loan.lines_out),
        CoverLetterKind.UNUSED: bool(unused),
        CoverLetterKind.QUITUS: bool(_returned(case)),
    }
    silenced = is_silenced(case.pupil)
    return tuple(kind for kind, holds in possible.items() if holds and (not silenced or kind in AFTER_DEATH))


def _returned(case: Case) -> tuple[str, ...]:
    lines = [each for each in case.loan.items if each.returned_on is not None]
    items = [case.item(each.item_id) for each in lines]
    return tuple(f"{each.designation}, n° {each.inventory_number}" for each in items)


def _check(command: PrintCoverLetters, choices: LetterChoices, today: date) -> None:
    if command.kind not in choices.kinds:
        raise Conflict("letter.nothing_to_say", "Cette lettre n'a pas d'objet pour ce prêt aujourd'hui.")
    fields = Fields("letter.invalid")
    chosen = [each for each in choices.recipients if each.key in command.to]
    if not chosen:
        fields.add("/to", "Choisissez à qui écrire.")
    for each in chosen:
        if not each.lines:
            fields.add("/to", f"L'adresse postale de {each.name} manque : saisissez-la sur sa fiche, ou décochez.")
        elif each.is_institution and command.kind in FOR_FAMILIES:
            fields.add("/to", f"Cette lettre est pour la famille : décochez {each.name}.")
        elif not each.awaited and command.kind in (CoverLetterKind.SENDING, CoverLetterKind.REMINDER):
            fields.add("/to", f"Rien n'est à signer par {each.name} : décochez ce nom.")
    if command.kind in NEEDS_DEADLINE and (command.back_by is None or command.back_by <= today):
        fields.add("/back_by", "Indiquez un jour à venir.")
    if command.kind is CoverLetterKind.APPOINTMENT:
        if command.meets_on is None or command.meets_on < today:
            fields.add("/meets_on", "Indiquez le jour du rendez-vous.")
        fields.text("/hour", command.hour, longest=20, required=True, name="l'heure")
        fields.text("/place", command.place, longest=PLACE_MAX, required=True, name="le lieu")
    if is_silenced(choices.case.pupil) and not command.confirmed:
        fields.add("/confirmed", "Un décès est noté : confirmez que cette lettre part exprès.")
    fields.check()


def _content(command: PrintCoverLetters, choices: LetterChoices, to: LetterRecipient, issuer: Issuer) -> Content:
    case = choices.case
    letter = CoverLetterFacts(
        kind=command.kind,
        recipient=to.lines,
        sections=_sections(command.kind, case, to),
        lines=choices.unused if command.kind is CoverLetterKind.UNUSED else _lines(command.kind, case, to),
        values=_values(command, case),
    )
    return compose_cover_letter(letter_facts(case, to_institution=to.is_institution, on=issuer.today), letter)


def _sections(kind: CoverLetterKind, case: Case, to: LetterRecipient) -> frozenset[str]:
    """The sections of the wording that this person reads."""
    loan, whom = case.loan, "institution" if to.is_institution else "family"
    if kind is CoverLetterKind.APPOINTMENT:
        act = "handover" if loan.lines_to_hand_over and not is_silenced(case.pupil) else "return"
        return frozenset({f"{act}_to_{whom}", "place", f"bring_to_{act}", "end"})
    common = {f"to_{whom}", "asked", "quitus", "unused", "end"}
    if kind is CoverLetterKind.RECALL:
        at_school = has_depositary(loan) and not to.is_institution
        common |= {"at_school"} if at_school else {"how"}
        if not to.is_institution:
            ground = loan.recall_ground
            common |= {"hardship"} if ground is None else {"hardship", "why" if ground.told else "why_by_phone"}
    return frozenset(common)


def _lines(kind: CoverLetterKind, case: Case, to: LetterRecipient) -> tuple[str, ...]:
    if kind is CoverLetterKind.QUITUS:
        return _returned(case)
    if kind is CoverLetterKind.SENDING:
        return tuple(enclosed(each, len(each.signatures)) for each in to.awaited)
    return tuple(map(named_paper, to.awaited)) if kind is CoverLetterKind.REMINDER else ()


def _values(command: PrintCoverLetters, case: Case) -> dict[str, str]:
    loan = case.loan
    values = {
        "back_by": long_date(command.back_by) if command.back_by is not None else "",
        "meeting": f"{long_date(command.meets_on)} à {command.hour}" if command.meets_on is not None else "",
        "meeting_place": command.place.strip().rstrip("."),
        "recalled_on": long_date(loan.recalled_on) if loan.recalled_on is not None else "",
        "recall_ground": loan.recall_ground.told if loan.recall_ground is not None else "",
    }
    return {name: value for name, value in values.items() if value}
