"""What a service counts over a period, group by group: each figure is one statement that the base adds up.

A loan counts where it was on the last day of the period: its school and who keeps its items are those of `loan_school`
on that day. `{by}` and `{label}` are replaced by what the figures are told by; « the whole » is a group of its own,
for a loan of two categories is one loan.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from materiel.domain.circuit.figures import OF_ITEMS, Grouping, Period
from materiel.domain.papers.document import AGREEMENTS
from materiel.store.circuit.then import CUSTODY_THEN, PLACE_THEN
from materiel.store.engine.database import Row, together
from materiel.store.engine.rows import as_date
from materiel.store.engine.statement import Statement, words
from materiel.store.item.idle import IDLE

_AGREEMENTS = words(AGREEMENTS)

_PLACE = f"{PLACE_THEN} JOIN municipality ON municipality.insee_code = school.municipality"
_SCHOOL = ("school.uai", "school.name || ', ' || municipality.name")
_MUNICIPALITY = ("municipality.insee_code", "municipality.name")
_LEVEL = ("school.nature_code", "''")
_WHOLE = ("CAST('' AS TEXT)", "''")

_OF_LOANS = {
    None: _WHOLE,
    Grouping.SCHOOL: _SCHOOL,
    Grouping.MUNICIPALITY: _MUNICIPALITY,
    Grouping.LEVEL: _LEVEL,
    Grouping.CATEGORY: ("item.category", "''"),
    Grouping.FAMILY: ("item.family", "''"),
    Grouping.BASIS: ("COALESCE(loan.basis_kind, '')", "''"),
}
_OF_NEEDS = _OF_LOANS | {
    Grouping.CATEGORY: ("need.category", "''"),
    Grouping.FAMILY: ("COALESCE(need.family, '')", "''"),
    Grouping.BASIS: ("need.basis_kind", "''"),
}
# What is lost at the service itself is lost nowhere else.
_OF_LOSSES = _OF_LOANS | {
    Grouping.SCHOOL: ("COALESCE(school.uai, '')", "COALESCE(school.name || ', ' || municipality.name, '')"),
    Grouping.MUNICIPALITY: ("COALESCE(municipality.insee_code, '')", "COALESCE(municipality.name, '')"),
    Grouping.LEVEL: ("COALESCE(school.nature_code, '')", "''"),
}
_OF_STOCK = {None: _WHOLE} | {each: _OF_LOANS[each] for each in OF_ITEMS}

_COMMUNE_AND_NATURE = "COALESCE(min(school.municipality || ' ' || COALESCE(school.nature_code, '')), '')"
"""What holds a school, for whoever must not learn of it from a wider table; empty at the service itself."""

_Keys = Mapping[Grouping | None, tuple[str, str]]


def _by(keys: _Keys, text: str) -> dict[Grouping | None, Statement]:
    return {grouping: Statement(_filled(text, grouping, key, label)) for grouping, (key, label) in keys.items()}


def _filled(text: str, grouping: Grouping | None, key: str, label: str) -> str:
    within = _COMMUNE_AND_NATURE if grouping is Grouping.SCHOOL else "''"
    return text.replace("{by}", key).replace("{label}", label).replace("{within}", within)


_LOANS = _by(
    _OF_LOANS,
    "SELECT {by} AS key, min({label}) AS label, {within} AS within,"
    " count(DISTINCT CASE WHEN loan.usage = 'individual' THEN loan.id END) AS loans,"
    f" count(DISTINCT CASE WHEN {CUSTODY_THEN} = 'school' THEN loan.id END) AS deposits,"
    " count(DISTINCT CASE WHEN line.removed_on IS NULL OR line.removed_on > {} THEN line.item END) AS items,"
    " sum(CASE WHEN line.handed_over_on >= {} THEN 1 ELSE 0 END) AS handed_over,"
    " sum(CASE WHEN line.returned_on BETWEEN {} AND {} THEN 1 ELSE 0 END) AS returned"
    f" FROM loan JOIN loan_item AS line ON line.loan = loan.id JOIN item ON item.id = line.item{_PLACE}"
    " WHERE loan.service = {} AND line.handed_over_on <= {}"
    " AND (line.removed_on IS NULL OR line.removed_on >= {}) GROUP BY {by}",
)
_PUPILS_PLACE = (
    " FROM need JOIN pupil ON pupil.id = need.pupil JOIN school ON school.id = pupil.school"
    " JOIN municipality ON municipality.insee_code = school.municipality"
    " WHERE need.service = {} AND need.state <> 'asked'"
)
_NEEDS = _by(
    _OF_NEEDS,
    "SELECT {by} AS key, min({label}) AS label, {within} AS within,"
    " sum(CASE WHEN need.notified_on >= {} THEN 1 ELSE 0 END) AS needs,"
    " sum(CASE WHEN need.met_on BETWEEN {} AND {} THEN 1 ELSE 0 END) AS met,"
    " sum(CASE WHEN (need.met_on IS NULL OR need.met_on > {}) AND (need.closed_on IS NULL OR need.closed_on > {})"
    f" THEN 1 ELSE 0 END) AS waiting{_PUPILS_PLACE}"
    " AND need.notified_on <= {} AND (need.met_on IS NULL OR need.met_on >= {})"
    " AND (need.closed_on IS NULL OR need.closed_on >= {}) GROUP BY {by}",
)
_HAND_OVERS = _by(
    _OF_NEEDS,
    f"SELECT {{by}} AS key, need.notified_on AS since, need.met_on AS until, count(*) AS found{_PUPILS_PLACE}"
    " AND need.met_on BETWEEN {} AND {} GROUP BY {by}, need.notified_on, need.met_on",
)
_SIGNED_ON = "(SELECT max(box.signed_on) FROM signature AS box WHERE box.document = document.id)"
_SIGNATURES = _by(
    _OF_LOANS,
    "SELECT key, since, until, count(*) AS found FROM (SELECT DISTINCT {by} AS key, document.id AS paper,"
    f" document.issued_on AS since, {_SIGNED_ON} AS until"
    " FROM document JOIN loan ON loan.id = document.loan JOIN loan_item AS line ON line.loan = loan.id"
    f" JOIN item ON item.id = line.item{_PLACE} WHERE document.service = {{}}"
    f" AND document.kind IN ({_AGREEMENTS}) AND document.issued_on <= {{}} AND NOT EXISTS"
    " (SELECT 1 FROM signature AS box WHERE box.document = document.id AND box.status = 'pending')) AS signed"
    " WHERE until BETWEEN {} AND {} GROUP BY key, since, until",
)
_LOST_ON = "COALESCE(incident.happened_on, CAST(incident.declared_at AT TIME ZONE 'UTC' AS DATE))"
_LOSSES = {
    grouping: Statement(
        text.replace("{day}", "COALESCE(incident.happened_on, substr(incident.declared_at, 1, 10))"),
        postgres=text.replace("{day}", _LOST_ON),
    )
    for grouping, text in {
        grouping: (
            _filled("SELECT {by} AS key, min({label}) AS label, {within} AS within,", grouping, key, label)
            + " count(DISTINCT incident.item) AS losses"
            " FROM incident JOIN item ON item.id = incident.item LEFT JOIN loan ON loan.id = incident.loan"
            + _PLACE.replace(" JOIN school", " LEFT JOIN school").replace(
                " JOIN municipality", " LEFT JOIN municipality"
            )
            + " WHERE incident.service = {} AND incident.kind IN ('loss', 'theft') AND {day} BETWEEN {} AND {}"
            + f" GROUP BY {key}"
        )
        for grouping, (key, label) in _OF_LOSSES.items()
    }.items()
}
_STOCK = _by(
    _OF_STOCK,
    f"SELECT {{by}} AS key, min({{label}}) AS label, count(*) AS idle FROM item WHERE item.service = {{}} AND {IDLE}"
    " GROUP BY {by}",
)


@dataclass(slots=True)
class Counted:
    """What was counted for one group: its counts by name, and its delays as days → how many.

    `within`: of a school, the INSEE code of its commune, a space, the code of its nature; else empty.
    """

    label: str = ""
    within: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    to_hand_over: Counter[int] = field(default_factory=Counter)
    to_signature: Counter[int] = field(default_factory=Counter)

    def take(self, other: Counted) -> None:
        """Add another group to this one."""
        self.counts += other.counts
        self.to_hand_over += other.to_hand_over
        self.to_signature += other.to_signature


async def counted(
    service_id: UUID,
    period: Period,
    grouping: Grouping | None,
    *,
    idle_before: datetime,
    idle_since: date,
) -> dict[str, Counted]:
    """Each group of a service by its key; `grouping` None for the whole, whose key is empty.

    Args:
        period: the days, both included.
        idle_before: an item sleeps if it was registered before this instant,
        idle_since: and if nobody has held it since this day.
    """
    first, last = period.starts_on, period.ends_on
    loans, needs, met, signed, lost, idle = await together(
        _LOANS[grouping].fetch(last, first, first, last, last, service_id, last, first),
        _NEEDS[grouping].fetch(first, first, last, last, last, service_id, last, first, first),
        _HAND_OVERS[grouping].fetch(service_id, first, last),
        _SIGNATURES[grouping].fetch(last, service_id, last, first, last),
        _LOSSES[grouping].fetch(last, service_id, first, last),
        *([_STOCK[grouping].fetch(service_id, idle_before, idle_since)] if grouping in _STOCK else [_nothing()]),
    )
    groups: dict[str, Counted] = defaultdict(Counted)
    for rows in (loans, needs, lost, idle):
        for row in rows:
            _count(groups[row["key"]], row)
    for rows, name in ((met, "to_hand_over"), (signed, "to_signature")):
        for row in rows:
            days = (as_date(row["until"]) - as_date(row["since"])).days
            getattr(groups[row["key"]], name)[max(days, 0)] += row["found"]
    return dict(groups)


async def _nothing() -> list[Row]:
    return []


def _count(group: Counted, row: Mapping[str, Any]) -> None:
    for name, value in row.items():
        if name in ("label", "within"):
            setattr(group, name, value or getattr(group, name))
        elif name != "key":
            group.counts[name] += int(value)
