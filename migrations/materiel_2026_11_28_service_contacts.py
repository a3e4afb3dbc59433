"""What each service knows of schools and communes: who signs, mailboxes, kinds decided. The annuaire stays shared.

What was typed before was shared by all: it is copied to every service that has loans or pupils there; where none has,
to the services whose journal says that they typed it; where neither, to every service, so that nothing is lost. The
mailbox of a school to which links were sent is written down with it: from now on an import does not change it.
"""

import re

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-28T00:01:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "service_contacts"

SERVICE = "REFERENCES managing_service (id) ON DELETE RESTRICT ON UPDATE CASCADE"
SCHOOL = "REFERENCES school (id) ON DELETE RESTRICT ON UPDATE CASCADE"
MUNICIPALITY = "REFERENCES municipality (insee_code) ON DELETE RESTRICT ON UPDATE CASCADE"
KINDS = (
    "'public_primary', 'eple', 'private_under_contract', 'private_no_contract', 'medico_educational',"
    " 'agricultural_public', 'agricultural_private', 'post_bac', 'service', 'to_check'"
)

TABLES = [
    f"""CREATE TABLE school_contact (
        id UUID PRIMARY KEY NOT NULL,
        service UUID NOT NULL {SERVICE},
        school UUID NOT NULL {SCHOOL},
        decided_kind VARCHAR(30) CHECK (decided_kind IN ({KINDS})),
        kind_reason VARCHAR(500) NOT NULL,
        kind_decided_by VARCHAR(80) NOT NULL,
        kind_decided_at TIMESTAMPTZ,
        email VARCHAR(254) NOT NULL,
        head_name VARCHAR(200) NOT NULL,
        head_title VARCHAR(200) NOT NULL,
        on_behalf_of VARCHAR(200) NOT NULL,
        board_act VARCHAR(200) NOT NULL,
        held_municipality VARCHAR(5) {MUNICIPALITY},
        version INTEGER NOT NULL CHECK (version >= 1),
        UNIQUE (service, school)
    )""",
    f"""CREATE TABLE municipality_contact (
        id UUID PRIMARY KEY NOT NULL,
        service UUID NOT NULL {SERVICE},
        municipality VARCHAR(5) NOT NULL {MUNICIPALITY},
        address TEXT,
        email VARCHAR(254) NOT NULL,
        phone VARCHAR(40) NOT NULL,
        mayor_name VARCHAR(200) NOT NULL,
        authority_kind VARCHAR(20) NOT NULL CHECK (authority_kind IN ('commune', 'epci', 'syndicate')),
        authority_name VARCHAR(200) NOT NULL,
        authority_address TEXT,
        authority_email VARCHAR(254) NOT NULL,
        signatory_name VARCHAR(200) NOT NULL,
        signatory_title VARCHAR(200) NOT NULL,
        deliberation VARCHAR(200) NOT NULL,
        version INTEGER NOT NULL CHECK (version >= 1),
        UNIQUE (service, municipality)
    )""",
    f"""CREATE TABLE mailbox_change (
        id UUID PRIMARY KEY NOT NULL,
        service UUID NOT NULL {SERVICE},
        school UUID {SCHOOL},
        municipality VARCHAR(5) {MUNICIPALITY},
        of_authority BOOLEAN NOT NULL,
        former VARCHAR(254) NOT NULL,
        email VARCHAR(254) NOT NULL CHECK (email <> ''),
        code_hash VARCHAR(64) NOT NULL CHECK (length(code_hash) = 64),
        attempts INTEGER NOT NULL,
        asked_by VARCHAR(80) NOT NULL,
        asked_at TIMESTAMPTZ NOT NULL,
        expires_at TIMESTAMPTZ NOT NULL,
        settled_at TIMESTAMPTZ,
        confirmed BOOLEAN NOT NULL,
        CHECK ((school IS NULL) <> (municipality IS NULL))
    )""",
]
INDEXES = [
    "CREATE INDEX ix_school_contact_school ON school_contact (school)",
    "CREATE INDEX ix_school_contact_held ON school_contact (held_municipality)",
    "CREATE INDEX ix_municipality_contact_municipality ON municipality_contact (municipality)",
    "CREATE INDEX ix_mailbox_change_service ON mailbox_change (service, settled_at)",
    "CREATE INDEX ix_mailbox_change_school ON mailbox_change (school, service)",
    "CREATE INDEX ix_mailbox_change_municipality ON mailbox_change (municipality, service)",
]

