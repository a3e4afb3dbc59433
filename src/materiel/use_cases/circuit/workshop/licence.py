"""Licences of software: add one, correct it, read its key, list what is left. Its seats are `seat`'s.

A key is encrypted under the secret of the installation, as the seeds of second factors are: whoever has the base alone
does not read it. Reading it is an act, written in the journal.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.workshop.licence import (
    KEY_MAX,
    Licence,
    LicenceAsked,
    LicenceFilter,
    LicenceLine,
    SeatCase,
    checked_key,
    checked_licence,
)
from materiel.domain.item.masking import tail_of
from materiel.domain.language.bounds import Version, line
from materiel.errors import NotFound, Unavailable
from materiel.store.circuit.workshop import licence as licences
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.use_cases.papers.printable import printable
from materiel.use_cases.process.secrecy import decrypt, encrypt

KEY = "licence-key"
"""The purpose of the key that encrypts those of licences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddLicence(LicenceAsked):
    """A licence bought, with its key if it has one."""

    key: Annotated[str, line(KEY_MAX)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectLicence(LicenceAsked):
    """The same written again; without `key` it keeps its own."""

    licence_id: UUID
    version: Version
    key: Annotated[str, line(KEY_MAX)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceSheet:
    """A licence, what is left of it, and all its seats."""

    line: LicenceLine
    cases: tuple[SeatCase, ...]


@in_one_visit
async def add_licence(command: AddLicence, *, secret_key: str, actor: Actor, now: datetime) -> Licence:
    """Add a licence; its key is kept encrypted.

    Raises:
        RuleBroken: `licence.invalid`, `text.not_printable`.
    """
    actor.require(Permission.WRITE)
    asked = {each.name: getattr(command, each.name) for each in fields(LicenceAsked)}
    licence = Licence(id=new_id(), service_id=actor.service_id, created_at=now, **asked)
    licence = _sealed(printable(checked_licence(licence, actor.civil_date(now))), command.key, secret_key)
    async with write_transaction():
        await licences.insert(licence)
        await journal.by(actor, now).note("licence.added", licence.id, {"seats": licence.seats})
    return licence


@in_one_visit
async def correct_licence(command: CorrectLicence, *, secret_key: str, actor: Actor, now: datetime) -> Licence:
    """Write a licence again: its number of seats never under what is taken.

    Raises:
        NotFound: `licence.not_found`.
        Conflict: `licence.changed`, `licence.no_seat_left`.
        RuleBroken: `licence.invalid`, `text.not_printable`.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        known = await licences.locked(command.licence_id, actor.service_id)
        asked = {each.name: getattr(command, each.name) for each in fields(LicenceAsked)}
        changed = replace(known, version=command.version, **asked)
        held = await licences.cases(known.id, actor.service_id)
        changed = printable(checked_licence(changed, actor.civil_date(now), held=held))
        saved = await licences.save(_sealed(changed, command.key, secret_key))
        told = {"seats": saved.seats, "key": bool(command.key)}
        await journal.by(actor, now).note("licence.corrected", saved.id, told)
    return saved


@in_one_visit
async def read_key(licence_id: UUID, *, secret_key: str, actor: Actor, now: datetime) -> str:
    """The whole key of a licence, for whoever installs it; the journal keeps who read it, and when.

    Raises:
        NotFound: `licence.not_found`, `licence.no_key`.
        Unavailable: `licence.key_lost`, it was encrypted under another secret key.
    """
    actor.require(Permission.WRITE)
    async with write_transaction():
        licence = (await licences.line(licence_id, actor.service_id)).licence
        if not licence.sealed_key:
            raise NotFound("licence.no_key", "Cette licence n'a pas de clé : corrigez-la pour en écrire une.")
        try:
            key = decrypt(secret_key, KEY, licence.sealed_key)
        except Unavailable as error:
            raise Unavailable(
                "licence.key_lost",
                "La clé secrète du site a changé : l'administrateur doit la rétablir, ou écrivez de nouveau la clé de "
                "cette licence.",
            ) from error
        await journal.by(actor, now).note("licence.key_read", licence.id, {})
    return key


async def read_licence(licence_id: UUID, *, actor: Actor) -> LicenceSheet:
    """One licence and its seats.

    Raises:
        NotFound: `licence.not_found`.
    """
    actor.require(Permission.READ)
    found = await licences.line(licence_id, actor.service_id)
    return LicenceSheet(line=found, cases=tuple(await licences.cases(licence_id, actor.service_id)))


async def list_licences(
    wanted: LicenceFilter, *, actor: Actor, limit: int, after: tuple[date, UUID] | None = None
) -> list[LicenceLine]:
    """At most `limit` licences of the service, the first bought first."""
    actor.require(Permission.READ)
    return await licences.page(actor.service_id, wanted, limit=limit, after=after)


async def count_licences(wanted: LicenceFilter, *, actor: Actor) -> int:
    """How many there are."""
    actor.require(Permission.READ)
    return await licences.count(actor.service_id, wanted)


def _sealed(licence: Licence, key: str, secret_key: str) -> Licence:
    """The licence with a new key; without one, with its own."""
    clean = checked_key(key)
    if not clean:
        return licence
    return replace(licence, sealed_key=encrypt(secret_key, KEY, clean), key_tail=tail_of(clean))
