"""Fill an installation with the demonstration, once; make fresh tokens each time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from materiel.domain.accounts.roles import PROGRAM_ROLES, Actor, Role
from materiel.domain.accounts.service import ManagingService, ServiceKind
from materiel.domain.address import Address
from materiel.domain.item.item import ItemStatus
from materiel.domain.places.municipality import AuthorityKind
from materiel.errors import NotFound
from materiel.store.accounts import site as sites
from materiel.store.engine.database import enclosing_transaction, write_transaction
from materiel.use_cases.accounts.service import CreateService, choose_service, create_service
from materiel.use_cases.accounts.token import CreateToken, create_token, list_tokens, revoke_token
from materiel.use_cases.demo import people
from materiel.use_cases.demo.access import TOWN_HALL, Access, open_doors
from materiel.use_cases.demo.charter import write_charter
from materiel.use_cases.demo.condition import tell_condition
from materiel.use_cases.demo.disposals import tell_disposals
from materiel.use_cases.demo.equipment import items as demo_items
from materiel.use_cases.demo.kits import tell_kits
from materiel.use_cases.demo.letterhead import fictitious_letterhead
from materiel.use_cases.demo.needs import tell_needs
from materiel.use_cases.demo.news import fictitious_annuaire, tell_news
from materiel.use_cases.demo.pauses import tell_pauses
from materiel.use_cases.demo.returned import tell_returns
from materiel.use_cases.demo.sector import tell_examinations, tell_sector
from materiel.use_cases.demo.stocktakes import tell_stocktakes
from materiel.use_cases.demo.stories import tell_all
from materiel.use_cases.demo.teller import Teller
from materiel.use_cases.demo.transfers import tell_transfers
from materiel.use_cases.demo.webhooks import tell_webhooks
from materiel.use_cases.demo.workshop import tell_workshop
from materiel.use_cases.imports.schools import import_schools
from materiel.use_cases.item.item import SetItemStatus, find_item, register_item, set_item_status
from materiel.use_cases.papers.letterhead import keep_made
from materiel.use_cases.people.pupil import register_pupil
from materiel.use_cases.places.municipality import UpdateMunicipality, get_municipality, update_municipality

TOKEN_LABEL = "Démonstration"
INSTALLED_FOR = timedelta(days=210)
"""How long ago its registers were entered: before its stories, and long enough for an item to be idle."""

DSDEN = CreateService(
    code="DEMO35",
    name="DSDEN d'Ille-et-Vilaine (démonstration)",
    kind=ServiceKind.DSDEN,
    academie="14",
    departement="35",
    address=Address(lines=("Service du matériel adapté", "1 quai Fictif"), postcode="35000", city="Rennes"),
    phone="02 99 00 00 35",
    email="materiel.35@exemple.invalid",
    opening_hours="du lundi au vendredi, de 9 h à 12 h",
    signatory_name="Maxime Exemple",
    signatory_title="secrétaire général",
    delegation="par délégation de l'inspectrice d'académie (exemple)",
    dpo_contact="dpo@exemple.invalid",
)
RECTORAT = CreateService(
    code="DEMO14",
    name="Rectorat de l'académie de Rennes (démonstration)",
    kind=ServiceKind.RECTORAT,
    academie="14",
    departement="35",
    address=Address(lines=("96 rue Imaginaire",), postcode="35000", city="Rennes"),
    phone="02 99 00 00 14",
    email="materiel.14@exemple.invalid",
    signatory_name="Dominique Modèle",
    signatory_title="secrétaire générale de l'académie",
)

Progress = Callable[[int, int], None]

ENTRUSTED = "35050"
"""Cardroc, whose écoles are said to be run by a fictitious syndicate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What to try: the tokens by role, shown now only, and an item whose label is in use.

    `filled` is False when the demonstration was there already: only its tokens are new.
    """

    filled: bool
    service: ManagingService
    tokens: dict[str, str]
    access: Access
    item_code: str
    item_number: str


async def fill_demo(*, base_url: str, secret_key: str, actor_id: str, now: datetime, progress: Progress) -> Demo:
    """Make the demonstration if it is not there, all of it or nothing, and fresh tokens for it."""
    try:
        service = await choose_service(DSDEN.code)
        filled = False
    except NotFound:
        async with enclosing_transaction():
            service = await _fill(
                base_url=base_url, secret_key=secret_key, actor_id=actor_id, now=now, progress=progress
            )
        filled = True
    actor = Actor(actor_id, Role.ADMIN, service.id, service.zone)
    if filled:
        # Read by a process of its own, outside the transaction that makes the rest.
        await tell_returns(actor=actor, now=now)
    item = await find_item("DEMO-ORD-004", actor=actor)
    access = await open_doors(actor=actor, base_url=base_url, secret_key=secret_key, now=now)
    if filled:
        # Decided by the account that signs for the State.
        await tell_disposals(actor=actor, now=now)
    return Demo(
        filled=filled,
        service=service,
        tokens=await _fresh_tokens(actor, now),
        access=access,
        item_code=item.public_code,
        item_number=item.inventory_number,
    )


async def _fill(*, base_url: str, secret_key: str, actor_id: str, now: datetime, progress: Progress) -> ManagingService:
    installed = now - INSTALLED_FOR
    service = await create_service(DSDEN, actor_id=actor_id, now=installed)
    rectorat = await create_service(RECTORAT, actor_id=actor_id, now=installed)
    actor = Actor(actor_id, Role.ADMIN, service.id, service.zone)
    today = actor.civil_date(now)

    async def tell(done: int, total: int) -> None:
        progress(done, total)

    async with write_transaction():
        await sites.mark_demonstration(service.id)
    await keep_made(fictitious_letterhead(), actor=actor, now=installed)
    await import_schools(fictitious_annuaire(), actor=actor, now=installed, progress=tell)
    await _name_mayor(actor, installed)
    await write_charter(actor=actor, now=installed)
    item_ids: dict[str, UUID] = {}
    for command in demo_items(today):
        item_ids[command.inventory_number] = (await register_item(command, actor=actor, now=installed)).id
    pupil_ids = {
        key: (await register_pupil(command, actor=actor, now=installed)).id
        for key, command in people.pupils(today).items()
    }
    teller = Teller(actor, base_url, today, item_ids, pupil_ids)
    await tell_kits(teller)
    await tell_all(teller)
    await tell_needs(teller)
    await tell_transfers(teller, Actor(actor_id, Role.ADMIN, rectorat.id, rectorat.zone), installed=installed)
    await tell_pauses(teller)
    await tell_webhooks(teller)
    await tell_workshop(teller, secret_key)
    await tell_condition(teller)
    await tell_sector(teller)
    await tell_examinations(teller)
    for number, status, reason in (
        ("DEMO-BOU-004", ItemStatus.IN_REPAIR, "Faux contact (exemple)."),
        ("DEMO-COM-004", ItemStatus.WRITTEN_OFF, "Hors d'usage, remis aux Domaines (exemple)."),
    ):
        item = await find_item(number, actor=actor)
        change = SetItemStatus(item_id=item.id, status=status, reason=reason, version=item.version)
        await set_item_status(change, actor=actor, now=now)
    await tell_stocktakes(teller)
    await tell_news(actor=actor, base_url=base_url, now=now)
    return service


async def _name_mayor(actor: Actor, now: datetime) -> None:
    """One commune has its contacts, one its mailbox, one a syndicate that runs its écoles, the others nothing yet."""
    commune = await get_municipality("35238", actor=actor)
    command = UpdateMunicipality(
        insee_code=commune.insee_code,
        version=commune.version,
        address=Address(lines=("Hôtel de ville", "Place Imaginaire"), postcode="35000", city="Rennes"),
        email="education@mairie.exemple.invalid",
        mayor_name="Andrea Personnage",
        signatory_name="Sylvie Fictive",
        signatory_title="adjointe déléguée à l'éducation",
        deliberation="n° 2026-00 (exemple)",
    )
    await update_municipality(command, actor=actor, now=now)
    keeper = await get_municipality(TOWN_HALL, actor=actor)
    mailbox = UpdateMunicipality(insee_code=TOWN_HALL, version=keeper.version, email="mairie@exemple.invalid")
    await update_municipality(mailbox, actor=actor, now=now)
    entrusted = await get_municipality(ENTRUSTED, actor=actor)
    body = UpdateMunicipality(
        insee_code=ENTRUSTED,
        version=entrusted.version,
        email="autre-mairie@exemple.invalid",
        authority_kind=AuthorityKind.SYNDICATE,
        authority_name="Syndicat scolaire fictif",
        authority_email="syndicat@exemple.invalid",
    )
    await update_municipality(body, actor=actor, now=now)


async def _fresh_tokens(actor: Actor, now: datetime) -> dict[str, str]:
    """A token for each role; those of the last time are revoked, since nobody can read them again."""
    for token in await list_tokens(actor=actor):
        if token.label == TOKEN_LABEL and token.revoked_at is None:
            await revoke_token(token.id, actor=actor, now=now)
    made = {
        role.value: await create_token(CreateToken(role=role, label=TOKEN_LABEL), actor=actor, now=now)
        for role in PROGRAM_ROLES
    }
    return {role: token.secret for role, token in made.items()}