SCHOOL_TEXTS = ("head_name", "head_title", "on_behalf_of", "board_act")
SCHOOL_MOVED = ("decided_kind", "kind_reason", "kind_decided_by", "kind_decided_at", *SCHOOL_TEXTS)
MUNICIPALITY_TEXTS = (
    *("email", "phone", "mayor_name", "authority_name", "authority_email", "signatory_name", "signatory_title"),
    "deliberation",
)
MUNICIPALITY_MOVED = (*MUNICIPALITY_TEXTS, "address", "authority_address", "authority_kind")

UUID_POSTGRES = "gen_random_uuid()"
UUID_SQLITE = (
    "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8'"
    " || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))"
)

# Who has loans, pupils or links at a school; a loan keeps the schools it has left.
HERE = """
    here AS (
        SELECT loan.service AS service, loan.school AS school FROM loan
        UNION SELECT loan.service, loan_school.school FROM loan_school JOIN loan ON loan.id = loan_school.loan
        UNION SELECT pupil.service, pupil.school FROM pupil
        UNION SELECT access_link.service, access_link.school FROM access_link WHERE access_link.school IS NOT NULL
    ),
    wrote AS (
        SELECT DISTINCT managing_service.id AS service, journal.subject_id AS subject, journal.subject_kind AS kind
        FROM journal JOIN managing_service ON journal.chain = CAST(managing_service.id AS VARCHAR(36))
        WHERE journal.action IN ('school.kind_decided', 'school.contact_updated', 'municipality.updated')
    )"""

