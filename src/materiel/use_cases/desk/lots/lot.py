"""Lots: one act asked of many things, as a job whose lines are settled one after the other, and their report.

What is asked is checked whole before anything is written. The same lot asked again while it is under way is that one:
nobody is written to twice because a button was pressed twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.desk.lot import ABOUT, NEEDED, TAKEN, LotAct, LotSubject
from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import BY_HAND, Condition, ItemStatus
from materiel.domain.language.bounds import Uai, line, several
from materiel.domain.language.fields import Fields
from materiel.domain.loan.moves import check_day_of_moves
from materiel.domain.papers.document import Document, NoticeChannel, Party
from materiel.domain.visitors.institution import awaited_of_depositary
from materiel.domain.work.job import LOT, Job
from materiel.domain.work.lot import MANY, MOST_LINES, LineState, LotLine
from materiel.errors import BadInput, FieldError, NotFound, RuleBroken
from materiel.store.accounts import service as services
from materiel.store.desk import dashboard
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.store.item import list as item_list
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.places import school as schools
from materiel.store.work import job as jobs
from materiel.store.work import lot as store
from materiel.use_cases.item.bulk import REASON_MAX
from materiel.use_cases.item.place import PLACE_MAX
from materiel.use_cases.links.institution import institution_named
from materiel.use_cases.loan.moves import MovePupil
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.work.job import get_job

AT_ONCE = 200
"""References looked up in one statement."""

TEXTS = {"storage_place": (PLACE_MAX, "le lieu de rangement"), "reason": (REASON_MAX, "le motif")}
"""The values that are texts: how long each may be, and what a refusal calls it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LotValues:
    """An act and what has to be said for it; see `domain.desk.lot.NEEDED`."""

    act: LotAct
    on: date | None = None
    condition: Condition | None = None
    erased: bool | None = None
    uninstalled: bool | None = None
    status: ItemStatus | None = None
    family: ItemFamily | None = None
    storage_place: Annotated[str, line(PLACE_MAX)] | None = None
    reason: Annotated[str, line(REASON_MAX)] | None = None
    party: Party | None = None
    channel: NoticeChannel | None = None
    school: Uai | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartLot(LotValues):
    """An act for many things: items, loans, documents or pupils, as the act wants."""

    references: Annotated[tuple[UUID, ...], several(MOST_LINES, least=1)]


