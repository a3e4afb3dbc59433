"""Pupils: register, correct, find. Scoped to the actor's service; the journal keeps no name (domain § 4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.item.registration import HOMES_MAX, REPRESENTATIVES_MAX, checked_pupil, kept_ids
from materiel.domain.language.bounds import Bounds, Email, Phone, Uai, Version, filled, line, several
from materiel.domain.language.identifiers import clean_uai
from materiel.domain.language.values import replace
from materiel.domain.people.pupil import Capacity, Home, ProtectionRegime, Pupil, Representative
from materiel.errors import Conflict, FieldError, NotFound, RuleBroken
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.loan import loan as loans
from materiel.store.people import pupil as pupils
from materiel.store.places import school as schools
from materiel.use_cases.papers.printable import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class RepresentativeInput:
    """A person responsible for the pupil, as typed; see `Representative`. `id` says which known person is corrected."""

    last_name: Annotated[str, filled(100)]
    first_name: Annotated[str, line(100)] = ""
    capacity: Capacity = Capacity.PARENT
    home: Annotated[int, Bounds(ge=0, le=9)] | None = None
    email: Email = ""
    phone: Phone = ""
    on_behalf_of: Annotated[str, line(200)] = ""
    reference: Annotated[str, line(200)] = ""
    sole_authority: bool = False
    id: UUID | None = None


Homes = Annotated[tuple[Home, ...], several(HOMES_MAX, least=1)]
Representatives = Annotated[tuple[RepresentativeInput, ...], several(REPRESENTATIVES_MAX)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPupil:
    """A new pupil as typed. `school` is the UAI of the school attended; `homes` holds one address or more."""

    last_name: Annotated[str, filled(100)]
    first_name: Annotated[str, filled(100)]
    birth_date: date
    school: Uai
    homes: Homes
    representatives: Representatives = ()
    email: Email = ""
    phone: Phone = ""
    protection: ProtectionRegime = ProtectionRegime.NONE
    protection_reference: Annotated[str, line(200)] = ""
    disagreement: bool = False
    large_print: bool = False
    plain_summary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatePupil:
    """Corrections of a pupil; None leaves a field as it is, a list given replaces the whole list.

    A representative keeps the id for life: see `kept_ids`.
    """

    pupil_id: UUID
    version: Version
    last_name: Annotated[str, filled(100)] | None = None
    first_name: Annotated[str, filled(100)] | None = None
    birth_date: date | None = None
    school: Uai | None = None
    homes: Homes | None = None
    representatives: Representatives | None = None
    email: Email | None = None
    phone: Phone | None = None
    protection: ProtectionRegime | None = None
    protection_reference: Annotated[str, line(200)] | None = None
    disagreement: bool | None = None
    large_print: bool | None = None
    plain_summary: bool | None = None
    died_on: date | None = None


def new_pupil(command: RegisterPupil, service_id: UUID) -> Pupil:
    """The pupil that a command describes, unchecked, with its identifiers."""
    return Pupil(
        id=new_id(),
        service_id=service_id,
        last_name=command.last_name,
        first_name=command.first_name,
        birth_date=command.birth_date,
        school_uai=clean_uai(command.school),
        homes=command.homes,
        representatives=_representatives(command.representatives, ()),
        email=command.email,
        phone=command.phone,
        protection=command.protection,
        protection_reference=command.protection_reference,
        disagreement=command.disagreement,
        large_print=command.large_print,
        plain_summary=command.plain_summary,
    )


@in_one_visit
async def register_pupil(command: RegisterPupil, *, actor: Actor, now: datetime) -> Pupil:
    """Add a pupil to the actor's service. A minor without representative is accepted; no loan is then issued.

    Raises:
        RuleBroken: `pupil.invalid`, with every field at fault, the school included.
    """
    actor.require(Permission.WRITE)
    pupil = printable(checked_pupil(new_pupil(command, actor.service_id), today=actor.civil_date(now)))
    async with write_transaction():
        await check_school(pupil.school_uai)
        await pupils.insert(pupil, now)
        await journal.by(actor, now).note("pupil.registered", pupil.id)
    return pupil


@in_one_visit
async def update_pupil(command: UpdatePupil, *, actor: Actor, now: datetime) -> Pupil:
    """Correct a pupil; documents already issued keep what they say. A change of school is the loans' business too.

    Raises:
        NotFound: `pupil.not_found`.
        RuleBroken: `pupil.invalid`.
        Conflict: `pupil.changed`; `pupil.school_has_loans`, papers issued depend on the school.
    """
    actor.require(Permission.WRITE)
    names = set(UpdatePupil.__dataclass_fields__) - {"pupil_id", "version", "school", "representatives"}
    changes: dict[str, Any] = {name: value for name in names if (value := getattr(command, name)) is not None}
    if command.school is not None:
        changes["school_uai"] = clean_uai(command.school)
    async with write_transaction():
        pupil = await pupils.get(command.pupil_id, actor.service_id)
        if command.representatives is not None:
            changes["representatives"] = _representatives(command.representatives, pupil.representatives)
        changed = printable(
            checked_pupil(replace(pupil, **changes, version=command.version), today=actor.civil_date(now))
        )
        if changed.school_uai != pupil.school_uai:
            await check_school(changed.school_uai)
            await _check_no_loan_stays_behind(pupil)
        saved = await pupils.save(changed)
        await journal.by(actor, now).note("pupil.updated", saved.id, {"fields": sorted(changes)})
    return saved


async def get_pupil(pupil_id: UUID, *, actor: Actor) -> Pupil:
    """A pupil of the actor's service.

    Raises:
        NotFound: `pupil.not_found`, also for another service's.
    """
    actor.require(Permission.READ)
    return await pupils.get(pupil_id, actor.service_id)


async def list_pupils(
    *, actor: Actor, q: str = "", school: str = "", limit: int = 50, after: UUID | None = None
) -> list[Pupil]:
    """Pupils of the actor's service, oldest record first, after the pupil `after`; of one `school` by its UAI."""
    actor.require(Permission.READ)
    return await pupils.page(actor.service_id, q=q, school_uai=school, limit=limit, after=after)


async def _check_no_loan_stays_behind(pupil: Pupil) -> None:
    """Refuse to move a pupil by a correction while loans depend on the school: notices and agreements would be false.

    Raises:
        Conflict: `pupil.school_has_loans`.
    """
    held = await loans.page(pupil.service_id, pupil_id=pupil.id, limit=loans.MOST)
    if any(loan.is_open and not loan.is_draft and loan.school_uai == pupil.school_uai for loan in held):
        raise Conflict(
            "pupil.school_has_loans",
            "Cet élève a des prêts en cours dans son établissement : changez d'établissement depuis l'un d'eux, "
            "tous le suivront avec leurs documents.",
        )


async def check_school(uai: str) -> None:
    """Refuse a school that the installation does not know, as a fault of the field `/school`.

    Raises:
        RuleBroken: `pupil.invalid`.
    """
    try:
        await schools.id_of(uai)
    except NotFound as unknown:
        fault = FieldError("/school", unknown.message)
        raise RuleBroken("pupil.invalid", unknown.message, errors=(fault,)) from None


def _representatives(
    typed: tuple[RepresentativeInput, ...], known: tuple[Representative, ...]
) -> tuple[Representative, ...]:
    if not typed:
        return ()
    names = RepresentativeInput.__dataclass_fields__.keys() - {"id"}
    new = tuple(
        Representative(id=each.id or new_id(), **{name: getattr(each, name) for name in names}) for each in typed
    )
    return kept_ids(new, [each.id for each in typed], known)
