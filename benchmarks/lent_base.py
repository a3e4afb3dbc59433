"""The filled base with a tenth of its items lent, and whom they are lent to, by SQL as well."""

from __future__ import annotations

from datetime import datetime, timedelta
from string import Template

from materiel.domain.calendar.civil_day import MAINLAND, civil_date
from materiel.store.engine.database import fetch, is_postgres

LENT_SHARE = 10
"""One item in ten is lent."""

FEW = 500
"""Loans made first, for the base to know what its tables hold."""

LAST_NAMES, FIRST_NAMES = 20_000, 800


async def lend(number: int, now: datetime) -> None:
    """Lend the first items, one for each loan: one in ten waits for a signature, one in twenty is at its term."""
    today = civil_date(now, MAINLAND)
    days = {"started": -60, "over": -1, "soon": 20, "far": 250}
    values = {name: typed(f"{today + timedelta(days=after)}", "date") for name, after in days.items()}
    values |= {"now": typed(now.isoformat(sep=" "), "timestamptz"), "digest": "0" * 64}
    values |= {name: id_from(mark) for name, mark in (("loan", "0191"), ("line", "0192"), ("paper", "0193"))}
    values |= {"rank": RANK}
    # The triggers plan for the tables that they find: those of an empty one would be read whole at each line.
    for first, last in ((0, min(FEW, number)), (FEW, number)):
        values["lent"] = f"FROM item WHERE {RANK} > {first} AND {RANK} <= {last}"
        for insert in LENDING:
            await fetch(Template(insert).substitute(values))
        for position, (mark, party) in enumerate((("0194", "managing_service"), ("0195", "borrower"))):
            await fetch(Template(SIGNING).substitute(values, box=id_from(mark), position=position, party=party))
        # PostgreSQL reads an index alone once its pages are known to be all visible: it vacuums by itself, later.
        await fetch("VACUUM ANALYZE" if is_postgres() else "ANALYZE")


async def name_pupils(now: datetime) -> None:
    """A pupil with two representatives for each loan, schooled here and there, once the loans are."""
    values = {"now": typed(now.isoformat(sep=" "), "timestamptz"), "born": typed("2015-04-02", "date"), "rank": RANK}
    values |= {"pupil": id_from("0195"), "last": f"({RANK} % {LAST_NAMES})", "first": f"({RANK} % {FIRST_NAMES})"}
    values |= {"uuid": "uuid" if is_postgres() else "UUID"}
    for statement in SCHOOLED:
        await fetch(Template(statement).substitute(values))
    for position, mark in enumerate(("0196", "0197")):
        own = {"person": id_from(mark), "position": position, "name": f"({RANK} * {position + 3} % {FIRST_NAMES})"}
        await fetch(Template(REPRESENTED).substitute(values, **own))
    await fetch("DROP TABLE bench_school")
    await fetch("ANALYZE")


def typed(text: str, kind: str) -> str:
    """A literal: PostgreSQL wants its type told, SQLite keeps texts."""
    return f"'{text}'::{kind}" if is_postgres() else f"'{text}'"


def id_from(mark: str) -> str:
    """An id made from the item's, told apart by its beginning."""
    text = f"'{mark}0000-0000-7000-8000-' || substr(CAST(item.id AS VARCHAR(36)), 25)"
    return f"({text})::uuid" if is_postgres() else f"({text})"


RANK = "CAST(substr(inventory_number, 3) AS INTEGER)"

LENDING = (
    """
    INSERT INTO loan (id, service, usage, custody, school, status, starts_on, ends_on, purpose, basis_kind,
        basis_reference, basis_decided_on, basis_valid_until, override_reason, override_by, decision, created_at,
        issued_on, handed_over_on, recall_reason, version)
    SELECT $loan, service, 'individual', 'home', (SELECT id FROM school LIMIT 1),
        CASE WHEN $rank % 10 = 0 THEN 'issued' WHEN $rank % 5 = 0 THEN 'signed' ELSE 'handed_over' END, $started,
        CASE $rank % 20 WHEN 0 THEN $over WHEN 1 THEN $soon ELSE $far END, 'Mesure', 'cdaph',
        '', $started, CASE WHEN $rank % 25 = 0 THEN $soon ELSE $far END, '', '', '{}', $now,
        $started, CASE WHEN $rank % 5 = 0 THEN NULL ELSE $started END, '', 1
    $lent
    """,
    """
    INSERT INTO loan_item (id, loan, item, position, added_on, handed_over_on, missing_accessories)
    SELECT $line, $loan, id, 0, $started, CASE WHEN $rank % 5 = 0 THEN NULL ELSE $started END, '[]'
    $lent
    """,
    """
    INSERT INTO document (id, service, loan, kind, number, covers, status, issued_on, issued_at, code, sha256, pages,
        content)
    SELECT $paper, service, $loan, 'loan_agreement', inventory_number, 'loan', 'in_force', $started, $now, public_code,
        '$digest', 5, ''
    $lent
    """,
    """
    UPDATE item SET status = CASE WHEN $rank % 5 = 0 THEN 'reserved' ELSE 'on_loan' END
    WHERE id IN (SELECT id $lent)
    """,
)
SIGNING = """
    INSERT INTO signature (id, document, position, party, name, capacity, status, signed_on, recorded_by)
    SELECT $box, $paper, $position, '$party', 'Personne $position', '',
        CASE WHEN $rank % 10 = 0 THEN 'pending' ELSE 'signed' END,
        CASE WHEN $rank % 10 = 0 THEN NULL ELSE $started END, ''
    $lent
    """
SCHOOLED = (
    "CREATE TABLE bench_school (rank INTEGER PRIMARY KEY, id $uuid NOT NULL)",
    "INSERT INTO bench_school SELECT row_number() OVER (ORDER BY uai) - 1, id FROM school",
    """
    INSERT INTO pupil (id, service, last_name, first_name, birth_date, school, protection, protection_reference,
        disagreement, search, created_at, version, email, phone)
    SELECT $pupil, item.service, 'Nom' || $last, 'Prenom' || $first, $born,
        (SELECT id FROM bench_school WHERE rank = $rank % (SELECT count(*) FROM bench_school)), 'none', '', FALSE,
        '  nom' || $last || '  prenom' || $first || '  ', $now, 1, '', ''
    FROM loan_item JOIN item ON item.id = loan_item.item
    """,
    """
    UPDATE loan SET pupil = named.pupil, school = named.school FROM (SELECT loan_item.loan, pupil.id AS pupil,
        pupil.school FROM loan_item JOIN item ON item.id = loan_item.item JOIN pupil ON pupil.id = $pupil) AS named
    WHERE named.loan = loan.id
    """,
)
REPRESENTED = """
    INSERT INTO representative (id, pupil, position, last_name, first_name, capacity, email, phone, on_behalf_of,
        reference, sole_authority, search)
    SELECT $person, $pupil, $position, 'Nom' || $last, 'Prenom' || $name, 'parent', '', '', '', '', FALSE,
        '  nom' || $last || '  prenom' || $name || '  '
    FROM loan_item JOIN item ON item.id = loan_item.item
    """
