"""Municipalities: read and change the contacts that the annuaire does not give: the mayor, who signs, the
addresses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from materiel.domain.fields import Fields
from materiel.domain.identifiers import legal_commune
from materiel.domain.party import Address, AuthorityKind, Municipality
from materiel.domain.roles import Actor, Permission
from materiel.store import journal
from materiel.store import municipality as municipalities
from materiel.store.engine import write_transaction
from materiel.store.search import words_of
from materiel.use_cases.printable import printable

_TEXTS = {
    "mayor_name": "le nom du maire",
    "authority_name": "le nom de la collectivité compétente",
    "signatory_name": "le nom du signataire",
    "signatory_title": "la qualité du signataire",
    "deliberation": "la délibération",
}
TEXT_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateMunicipality:
    """New contacts of a municipality. None leaves a field as it is; see `Municipality` for what each one
    is."""

    insee_code: str
    version: int
    address: Address | None = None
    email: str | None = None
    phone: str | None = None
    mayor_name: str | None = None
    authority_kind: AuthorityKind | None = None
    authority_name: str | None = None
    authority_address: Address | None = None
    authority_email: str | None = None
    signatory_name: str | None = None
    signatory_title: str | None = None
    deliberation: str | None = None


async def get_municipality(insee_code: str, *, actor: Actor) -> Municipality:
    """The municipality that has a mayor: the city for the code of an arrondissement (E34).

    Raises:
        NotFound: `municipality.not_found`.
    """
    actor.require(Permission.READ)
    return await municipalities.get(legal_commune(insee_code.strip().upper()))


async def list_municipalities(*, actor: Actor, q: str = "", limit: int = 50, after: str = "") -> list[Municipality]:
    """Municipalities in the order of their INSEE code, after a code. `q`: words of the name, or the code."""
    actor.require(Permission.READ)
    return await municipalities.page(words=words_of(q), limit=limit, after=after)


async def update_municipality(command: UpdateMunicipality, *, actor: Actor, now: datetime) -> Municipality:
    """Change the contacts of a municipality; documents already issued keep what they say.

    Raises:
        NotFound: `municipality.not_found`.
        RuleBroken: `municipality.invalid`, with every field at fault.
        Conflict: `municipality.changed`.
    """
    actor.require(Permission.WRITE)
    changes = _checked(command)
    async with write_transaction():
        current = await municipalities.get(legal_commune(command.insee_code.strip().upper()))
        saved = await municipalities.save(printable(replace(current, **changes, version=command.version)))
        await journal.append(
            str(actor.service_id),
            at=now,
            actor=actor.id,
            action="municipality.updated",
            subject_kind="municipality",
            subject_id=saved.insee_code,
            details={"fields": sorted(changes)},
        )
    return saved


def _checked(command: UpdateMunicipality) -> dict[str, Any]:
    fields = Fields("municipality.invalid")
    changes: dict[str, Any] = {}
    for name, called in _TEXTS.items():
        value = getattr(command, name)
        if value is not None:
            changes[name] = fields.text(f"/{name}", value, longest=TEXT_MAX, name=called)
    for name in ("address", "authority_address"):
        address = getattr(command, name)
        if address is not None:
            changes[name] = fields.address(f"/{name}", address)
    for name in ("email", "authority_email"):
        address = getattr(command, name)
        if address is not None:
            changes[name] = fields.email(f"/{name}", address)
    if command.phone is not None:
        changes["phone"] = fields.phone("/phone", command.phone)
    if command.authority_kind is not None:
        changes["authority_kind"] = command.authority_kind
    fields.check()
    return changes
