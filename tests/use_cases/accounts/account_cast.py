"""The fixed cast of the accounts: Camille who manages the loans of Ille-et-Vilaine, and her administrator."""

from __future__ import annotations

from uuid import UUID

import pyotp
from tests.use_cases.loan_cast import NOW, SERVICE, a_service

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.user import User
from materiel.domain.accounts.visit import Visit
from materiel.store.accounts import service as services
from materiel.use_cases.accounts.credential import choose_password, invite_user, read_invitation
from materiel.use_cases.accounts.second_factor import begin_enrolment, confirm_enrolment, enrolment_of
from materiel.use_cases.accounts.user import CreateUser, create_user

ADMIN = Actor("cli", Role.ADMIN, SERVICE)
BASE_URL = "https://pret.example.fr"
SECRET_KEY = "k" * 32
VISIT = Visit(network="192.0.2.1", base_url=BASE_URL, device="0" * 64, browser="Firefox sur Linux")
PASSWORD = "une phrase de bruyère mauve"


async def set_up() -> User:
    """Fill a fresh database with the service and Camille, who never chose a password."""
    await services.insert(a_service(SERVICE, "DSDEN35", "35"))
    return await an_account("camille@exemple.fr", Role.MANAGER)


async def an_account(email: str, role: Role) -> User:
    return await create_user(CreateUser(email=email, name=f"Camille {role.label}", role=role), actor=ADMIN, now=NOW)


async def a_link(user: User) -> str:
    """The token of an invitation to choose a password."""
    made = await invite_user(user.email, actor=ADMIN, base_url=BASE_URL, secret_key=SECRET_KEY, now=NOW)
    return made.url.rpartition("/")[2]


async def give_password(user: User) -> None:
    """Let somebody choose `PASSWORD` through the link of an administrator."""
    invited = await read_invitation(await a_link(user), secret_key=SECRET_KEY, now=NOW)
    await choose_password(user.id, invited.proof, PASSWORD, PASSWORD, visit=VISIT, now=NOW)


async def a_phone(account_id: UUID) -> pyotp.TOTP:
    """A phone that learnt the seed of an account, its second factor still to be confirmed."""
    await begin_enrolment(account_id, secret_key=SECRET_KEY, now=NOW)
    enrolment = await enrolment_of(account_id, secret_key=SECRET_KEY, site_name="Prêt de matériel")
    assert enrolment is not None
    return pyotp.TOTP(enrolment.seed)


async def activate(account_id: UUID) -> pyotp.TOTP:
    """A phone whose codes an account asks for."""
    phone = await a_phone(account_id)
    await confirm_enrolment(account_id, phone.at(NOW), secret_key=SECRET_KEY, visit=VISIT, now=NOW)
    return phone
