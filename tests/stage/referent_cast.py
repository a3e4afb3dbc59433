"""A référent of the cast of the loans: the sector of a public école and a collège, and the link of a message."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from tests.stage.family_cast import messages
from tests.use_cases import loan_cast as cast

from materiel.domain.links.referent import Referent
from materiel.domain.loan.steps import HandedItem
from materiel.domain.work.outbox import Purpose
from materiel.use_cases.links.referent import (
    RecordReferent,
    ReferentReader,
    reader_of_link,
    record_referent,
    send_referent_link,
)
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan
from materiel.use_cases.papers.issuer import Issuer

EMAIL = "referente@exemple.fr"
ENDS_ON = date(2027, 7, 31)


async def a_referent(*schools: str) -> Referent:
    command = RecordReferent(
        name="Berthe Référente", email=EMAIL, ends_on=ENDS_ON, schools=schools or (cast.BAULON, cast.COLLEGE)
    )
    return await record_referent(command, actor=cast.MANAGER, now=cast.NOW)


async def a_link(referent: Referent, *, now: datetime = cast.NOW) -> UUID:
    issuer = Issuer(actor=cast.MANAGER, now=now, base_url="https://pret.example.fr")
    return (await send_referent_link(referent.id, issuer=issuer)).id


async def a_reader(referent: Referent | None = None) -> ReferentReader:
    link_id = await a_link(referent or await a_referent())
    return await reader_of_link(link_id, now=cast.NOW)


async def last_token() -> str:
    """The token of the last message sent to a référent."""
    found = re.search(r"/r/(\S+)$", (await messages(Purpose.REFERENT))[-1].text, re.MULTILINE)
    assert found
    return found[1]


async def held_since(days: int, *items: UUID, **asked: object) -> UUID:
    """A loan issued and handed over so many days ago."""
    on = cast.TODAY - timedelta(days=days)
    lent = items or (cast.LAPTOP,)
    loan_id = await cast.a_draft(items=lent, starts_on=on, **asked)
    then = replace(cast.ISSUER, now=cast.NOW - timedelta(days=days))
    await issue_loan(loan_id, issuer=then)
    handed = tuple(HandedItem(item_id=each) for each in lent)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=on, items=handed), issuer=then)
    return loan_id
