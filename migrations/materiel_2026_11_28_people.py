"""Whose each signature box is, by an id kept for life; the pupil's own address; by which link something was declared.

Until now a box was found by the name printed in it. The rule of then is applied here a last time; a box whose person it
does not find stays without a signer, and can be signed on paper only. What is printed does not change.

The previous release runs on this schema: the columns may be null or have a default.
"""

import re
import unicodedata
from collections import defaultdict

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-28T00:00:10:000000"
VERSION = "1.38.0"
DESCRIPTION = "people"

COLUMNS = [
    "ALTER TABLE signature ADD COLUMN signer VARCHAR(16)"
    " CHECK (signer IN ('representative', 'pupil', 'official', 'office', 'bearer'))",
    "ALTER TABLE signature ADD COLUMN signer_id UUID",
    "ALTER TABLE pupil ADD COLUMN email VARCHAR(254) NOT NULL DEFAULT ''",
    "ALTER TABLE pupil ADD COLUMN phone VARCHAR(40) NOT NULL DEFAULT ''",
    "ALTER TABLE incident ADD COLUMN declared_link UUID",
    "ALTER TABLE presence ADD COLUMN confirmed_link UUID",
    "ALTER TABLE signature_evidence ADD COLUMN shared_mailbox BOOLEAN NOT NULL DEFAULT FALSE",
]
OFFICES = {
    "managing_service": ("Le recteur ", "L'inspecteur d'académie "),
    "municipality": ("Le maire ", "Le président ", "Le chef d'établissement"),
    "head_of_school": ("Le maire ", "Le président ", "Le chef d'établissement"),
}
SIGNERS = {"managing_service": "service", "municipality": "CAST(NULL AS UUID)", "head_of_school": "school"}
"""The column of `document` that says who they are."""

INDEXES = [
    "DROP INDEX ix_incident_declared_by",
    "CREATE INDEX ix_incident_declared_link ON incident (declared_link, id)",
]
BEARER = "La personne qui rapporte le matériel"
PUPIL = "élève"
LABELS = {
    "mother": "mère",
    "father": "père",
    "parent": "parent",
    "guardian": "tuteur ou tutrice",
    "institution": "service de l'aide sociale à l'enfance",
    "delegate": "tiers délégataire de l'autorité parentale",
    "curator": "curateur ou curatrice",
    "protection": "mandataire judiciaire à la protection des majeurs",
    "other": "personne responsable",
}
SEPARATORS = re.compile(r"[^a-z0-9]+")
LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})


def bounded(text: str) -> str:
    """The same with each length as a check, which SQLite does not draw from the type."""
    return re.sub(r"\b(\w+) VARCHAR\((\d+)\)", r"\1 VARCHAR(\2) CHECK (length(\1) <= \2)", text)


def words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name.casefold().translate(LIGATURES))
    letters = "".join(each for each in plain if not unicodedata.combining(each))
    return [word for word in SEPARATORS.split(letters) if word]


def same_name(one: str, other: str) -> bool:
    left, right = words(one), words(other)
    if not left or not right:
        return False
    turns = {"".join(left[start:] + left[:start]) for start in range(len(left))}
    return sorted(left) == sorted(right) or "".join(right) in turns


def full_name(row: dict) -> str:
    return f"{row['first_name']} {row['last_name']}".strip()


def signer_of(box: dict, pupil: dict, people: list[dict]) -> tuple[str, object] | None:
    """Whose a borrower's box is, by the rule of then."""
    if box["name"] == BEARER:
        return "bearer", None
    if box["capacity"].startswith(PUPIL):
        return ("pupil", pupil["id"]) if same_name(box["name"], full_name(pupil)) else None
    named = [person for person in people if same_name(full_name(person), box["name"])]
    if len(named) > 1:
        named = [person for person in named if box["capacity"].startswith(LABELS[person["capacity"]])]
    return ("representative", named[0]["id"]) if named else None


