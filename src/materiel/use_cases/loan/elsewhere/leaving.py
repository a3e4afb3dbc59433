"""A pupil leaves the académie: all that the pupil holds is claimed, cancelled or left by agreement, in one transaction.

Source: circulaire n° 2001-061; domain E14, § 8.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from materiel.documents.lists.liaison_sheet import LentLine, compose_liaison_sheet
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.service import ManagingService
from materiel.domain.history.correction import CorrectionKind, CorrectionSubject, checked_reason
from materiel.domain.language.bounds import Academie, Bounds, line
from materiel.domain.loan.elsewhere.leaving import TEXT_MAX, Fate, Leaving, checked_leaving, fate_of
from materiel.domain.loan.recall_ground import RecallGround
from materiel.domain.people.death import check_living
from materiel.domain.people.pupil import Pupil
from materiel.errors import Conflict
from materiel.store.accounts import service as services
from materiel.store.engine.database import enclosing_transaction, in_one_visit
from materiel.store.engine.ids import new_id
from materiel.store.loan import leaving as leavings
from materiel.store.loan import loan as loans
from materiel.store.people import pupil as pupils
from materiel.use_cases.history.correcting import keep_correction
from materiel.use_cases.loan.applying import Applied, Letters
from materiel.use_cases.loan.case import Case, load_cases
from materiel.use_cases.loan.elsewhere.liaison import journal_leaving
from materiel.use_cases.loan.recall import recall_loan, undo_recall
from materiel.use_cases.loan.steps import cancel_loan
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.work.drawing import draw_paper

WHY = "L'élève quitte l'académie."
"""The explanation that the service keeps of each claim and of each cancellation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLeaving:
    """A departure as typed; see `Leaving`. `kept_until` leaves what goes home, which the services agreed upon."""

    pupil_id: UUID
    left_on: date
    academie: Academie = ""
    departement: Annotated[str, Bounds(pattern=r"^([0-9][0-9AB][0-9]?)?$")] = ""
    school: Annotated[str, line(TEXT_MAX)] = ""
    kept_until: date | None = None
    contact_on: date | None = None
    contact_with: Annotated[str, line(TEXT_MAX)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawLeaving:
    """A departure noted by mistake, and why it was."""

    pupil_id: UUID
    leaving_id: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachedLoan:
    """A loan that a departure reaches, and what becomes of it."""

    case: Case
    fate: Fate


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedLeaving:
    """A departure once it is noted, or taken back: what it did to each loan, and whom it wrote to."""

    leaving: Leaving
    loans: tuple[ReachedLoan, ...]
    letters: Letters


@dataclass(frozen=True, slots=True, kw_only=True)
class LiaisonSheet:
    """What the family carries to the other académie: what was lent and since when, never why."""

    leaving: Leaving
    pupil: Pupil
    service: ManagingService
    loans: tuple[ReachedLoan, ...]


@in_one_visit
async def record_leaving(command: RecordLeaving, *, issuer: Issuer) -> NotedLeaving:
    """Note that a pupil has left the académie: every open loan is claimed back with its letter, cancelled when nothing
    is out, or left until the day that the services agreed upon. All of it, or nothing.

    Raises:
        NotFound: `pupil.not_found`.
        RuleBroken: `leaving.invalid`; `pupil.deceased`.
        Conflict: `leaving.already_noted`, a departure whose contact is not made yet; what `recall_loan` raises.
    """
    issuer.actor.require(Permission.WRITE)
    async with enclosing_transaction():
        pupil = await pupils.get(command.pupil_id, issuer.actor.service_id)
        check_living(pupil)
        if any(each.awaits_contact for each in await leavings.of_pupil(pupil.id, pupil.service_id)):
            raise Conflict(
                "leaving.already_noted",
                "Un départ est déjà noté, et le contact avec l'autre académie reste à prendre : notez-le d'abord, ou "
                "retirez ce départ.",
            )
        service = await services.get(pupil.service_id)
        typed = Leaving(
            id=new_id(),
            service_id=pupil.service_id,
            pupil_id=pupil.id,
            left_on=command.left_on,
            academie=command.academie,
            departement=command.departement,
            school=command.school,
            kept_until=command.kept_until,
            contact_on=command.contact_on,
            contact_with=command.contact_with,
            noted_by=issuer.actor.id,
            noted_at=issuer.now,
        )
        noted = checked_leaving(typed, own_academie=service.academie, born_on=pupil.birth_date, today=issuer.today)
        await leavings.insert(noted)
        reached, letters = [], [Letters()]
        for case in await _open_loans(pupil.id, issuer.actor):
            fate = fate_of(case.loan, noted.kept_until)
            applied = await _carry_out(case, fate, issuer)
            reached.append(ReachedLoan(case=applied.case if applied else case, fate=fate))
            letters += [applied.letters] if applied else []
        await journal_leaving(noted, issuer, {str(each.case.loan.id): each.fate.value for each in reached})
        return NotedLeaving(leaving=noted, loans=tuple(reached), letters=_together(letters))


async def foreseen(pupil_id: UUID, *, actor: Actor) -> tuple[ReachedLoan, ...]:
    """What noting a departure would do to each open loan of a pupil, nothing being left by agreement.

    Raises:
        NotFound: `pupil.not_found`.
    """
    actor.require(Permission.READ)
    pupil = await pupils.get(pupil_id, actor.service_id)
    return tuple(ReachedLoan(case=case, fate=fate_of(case.loan, None)) for case in await _open_loans(pupil.id, actor))


@in_one_visit
async def withdraw_leaving(command: WithdrawLeaving, *, issuer: Issuer) -> NotedLeaving:
    """Take back a departure noted by mistake: its claims with it; a loan that was cancelled has to be made again.

    Raises:
        NotFound: `pupil.not_found`, `leaving.not_found`.
        RuleBroken: `correction.invalid`.
        Conflict: `leaving.withdrawn`.
    """
    issuer.actor.require(Permission.WRITE)
    reason = checked_reason(command.reason)
    async with enclosing_transaction():
        pupil = await pupils.get(command.pupil_id, issuer.actor.service_id)
        noted = await leavings.get(command.leaving_id, pupil.id, pupil.service_id)
        if not await leavings.withdraw(noted.id, issuer.now):
            raise Conflict("leaving.withdrawn", "Ce départ est déjà retiré.")
        claimed = [
            case
            for case in await _open_loans(pupil.id, issuer.actor)
            if case.loan.recall_ground is RecallGround.LEFT_ACADEMIE
        ]
        undone = [await undo_recall(case.loan.id, reason=reason, issuer=issuer) for case in claimed]
        await keep_correction(
            *(CorrectionKind.LEAVING, CorrectionSubject.PUPIL, pupil.id, reason),
            actor=issuer.actor,
            now=issuer.now,
            details={"leaving": str(noted.id)},
        )
        reached = tuple(ReachedLoan(case=each.case, fate=Fate.KEPT) for each in undone)
        after = await leavings.get(noted.id, pupil.id, pupil.service_id)
        return NotedLeaving(leaving=after, loans=reached, letters=_together([each.letters for each in undone]))


async def liaison_sheet(pupil_id: UUID, leaving_id: UUID, *, actor: Actor) -> LiaisonSheet:
    """The sheet that the family carries to the other académie: the open loans, with what is out.

    Raises:
        NotFound: `pupil.not_found`, `leaving.not_found`.
    """
    actor.require(Permission.WRITE)
    pupil = await pupils.get(pupil_id, actor.service_id)
    noted = await leavings.get(leaving_id, pupil.id, actor.service_id)
    held = tuple(
        ReachedLoan(case=case, fate=fate_of(case.loan, noted.kept_until))
        for case in await _open_loans(pupil.id, actor)
        if case.loan.lines_out
    )
    return LiaisonSheet(leaving=noted, pupil=pupil, service=await services.get(actor.service_id), loans=held)


async def liaison_paper(pupil_id: UUID, leaving_id: UUID, *, actor: Actor, today: date) -> bytes:
    """The same sheet as a PDF. Nothing is written.

    Raises:
        NotFound: `pupil.not_found`, `leaving.not_found`.
    """
    sheet = await liaison_sheet(pupil_id, leaving_id, actor=actor)
    lent = [
        LentLine(designation=each.case.item(line.item_id).designation, since=line.handed_over_on)
        for each in sheet.loans
        for line in each.case.loan.lines_out
        if line.handed_over_on is not None
    ]
    content = compose_liaison_sheet(sheet.leaving, sheet.pupil, lent, service=sheet.service, day=today)
    return await draw_paper(content)


async def _open_loans(pupil_id: UUID, actor: Actor) -> list[Case]:
    held = await loans.page(actor.service_id, pupil_id=pupil_id, limit=loans.MOST)
    return await load_cases([each.id for each in held if each.is_open], actor)


async def _carry_out(case: Case, fate: Fate, issuer: Issuer) -> Applied | None:
    match fate:
        case Fate.RECALLED:
            return await recall_loan(case.loan.id, reason=WHY, ground=RecallGround.LEFT_ACADEMIE, issuer=issuer)
        case Fate.CANCELLED:
            return await cancel_loan(case.loan.id, reason=WHY, issuer=issuer)
        case _:
            return None


def _together(letters: list[Letters]) -> Letters:
    return Letters(
        written_to=tuple(dict.fromkeys(name for each in letters for name in each.written_to)),
        to_print=tuple(dict.fromkeys(name for each in letters for name in each.to_print)),
    )
