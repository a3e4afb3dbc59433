"""Pupils who change school, as a file or a manager says: what each move would do, and the moves themselves.

Each is looked at by the rules of the single move, when it is shown and once more when it is done: an import changes
nothing of them, a lot or the command does, one after the other; those of a school move together, or none does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from time import thread_time
from typing import Annotated
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.bounds import Uai, several
from materiel.domain.language.french import enumeration, long_date, of_place
from materiel.domain.language.identifiers import clean_uai
from materiel.domain.loan.moves import NO_NEWS_OF_A_MOVE, MoveOutcome, outcome_of_move
from materiel.domain.loan.plan import PlannedDocument
from materiel.domain.papers.document import DocumentKind, Party
from materiel.domain.work.lot import MOST_LINES
from materiel.errors import FieldError, MaterielError, RuleBroken, Unavailable
from materiel.exchange.report import Rejection, ReportedMove
from materiel.store.engine.database import enclosing_transaction, in_one_visit
from materiel.store.people import pupil as pupils
from materiel.store.places import school as schools
from materiel.use_cases.loan.moves import MovedPupil, MovePupil, PlannedMove, look_at_moves, move_pupil
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.process.turns import rest_since

AT_ONCE = 50
"""Pupils looked at before others get their turn."""

MOST_TOGETHER = 60
"""Pupils of one transaction: their papers are drawn while every other writer waits, a second or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartMoves:
    """The day of the moves of a file, and which pupils move; without any, all whom the rules let move."""

    on: date
    pupils: Annotated[tuple[UUID, ...], several(MOST_LINES)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveTogether:
    """Pupils of a school who attend another from a day on; schools by their UAIs."""

    former: Uai
    school: Uai
    effective_on: date
    pupils: Annotated[tuple[UUID, ...], several(MOST_TOGETHER)]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedMove:
    """One move of a file, and what it would do now: the papers that it makes, in French why, or why it is refused."""

    line: int
    planned: PlannedMove
    outcome: MoveOutcome
    documents: tuple[DocumentKind, ...]
    why: str

    @property
    def is_possible(self) -> bool:
        """Whether it is still to be done, and the rules let it."""
        return self.outcome not in (MoveOutcome.REFUSED, MoveOutcome.DONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedMoves:
    """The moves of a file, done or not; `on` is the day for which they were looked at.

    `left_out`: pupils who are in the base no more.
    """

    on: date
    moves: tuple[OfferedMove, ...]
    left_out: int

    def of(self, outcome: MoveOutcome) -> list[OfferedMove]:
        """Those of one outcome, in the order of the file."""
        return [each for each in self.moves if each.outcome is outcome]

    @property
    def possible(self) -> list[OfferedMove]:
        """Those still to be done that the rules allow."""
        return [each for each in self.moves if each.is_possible]


async def offered(told: Sequence[ReportedMove], on: date, *, actor: Actor, today: date) -> OfferedMoves:
    """What these moves would do on a day."""
    lines = {UUID(each.pupil): each.line for each in told}
    asked = [_asked(each, on) for each in told]
    planned: list[PlannedMove] = []
    for first in range(0, len(asked), AT_ONCE):
        began = thread_time()
        planned += await look_at_moves(asked[first : first + AT_ONCE], actor=actor, today=today)
        await rest_since(began)
    return OfferedMoves(
        on=on,
        moves=tuple(_offered(lines[each.pupil.id], each) for each in planned),
        left_out=len(asked) - len(planned),
    )


async def moves_wanted(
    told: Sequence[ReportedMove], command: StartMoves, *, actor: Actor, today: date
) -> list[MovePupil]:
    """Those of the moves of a file that are to be asked of a lot.

    Raises:
        RuleBroken: `import.not_moving`, the file moves no such pupil.
    """
    if command.pupils is None:
        look = await offered(told, command.on, actor=actor, today=today)
        return [each.planned.asked for each in look.possible[:MOST_LINES]]
    known = {UUID(each.pupil): each for each in told}
    for rank, pupil_id in enumerate(command.pupils):
        if pupil_id not in known:
            detail = "Ce fichier ne dit pas que cet élève change d'établissement."
            raise RuleBroken("import.not_moving", detail, errors=(FieldError(f"/pupils/{rank}", detail),))
    return [_asked(known[each], command.on) for each in dict.fromkeys(command.pupils)]


async def look_together(command: MoveTogether, *, actor: Actor, today: date) -> OfferedMoves:
    """What the moves of pupils who go together would do.

    Raises:
        NotFound: `school.not_found`, `pupil.not_found`.
        RuleBroken: `pupil.none_moves`, `pupil.too_many_move`.
    """
    actor.require(Permission.READ)
    await schools.by_uai(clean_uai(command.school), actor.service_id)
    chosen = list(dict.fromkeys(command.pupils))
    if not chosen:
        raise RuleBroken("pupil.none_moves", "Aucun élève n'est choisi : cochez-en au moins un.")
    if len(chosen) > MOST_TOGETHER:
        raise RuleBroken("pupil.too_many_move", f"{MOST_TOGETHER} élèves au plus changent ensemble : faites deux fois.")
    former, after = clean_uai(command.former), clean_uai(command.school)
    told = [ReportedMove(line=rank, pupil=str(each), before=former, after=after) for rank, each in enumerate(chosen, 1)]
    # Without a rest, for it is also done in one visit of the writer.
    asked = [_asked(each, command.effective_on) for each in told]
    planned = await look_at_moves(asked, actor=actor, today=today)
    if len(planned) < len(asked):
        raise pupils.unknown()
    moves = tuple(_offered(rank, each) for rank, each in enumerate(planned, 1))
    return OfferedMoves(on=command.effective_on, moves=moves, left_out=0)


@in_one_visit
async def move_together(command: MoveTogether, *, issuer: Issuer) -> list[MovedPupil]:
    """Move pupils of a school to another, each with every open loan and its papers: all of them, or none.

    Raises:
        NotFound: `school.not_found`, `pupil.not_found`.
        RuleBroken: `pupil.none_moves`, `pupil.too_many_move`; `pupil.moves_refused`, one of them cannot follow.
        Conflict: what `move_pupil` raises, when somebody acted meanwhile.

    Source: circulaire n° 2001-061; domain E9, E10, E12.
    """
    issuer.actor.require(Permission.WRITE)
    async with enclosing_transaction():
        look = await look_together(command, actor=issuer.actor, today=issuer.today)
        if refused := look.of(MoveOutcome.REFUSED):
            names = enumeration([each.planned.pupil.full_name for each in refused])
            raise RuleBroken(
                "pupil.moves_refused",
                f"Rien n'est changé : {names} ne {'peut' if len(refused) == 1 else 'peuvent'} pas suivre. Décochez, "
                "puis décidez à part.",
            )
        return [await move_pupil(each.planned.asked, issuer=issuer) for each in look.possible]


@dataclass(slots=True, kw_only=True)
class MovesDone:
    """What became of moves done one after the other, or would: how many of each outcome, their papers, those refused.

    `there`: those who were in their new school already.
    """

    agreements: int = 0
    notices: int = 0
    records: int = 0
    there: int = 0
    papers: int = 0
    refused: list[Rejection] = field(default_factory=list)

    @property
    def moved(self) -> int:
        """Pupils who changed school."""
        return self.agreements + self.notices + self.records

    def count(self, outcome: MoveOutcome, papers: int) -> None:
        """One more."""
        self.agreements += outcome is MoveOutcome.AGREEMENT
        self.notices += outcome is MoveOutcome.NOTICE
        self.records += outcome is MoveOutcome.RECORD
        self.there += outcome is MoveOutcome.DONE
        self.papers += papers


async def move_all(
    told: Sequence[ReportedMove],
    on: date,
    *,
    issuer: Issuer,
    dry_run: bool = False,
    progress: Callable[[int, int], Awaitable[None]] | None = None,
) -> MovesDone:
    """Do moves one after the other, each in a transaction of its own; what was done before is not done twice.

    Args:
        dry_run: look at them by the same rules, write nothing.
        progress: told how many are done, of how many.
    """
    done = MovesDone()
    if dry_run:
        for each in (await offered(told, on, actor=issuer.actor, today=issuer.today)).moves:
            if each.planned.refusal is not None:
                done.refused.append(Rejection(each.line, each.planned.refusal.code, each.why))
            done.count(each.outcome, len(each.documents))
        return done
    for rank, one in enumerate(told):
        if progress is not None:
            await progress(rank, len(told))
        try:
            moved = await move_pupil(_asked(one, on), issuer=issuer)
        except Unavailable:
            raise
        except MaterielError as refusal:
            done.refused.append(Rejection(one.line, refusal.code, refusal.message))
            continue
        outcome = MoveOutcome.DONE if moved.look.is_done else outcome_of_move(moved.look.plans)
        done.count(outcome, sum(len(each.made) for each in moved.applied))
    return done


def _asked(move: ReportedMove, on: date) -> MovePupil:
    return MovePupil(pupil_id=UUID(move.pupil), school=move.after, effective_on=on, former=move.before)


def _offered(line: int, planned: PlannedMove) -> OfferedMove:
    made = [each for plan in planned.plans for each in plan.make]
    outcome, why = outcome_of_move(planned.plans), _told(planned, made)
    if planned.refusal is not None:
        outcome, why = MoveOutcome.REFUSED, planned.refusal.message
    elif planned.is_done:
        outcome, why = MoveOutcome.DONE, f"{MoveOutcome.DONE.label}."
    documents = tuple(each.required.kind for each in made)
    return OfferedMove(line=line, planned=planned, outcome=outcome, documents=documents, why=why)


def _told(planned: PlannedMove, made: Sequence[PlannedDocument]) -> str:
    """What a move that is allowed would do, in French."""
    if not planned.cases:
        return "Aucun prêt en cours : seule la fiche change."
    sentences = []
    if made:
        papers = enumeration(list(dict.fromkeys(_paper(each, planned) for each in made)))
        sentences.append(f"{papers[:1].upper()}{papers[1:]}.")
    else:
        sentences.append("Le prêt en préparation suit, sans document.")
    later = [plan.effective_on for plan in planned.plans if plan.effective_on > planned.asked.effective_on]
    if later:
        sentences.append(f"À partir du {long_date(min(later))}, premier jour du prêt.")
    sentences += dict.fromkeys(
        each.detail for plan in planned.plans for each in plan.cautions if each.code not in NO_NEWS_OF_A_MOVE
    )
    return " ".join(sentences)


def _paper(document: PlannedDocument, planned: PlannedMove) -> str:
    """One paper as a line of a list says it."""
    kind = document.required.kind
    if kind is DocumentKind.RETURN_RECEIPT:
        return "récépissé de restitution de l'ancien établissement"
    if kind is DocumentKind.NOTICE:
        if Party.MAYOR not in document.required.recipients or planned.place is None:
            return "notification au chef d'établissement"
        school = planned.place.school
        return f"notification au maire {of_place(school.municipality_name, school.municipality_insee)}"
    return kind.label.lower()
