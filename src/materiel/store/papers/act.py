"""Acts that were decided, byte for byte, with what they say; and whether they are still what the journal says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from materiel.domain.papers.act import KEPT_AS, ActKind
from materiel.domain.papers.authenticity import DocumentFault
from materiel.store.engine.database import Row
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import placeholders
from materiel.store.engine.statement import Statement
from materiel.store.papers.document_file import cut, whole
from materiel.store.tables import KeptActRow

BATCH = 50
"""Acts in memory at a time, with their PDF."""

REPORTED = "stocktake.reported"
"""The report of a stocktake, kept in a table of its own with its seal, is compared here too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAct:
    """An act as it was kept, without its bytes.

    `subject_id`: the transfer, the end of life or the elimination that it is about; `service_id`: whose head it bears;
    `content`: what it says, as JSON; `sha256`: of the PDF; `made_at` is in UTC.
    """

    id: UUID
    service_id: UUID
    kind: ActKind
    subject_id: UUID
    made_at: datetime
    layout: int
    content: str
    sha256: str


_ACT = Mapper(KeptAct, KeptActRow)
_PDF = "kept_act.pdf AS pdf, head.content AS head"
_HEAD = "LEFT JOIN document_head AS head ON head.sha256 = kept_act.head"
_FIND = Statement(f"SELECT {_PDF} FROM kept_act {_HEAD} WHERE kept_act.subject = {{}} AND kept_act.kind = {{}}")
_COLUMNS = ("id", "service", "kind", "subject", "made_at", "layout", "content", "sha256", "head", "pdf")
_KEEP = Statement(
    f"INSERT INTO kept_act ({', '.join(_COLUMNS)}) VALUES ({', '.join('{}' for _ in _COLUMNS)})"
    " ON CONFLICT (subject, kind) DO NOTHING RETURNING id"
)
_READ = f"SELECT kept_act.id, kept_act.kind, kept_act.content, {_PDF} FROM kept_act {_HEAD}"
_PAGE = Statement(f"{_READ} WHERE kept_act.id > {{}} ORDER BY kept_act.id LIMIT {{}}")
_REPORTS = Statement(
    "SELECT stocktake AS id, pdf FROM stocktake_report WHERE stocktake > {} ORDER BY stocktake LIMIT {}"
)
_TOLD = f"SELECT subject_id, details FROM journal WHERE action IN ({placeholders([*KEPT_AS, REPORTED])})"
_TOLD_EVERYWHERE, _TOLD_OF = Statement(_TOLD), Statement(f"{_TOLD} AND chain = {{}}")
_OF_SERVICE = Statement(
    "SELECT id FROM kept_act WHERE service = {} UNION SELECT stocktake FROM stocktake_report WHERE service = {}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActVerification:
    """How many acts were read, and the first that is not what the journal says was kept, or None."""

    checked: int
    fault: DocumentFault | None


async def find(kind: ActKind, subject_id: UUID) -> bytes | None:
    """The bytes of the act about a thing; None when none is kept."""
    row = await _FIND.fetch_one(subject_id, kind.value)
    return whole(row) if row is not None else None


async def keep(act: KeptAct, pdf: bytes, *, shared: int = 0) -> bool:
    """Keep an act, in the transaction that decides it; False when one is kept already, which never changes.

    Args:
        shared: how many of its first bytes are the same in every paper, and are kept once.
    """
    rest, head = await cut(pdf, shared)
    row = {**_ACT.row(act), "head": head, "pdf": rest}
    return await _KEEP.fetch_one(*(row[name] for name in _COLUMNS)) is not None


async def verify(service_id: UUID | None = None) -> ActVerification:
    """Compare every act, and the report of every stocktake, with the journal; stop at the first one that differs.

    Args:
        service_id: the service whose journal is read; that of every service without it.
    """
    told = await _told(service_id)
    theirs: set[UUID] | None = None
    if service_id is not None:
        theirs = {UUID(str(row["id"])) for row in await _OF_SERVICE.fetch(service_id, service_id)} | told.keys()
    checked = 0
    async for row, name in _kept():
        if theirs is not None and row["id"] not in theirs:
            continue
        if reason := _fault_of(row, told.pop(row["id"], None)):
            fault = DocumentFault(document_id=row["id"], number=name, reason=reason)
            return ActVerification(checked=checked, fault=fault)
        checked += 1
    for lost in told:
        fault = DocumentFault(
            document_id=lost, number="acte", reason="le journal dit qu’il a été gardé, et il a disparu"
        )
        return ActVerification(checked=checked, fault=fault)
    return ActVerification(checked=checked, fault=None)


async def _kept() -> AsyncIterator[tuple[Row, str]]:
    """Every act and every report, with what it is called."""
    for page, name in ((_PAGE, ""), (_REPORTS, "procès-verbal de récolement")):
        last = UUID(int=0)
        while rows := await page.fetch(last, BATCH):
            for row in rows:
                yield row, name or ActKind(row["kind"]).label
            last = rows[-1]["id"]


async def _told(service_id: UUID | None) -> dict[UUID, Mapping[str, Any]]:
    actions = (*KEPT_AS.values(), REPORTED)
    rows = await (_TOLD_EVERYWHERE.fetch(*actions) if service_id is None else _TOLD_OF.fetch(*actions, str(service_id)))
    found: dict[UUID, Mapping[str, Any]] = {}
    for row in rows:
        details = json.loads(row["details"])
        found[UUID(details.get("act", row["subject_id"]))] = details
    return found


def _fault_of(row: Row, told: Mapping[str, Any] | None) -> str:
    if told is None:
        return "le journal ne dit pas qu’il a été gardé"
    pdf = whole(row) if "kind" in row else row["pdf"]
    if hashlib.sha256(pdf).hexdigest() != told["sha256"]:
        return "son fichier PDF n’est pas celui qui a été gardé"
    if "kind" in row and hashlib.sha256(row["content"].encode()).hexdigest() != told["content_sha256"]:
        return "son contenu n’est pas celui qui a été gardé"
    return ""