class Seen(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is said of one item handed over, taken back or prepared; `loan` holds it, if any does.

    Of a pupil who moves, the UAIs of the new `school` and of the `former` one.
    """

    loan: UUID | None = None
    condition: Condition | None = None
    missing: tuple[str, ...] = ()
    accessories: tuple[str, ...] | None = None
    erased: bool = False
    uninstalled: bool = False
    ticked: tuple[str, ...] | None = None
    note: str = ""
    school: str = ""
    former: str = ""


class LotAsked(msgspec.Struct, frozen=True):
    """What the job of a lot is given; `digest` is that of its lines."""

    values: LotValues
    base_url: str
    label_url: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLine:
    """A line as people read it: the number or the name of its thing, where it is."""

    line: LotLine
    name: str
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LotReport:
    """Where a lot is: how many lines are in each state, the first ones of each, the papers that came of them all."""

    job: Job
    values: LotValues
    counts: Mapping[LineState, int]
    lines: Mapping[LineState, Sequence[ShownLine]]
    made: Sequence[UUID]


def is_many(references: Sequence[UUID]) -> bool:
    """Whether an act on these is a lot, or is done at once."""
    return len(references) > MANY


async def start_lot(command: StartLot, *, issuer: Issuer, seen: Mapping[UUID, Seen] | None = None) -> Job:
    """Have an act done to many things by a job; the same one when it is under way already.

    Args:
        command: what to do, and to what.
        issuer: who asks, and for which site.
        seen: what is said of each item of a pile, or of each pupil who moves.

    Raises:
        BadInput: `lot.none_chosen`, `lot.too_many`.
        RuleBroken: `lot.invalid`, a value is missing, or would do nothing.
        NotFound: `item.not_found`, `loan.not_found`, `document.not_found`, `pupil.not_found`, with the pointer of the
            first one.
    """
    issuer.actor.require(Permission.WRITE)
    wanted = _checked(command, seen or {}, issuer.today)
    planned = await _planned(wanted, command, seen or {}, issuer.actor)
    values = LotValues(**{name: value for name, value in asdict(command).items() if name != "references"})
    told = "".join(f"{each.subject_id}{each.given}" for each in planned)
    asked = LotAsked(values, issuer.base_url, issuer.label_url, hashlib.sha256(told.encode()).hexdigest())
    return await _enqueue(msgspec.json.encode(asked).decode(), command.act, planned, issuer)


async def start_moves(moves: Sequence[MovePupil], *, issuer: Issuer) -> Job:
    """Have pupils moved by a job, each to a school of its own, all on the day of the first. Errors: `start_lot`."""
    seen = {each.pupil_id: Seen(school=each.school, former=each.former) for each in moves}
    on = moves[0].effective_on if moves else issuer.today
    return await start_lot(StartLot(act=LotAct.MOVE, references=tuple(seen), on=on), issuer=issuer, seen=seen)


@in_one_visit
async def _enqueue(payload: str, act: LotAct, planned: Sequence[LotLine], issuer: Issuer) -> Job:
    service_id = issuer.actor.service_id
    async with write_transaction():
        await services.lock(service_id)
        if (same := await jobs.under_way(service_id, LOT, payload)) is not None:
            return same
        job = await jobs.enqueue(
            service_id, LOT, payload, total=len(planned), created_by=issuer.actor.id, created_at=issuer.now
        )
        await store.add([replace(each, job_id=job.id) for each in planned])
        details = {"act": act.value, "lines": len(planned)}
        await journal.by(issuer.actor, issuer.now).note("lot.started", job.id, details, of="job")
    return job


async def start_again(job_id: UUID, *, issuer: Issuer) -> Job:
    """Have a new lot made of what a lot that is over has not done.

    Raises:
        NotFound: `job.not_found`, also for a job that is no lot.
        BadInput: `lot.nothing_left`, everything is done, or it is still under way.
    """
    issuer.actor.require(Permission.WRITE)
    job = await _lot(job_id, issuer.actor)
    left = [
        each
        for state in (LineState.REFUSED, LineState.LEFT)
        for each in await store.page(job.id, state, limit=MOST_LINES)
    ]
    if not left or not job.is_over:
        raise BadInput("lot.nothing_left", "Rien ne reste à faire de cette liste, ou elle est encore en cours.")
    asked = msgspec.json.decode(job.payload, type=LotAsked)
    seen = {each.subject_id: msgspec.json.decode(each.given, type=Seen) for each in left}
    references = tuple(each.subject_id for each in sorted(left, key=lambda each: each.rank))
    return await start_lot(StartLot(references=references, **asdict(asked.values)), issuer=issuer, seen=seen)


async def read_lot(job_id: UUID, *, actor: Actor, limit: int) -> LotReport:
    """The report of a lot of the actor's service, with the first lines of each state.

    Raises:
        NotFound: `job.not_found`, also for a job that is no lot.
    """
    actor.require(Permission.READ)
    job = await _lot(job_id, actor)
    values = msgspec.json.decode(job.payload, type=LotAsked).values
    lines = {
        state: await _shown(await store.page(job.id, state, limit=limit), ABOUT[values.act], actor)
        for state in LineState
    }
    done = await store.page(job.id, LineState.DONE, limit=MOST_LINES)
    made = list(dict.fromkeys(paper for each in done for paper in each.made))
    return LotReport(job=job, values=values, counts=await store.counts(job.id), lines=lines, made=made)


async def list_lot_lines(
    job_id: UUID, state: LineState | None, *, actor: Actor, limit: int, after: int = -1
) -> list[LotLine]:
    """The lines of a lot, in the order in which they were asked.

    Raises:
        NotFound: `job.not_found`, also for a job that is no lot.
    """
    actor.require(Permission.READ)
    job = await _lot(job_id, actor)
    return await store.page(job.id, state, limit=limit, after=after)


async def _lot(job_id: UUID, actor: Actor) -> Job:
    job = await get_job(job_id, actor=actor)
    if job.kind != LOT:
        raise NotFound("job.not_found", "Cette tâche n’existe pas dans votre service.")
    return job


def _checked(command: StartLot, seen: Mapping[UUID, Seen], today: date) -> list[UUID]:
    """The references, each once, of an act that has what it needs."""
    wanted = list(dict.fromkeys(command.references))
    if not wanted:
        raise BadInput("lot.none_chosen", "Rien n'est choisi : cochez au moins une ligne.")
    if len(wanted) > MOST_LINES:
        raise BadInput(
            "lot.too_many",
            f"{len(wanted)} choisis ; agissez sur {MOST_LINES} au plus à la fois. Précisez la recherche.",
        )
    fields = Fields("lot.invalid")
    needed, taken = NEEDED.get(command.act, ()), TAKEN.get(command.act, ())
    for name, value in asdict(command).items():
        if name in ("act", "references"):
            continue
        if name in needed and value in (None, ""):
            fields.add(f"/{name}", f"« {command.act.label} » demande cette valeur.")
        elif value is not None and name not in (*needed, *taken):
            fields.add(f"/{name}", f"« {command.act.label} » n'a rien à faire de cette valeur.")
        elif name in TEXTS and value is not None:
            longest, called = TEXTS[name]
            fields.text(f"/{name}", value, longest=longest, name=called)
    if command.act is LotAct.SET_STATUS and command.status is not None and command.status not in BY_HAND:
        fields.add("/status", f"L'état « {command.status.label} » vient d'un prêt ; il ne se saisit pas.")
    if command.act is LotAct.NOTIFY and command.channel is NoticeChannel.HAND:
        fields.add("/channel", "Envoyez en nombre par courriel (email) ou par la poste (post).")
    if command.act is LotAct.SEND and command.party is Party.MANAGING_SERVICE:
        fields.add("/party", "Le service ne s'écrit pas à lui-même.")
    if command.act is LotAct.MOVE:
        _check_move(command, fields, seen, today)
    fields.check()
    return wanted


def _check_move(command: StartLot, fields: Fields, seen: Mapping[UUID, Seen], today: date) -> None:
    """The new school of every pupil is told, and the day of the moves has come."""
    if not command.school and any(each not in seen for each in command.references):
        fields.add("/school", f"« {command.act.label} » demande l'UAI du nouvel établissement.")
    try:
        check_day_of_moves(command.on or today, today)
    except RuleBroken as refusal:
        fields.add("/on", refusal.message)


async def _planned(wanted: Sequence[UUID], command: StartLot, seen: Mapping[UUID, Seen], actor: Actor) -> list[LotLine]:
    """The lines, all of things of the actor's service; what goes to one loan or one mailbox is settled together."""
    subject = ABOUT[command.act]
    together: dict[UUID, str] = {}
    given: dict[UUID, str] = {}
    known: dict[tuple[UUID, Party], str] = {}
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        if subject is LotSubject.DOCUMENT:
            for paper in await documents.get_many(some, actor.service_id):
                together[paper.id] = await _mailbox_of(paper, command, known)
        elif subject is LotSubject.LOAN:
            together |= {loan.id: str(loan.id) for loan in await loans.get_many(some, actor.service_id)}
        elif subject is LotSubject.PUPIL:
            together |= {each: str(each) for each in await pupils.get_many(some, actor.service_id)}
            given |= {each: msgspec.json.encode(seen[each]).decode() for each in some if each in seen}
        else:
            together |= {each: str(each) for each in await items.known(some, actor.service_id)}
            given |= {each: msgspec.json.encode(seen[each]).decode() for each in some if each in seen}
            if command.act in (LotAct.HAND_OVER, LotAct.TAKE_BACK):
                for item_id, holder in (await item_list.holders(some)).items():
                    together[item_id] = str(holder.loan_id)
                    held = msgspec.structs.replace(seen.get(item_id, Seen()), loan=holder.loan_id)
                    given[item_id] = msgspec.json.encode(held).decode()
    _check_known(wanted, together, subject)
    return [
        LotLine(
            id=new_id(),
            job_id=each,
            rank=rank,
            subject_id=each,
            together=together[each],
            given=given.get(each, "{}"),
        )
        for rank, each in enumerate(wanted)
    ]


async def _mailbox_of(paper: Document, command: StartLot, known: dict[tuple[UUID, Party], str]) -> str:
    """What an institution has to sign leaves in one message, and its notices too."""
    if command.act is LotAct.NOTIFY and command.channel is NoticeChannel.EMAIL and paper.school_id is not None:
        return str(paper.school_id)
    box = awaited_of_depositary(paper)
    if command.act not in (LotAct.REMIND, LotAct.SEND) or box is None or paper.school_id is None:
        return str(paper.id)
    key = (paper.school_id, box.party)
    if key not in known:
        uai = (await schools.get(paper.school_id, paper.service_id)).uai
        where = await institution_named(uai, box.party, paper.service_id)
        known[key] = f"{where.uai or where.insee_code}{' autorité' if where.of_authority else ''}"
    return known[key]


def _check_known(wanted: Sequence[UUID], found: Mapping[UUID, str], subject: LotSubject) -> None:
    for rank, each in enumerate(wanted):
        if each not in found:
            missing = {
                LotSubject.ITEM: "Ce matériel n'existe pas dans votre service.",
                LotSubject.LOAN: "Ce prêt n'existe pas dans votre service.",
                LotSubject.DOCUMENT: "Ce document n'existe pas dans votre service.",
                LotSubject.PUPIL: "Cet élève n'existe pas dans votre service.",
            }[subject]
            raise NotFound(f"{subject.value}.not_found", missing, errors=(FieldError(f"/references/{rank}", missing),))


async def _shown(lines: Sequence[LotLine], subject: LotSubject, actor: Actor) -> list[ShownLine]:
    """The lines with what their things are called; one that was eliminated since has no name any more."""
    ids = [each.subject_id for each in lines]
    named: dict[UUID, tuple[str, str]] = {}
    if subject is LotSubject.ITEM:
        found = await items.get_many(await items.known(ids, actor.service_id), actor.service_id)
        named = {item.id: (item.inventory_number, item.designation) for item in found}
    elif subject is LotSubject.LOAN:
        named = {loan_id: _place(place) for loan_id, place in (await dashboard.places(actor.service_id, ids)).items()}
    elif subject is LotSubject.PUPIL:
        named = await _pupils_named(lines, actor)
    else:
        papers = await documents.get_many(ids, actor.service_id)
        places = await dashboard.places(actor.service_id, list({paper.loan_id for paper in papers}))
        named = {paper.id: (f"N° {paper.number}", ", ".join(_place(places[paper.loan_id]))) for paper in papers}
    shown = []
    for each in lines:
        name, where = named.get(each.subject_id, ("Éliminé depuis", ""))
        shown.append(ShownLine(line=each, name=name, where=where))
    return shown


async def _pupils_named(lines: Sequence[LotLine], actor: Actor) -> dict[UUID, tuple[str, str]]:
    """The names of pupils, and from which school to which each was asked to move."""
    people = await pupils.get_many([each.subject_id for each in lines], actor.service_id)
    seen = {each.subject_id: msgspec.json.decode(each.given, type=Seen) for each in lines}
    uais = {uai for each in seen.values() for uai in (each.school, each.former) if uai}
    names = {uai: school.name for uai, school in (await schools.by_uais(uais, actor.service_id)).items()}
    return {
        each.id: (
            f"{each.first_name} {each.last_name}",
            " → ".join(names[uai] for uai in (seen[each.id].former, seen[each.id].school) if uai in names),
        )
        for each in people.values()
    }


def _place(place: dashboard.LoanPlace) -> tuple[str, str]:
    return (place.pupil_name, place.school_name) if place.pupil_name else (place.school_name, "")
