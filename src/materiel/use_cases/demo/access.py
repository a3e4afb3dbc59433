"""The ways into the demonstration: six accounts, and the links of a family, a school and a town hall.

The password is public, like everything here: the command refuses to load a demonstration in production.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from materiel.domain.accounts.roles import Actor, Role
from materiel.errors import NotFound
from materiel.store.accounts import service as services
from materiel.store.accounts import site as sites
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.use_cases.accounts.credential import choose_password, invite_user, read_invitation
from materiel.use_cases.accounts.user import CreateUser, create_user, list_users
from materiel.use_cases.accounts.user_rights import SetQuality, set_quality
from materiel.use_cases.demo import people
from materiel.use_cases.links.access_link import LinkHolder, link_url, make_link
from materiel.use_cases.links.referent import list_referents, make_referent_link, referent_url
from materiel.use_cases.people.pupil import list_pupils
from materiel.use_cases.places.municipality import get_municipality
from materiel.use_cases.places.school import get_school

TOWN_HALL = "35016"
"""Baulon, with whose école publique things are deposited."""

PASSWORD = "cartable-bleu-2026"
ACCOUNTS = {
    Role.ADMIN: CreateUser(email="admin@exemple.invalid", name="Dominique Fictif", role=Role.ADMIN),
    Role.MANAGER: CreateUser(email="gestion@exemple.invalid", name="Claude Fictif", role=Role.MANAGER),
    Role.READER: CreateUser(email="lecture@exemple.invalid", name="Sam Fictif", role=Role.READER),
    Role.SIGNATORY: CreateUser(email="signataire@exemple.invalid", name="Maxime Fictif", role=Role.SIGNATORY),
    Role.COORDINATOR: CreateUser(email="coordination@exemple.invalid", name="Andrea Fictif", role=Role.COORDINATOR),
}
"""Whoever signs for the State sets up a second factor at the first log-in, as anywhere else."""

ELSEWHERE = "DEMO14"
OF_ANOTHER_SERVICE = CreateUser(email="rectorat@exemple.invalid", name="Dominique Inventé", role=Role.MANAGER)
"""Who answers, at the rectorat, the transfers that our service asks."""

TITLE, DELEGATION = "secrétaire générale fictive", "par délégation du recteur fictif (arrêté inventé)"


FAMILY, SCHOOL, HALL, REFERENT = "famille", "lycée", "mairie", "référent"
DOORS = {
    FAMILY: "Entrer comme une mère",
    SCHOOL: "Entrer comme un lycée",
    HALL: "Entrer comme une mairie",
    REFERENT: "Entrer comme une enseignante référente",
}
"""Who reads without an account, and the words of the button that lets in as them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What to type and what to open. `links` are new each time: nobody can read the former ones again."""

    accounts: tuple[str, ...]
    password: str
    links: dict[str, str]


async def open_doors(*, actor: Actor, base_url: str, secret_key: str, now: datetime) -> Access:
    """Make the accounts that are missing, give them the demonstration's password, and make fresh links."""
    for command in ACCOUNTS.values():
        await _account(command, actor=actor, base_url=base_url, secret_key=secret_key, now=now)
    other = await services.by_code(ELSEWHERE)
    their = Actor(actor.id, Role.ADMIN, other.id, other.zone)
    await _account(OF_ANOTHER_SERVICE, actor=their, base_url=base_url, secret_key=secret_key, now=now)
    return Access(
        accounts=tuple(command.email for command in (*ACCOUNTS.values(), OF_ANOTHER_SERVICE)),
        password=PASSWORD,
        links=await _links(actor, base_url, now),
    )


async def _account(command: CreateUser, *, actor: Actor, base_url: str, secret_key: str, now: datetime) -> None:
    if command.email not in {user.email for user in await list_users(actor=actor)}:
        user = await create_user(command, actor=actor, now=now)
        if command.role is Role.SIGNATORY:
            quality = SetQuality(user_id=user.id, title=TITLE, delegation=DELEGATION)
            await set_quality(quality, actor=actor, now=now)
    invitation = await invite_user(command.email, actor=actor, base_url=base_url, secret_key=secret_key, now=now)
    invited = await read_invitation(invitation.url.rpartition("/")[2], secret_key=secret_key, now=now)
    await choose_password(invited.user.id, invited.proof, PASSWORD, PASSWORD, visit=None, now=now)


async def open_door(door: str, *, base_url: str, now: datetime) -> str:
    """A fresh link of one of the invented readers of this base, which must be a demonstration.

    Raises:
        NotFound: `demo.no_such_door`; `pupil.not_found`, the pupil of the demonstration is gone.
    """
    facts = await sites.read()
    if door not in DOORS or not facts.demonstration or facts.service_id is None:
        raise NotFound("demo.no_such_door", "Cette entrée n'existe pas. Revenez à la page de la démonstration.")
    actor = Actor("demo", Role.ADMIN, facts.service_id, await services.zone(facts.service_id))
    return await _door(door, actor, base_url, now)


async def _links(actor: Actor, base_url: str, now: datetime) -> dict[str, str]:
    return {door: await _door(door, actor, base_url, now) for door in DOORS}


async def _door(door: str, actor: Actor, base_url: str, now: datetime) -> str:
    if door == REFERENT:
        return await _sector(actor, base_url, now)
    return await _link(door, await _holder(door, actor), actor, base_url, now)


@in_one_visit
async def _sector(actor: Actor, base_url: str, now: datetime) -> str:
    (referent, *_) = await list_referents(actor=actor)
    async with write_transaction():
        new = await make_referent_link(referent, now=now)
    return referent_url(base_url, new.token)


@in_one_visit
async def _link(door: str, holder: LinkHolder, actor: Actor, base_url: str, now: datetime) -> str:
    async with write_transaction():
        new = await make_link(holder, actor_id=actor.id, now=now)
    return link_url(base_url, new.token) if door == FAMILY else f"{base_url}/e/{new.token}"


async def _holder(door: str, actor: Actor) -> LinkHolder:
    if door == FAMILY:
        pupil = next(iter(await list_pupils(actor=actor, q="Sacha")), None)
        if pupil is None:
            raise NotFound(
                "pupil.not_found", "L'élève de la démonstration n'est plus là. Effacez la base et recommencez."
            )
        mother = pupil.representatives[0]
        return LinkHolder(
            service_id=actor.service_id,
            email=mother.email,
            name=mother.full_name,
            pupil_id=pupil.id,
            representative_id=mother.id,
        )
    if door == SCHOOL:
        school = await get_school(people.LYCEE_RENNES, actor=actor)
        return LinkHolder(service_id=actor.service_id, email=school.email, name=school.name, school_uai=school.uai)
    commune = await get_municipality(TOWN_HALL, actor=actor)
    return LinkHolder(
        service_id=actor.service_id,
        email=commune.email,
        name=f"Mairie – {commune.name}",
        municipality_insee=commune.insee_code,
    )
