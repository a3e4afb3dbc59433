"""One-time codes: send one to the address of a link, check the one typed. The digits are kept nowhere."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from materiel.domain.links.access_link import AccessLink
from materiel.domain.signing.evidence import Means
from materiel.domain.signing.one_time_code import (
    DIGITS,
    LIFETIME,
    MOST_TRIES,
    SMS_DAY,
    OneTimeCode,
    check_may_send,
    check_usable,
    digits_of,
    wrong_code,
)
from materiel.errors import MaterielError
from materiel.store.engine.ids import new_id
from materiel.store.signing import one_time_code as codes

WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code just made, with its `digits`: they go into one message."""

    code: OneTimeCode
    digits: str


async def make_code(link: AccessLink, purpose: str, *, number: str = "", now: datetime) -> NewCode:
    """Make a code, which replaces the former one of this purpose; must run in a write transaction.

    Args:
        number: the mobile number to which it goes; empty for the address of the link.

    Raises:
        RuleBroken: `code.too_soon`, `code.too_many`, `code.too_many_sms`.
    """
    means = Means.SMS if number else Means.EMAIL
    to_number = await codes.sent_to_number(number, now - SMS_DAY) if number else 0
    check_may_send(await codes.sent_since(link.id, now - WINDOW), purpose, now, means, sms_to_number=to_number)
    digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    code = OneTimeCode(
        id=new_id(),
        link_id=link.id,
        purpose=purpose,
        attempts=0,
        created_at=now,
        expires_at=now + LIFETIME,
        means=means,
        sent_to=number,
    )
    await codes.insert(code, _digest(code, digits))
    return NewCode(code, digits)


async def spend_code(link: AccessLink, purpose: str, typed: str, *, now: datetime) -> OneTimeCode | MaterielError:
    """Try a code and, when it is right, spend it; must run in a write transaction.

    Returns:
        The code spent, or what to raise **after** the transaction has kept the count of the tries.
    """
    try:
        code = check_usable(await codes.latest(link.id, purpose), now)
    except MaterielError as refusal:
        return refusal
    right, tries = await codes.try_code(code.id, _digest(code, digits_of(typed)))
    if not right:
        return wrong_code(MOST_TRIES - tries)
    await codes.use(code.id, now)
    return code


def _digest(code: OneTimeCode, digits: str) -> str:
    # A million codes are soon tried against a stolen digest; ten minutes later it opens nothing any more.
    return hashlib.sha256(f"one-time-code:{code.id}:{digits}".encode()).hexdigest()
