"""A device in the hands of a family: what it may sign there, kept in the session that locks everything else.

The session that an agent had is replaced by one that opens these pages alone; the agent's password brings theirs back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request

from materiel.domain.accounts.session import HANDED_OVER, MESSAGE, SubjectKind
from materiel.use_cases.signing.in_person import PaperHere, SignerHere
from materiel.web.http.session import session_of


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedPaper:
    """A paper to sign there, the box to sign on it, and the digest of the file that is shown."""

    document_id: UUID
    box_id: UUID
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """To whom the device was handed, for what, and what the agent attested.

    `until` and `before` are the end and the values of the agent's own session, which their password brings back.
    """

    account_id: UUID
    loan_id: UUID
    name: str
    capacity: str
    papers: list[HandedPaper]
    identity_seen: str
    until: datetime
    before: dict[str, Any] = field(default_factory=dict)
    is_signed: bool = False

    @property
    def boxes(self) -> list[tuple[UUID, UUID]]:
        """Each paper and the box to sign on it."""
        return [(each.document_id, each.box_id) for each in self.papers]


async def lock(
    request: Request[Any, Any, Any],
    account_id: UUID,
    service_id: UUID,
    loan_id: UUID,
    signer: SignerHere,
    papers: Sequence[PaperHere],
    identity_seen: str,
) -> None:
    """Replace the agent's session by one that opens the signature of these papers, and nothing else."""
    session = session_of(request)
    handed = HandedOver(
        account_id=account_id,
        loan_id=loan_id,
        name=signer.name,
        capacity=signer.capacity,
        papers=[
            HandedPaper(document_id=each.document.id, box_id=each.box.id, sha256=each.document.sha256)
            for each in papers
        ],
        identity_seen=identity_seen,
        until=session.kept.expires_at,
        before={name: value for name, value in session.data.items() if name != MESSAGE},
    )
    await session.open(SubjectKind.ACCOUNT, account_id, service_id, data=_held(handed))


def handed_in(request: Request[Any, Any, Any]) -> HandedOver:
    """To whom the device of this request was handed: only such a session comes here."""
    return msgspec.convert(session_of(request).data[HANDED_OVER], HandedOver)


async def note_signed(request: Request[Any, Any, Any], handed: HandedOver) -> None:
    """Remember that the papers are signed: the page that says so, and the agent's own, read it."""
    await session_of(request).keep(**_held(replace(handed, is_signed=True)))


async def unlock(request: Request[Any, Any, Any], handed: HandedOver, now: datetime) -> bool:
    """Bring the agent's session back, under a new identifier; whether it had not ended by itself meanwhile."""
    session = session_of(request)
    if now >= handed.until:
        await session.close()
        return False
    await session.open(
        SubjectKind.ACCOUNT, handed.account_id, _service_of(request), data=handed.before, until=handed.until
    )
    return True


def _service_of(request: Request[Any, Any, Any]) -> UUID:
    person = session_of(request).person
    assert person is not None
    return person.service_id


def _held(handed: HandedOver) -> Mapping[str, Any]:
    return {HANDED_OVER: msgspec.to_builtins(handed)}
