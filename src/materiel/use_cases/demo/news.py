"""What has just come in the demonstration and waits for a hand: the annuaire, a mailbox, a lease."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path

from materiel.domain.accounts.roles import Actor
from materiel.use_cases.demo import people
from materiel.use_cases.imports.schools import import_schools
from materiel.use_cases.item.item import UpdateItem, find_item, update_item
from materiel.use_cases.places.school import UpdateSchoolContact, get_school, update_school_contact

ANNUAIRE = Path(__file__).parents[2] / "demo_data" / "annuaire-education-35.csv"
OUT_OF_CONTRACT = {"Type_contrat_prive": "HORS CONTRAT", "Code_type_contrat_prive": "10"}
RENTED_AND_LENT = "DEMO-IMP-001"


def fictitious_annuaire(only: str = "", **changes: str) -> bytes:
    """The real schools, each with a mailbox that cannot exist: a demonstration writes to nobody.

    Args:
        only: the UAI of the one school to keep, with these columns changed; every school without it.
    """
    with ANNUAIRE.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=";")
    writer.writeheader()
    for row in rows:
        uai = row["Identifiant_de_l_etablissement"]
        if only in ("", uai):
            mailbox = f"ce.{uai.lower()}@ecole.exemple.invalid" if row["Mail"] else ""
            writer.writerow({**row, "Mail": mailbox, **changes})
    return text.getvalue().encode()


async def tell_news(*, actor: Actor, base_url: str, now: datetime) -> None:
    """A private school loses its contract, a college gives another mailbox, a rented item goes back too soon."""
    left = fictitious_annuaire(people.PRIVATE_ECOLE_RENNES, **OUT_OF_CONTRACT)
    await import_schools(left, actor=actor, now=now)
    school = await get_school(people.COLLEGE_SAINT_MALO, actor=actor)
    mailbox = UpdateSchoolContact(uai=school.uai, version=school.version, email="college.malouin@ecole.exemple.invalid")
    await update_school_contact(mailbox, actor=actor, now=now, base_url=base_url)
    item = await find_item(RENTED_AND_LENT, actor=actor)
    sooner = {"lease_ends_on": actor.civil_date(now) + timedelta(days=45)}
    await update_item(UpdateItem(item_id=item.id, version=item.version, changes=sooner), actor=actor, now=now)