class Change:
    """The statements, for one engine or the other."""

    def __init__(self, engine) -> None:
        self.engine = engine
        self.postgres = engine.engine_type == "postgres"

    async def ask(self, text: str, *values) -> list[dict]:
        for number in range(1, len(values) + 1):
            text = text.replace("{}", f"${number}" if self.postgres else "?", 1)
        return list(await self.engine.fetch(text, values))

    async def run(self) -> None:
        for statement in COLUMNS:
            await self.engine.run_ddl(statement if self.postgres else bounded(statement))
        body = (
            "EXECUTE FUNCTION refuse_change()"
            if self.postgres
            else "BEGIN SELECT RAISE(ABORT, 'signature_frozen'); END"
        )
        await self.engine.run_ddl(f"DROP TRIGGER signature_frozen{' ON signature' if self.postgres else ''}")
        await self.sign_for_institutions()
        await self.sign_for_families()
        await self.engine.run_ddl(
            "CREATE TRIGGER signature_frozen BEFORE UPDATE ON signature FOR EACH ROW"
            f" WHEN (OLD.status = 'signed') {body}"
        )
        await self.address_pupils()
        await self.find_links("incident", "declared_by", "declared_link")
        await self.find_links("presence", "confirmed_by", "confirmed_link")
        for statement in INDEXES:
            await self.engine.run_ddl(statement)

    async def sign_for_institutions(self) -> None:
        for party, offices in OFFICES.items():
            is_office = " OR ".join("substr(name, 1, {}) = '{}'".format(len(o), o.replace("'", "''")) for o in offices)
            await self.ask(
                f"UPDATE signature SET signer = CASE WHEN {is_office} THEN 'office' ELSE 'official' END, signer_id ="
                f" (SELECT {SIGNERS[party]} FROM document WHERE document.id = signature.document)"
                f" WHERE party = '{party}'"
            )

    async def sign_for_families(self) -> None:
        pupils = {row["id"]: row for row in await self.ask("SELECT id, first_name, last_name FROM pupil")}
        people: dict = defaultdict(list)
        for row in await self.ask(
            "SELECT id, pupil, first_name, last_name, capacity, email FROM representative ORDER BY pupil, position"
        ):
            people[row["pupil"]].append(row)
        boxes = await self.ask(
            "SELECT signature.id, signature.name, signature.capacity, loan.pupil FROM signature"
            " JOIN document ON document.id = signature.document JOIN loan ON loan.id = document.loan"
            " WHERE signature.party = 'borrower' AND loan.pupil IS NOT NULL"
        )
        for box in boxes:
            found = signer_of(box, pupils[box["pupil"]], people[box["pupil"]])
            if found is not None:
                await self.ask("UPDATE signature SET signer = {}, signer_id = {} WHERE id = {}", *found, box["id"])
        for link in await self.ask(
            "SELECT id, pupil, representative, name, email FROM access_link"
            " WHERE pupil IS NOT NULL AND representative IS NOT NULL"
        ):
            family = people[link["pupil"]]
            if any(person["id"] == link["representative"] for person in family):
                continue
            for person in family:
                if same_name(full_name(person), link["name"]) and person["email"].lower() == link["email"].lower():
                    await self.ask("UPDATE access_link SET representative = {} WHERE id = {}", person["id"], link["id"])
                    break

    async def address_pupils(self) -> None:
        """The address of an adult pupil was that of the last link sent to him."""
        for link in await self.ask(
            "SELECT pupil, email FROM access_link WHERE pupil IS NOT NULL AND representative IS NULL ORDER BY id"
        ):
            await self.ask("UPDATE pupil SET email = {} WHERE id = {}", link["email"], link["pupil"])

    async def find_links(self, table: str, by: str, link: str) -> None:
        links = {f"link:{row['id']}": row["id"] for row in await self.ask("SELECT id FROM access_link")}
        for row in await self.ask(f"SELECT DISTINCT {by} AS declarer FROM {table}"):
            if row["declarer"] in links:
                await self.ask(
                    f"UPDATE {table} SET {link} = {{}} WHERE {by} = {{}}", links[row["declarer"]], row["declarer"]
                )


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="materiel", description=DESCRIPTION)

    async def change() -> None:
        await Change(engine_finder()).run()

    manager.add_raw(change)
    return manager
