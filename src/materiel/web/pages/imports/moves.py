"""The pupils whom a file says to be in another school: what each move would do, then the moves, as a lot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.imports.import_file import ImportFile
from materiel.domain.loan.moves import MoveOutcome, check_day_of_moves, usual_day_of_moves
from materiel.domain.work.lot import MOST_LINES
from materiel.errors import MaterielError
from materiel.use_cases.desk.lots.job import settle_at_once
from materiel.use_cases.desk.lots.lot import start_moves
from materiel.use_cases.desk.pupil_moves import OfferedMove, OfferedMoves, StartMoves, moves_wanted, offered
from materiel.use_cases.imports.import_file import get_import
from materiel.use_cases.papers.issuer import Issuer
from materiel.web.acting import provide_issuer
from materiel.web.audience import Audience, page_router
from materiel.web.http.forms import Form, read_form
from materiel.web.pages.acting import chosen_of
from materiel.web.pages.shell.rendering import render, render_form

TEMPLATE = "imports/moves.html"
FIELD = "eleves"
FEW = 10
"""Moves that are done before their report is shown: a second or two of papers to draw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveGroup:
    """The moves that ask for the same thing; `title`, of one pupil and of several, follows their number."""

    outcome: MoveOutcome
    title: tuple[str, str]
    why: str
    moves: Sequence[OfferedMove]

    @property
    def may_move(self) -> bool:
        """Whether the rules let these pupils move."""
        return self.outcome is not MoveOutcome.REFUSED


GROUPS = (
    (
        MoveOutcome.AGREEMENT,
        ("élève a besoin d'une nouvelle convention", "élèves ont besoin d'une nouvelle convention"),
        "l'ancien établissement rend le matériel, le nouveau signe ; les documents sont établis, rien ne part",
    ),
    (
        MoveOutcome.NOTICE,
        ("élève dont il faut notifier le prêt", "élèves dont il faut notifier le prêt"),
        "le matériel va à la maison : la convention continue, le nouvel établissement est informé",
    ),
    (
        MoveOutcome.RECORD,
        ("élève dont la fiche change, sans document", "élèves dont la fiche change, sans document"),
        "rien ne leur est prêté, ou leur prêt est encore en préparation",
    ),
    (
        MoveOutcome.REFUSED,
        ("élève ne peut pas suivre ainsi", "élèves ne peuvent pas suivre ainsi"),
        "rien n'est changé pour eux : chacun se décide à part",
    ),
)


@get("/imports/fichiers/{file_id:uuid}/changements", name="import:moves")
async def moves_page(
    request: Request[Any, Any, Any],
    file_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[str]:
    """Whom the file moves, by what each move asks for; those that the rules allow are ticked."""
    on = usual_day_of_moves(actor.civil_date(now))
    file, look = await _look(file_id, on, actor, now)
    chosen = [str(each.planned.pupil.id) for each in look.possible[:MOST_LINES]]
    form = Form({"on": [on.isoformat()], FIELD: chosen})
    return render(request, TEMPLATE, {"form": form, **_context(file, look, actor, now)})


@post("/imports/fichiers/{file_id:uuid}/changements", name="import:move")
async def move_page(
    request: Request[Any, Any, Any],
    file_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    issuer: NamedDependency[Issuer],
) -> Response[Any]:
    """Move the ticked pupils, all or those of a group, and lead to the report; or look at the moves on another day."""
    form = await read_form(request)
    on = form.day("on", required="Indiquez le jour du changement.")
    chosen = tuple(chosen_of(form, FIELD))
    if on is not None:
        try:
            check_day_of_moves(on, issuer.today)
        except MaterielError as refusal:
            form.fault("on", refusal.message)
    action = form.typed("action")
    if action == "revoir" and not form.faults and on is not None:
        file, look = await _look(file_id, on, actor, now)
        return render(request, TEMPLATE, {"form": form, **_context(file, look, actor, now)})
    if action in {each.value for each in MoveOutcome} and on is not None:
        # The button of a group acts upon its ticked lines alone.
        _, look = await _look(file_id, on, actor, now)
        group = {each.planned.pupil.id for each in look.of(MoveOutcome(action))}
        chosen = tuple(each for each in chosen if each in group)
    if not chosen:
        form.fault(FIELD, "Cochez au moins un élève.")
    if not form.faults and on is not None:
        try:
            found = await get_import(file_id, actor=actor, now=now)
            command = StartMoves(on=on, pupils=chosen)
            wanted = await moves_wanted(found.moves, command, actor=actor, today=issuer.today)
            job = await start_moves(wanted, issuer=issuer)
        except MaterielError as refusal:
            form.refuse(refusal)
        else:
            if len(wanted) <= FEW:
                await settle_at_once(job, now=now)
            return Redirect(request.app.route_reverse("job:show", job_id=job.id), status_code=303)
    shown_on = on if on is not None and on <= issuer.today else usual_day_of_moves(issuer.today)
    file, look = await _look(file_id, shown_on, actor, now)
    return render_form(request, TEMPLATE, form, _context(file, look, actor, now))


async def _look(file_id: UUID, on: date, actor: Actor, now: datetime) -> tuple[ImportFile, OfferedMoves]:
    found = await get_import(file_id, actor=actor, now=now)
    return found.file, await offered(found.moves, on, actor=actor, today=actor.civil_date(now))


def _context(file: ImportFile, look: OfferedMoves, actor: Actor, now: datetime) -> dict[str, Any]:
    shown = {each.planned.pupil.id for each in look.possible[:MOST_LINES]}
    groups = []
    for outcome, title, why in GROUPS:
        moves = [each for each in look.of(outcome) if not each.is_possible or each.planned.pupil.id in shown]
        if moves:
            groups.append(MoveGroup(outcome=outcome, title=title, why=why, moves=moves[:MOST_LINES]))
    return {
        "file": file,
        "look": look,
        "groups": groups,
        "groups_moved": sum(each.may_move for each in groups),
        "possible": len(shown),
        "later": len(look.possible) - len(shown),
        "done": len(look.of(MoveOutcome.DONE)),
        "left": len(look.moves) - len(look.of(MoveOutcome.DONE)),
        "today": actor.civil_date(now),
    }


router = page_router(
    "/",
    [moves_page, move_page],
    audience=Audience.ACCOUNT,
    permission=Permission.WRITE,
    dependencies={"issuer": Provide(provide_issuer)},
)