SCHOOLS = f"""
    INSERT INTO school_contact (id, service, school, version, email, {", ".join(SCHOOL_MOVED)})
    WITH {HERE},
    concerned AS (
        SELECT service, school FROM here
        UNION SELECT here.service, mother.id FROM here JOIN school AS place ON place.id = here.school
            JOIN school AS mother ON mother.uai = place.section_of
    ),
    owners AS (
        SELECT service, school FROM concerned
        UNION SELECT wrote.service, school.id FROM wrote JOIN school ON school.uai = wrote.subject
            WHERE wrote.kind = 'school' AND school.id NOT IN (SELECT school FROM concerned)
        UNION SELECT managing_service.id, school.id FROM managing_service CROSS JOIN school
            WHERE school.id NOT IN (SELECT school FROM concerned)
            AND school.uai NOT IN (SELECT subject FROM wrote WHERE kind = 'school')
    )
    SELECT {{uuid}}, owners.service, school.id, 1,
        CASE WHEN EXISTS (SELECT 1 FROM access_link WHERE access_link.service = owners.service
            AND access_link.school = school.id) THEN school.email ELSE '' END,
        {", ".join(f"school.{column}" for column in SCHOOL_MOVED)}
    FROM owners JOIN school ON school.id = owners.school
    WHERE school.decided_kind IS NOT NULL OR school.kind_reason <> ''
        OR {" OR ".join(f"school.{column} <> ''" for column in SCHOOL_TEXTS)}
"""
MAILBOXES = f"""
    INSERT INTO school_contact (id, service, school, version, email, kind_reason, kind_decided_by,
        {", ".join(SCHOOL_TEXTS)})
    SELECT {{uuid}}, linked.service, school.id, 1, school.email, '', '', '', '', '', ''
    FROM (SELECT DISTINCT service, school FROM access_link WHERE school IS NOT NULL) AS linked
    JOIN school ON school.id = linked.school
    WHERE school.email <> '' AND NOT EXISTS (SELECT 1 FROM school_contact
        WHERE school_contact.service = linked.service AND school_contact.school = school.id)
"""
MUNICIPALITIES = f"""
    INSERT INTO municipality_contact (id, service, municipality, version, {", ".join(MUNICIPALITY_MOVED)})
    WITH {HERE},
    concerned AS (
        SELECT here.service AS service, CASE
            WHEN place.municipality BETWEEN '75100' AND '75120' THEN '75056'
            WHEN place.municipality BETWEEN '69380' AND '69389' THEN '69123'
            WHEN place.municipality BETWEEN '13200' AND '13216' THEN '13055'
            ELSE place.municipality END AS municipality
        FROM here JOIN school AS place ON place.id = here.school
        UNION SELECT service, municipality FROM access_link WHERE municipality IS NOT NULL
    ),
    owners AS (
        SELECT service, municipality FROM concerned
        UNION SELECT wrote.service, municipality.insee_code FROM wrote
            JOIN municipality ON municipality.insee_code = wrote.subject
            WHERE wrote.kind = 'municipality' AND municipality.insee_code NOT IN (SELECT municipality FROM concerned)
        UNION SELECT managing_service.id, municipality.insee_code FROM managing_service CROSS JOIN municipality
            WHERE municipality.insee_code NOT IN (SELECT municipality FROM concerned)
            AND municipality.insee_code NOT IN (SELECT subject FROM wrote WHERE kind = 'municipality')
    )
    SELECT {{uuid}}, owners.service, municipality.insee_code, 1,
        {", ".join(f"municipality.{column}" for column in MUNICIPALITY_MOVED)}
    FROM owners JOIN municipality ON municipality.insee_code = owners.municipality
    WHERE municipality.address IS NOT NULL OR municipality.authority_address IS NOT NULL
        OR municipality.authority_kind <> 'commune'
        OR {" OR ".join(f"municipality.{column} <> ''" for column in MUNICIPALITY_TEXTS)}
"""
# « 75100 » made a second Paris beside 75056, whose mayor had to be typed again.
CITIES = [
    statement
    for wrong, right, name in (("75100", "75056", "Paris"), ("69380", "69123", "Lyon"), ("13200", "13055", "Marseille"))
    for statement in (
        f"""INSERT INTO municipality (insee_code, name, departement)
            SELECT '{right}', '{name}', departement FROM municipality WHERE insee_code = '{wrong}'
            AND NOT EXISTS (SELECT 1 FROM municipality AS city WHERE city.insee_code = '{right}')""",
        f"""UPDATE municipality_contact SET municipality = '{right}' WHERE municipality = '{wrong}'
            AND NOT EXISTS (SELECT 1 FROM municipality_contact AS city
                WHERE city.service = municipality_contact.service AND city.municipality = '{right}')""",
        f"UPDATE school SET municipality = '{right}' WHERE municipality = '{wrong}'",
    )
]
DROPPED = [
    *(f"ALTER TABLE school DROP COLUMN {column}" for column in SCHOOL_MOVED),
    *(f"ALTER TABLE municipality DROP COLUMN {column}" for column in (*MUNICIPALITY_MOVED, "version")),
]


def for_sqlite(table: str) -> str:
    """The same table, each length as a check, which SQLite would ignore."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", table)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def move() -> None:
        engine = engine_finder()
        postgres = engine.engine_type == "postgres"
        uuid = UUID_POSTGRES if postgres else UUID_SQLITE
        for statement in (*(TABLES if postgres else map(for_sqlite, TABLES)), *INDEXES):
            await engine.run_ddl(statement)
        for statement in (SCHOOLS, MAILBOXES, MUNICIPALITIES):
            await engine.run_ddl(statement.replace("{uuid}", uuid))
        for statement in (*DROPPED, *CITIES):
            await engine.run_ddl(statement)

    manager.add_raw(move)
    return manager
