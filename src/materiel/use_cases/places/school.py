"""Schools: find, decide on a kind, keep who signs. One transaction for each function that writes.

Schools are public data shared by the services of the installation. What a service decides or types of a school is its
own: no other one reads it, or is steered by it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.bounds import Email, Version, filled_text, line
from materiel.domain.language.fields import Fields
from materiel.domain.language.identifiers import clean_uai
from materiel.domain.language.order import LinePlace, Order
from materiel.domain.places.school import School, SchoolKind
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.search import words_of
from materiel.store.history import journal
from materiel.store.places import school as schools
from materiel.use_cases.links.institution import InstitutionPlace
from materiel.use_cases.links.mailbox import ask_confirmation, is_taken_at_once
from materiel.use_cases.loan.reference_change import note_decided
from materiel.use_cases.papers.printable import printable
from materiel.use_cases.search.total import Total


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideSchoolKind:
    """A manager's decision on a school's kind; `kind` None goes back to the computed one."""

    uai: str
    kind: SchoolKind | None
    reason: Annotated[str, filled_text(500)]
    version: Version


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateSchoolContact:
    """Who signs for a school, and its mailbox. None leaves a field as it is.

    `on_behalf_of` is the legal person of a private school (OGEC, association), `board_act` the act of the
    board.
    """

    uai: str
    version: Version
    head_name: Annotated[str, line(200)] | None = None
    head_title: Annotated[str, line(200)] | None = None
    on_behalf_of: Annotated[str, line(200)] | None = None
    board_act: Annotated[str, line(200)] | None = None
    email: Email | None = None


async def get_school(uai: str, *, actor: Actor) -> School:
    """The school of a UAI, however it is typed.

    Raises:
        NotFound: `school.not_found`.
    """
    actor.require(Permission.READ)
    return await schools.by_uai(clean_uai(uai), actor.service_id)


async def school_page(
    q: str,
    kind: SchoolKind | None,
    order: Order,
    *,
    actor: Actor,
    limit: int,
    after: LinePlace | None = None,
) -> list[tuple[School, LinePlace]]:
    """Schools by the same words, sorted, after the place of one of them, each with its own."""
    actor.require(Permission.READ)
    return await schools.sorted_schools(actor.service_id, order, words=words_of(q), kind=kind, limit=limit, after=after)


async def total_schools(q: str, kind: SchoolKind | None, *, actor: Actor) -> Total:
    """How many schools these words find, on all pages."""
    actor.require(Permission.READ)
    return Total(await schools.count(actor.service_id, words=words_of(q), kind=kind))


async def list_schools(
    *, actor: Actor, q: str = "", kind: SchoolKind | None = None, limit: int = 50, after: str = ""
) -> list[School]:
    """Schools in the order of their UAI, after the UAI `after`.

    `q`: words that must all be in the name, the commune, the type or the UAI, whatever accents and case.
    """
    actor.require(Permission.READ)
    return await schools.page(actor.service_id, words=words_of(q), kind=kind, limit=limit, after=after)


@in_one_visit
async def decide_school_kind(command: DecideSchoolKind, *, actor: Actor, now: datetime) -> School:
    """Record a manager's decision on the kind of a school; it survives the next imports. Where loans of the service
    run, each is put to its managers with what the table says now.

    Raises:
        NotFound: `school.not_found`.
        RuleBroken: `school.invalid`, the reason is missing or too long.
        Conflict: `school.changed`.
    """
    actor.require(Permission.WRITE)
    fields = Fields("school.invalid")
    reason = fields.text("/reason", command.reason, longest=500, required=True)
    if command.kind is SchoolKind.TO_CHECK:
        fields.add("/kind", "Choisissez une nature : « À vérifier » n'est pas une décision.")
    fields.check()
    async with write_transaction():
        school = await schools.by_uai(clean_uai(command.uai), actor.service_id)
        decided = await schools.save_decision(
            replace(school, version=command.version),
            actor.service_id,
            command.kind,
            reason=reason,
            by=actor.id,
            at=now,
        )
        await note_decided(school, decided.kind, actor=actor, at=now)
        await journal.by(actor, now).note(
            "school.kind_decided", school.uai, {"from": school.kind.value, "to": decided.kind.value, "reason": reason}
        )
    return decided


@in_one_visit
async def update_school_contact(
    command: UpdateSchoolContact, *, actor: Actor, now: datetime, base_url: str = ""
) -> School:
    """Change who signs for a school, as the actor's service knows it; documents already issued keep what they say.

    A changed mailbox is used once its code is typed, see `use_cases.links.mailbox`.

    Raises:
        NotFound: `school.not_found`.
        RuleBroken: `school.invalid`, with every field at fault; `mailbox.too_soon`.
        Conflict: `school.changed`.
    """
    actor.require(Permission.WRITE)
    fields = Fields("school.invalid")
    names = ("head_name", "head_title", "on_behalf_of", "board_act")
    changes: dict[str, Any] = {
        name: fields.text(f"/{name}", value, longest=200)
        for name in names
        if (value := getattr(command, name)) is not None
    }
    email = None if command.email is None else fields.email("/email", command.email)
    fields.check()
    async with write_transaction():
        school = await schools.by_uai(clean_uai(command.uai), actor.service_id)
        saved = await schools.save_contact(
            printable(replace(school, **changes, version=command.version)), actor.service_id
        )
        if email is not None:
            place = InstitutionPlace(saved, None)
            wanted = email or saved.published_email
            if await is_taken_at_once(place, wanted, actor=actor, now=now):
                await schools.pin_mailbox(saved.id, actor.service_id, wanted)
            else:
                await ask_confirmation(place, wanted, actor=actor, base_url=base_url, now=now)
            saved = await schools.by_uai(saved.uai, actor.service_id)
        await journal.by(actor, now).note(
            "school.contact_updated",
            school.uai,
            {"fields": sorted({*changes, *(["email"] if email is not None else [])})},
        )
    return saved
