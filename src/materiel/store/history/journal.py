"""The journal: append-only, hash-chained for each managing service, plus a chain `system` for what belongs to none.

Each entry holds the hash of the one before and its own, over every column. A head row keeps the last of each chain, so
that the loss of the newest entries is seen too. No entry holds a name: an actor and a subject are identifiers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from json.encoder import encode_basestring as _quoted
from typing import Any
from uuid import UUID

from materiel.domain.accounts.roles import Actor
from materiel.store.engine.database import Row, is_postgres, write_last, write_what_is_last
from materiel.store.engine.ids import new_row_id
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.rows import placeholders
from materiel.store.engine.statement import Statement
from materiel.store.tables import JournalRow

SYSTEM_CHAIN = "system"
FIRST_HASH = "0" * 64
BATCH = 500
"""Entries read, and hashed again, between two turns of the event loop: some ten milliseconds."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))

SELECT = (
    "SELECT id, chain, sequence, at, actor, action, subject_kind, subject_id, details, previous_hash, hash FROM journal"
)
# Reading five million entries, what counts is what Python does with each: the id stays a text.
_TO_VERIFY = Statement(
    "SELECT CAST(id AS VARCHAR(36)) AS id, chain, sequence, at, actor, action, subject_kind, subject_id,"
    " details, previous_hash, hash FROM journal WHERE chain = {} AND sequence > {} ORDER BY sequence LIMIT {}"
)
_OPEN_CHAIN = Statement(
    "INSERT INTO journal_head (chain, sequence, hash) VALUES ({}, 0, {}) ON CONFLICT (chain) DO NOTHING"
)
_HEAD = Statement("SELECT sequence, hash FROM journal_head WHERE chain = {}")
# SQLite's writer is alone already, from BEGIN IMMEDIATE on.
_LOCKED_HEAD = Statement("SELECT sequence, hash FROM journal_head WHERE chain = {} FOR UPDATE")
_MOVE_HEAD = Statement("UPDATE journal_head SET sequence = {}, hash = {} WHERE chain = {}")
_CHAINS = Statement("SELECT chain FROM journal_head UNION SELECT DISTINCT chain FROM journal ORDER BY 1")
_AT = Statement("SELECT hash FROM journal WHERE chain = {} AND sequence = {}")
_LENGTH = Statement("SELECT SUM(sequence) AS entries FROM journal_head")
_AFTER = Statement(f"{SELECT} WHERE chain = {{}} AND sequence > {{}} ORDER BY sequence LIMIT {{}}")
_OF_SUBJECT = Statement(f"{SELECT} WHERE chain = {{}} AND subject_id = {{}} ORDER BY sequence")

NOTES_AT_ONCE = 100
"""Entries hashed between two turns of the event loop: some milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry. `at` is an instant in UTC; `details` holds JSON values and no name."""

    id: UUID
    chain: str
    sequence: int
    at: datetime
    actor: str
    action: str
    subject_kind: str
    subject_id: str
    details: Mapping[str, Any]


ENTRY = Mapper(Entry, JournalRow)


@dataclass(frozen=True, slots=True)
class By:
    """Who writes in a chain, and when: bound once for an act. `chain`: a managing service's id, or `SYSTEM_CHAIN`."""

    chain: UUID | str
    actor: str
    at: datetime

    async def note(
        self, action: str, subject_id: UUID | str, details: Mapping[str, Any] | None = None, *, of: str = ""
    ) -> None:
        """Add an entry, inside the transaction of what it tells: those of one transaction are written when it ends.

        Args:
            action: `subject.what_was_done`.
            subject_id: of the thing that was acted upon.
            details: JSON values, without a name.
            of: the kind of the subject, where it is not the one that the action names.
        """
        note = _Note(
            chain=str(self.chain),
            at=self.at,
            actor=self.actor,
            action=action,
            subject_kind=of or action.partition(".")[0],
            subject_id=str(subject_id),
            details=_canonical(details) if details else "{}",
        )
        if not write_last(_write, note):
            await _write([note])


