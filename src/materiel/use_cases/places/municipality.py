"""Municipalities: read and change the contacts that the annuaire does not give: the mayor, who signs, the
addresses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.address import Address
from materiel.domain.language.bounds import Email, Phone, Version, line
from materiel.domain.language.fields import Fields
from materiel.domain.language.folding import fold
from materiel.domain.language.identifiers import legal_commune
from materiel.domain.language.order import LinePlace, Order, few_sorted
from materiel.domain.places.directory import MAILBOXES, typed_over
from materiel.domain.places.municipality import AuthorityKind, Municipality
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.search import words_of
from materiel.store.history import journal
from materiel.store.places import municipality as municipalities
from materiel.use_cases.links.municipality import mailboxes_taken, save_contacts
from materiel.use_cases.search.total import Total

_TEXTS = {
    "mayor_name": "le nom du maire",
    "authority_name": "le nom de la collectivité compétente",
    "signatory_name": "le nom du signataire",
    "signatory_title": "la qualité du signataire",
    "deliberation": "la délibération",
}
TEXT_MAX = 200

BY_CODE = Order("code")
SORTS: dict[str, Callable[[Municipality], Any]] = {
    "code": lambda each: each.insee_code,
    "nom": lambda each: fold(each.name),
    "signataire": lambda each: fold(signatory_of(each)),
    "contact": lambda each: int(bool(each.address or each.email)),
}
"""By the name of the column. Communes are few: they are read whole and sorted here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateMunicipality:
    """New contacts of a municipality. None leaves a field as it is; see `Municipality` for what each one is."""

    insee_code: str
    version: Version
    address: Address | None = None
    email: Email | None = None
    phone: Phone | None = None
    mayor_name: Annotated[str, line(200)] | None = None
    authority_kind: AuthorityKind | None = None
    authority_name: Annotated[str, line(200)] | None = None
    authority_address: Address | None = None
    authority_email: Email | None = None
    signatory_name: Annotated[str, line(200)] | None = None
    signatory_title: Annotated[str, line(200)] | None = None
    deliberation: Annotated[str, line(200)] | None = None


def signatory_of(commune: Municipality) -> str:
    """Who signs the deposits of its écoles, as far as it is known."""
    return commune.signatory_name or commune.authority_name or commune.mayor_name


def told_source(commune: Municipality) -> str:
    """The paternity and the date that the licence of the administration's directory asks to tell; else nothing."""
    return "" if commune.source_on is None else f"{commune.source}, {commune.source_on:%d/%m/%Y}"


async def get_municipality(insee_code: str, *, actor: Actor) -> Municipality:
    """The municipality that has a mayor: the city for the code of an arrondissement (E34).

    Raises:
        NotFound: `municipality.not_found`.
    """
    actor.require(Permission.READ)
    return await municipalities.get(legal_commune(insee_code.strip().upper()), actor.service_id)


async def municipality_page(
    q: str, order: Order, *, actor: Actor, limit: int, after: LinePlace | None = None
) -> list[tuple[Municipality, LinePlace]]:
    """Municipalities by words of the name, or the code, sorted, after the place of one of them, each with its own."""
    actor.require(Permission.READ)
    if order == BY_CODE:
        found = await municipalities.page(
            actor.service_id, words=words_of(q), limit=limit, after="" if after is None else after.value
        )
        return [(each, LinePlace(each.insee_code, each.insee_code)) for each in found]
    every = await municipalities.page(actor.service_id, words=words_of(q), limit=municipalities.COMMUNES)
    value = SORTS[order.column]
    return few_sorted(
        every,
        lambda each: LinePlace(None if value(each) == "" else value(each), each.insee_code),
        descending=order.descending,
        limit=limit,
        after=after,
    )


async def total_municipalities(q: str, *, actor: Actor) -> Total:
    """How many municipalities these words find, on all pages."""
    actor.require(Permission.READ)
    if not q:
        return Total(await municipalities.count())
    every = await municipalities.page(actor.service_id, words=words_of(q), limit=municipalities.COMMUNES)
    return Total(len(every))


@in_one_visit
async def update_municipality(
    command: UpdateMunicipality, *, actor: Actor, now: datetime, base_url: str = ""
) -> Municipality:
    """Change what the actor's service knows of a municipality; documents already issued keep what they say.

    A changed mailbox is used once its code is typed, see `use_cases.links.mailbox`.

    Raises:
        NotFound: `municipality.not_found`.
        RuleBroken: `municipality.invalid`, with every field at fault; `mailbox.too_soon`.
        Conflict: `municipality.changed`.
    """
    actor.require(Permission.WRITE)
    changes = _checked(command)
    boxes: dict[str, str] = {name: changes.pop(name) for name in MAILBOXES if name in changes}
    async with write_transaction():
        current = await municipalities.get(legal_commune(command.insee_code.strip().upper()), actor.service_id)
        typed = replace(current, **changes)
        at_once: dict[str, Any] = await mailboxes_taken(typed, boxes, actor=actor, now=now)
        saved = await save_contacts(
            typed_over(current, replace(typed, **at_once, version=command.version)),
            {name: email for name, email in boxes.items() if name not in at_once},
            actor=actor,
            now=now,
            base_url=base_url,
        )
        await journal.by(actor, now).note(
            "municipality.updated", saved.insee_code, {"fields": sorted({*changes, *boxes})}
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
