"""Items registered before the families: what their words tell, and « other » where they leave a doubt."""

import pytest
from piccolo.apps.migrations.commands.forwards import run_forwards

from materiel.domain.item.family import ItemFamily
from materiel.store.engine import database as engines
from materiel.store.engine import migrate
from materiel.store.engine.database import fetch
from materiel.store.engine.ids import new_id

BEFORE = "2026-11-26T11:00:00:000000"
REGISTERED = [
    ("Ordinateur portable", "Informatique", ItemFamily.COMPUTER),
    ("Plage braille 32 cellules", "Déficience visuelle", ItemFamily.COMPUTER_ACCESSORY),
    ("Antidote", "Logiciel", ItemFamily.SOFTWARE),
    ("Livre d’images en relief", "", ItemFamily.BOOK_OR_DOCUMENT),
    ("Portable 15 pouces", "", ItemFamily.COMPUTER),
    ("iPad", "", ItemFamily.TABLET),
    ("Boucle magnétique portable", "Déficience auditive", ItemFamily.OTHER),
    ("Focus 40 Blue", "Déficience visuelle", ItemFamily.OTHER),
]
MANY = 1_200
"""More than the migration reads at a time."""


@pytest.fixture
async def before(new_database):
    engine = engines.bind(engines.build_engine(await new_database(), synchronous="OFF"))
    await engines.start(engine)
    assert (await run_forwards("materiel", migration_id=BEFORE)).success
    yield engine
    await engines.stop(engine)


async def test_items_on_file_get_the_family_that_their_words_tell(before, capsys):
    service = new_id()
    await fetch(
        "INSERT INTO managing_service (id, code, name, kind, academie, departement, address, phone, email,"
        " opening_hours, signatory_name, signatory_title, delegation, dpo_contact, renewal_policy, ask_both_parents,"
        " inventory_pattern, version) VALUES"
        f" ('{service}', 'DSDEN35', 'DSDEN', 'dsden', '14', '035', '{{}}', '', '', '', '', '', '', '', 'yearly', FALSE,"
        " '', 1)"
    )
    lines = REGISTERED + [("Ordinateur", "", ItemFamily.COMPUTER)] * MANY
    for rank in range(0, len(lines), 400):
        values = ", ".join(
            f"('{new_id()}', '{service}', 'N{rank + n}', '{designation}', '{category}', '', '', '', '[]',"
            f" 'state', '', '', 'in_stock', 'C{rank + n}', '', '2026-11-20T08:00:00+00:00', 1)"
            for n, (designation, category, _) in enumerate(lines[rank : rank + 400])
        )
        columns = (
            "id, service, inventory_number, designation, category, brand, model, serial_number, accessories,"
            " ownership, lessor, funding_service, status, public_code, search, created_at, version"
        )
        await fetch(f"INSERT INTO item ({columns}) VALUES {values}")
    capsys.readouterr()

    await migrate.upgrade()

    rows = await fetch("SELECT inventory_number, family FROM item")
    found = {row["inventory_number"]: row["family"] for row in rows}
    assert [found[f"N{n}"] for n in range(len(lines))] == [family.value for _, _, family in lines]
