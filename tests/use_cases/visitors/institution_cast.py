"""The schools and town halls of the tests: mailboxes, deposits at a college and at an école, a loan that goes home."""

from __future__ import annotations

import re
from uuid import UUID

from tests.stage.held import held
from tests.use_cases.loan_cast import (
    BAULON,
    BRAILLE,
    CHILD,
    COLLEGE,
    ISSUER,
    KEYBOARD,
    LAPTOP,
    MANAGER,
    NOW,
    SERVICE,
    TODAY,
    a_draft,
    set_up,
)

from materiel.domain.links.access_link import LinkKind
from materiel.domain.loan.steps import HandedItem
from materiel.domain.places.municipality import AuthorityKind
from materiel.domain.usage import Custody, Usage
from materiel.domain.visitors.institution import Institution
from materiel.store.places import school
from materiel.store.work import outbox
from materiel.use_cases.links.institution import InviteInstitution, institution_of_link
from materiel.use_cases.links.institution_link import invite_institution
from materiel.use_cases.loan.loan import get_loan
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan
from materiel.use_cases.places.municipality import UpdateMunicipality, get_municipality, update_municipality

TOWN_HALL = "mairie@baulon.example"
SIVOS = "ecoles@sivos.example"
BAULON_INSEE = "35016"
TOKEN = re.compile(r"/e/([A-Za-z0-9_-]{32})")


async def set_up_institutions() -> None:
    """The cast of the loans, and a mailbox for the town hall of Baulon. The annuaire gives those of the schools."""
    await held("the cast of the institutions", _fill)


async def _fill() -> None:
    await set_up()
    await set_up_mailbox()


async def set_up_mailbox() -> None:
    """The mailbox of the town hall of Baulon."""
    commune = await get_municipality(BAULON_INSEE, actor=MANAGER)
    await update_municipality(
        UpdateMunicipality(
            insee_code=commune.insee_code, version=commune.version, email=TOWN_HALL, mayor_name="Andrea Personnage"
        ),
        actor=MANAGER,
        now=NOW,
    )


async def entrust(email: str = SIVOS, kind: AuthorityKind = AuthorityKind.SYNDICATE) -> None:
    """Say that a syndicate runs the écoles of Baulon."""
    commune = await get_municipality(BAULON_INSEE, actor=MANAGER)
    command = UpdateMunicipality(
        insee_code=BAULON_INSEE,
        version=commune.version,
        authority_kind=kind,
        authority_name="SIVOS du Canut",
        authority_email=email,
    )
    await update_municipality(command, actor=MANAGER, now=NOW)


async def an_institution(uai: str = "", insee_code: str = "") -> Institution:
    """Who stands behind a link just sent."""
    invited = await invite_institution(InviteInstitution(uai=uai, insee_code=insee_code), issuer=ISSUER)
    assert invited.link.kind is LinkKind.INSTITUTION
    return await institution_of_link(invited.link.id, now=NOW)


async def a_deposit(uai: str = COLLEGE, items: tuple[UUID, ...] = (BRAILLE, KEYBOARD)) -> UUID:
    """Items shared by a school, issued and handed over."""
    loan_id = await a_draft(usage=Usage.SHARED, custody=Custody.SCHOOL, school=uai, pupil=None, items=items)
    await issue_loan(loan_id, issuer=ISSUER)
    await _hand(loan_id)
    return loan_id


async def a_tripartite(uai: str = BAULON, items: tuple[UUID, ...] = (LAPTOP,)) -> UUID:
    """An item of Zoé's that stays at her school, issued and handed over."""
    loan_id = await a_draft(custody=Custody.SCHOOL, school=uai, pupil=CHILD, items=items)
    await issue_loan(loan_id, issuer=ISSUER)
    await _hand(loan_id)
    return loan_id


async def a_home_loan(uai: str = COLLEGE, items: tuple[UUID, ...] = (LAPTOP,)) -> UUID:
    """An item that goes home, whose notice goes to the school or its commune."""
    loan_id = await a_draft(school=uai, items=items)
    await issue_loan(loan_id, issuer=ISSUER)
    return loan_id


async def _hand(loan_id: UUID) -> None:
    case = await get_loan(loan_id, actor=MANAGER)
    lines = tuple(HandedItem(item_id=line.item_id) for line in case.loan.open_items)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=TODAY, items=lines), issuer=ISSUER)


async def last_letter() -> str:
    """The text of the message written last."""
    return (await outbox.page(SERVICE, limit=1))[0].text


async def last_token() -> str:
    """The token of the link that left last."""
    found = TOKEN.search(await last_letter())
    assert found
    return found[1]


async def last_code() -> str:
    """The digits of the code that left last."""
    found = re.search(r"^\d{6}$", await last_letter(), re.MULTILINE)
    assert found
    return found[0]


async def lose_the_mailbox(uai: str) -> None:
    """The service now writes to the school at another address, which was confirmed."""
    await school.pin_mailbox(await school.id_of(uai), SERVICE, "nouvelle.adresse@example.fr")


async def code_sent_to(address: str, service_id: UUID = SERVICE) -> str:
    """The code of the last message to a mailbox."""
    message = next(each for each in await outbox.page(service_id, limit=50) if each.to_address == address)
    return next(line for line in message.text.splitlines() if line.isdigit())
