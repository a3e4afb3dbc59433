"""The fixed cast of who signs for the State: Mme Vauquelin, her phone, and papers that await her."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

import pyotp
from tests.use_cases import loan_cast as cast
from tests.use_cases.accounts.account_cast import SECRET_KEY, VISIT

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.service import StateSigns
from materiel.domain.accounts.user import User
from materiel.domain.papers.document import Document
from materiel.store.accounts import service as services
from materiel.store.engine.database import write_transaction
from materiel.store.engine.ids import new_id, new_public_code
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents
from materiel.use_cases.accounts.second_factor import begin_enrolment, confirm_enrolment, enrolment_of
from materiel.use_cases.accounts.user import CreateUser, create_user
from materiel.use_cases.accounts.user_rights import SetQuality, set_quality
from materiel.use_cases.signing.state_signature import SignedForState, SignForState, sign_for_state

ADMIN = Actor("tests", Role.ADMIN, cast.SERVICE)
NAME, TITLE, DELEGATION = "Odile Vauquelin", "secrétaire générale", "par délégation du recteur (arrêté du 2 septembre)"


@dataclass(frozen=True, slots=True)
class Signatory:
    """Somebody who signs, and the phone that shows her codes."""

    user: User
    phone: pyotp.TOTP

    @property
    def actor(self) -> Actor:
        return Actor(f"user:{self.user.id}", Role.SIGNATORY, self.user.service_id)


async def a_signatory(
    email: str = "signataire@exemple.fr", *, until: date | None = None, title: str = TITLE, secret_key: str = SECRET_KEY
) -> Signatory:
    user = await create_user(CreateUser(email=email, name=NAME, role=Role.SIGNATORY), actor=ADMIN, now=cast.NOW)
    if title:
        command = SetQuality(user_id=user.id, title=title, delegation=DELEGATION, delegation_ends_on=until)
        user = await set_quality(command, actor=ADMIN, now=cast.NOW)
    return Signatory(user, await given_phone(user.id, secret_key=secret_key))


async def given_phone(user_id: UUID, *, secret_key: str = SECRET_KEY, now: datetime = cast.NOW) -> pyotp.TOTP:
    """The second factor of an account, set up."""
    await begin_enrolment(user_id, secret_key=secret_key, now=now)
    enrolment = await enrolment_of(user_id, secret_key=secret_key, site_name="Prêt de matériel")
    assert enrolment is not None
    phone = pyotp.TOTP(enrolment.seed)
    # The code of the period before: that of now is still to be used.
    early = phone.at(now - timedelta(seconds=30))
    await confirm_enrolment(user_id, early, secret_key=secret_key, visit=VISIT, now=now)
    return phone


async def sign(
    who: Signatory, *papers: Document, read: bool = True, code: str = "", now: datetime = cast.NOW
) -> SignedForState:
    command = SignForState(
        document_ids=tuple(each.id for each in papers),
        read={each.id: now for each in papers} if read else {},
        code=code or who.phone.at(now),
    )
    return await sign_for_state(command, actor=who.actor, secret_key=SECRET_KEY, visit=VISIT, now=now)


async def set_order(order: StateSigns) -> None:
    async with write_transaction():
        await services.save(replace(await services.get(cast.SERVICE), state_signs=order))
    await cast.noted()


async def copies_of(document: Document, number: int) -> list[Document]:
    """So many papers like this one, each of a loan of its own that lends nothing yet."""
    loan = await loans.get(document.loan_id, document.service_id)
    pdf = await documents.pdf(document.id)
    made: list[Document] = []
    async with write_transaction():
        for rank in range(number):
            twin = replace(loan, id=new_id(), items=(), created_at=cast.NOW)
            await loans.insert(twin, "{}")
            paper = replace(
                document,
                id=new_id(),
                loan_id=twin.id,
                number=f"{document.number[:-5]}{90_000 + rank}",
                code=new_public_code(),
                signatures=tuple(replace(box, id=new_id()) for box in document.signatures),
                recipients=(),
            )
            await documents.insert([(paper, pdf)], issued_at=cast.NOW)
            made.append(paper)
    await cast.noted()
    return made


def ids_of(*papers: Document) -> set[UUID]:
    return {each.id for each in papers}