def by(actor: Actor, now: datetime) -> By:
    """An actor who writes in the journal of the managing service."""
    return By(actor.service_id, actor.id, now)


@dataclass(slots=True, kw_only=True)
class _Note:
    """What an entry tells, before it has its place in its chain."""

    chain: str
    at: datetime
    actor: str
    action: str
    subject_kind: str
    subject_id: str
    details: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlteredEntry:
    """The first altered entry of a chain: its place, and what is wrong with it, in French."""

    chain: str
    sequence: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last entry of a chain: its place and its digest."""

    sequence: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainVerification:
    """How many entries were read, and the first fault, or None."""

    checked: int
    fault: AlteredEntry | None


async def _write(notes: Sequence[_Note]) -> None:
    """Add entries in their order, to one chain after the other by name: no two writers wait crosswise."""
    for chain in sorted({note.chain for note in notes}):
        await _add_to(chain, [note for note in notes if note.chain == chain])


async def _add_to(chain: str, notes: Sequence[_Note]) -> None:
    locked_head = _LOCKED_HEAD if is_postgres() else _HEAD
    head = await locked_head.fetch_one(chain)
    if head is None:
        await _OPEN_CHAIN.fetch(chain, FIRST_HASH)
        head = await locked_head.fetch_one(chain)
    if head is None:
        raise LookupError("a chain just opened has no head")
    sequence, digest = head["sequence"], head["hash"]
    for start in range(0, len(notes), NOTES_AT_ONCE):
        rows = []
        for note in notes[start : start + NOTES_AT_ONCE]:
            sequence += 1
            row: dict[str, Any] = {
                "id": new_row_id(),
                "chain": chain,
                "sequence": sequence,
                "at": note.at,
                "actor": note.actor,
                "action": note.action,
                "subject_kind": note.subject_kind,
                "subject_id": note.subject_id,
                "details": note.details,
                "previous_hash": digest,
            }
            row["hash"] = digest = _hash(row)
            rows.append(row)
        await insert_rows(JournalRow, *rows)
    await _MOVE_HEAD.fetch(sequence, digest, chain)


async def of_subject(chain: UUID | str, subject_id: UUID | str) -> list[Entry]:
    """The entries of a chain about one thing, oldest first."""
    await write_what_is_last()
    return [ENTRY.value(row) for row in await _OF_SUBJECT.fetch(str(chain), str(subject_id))]


async def of_subjects(chain: UUID | str, subject_ids: Sequence[UUID], actions: Sequence[str]) -> list[Entry]:
    """The entries of a chain about several things that tell one of these actions, oldest first."""
    if not subject_ids:
        return []
    await write_what_is_last()
    found = Statement(
        f"{SELECT} WHERE chain = {{}} AND subject_id IN ({placeholders(subject_ids)})"
        f" AND action IN ({placeholders(actions)}) ORDER BY sequence"
    )
    return [ENTRY.value(row) for row in await found.fetch(str(chain), *map(str, subject_ids), *actions)]


async def after(chain: UUID | str, sequence: int, *, limit: int) -> list[Entry]:
    """The entries of a chain that follow one of them, oldest first, as they were committed."""
    return [ENTRY.value(row) for row in await _AFTER.fetch(str(chain), sequence, limit)]


async def chains() -> list[str]:
    """The names of every chain."""
    return [row["chain"] for row in await _CHAINS.fetch()]


async def head(chain: UUID | str) -> Head | None:
    """The last entry of a chain; None for a chain without any."""
    row = await _HEAD.fetch_one(str(chain))
    return None if row is None else Head(sequence=row["sequence"], digest=row["hash"])


async def digest_at(chain: str, sequence: int) -> str | None:
    """The digest of an entry of a chain, by its place; None for none."""
    row = await _AT.fetch_one(chain, sequence)
    return None if row is None else str(row["hash"])


async def length() -> int:
    """How many entries every chain holds, by what their heads say."""
    row = await _LENGTH.fetch_one()
    return int(row["entries"] or 0) if row is not None else 0


async def verify(advance: Callable[[int], None] = lambda _: None) -> ChainVerification:
    """Read every chain from its first entry and stop at the first one altered, missing, added or out of place.

    Entries are read by batches: memory does not grow with the journal. It may run while others append.

    Args:
        advance: told after each batch how many entries were read in all.
    """
    checked = 0
    for chain in await chains():
        verification = await _verify_chain(chain, _from(checked, advance))
        checked += verification.checked
        if verification.fault:
            return ChainVerification(checked=checked, fault=verification.fault)
    return ChainVerification(checked=checked, fault=None)


def _from(read: int, advance: Callable[[int], None]) -> Callable[[int], None]:
    return lambda more: advance(read + more)


async def verify_chain(chain: UUID | str) -> ChainVerification:
    """Read one chain like `verify`; its `checked` is the number of its entries."""
    return await _verify_chain(str(chain))


async def _verify_chain(chain: str, advance: Callable[[int], None] = lambda _: None) -> ChainVerification:
    sequence, digest = 0, FIRST_HASH
    while True:
        # The head is read first: whatever it counts must then be found.
        head = await _HEAD.fetch_one(chain)
        rows = await _TO_VERIFY.fetch(chain, sequence, BATCH)
        for row in rows:
            reason = _fault_of(row, sequence + 1, digest)
            if reason:
                return ChainVerification(
                    checked=sequence, fault=AlteredEntry(chain=chain, sequence=sequence + 1, reason=reason)
                )
            sequence, digest = row["sequence"], row["hash"]
        advance(sequence)
        if len(rows) < BATCH:
            reason = await _fault_of_head(chain, head, sequence, digest)
            fault = AlteredEntry(chain=chain, sequence=sequence + 1, reason=reason) if reason else None
            return ChainVerification(checked=sequence, fault=fault)


def _fault_of(row: Row, sequence: int, previous_hash: str) -> str:
    if row["sequence"] != sequence:
        return "l’écriture manque"
    if row["previous_hash"] != previous_hash:
        return "l’écriture ne suit pas la précédente"
    if row["hash"] != _hash(row):
        return "l’écriture a été modifiée"
    return ""


async def _fault_of_head(chain: str, head: Row | None, sequence: int, digest: str) -> str:
    """What the head, read before the last entries, says of the end of a chain."""
    if head is None:
        return "le dernier numéro de la chaîne a été effacé"
    if head["sequence"] > sequence:
        return "l’écriture manque"
    if head["sequence"] == sequence:
        return "" if head["hash"] == digest else "l’écriture précédente n’est pas la dernière connue"
    # Entries were appended between the two reads, in which case the head has moved; or they were forged.
    now = await _HEAD.fetch_one(chain)
    if now is None or now["sequence"] < sequence:
        return "les écritures précédentes ont été ajoutées hors du journal"
    return ""


def _hash(row: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of every column but the hash itself."""
    # Written out: an encoder made for each entry costs several times more than its few texts.
    columns = (
        _quoted(str(row["id"])),
        _quoted(row["chain"]),
        str(row["sequence"]),
        _quoted(row["at"].astimezone(UTC).isoformat(timespec="microseconds")),
        _quoted(row["actor"]),
        _quoted(row["action"]),
        _quoted(row["subject_kind"]),
        _quoted(row["subject_id"]),
        _quoted(row["details"]),
        _quoted(row["previous_hash"]),
    )
    return hashlib.sha256(f"[{','.join(columns)}]".encode()).hexdigest()


def _canonical(value: object) -> str:
    """One text for one value: keys sorted, no space, no escape but JSON's own."""
    return _ENCODER.encode(value)
