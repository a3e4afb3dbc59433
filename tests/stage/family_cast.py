"""The fixed cast of the families: Noé's two parents in two homes, Ilan who has come of age, and their papers."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from tests.stage.held import held
from tests.use_cases import loan_cast as cast

from materiel.domain.papers.document import Document, DocumentKind
from materiel.domain.people.pupil import Pupil
from materiel.domain.work.outbox import Message, Purpose
from materiel.store.accounts import service as services
from materiel.store.engine.database import write_transaction
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.work import outbox
from materiel.use_cases.loan.steps import issue_loan
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.signing.request import SendForSignature, send_for_signature

LISE, PAUL = "lise@exemple.fr", "paul@exemple.fr"
ILAN = "ilan@exemple.fr"
SERVICE_ADDRESS = "materiel@exemple.fr"
BASE_URL = "https://pret.example.fr"


@dataclass(slots=True)
class Clock:
    """An instant that a test moves."""

    now: datetime = cast.NOW

    def __call__(self) -> datetime:
        return self.now

    def later(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


async def set_up() -> None:
    """The cast of the loans, with addresses."""
    await held("the cast of the families", _fill)


async def _fill() -> None:
    await cast.set_up()
    await set_up_addresses()


async def set_up_addresses() -> None:
    """The addresses of the service and of Noé's parents."""
    service = await services.get(cast.SERVICE)
    async with write_transaction():
        await services.save(
            replace(service, email=SERVICE_ADDRESS, opening_hours="du lundi au vendredi, de 9 h à 12 h")
        )
        noe = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
        lise, paul = noe.representatives
        await pupils.save(replace(noe, representatives=(replace(lise, email=LISE), replace(paul, email=PAUL))))
        await pupils.save(replace(await pupils.get(cast.ADULT, cast.SERVICE), email=ILAN))


async def change_pupil(pupil_id: UUID = cast.TWO_HOMES, **changes: object) -> Pupil:
    async with write_transaction():
        pupil = await pupils.get(pupil_id, cast.SERVICE)
        return await pupils.save(replace(pupil, **changes))  # type: ignore[arg-type]


async def an_agreement(pupil: UUID = cast.TWO_HOMES, item: UUID = cast.LAPTOP) -> Document:
    """The agreement of a loan just issued, that somebody of the family must sign."""
    schools = {cast.TWO_HOMES: cast.PRIVATE, cast.CHILD: cast.BAULON, cast.ADULT: cast.COLLEGE}
    loan_id = await cast.a_draft(pupil=pupil, school=schools[pupil], items=(item,))
    await issue_loan(loan_id, issuer=cast.ISSUER)
    papers = await documents.of_loan(loan_id)
    return next(each for each in papers if each.kind is DocumentKind.LOAN_AGREEMENT)


async def messages(purpose: Purpose | None = None, to: str = "") -> list[Message]:
    """What was written, oldest first."""
    page = await outbox.page(cast.SERVICE, limit=200)
    return [
        each
        for each in reversed(page)
        if (purpose is None or each.purpose is purpose) and (not to or each.to_address == to)
    ]


async def send(document: Document, *, now: datetime = cast.NOW) -> dict[str, str]:
    """Send a document for signature; the path of each link by address."""
    issuer = Issuer(actor=cast.MANAGER, now=now, base_url=BASE_URL)
    await send_for_signature(SendForSignature(document_id=document.id), issuer=issuer)
    return {each.to_address: link_in(each) for each in await messages(Purpose.SIGNATURE_REQUEST)}


def link_in(message: Message) -> str:
    """The path of the link that a message holds."""
    found = re.search(rf"^{re.escape(BASE_URL)}(/f/\S+)$", message.text, re.MULTILINE)
    assert found, message.text
    return found[1]


def token_in(path: str) -> str:
    return path.split("/")[2]


async def last_code(to: str) -> str:
    """The digits of the last code sent to an address."""
    found = re.search(r"^(\d{6})$", (await messages(Purpose.SIGNATURE_CODE, to))[-1].text, re.MULTILINE)
    assert found
    return found[1]
