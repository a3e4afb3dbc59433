"""What an import made or corrected, what depends on it now, and its undoing: rows in, rows out of a transaction.

What stands on a record is found by the foreign keys of the schema, so that a table added later counts by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from piccolo.table import Table

from materiel.domain.imports.import_file import Dependence, InUse, RecordKind, WrittenRecord
from materiel.domain.item.item import Item
from materiel.domain.people.pupil import Pupil
from materiel.store.engine.database import is_postgres
from materiel.store.engine.ids import new_row_id
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.rows import placeholders
from materiel.store.engine.statement import Statement, in_order
from materiel.store.tables import ALL_TABLES, ImportChangeRow

SHOWN = 5
"""Records that are named, of those that one thing keeps from being taken back."""

OF_RECORD = {
    RecordKind.ITEM: frozenset[str](),
    RecordKind.PUPIL: frozenset({"home", "representative"}),
    RecordKind.LOAN: frozenset({"loan_item", "loan_school", "loan_pause", "campaign_line"}),
    RecordKind.NEED: frozenset(),
}
"""Tables of what a record holds: they go with it."""

_OWN_LOAN = (
    "EXISTS (SELECT 1 FROM import_change AS own WHERE own.subject = {} AND own.kind = 'loan'"
    " AND own.import_file = import_change.import_file AND own.state = '{}')"
)
_GAINED = (
    "import_change.before IS NOT NULL AND EXISTS (SELECT 1 FROM representative JOIN {0} ON {0}.{1} = representative.id"
    " WHERE representative.pupil = import_change.subject"
    " AND import_change.before NOT LIKE '%' || CAST(representative.id AS VARCHAR(40)) || '%')"
)
_TO_PEOPLE = ((Dependence.LINK, "access_link", "representative"), (Dependence.MESSAGE, "outbox", "person"))
_DONE_FOR_NEED = {
    Dependence.LOAN: "need.loan IS NOT NULL",
    Dependence.ORDER: "need.loan IS NULL AND (need.order_reference <> '' OR need.received_on IS NOT NULL)",
}
_LOAN_OF = {"loan": "loan.id", "loan_item": "loan_item.loan"}
"""What a loan of the same import is known by, in the tables that stand on its items and its pupil."""

WHY = {
    "loan": Dependence.LOAN,
    "loan_item": Dependence.LOAN,
    "eliminated_loan_item": Dependence.RETENTION,
    "elimination_pupil": Dependence.RETENTION,
    "elimination_loan": Dependence.RETENTION,
    "loan_hold": Dependence.RETENTION,
    "need": Dependence.NEED,
    "transfer_item": Dependence.TRANSFER,
    "disposal_item": Dependence.DISPOSAL,
    "safety_line": Dependence.SAFETY_RECALL,
    "repair": Dependence.REPAIR,
    "licence_seat": Dependence.LICENCE,
    "check_sheet": Dependence.CHECKS,
    "kit_part": Dependence.KIT,
    "use_note": Dependence.USE,
    "examination_sheet": Dependence.EXAMINATION,
    "incident": Dependence.INCIDENT,
    "presence": Dependence.PRESENCE,
    "stocktake_line": Dependence.STOCKTAKE,
    "access_link": Dependence.LINK,
    "outbox": Dependence.MESSAGE,
    "document": Dependence.DOCUMENT,
    "loan_scan": Dependence.SCAN,
    "photo": Dependence.PHOTO,
    "condition_state": Dependence.CONDITION,
    "condition_remark": Dependence.CONDITION,
    "leaving": Dependence.LEAVING,
    "revoked_label": Dependence.LABEL,
}

_CHANGE = Mapper(WrittenRecord, ImportChangeRow)
_LEFT = (
    f"SELECT id, {_CHANGE.selected('import_change')} FROM import_change"
    " WHERE import_file = {{}} AND state = 'written' AND id > {{}} AND kind IN ({}) ORDER BY id LIMIT {{}}"
)
_CORRECTIONS = Statement(
    f"SELECT {_CHANGE.selected('import_change')} FROM import_change"
    " WHERE import_file = {} AND before IS NOT NULL ORDER BY line LIMIT {}"
)
# Not by GROUP BY: SQLite would sort the records of a long import in memory, and each thread that reads keep the room.
_FIGURES = Statement(
    "SELECT count(*) FILTER (WHERE state = 'written' AND before IS NULL) AS made,"
    " count(*) FILTER (WHERE state = 'written' AND before IS NOT NULL) AS corrected,"
    " count(*) FILTER (WHERE state = 'undone' AND before IS NULL) AS removed,"
    " count(*) FILTER (WHERE state = 'undone' AND before IS NOT NULL) AS restored,"
    " count(*) FILTER (WHERE state = 'left') AS kept FROM import_change WHERE import_file = {}"
)
_OF_EACH_KIND = ", ".join(f"count(*) FILTER (WHERE kind = '{kind.value}') AS {kind.value}" for kind in RecordKind)
_MADE_BY_KIND = Statement(f"SELECT {_OF_EACH_KIND} FROM import_change WHERE import_file = {{}} AND before IS NULL")
# Somebody wrote the record between two batches of one import that corrected it twice.
_TWICE = (
    "(SELECT count(*) FROM import_change AS other WHERE other.import_file = import_change.import_file"
    " AND other.subject = import_change.subject) > 1"
)
_FOLLOW = Statement("UPDATE import_change SET version = {} WHERE subject = {} AND version = {} AND state = 'written'")
# By the index of a subject: what a service did since then may be a million entries, what was done of it a few.
_LABELS = in_order(
    "SELECT details FROM journal INDEXED BY ix_journal_chain_subject_id WHERE chain = {} AND subject_id = {}"
    " AND subject_kind = 'service' AND action = 'label.printed' AND at >= {} ORDER BY sequence"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFigures:
    """Records of an import: made and corrected that are still written, taken back, and left by its undoing."""

    made: int = 0
    corrected: int = 0
    removed: int = 0
    restored: int = 0
    left: int = 0

    @property
    def written(self) -> int:
        """How many its undoing has still to look at."""
        return self.made + self.corrected


@dataclass(frozen=True, slots=True)
class Line:
    """One record of an import, and its own identifier."""

    id: UUID
    record: WrittenRecord


async def add(file_id: UUID, written: Iterable[WrittenRecord]) -> None:
    """Keep what a batch writes, in its transaction."""
    await insert_rows(
        ImportChangeRow,
        *(_CHANGE.row(each, id=new_row_id(), import_file=file_id, state="written") for each in written),
    )


async def figures(file_id: UUID) -> ImportFigures:
    """How many records an import made and corrected, and what became of them."""
    (row,) = await _FIGURES.fetch(file_id)
    return ImportFigures(
        made=row["made"],
        corrected=row["corrected"],
        removed=row["removed"],
        restored=row["restored"],
        left=row["kept"],
    )


async def corrections(file_id: UUID, *, limit: int) -> list[WrittenRecord]:
    """What an import corrected, in the order of the file."""
    return [_CHANGE.value(row) for row in await _CORRECTIONS.fetch(file_id, limit)]


async def written(file_id: UUID, kinds: Sequence[RecordKind], *, limit: int, after: UUID | None = None) -> list[Line]:
    """The next records of some kinds that an undoing has to look at."""
    left = Statement(_LEFT.format(placeholders(kinds)))
    rows = await left.fetch(file_id, after or UUID(int=0), *(each.value for each in kinds), limit)
    return [Line(row["id"], _CHANGE.value(row)) for row in rows]


async def mark(line_ids: Sequence[UUID], state: str) -> None:
    """Say what became of some records: `undone` or `left`."""
    if line_ids:
        await Statement(f"UPDATE import_change SET state = {{}} WHERE id IN ({placeholders(line_ids)})").fetch(
            state, *line_ids
        )


async def lock(kind: RecordKind, subjects: Sequence[UUID]) -> None:
    """Keep others from writing records, and from making anything stand on them, until the end of the transaction."""
    if is_postgres() and subjects:
        await Statement(
            f"SELECT id FROM {kind.value} WHERE id IN ({placeholders(subjects)}) ORDER BY id FOR UPDATE"
        ).fetch(*subjects)


async def in_use(file_id: UUID, among: Sequence[Line] | None = None) -> list[InUse]:
    """What keeps records of an import from being taken back, by reason.

    Args:
        among: these records alone, all of whose subjects are then told; all by default, and `SHOWN` of each.
    """
    found: dict[tuple[Dependence, RecordKind], tuple[int, tuple[UUID, ...]]] = {}
    for kind in RecordKind:
        narrowed, values = "", [each.id for each in among or () if each.record.kind is kind]
        if among is not None:
            if not values:
                continue
            narrowed = f" AND import_change.id IN ({placeholders(values)})"
        for why, condition in _conditions(kind):
            rows = await Statement(_asked(kind, condition, narrowed, whole=among is not None)).fetch(
                *([file_id] if among is None else []), kind.value, *values
            )
            if rows:
                count, subjects = found.get((why, kind), (0, ()))
                more = tuple(row["subject"] for row in rows if row["subject"] not in subjects)
                most = len(subjects) + len(more) if among is not None else SHOWN
                found[(why, kind)] = (max(count, rows[0]["found"]), (*subjects, *more)[:most])
    return [InUse(why=why, kind=kind, count=count, subjects=of) for (why, kind), (count, of) in found.items()]


async def follow(subject_id: UUID, former: int, version: int) -> None:
    """Give what an earlier import wrote its new version: the record is as that one left it, which may be undone too."""
    await _FOLLOW.fetch(version, subject_id, former)


async def labelled_since(service_id: UUID, began: datetime) -> tuple[set[UUID], bool]:
    """Items whose labels were printed since an instant, as far as the journal names them, and whether it does not."""
    named: set[UUID] = set()
    has_unnamed = False
    for row in await _LABELS.fetch(str(service_id), str(service_id), began):
        details: dict[str, Any] = msgspec.json.decode(row["details"])
        named |= {UUID(each) for each in details["items"]}
        has_unnamed |= details["labels"] > len(details["items"])
    return named, has_unnamed


async def made_by(file_id: UUID, kind: RecordKind, subjects: Sequence[UUID]) -> set[UUID]:
    """Those of these records that an import made."""
    if not subjects:
        return set()
    made = Statement(
        "SELECT subject FROM import_change WHERE kind = {} AND import_file = {} AND before IS NULL"
        f" AND state = 'written' AND subject IN ({placeholders(subjects)})"
    )
    return {row["subject"] for row in await made.fetch(kind.value, file_id, *subjects)}


async def made_by_kind(file_id: UUID) -> dict[str, int]:
    """How many records an import made, by kind."""
    (row,) = await _MADE_BY_KIND.fetch(file_id)
    return {kind: found for kind, found in row.items() if found}


async def made_items(file_id: UUID, among: Iterable[UUID] | None) -> tuple[int, tuple[UUID, ...]]:
    """How many of these items an import made (all of its own by default), and the first of them."""
    narrowed, values = "", list(among) if among is not None else []
    if among is not None:
        if not values:
            return 0, ()
        narrowed = f" AND import_change.subject IN ({placeholders(values)})"
    rows = await Statement(_asked(RecordKind.ITEM, "import_change.before IS NULL", narrowed, whole=False)).fetch(
        file_id, RecordKind.ITEM.value, *values
    )
    return (rows[0]["found"], tuple(row["subject"] for row in rows)) if rows else (0, ())


def before_of(record: Item | Pupil) -> str:
    """A record as it is kept to be given back."""
    return msgspec.json.encode(record).decode()


def pupil_of(before: str) -> Pupil:
    """The pupil that was kept."""
    return msgspec.json.decode(before, type=Pupil)


def item_of(before: str) -> Item:
    """The item that was kept."""
    return msgspec.json.decode(before, type=Item)


def _conditions(kind: RecordKind) -> list[tuple[Dependence, str]]:
    table = kind.value
    made = "import_change.before IS NULL AND EXISTS (SELECT 1 FROM {} WHERE {} = import_change.subject{})"
    changed = f"({table}.version <> import_change.version OR {_TWICE})"
    if kind is RecordKind.NEED:
        # What was done for a need raises its version too: it is told by what it is.
        return [
            *_DONE_FOR_NEED.items(),
            (Dependence.CHANGED, f"{changed} AND NOT ({' OR '.join(_DONE_FOR_NEED.values())})"),
        ]
    found = [(Dependence.CHANGED, changed)]
    found += [
        (WHY.get(source, Dependence.OTHER), made.format(source, f"{source}.{column}", _but_own_loans(kind, source)))
        for source, column in referring_to(table)
        if source not in OF_RECORD[kind]
    ]
    found.append((Dependence.CORRECTION, made.format("correction", "correction.subject", "")))
    if kind is RecordKind.ITEM:
        # One that was known before, and whose loan has been used since, stays in it.
        kept = _OWN_LOAN.format("loan_item.loan", "left")
        on = f"EXISTS (SELECT 1 FROM loan_item WHERE loan_item.item = import_change.subject AND {kept})"
        found.append((Dependence.LOAN, f"import_change.before IS NOT NULL AND {on}"))
    if kind is RecordKind.PUPIL:
        people = "outbox JOIN representative ON representative.id = outbox.person"
        found.append((Dependence.MESSAGE, made.format(people, "representative.pupil", "")))
        # A person whom a completed record gained, and who was sent a link or a message, stays.
        found += [(why, _GAINED.format(source, person)) for why, source, person in _TO_PEOPLE]
    return found


def _but_own_loans(kind: RecordKind, source: str) -> str:
    """Loans that the same import made go first: nothing of theirs keeps an item or a pupil."""
    if kind is RecordKind.LOAN or source not in _LOAN_OF:
        return ""
    return f" AND NOT {_OWN_LOAN.format(_LOAN_OF[source], 'written')}"


def referring_to(table: str) -> list[tuple[str, str]]:
    """The tables and columns that refer to a table."""
    tables: list[type[Table]] = list(ALL_TABLES)
    return sorted(
        (each._meta.tablename, key._meta.db_column_name)
        for each in tables
        for key in each._meta.foreign_key_columns
        if key._foreign_key_meta.resolved_references._meta.tablename == table
    )


def _asked(kind: RecordKind, condition: str, narrowed: str, *, whole: bool) -> str:
    table = kind.value
    return (
        "SELECT import_change.subject AS subject, count(*) OVER () AS found FROM import_change"
        f" JOIN {table} ON {table}.id = import_change.subject"
        # Some records are found by their own key: the index of the import would be read whole for each batch.
        + ("" if whole else " WHERE import_change.import_file = {} AND import_change.state = 'written'")
        + (" WHERE" if whole else " AND")
        + " import_change.kind = {}"
        f"{narrowed} AND {condition} ORDER BY import_change.line, import_change.id"
        + ("" if whole else f" LIMIT {SHOWN}")
    )
