"""Asking whoever keeps the items: a school by its link, the family of a pupil by theirs. Never a reproach."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from materiel.domain.accounts.roles import Permission
from materiel.domain.circuit.stocktake import Stocktake, StocktakePlace, check_running
from materiel.domain.item.item import Item
from materiel.domain.loan.letter import family_readers
from materiel.domain.work.outbox import About, Impulse, Purpose
from materiel.errors import RuleBroken
from materiel.store.accounts import service as services
from materiel.store.circuit.stocktake import line as lines
from materiel.store.circuit.stocktake import sighting
from materiel.store.circuit.stocktake import stocktake as stocktakes
from materiel.store.engine.database import enclosing_transaction, in_one_visit, undone_alone
from materiel.store.history import journal
from materiel.store.people import pupil as pupils
from materiel.store.work import outbox
from materiel.store.work import pause as pauses
from materiel.use_cases.links.access_link import family_holder, link_url, make_link
from materiel.use_cases.links.institution import InviteInstitution, institution_place
from materiel.use_cases.links.institution_link import institution_url, invite_institution
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.work.outbox import MessageText, post

MOST_PLACES = 100
MOST_HOMES = 200
"""Families written to by one press: the others by the next one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPlaces:
    """The places to write to, by their keys; none for every place that has not answered."""

    stocktake_id: UUID
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPlaces:
    """How many schools and families were written to, and whom not, with the reason."""

    schools: int = 0
    families: int = 0
    left: tuple[str, ...] = ()


@in_one_visit
async def ask_places(command: AskPlaces, *, issuer: Issuer) -> AskedPlaces:
    """Write to the schools and the families that have not answered, with their links.

    Raises:
        NotFound: `stocktake.not_found`.
        Conflict: `stocktake.closed`.
    """
    actor = issuer.actor
    actor.require(Permission.WRITE)
    async with enclosing_transaction():
        stocktake = await stocktakes.get(command.stocktake_id, actor.service_id)
        check_running(stocktake)
        silent = [each for each in await lines.places(stocktake.id, actor.service_id) if each.figures.silent]
        chosen = [each for each in silent if not command.places or each.key in command.places]
        told, left, families = 0, list[str](), 0
        for each in [each for each in chosen if each.kind is StocktakePlace.SCHOOL][:MOST_PLACES]:
            try:
                async with undone_alone():
                    await invite_institution(InviteInstitution(uai=each.uai), issuer=issuer)
                told += 1
            except RuleBroken as refusal:
                left.append(f"{each.title} : {refusal.message}")
        homes = {each.uai for each in chosen if each.kind is StocktakePlace.HOME}
        if homes:
            families, unreached = await _ask_homes(stocktake, homes, issuer)
            left += unreached
        if told or families:
            details = {"schools": told, "families": families}
            await journal.by(actor, issuer.now).note("stocktake.asked", stocktake.id, details)
    return AskedPlaces(schools=told, families=families, left=tuple(left))


async def ask_school(uai: str, stocktake: Stocktake, *, issuer: Issuer, about: Item, note: str) -> None:
    """Ask a school about one item, by a link of its own; in a write transaction.

    Raises:
        NotFound: `school.not_found`.
        RuleBroken: `institution.no_mailbox`.
    """
    service_id = issuer.actor.service_id
    place = await institution_place(InviteInstitution(uai=uai), service_id)
    if not place.email:
        raise RuleBroken(
            "institution.no_mailbox",
            f"{place.name} n'a pas d'adresse électronique : complétez sa fiche, ou appelez, puis notez la réponse.",
        )
    service = await services.get(service_id)
    new = await make_link(place.holder(service_id), actor_id=issuer.actor.id, now=issuer.now)
    values = {
        "name": place.name,
        "item": about,
        "note": note,
        "closes_on": stocktake.closes_on,
        "link": institution_url(issuer.base_url, new.token),
        "expires_on": service.civil_date(new.link.expires_at),
    }
    letter = MessageText(
        purpose=Purpose.STOCKTAKE,
        impulse=Impulse.HAND,
        template="stocktake_question",
        to_address=place.email,
        service=service,
        values=values,
        about=About(link_id=new.link.id),
    )
    await post(letter, base_url=issuer.base_url, now=issuer.now)


async def ask_home(pupil_id: UUID, stocktake: Stocktake, *, issuer: Issuer) -> int:
    """Ask those who act for a pupil whether they have what is lent, once a day; to how many it was written.

    In a write transaction. Nobody without an address, and nobody of a deceased pupil.
    """
    pupil = await pupils.get(pupil_id, issuer.actor.service_id)
    service = await services.get(pupil.service_id)
    written = 0
    for person in [each for each in family_readers(pupil, issuer.today) if each.email]:
        person_id = person.person_id or pupil.id
        key = f"stocktake:{stocktake.id}:{person_id}:{issuer.today.isoformat()}"
        if await outbox.written_at(key) is not None:
            written += 1
            continue
        new = await make_link(family_holder(pupil, person), actor_id=issuer.actor.id, now=issuer.now)
        values = {
            "name": person.name,
            "closes_on": stocktake.closes_on,
            "link": link_url(issuer.base_url, new.token),
            "expires_on": service.civil_date(new.link.expires_at),
        }
        letter = MessageText(
            purpose=Purpose.STOCKTAKE,
            impulse=Impulse.HAND,
            template="stocktake_family",
            to_address=person.email,
            service=service,
            values=values,
            about=About(pupil_id=pupil.id, person_id=person_id, link_id=new.link.id),
            unique_key=key,
        )
        await post(letter, base_url=issuer.base_url, now=issuer.now)
        written += 1
    return written


async def _ask_homes(stocktake: Stocktake, uais: set[str], issuer: Issuer) -> tuple[int, list[str]]:
    """The families of the homes of some schools that have said nothing: how many are written to, and what is left.

    Nothing is asked of the family of a pupil who has died, by whatever means (E29); what is asked in number leaves the
    loans out whose messages are paused, as everywhere.
    """
    told, unreached = 0, 0
    service_id, schools = issuer.actor.service_id, sorted(uais)
    paused = sorted(await pauses.paused_loans(service_id, issuer.today))
    silent = await sighting.silent_pupils(stocktake.id, service_id, schools, paused=paused, limit=MOST_HOMES + 1)
    for pupil_id in silent[:MOST_HOMES]:
        if await ask_home(pupil_id, stocktake, issuer=issuer):
            told += 1
        else:
            unreached += 1
    left = []
    if paused and len(silent) <= MOST_HOMES:
        all_silent = await sighting.silent_pupils(stocktake.id, service_id, schools, limit=MOST_HOMES + len(paused))
        if quiet := len(set(all_silent) - set(silent)):
            what = "famille a ses" if quiet == 1 else "familles ont leurs"
            left.append(
                f"{quiet} {what} messages en pause : rien ne part en nombre. Posez la question depuis le matériel, "
                "si vous le voulez."
            )
    if unreached:
        what = "famille n'a" if unreached == 1 else "familles n'ont"
        left.append(f"{unreached} {what} pas d'adresse électronique : appelez, puis notez la réponse.")
    if len(silent) > MOST_HOMES:
        left.append("D'autres familles restent à interroger : recommencez.")
    return told, left
