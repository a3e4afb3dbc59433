"""The chained journal: what was done, by whom, to what; and what the base says of itself."""

from __future__ import annotations

from piccolo.columns import UUID, BigInt, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table


class JournalRow(Table, tablename="journal"):
    """One entry of an append-only, hash-chained journal; no name that erasure would have to remove."""

    id = UUID(primary_key=True, default=None)
    chain = Varchar(length=36)
    sequence = BigInt()
    at = Timestamptz()
    actor = Varchar(length=80)
    action = Varchar(length=60)
    subject_kind = Varchar(length=20)
    subject_id = Varchar(length=40)
    details = Text(default="{}")
    previous_hash = Varchar(length=64)
    hash = Varchar(length=64)


class JournalHeadRow(Table, tablename="journal_head"):
    """The last entry of a chain, locked while the next one is written."""

    chain = Varchar(length=36, primary_key=True, default="")
    sequence = BigInt(default=0)
    hash = Varchar(length=64)


class InstallationRow(Table, tablename="installation"):
    """One row: the version that last changed the schema, the restoration that the base comes from, its key's print."""

    id = Integer(primary_key=True, default=1)
    version = Varchar(length=40)
    stamp = Varchar(length=40)
    restored_at = Timestamptz(null=True, default=None)
    key_fingerprint = Varchar(length=64)
