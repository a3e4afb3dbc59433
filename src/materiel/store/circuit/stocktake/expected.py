"""Where items are now, and what is known of those of a stocktake: as conditions and columns of statements.

Tables go by the names `line`, `item`, `stocktake`. All is computed by the base, line by line: a service may have a
hundred thousand items.
"""

from __future__ import annotations

from materiel.domain.loan.loan import OPEN_STATUSES
from materiel.store.engine.statement import words

_OPEN = words(OPEN_STATUSES)
_HELD = "item.status IN ('on_loan', 'deposited', 'due_back')"
_LOST = "item.status IN ('lost', 'stolen')"

HOLDER = (
    " LEFT JOIN loan_item AS held ON held.item = item.id AND held.removed_on IS NULL"
    f" AND held.handed_over_on IS NOT NULL AND {_HELD}"
    " LEFT JOIN loan AS holder ON holder.id = held.loan"
    f" AND holder.status IN ({_OPEN})"
)
"""Joins the loan under which an item is out, if it is."""

KIND_NOW = "CASE WHEN holder.id IS NULL THEN 'store' WHEN holder.custody = 'school' THEN 'school' ELSE 'home' END"
PLACE_NOW = "CASE WHEN holder.id IS NULL THEN item.storage_place ELSE '' END"
"""Where an item is by what the service knows now; the school is that of `holder`."""

IN_THE_STOCK = "item.status NOT IN ('lost', 'stolen', 'written_off')"

_SINCE = "COALESCE(line.seen_on, stocktake.opened_on)"
MOVED = (
    "(EXISTS (SELECT 1 FROM loan_item AS move WHERE move.item = line.item"
    f" AND (move.handed_over_on > {_SINCE} OR move.returned_on > {_SINCE}"
    f" OR (move.loan <> line.loan AND move.handed_over_on >= {_SINCE})))"
    f" OR (line.kind = 'store') = ({_HELD}) OR item.status = 'written_off')"
)
"""Whether an act handed the item over or took it back since the last word on it: whoever did it saw it. On the very day
it is known by the item being elsewhere than expected, under another loan or none.
"""

RESULT = (
    "COALESCE(line.result, CASE WHEN line.settled = 'kept' OR line.seen = 'here' THEN 'found'"
    f" WHEN line.seen = 'elsewhere' THEN 'elsewhere' WHEN {_LOST} THEN 'missing' WHEN {MOVED} THEN 'found'"
    " WHEN line.seen = 'absent' THEN 'missing' ELSE 'silent' END)"
)
"""What is known of an item; as written at the closing, once there is one."""

WAITS = (
    f"COALESCE(line.waits, line.settled IS NULL AND COALESCE(line.seen IN ('elsewhere', 'absent'), FALSE)"
    f" AND NOT (line.seen = 'absent' AND {_LOST}) AND NOT {MOVED})"
)
"""Whether it is a gap that no act has settled."""

UNSEEN = f"(line.seen IS NULL AND line.settled IS NULL AND NOT {_LOST} AND NOT {MOVED})"
"""Whether nobody said anything of it yet."""

FROM = (
    " FROM stocktake_line AS line JOIN stocktake ON stocktake.id = line.stocktake JOIN item ON item.id = line.item"
    " LEFT JOIN school ON school.id = line.school"
)
