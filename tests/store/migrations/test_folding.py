"""Rows written before the one folding take it: found by it, without the characters that nobody sees."""

from __future__ import annotations

import pytest
from piccolo.apps.migrations.commands.forwards import run_forwards

from materiel.store.engine import database as engines
from materiel.store.engine import migrate
from materiel.store.engine.database import fetch, is_postgres
from materiel.store.engine.ids import new_id

FORMER = "2026-11-26T13:00:00:000000"
SERVICE, SCHOOL, ITEM, PUPIL = (new_id() for _ in range(4))


@pytest.fixture
async def former(new_database, capsys):
    """A base as the release before left it."""
    engine = engines.bind(engines.build_engine(await new_database(), synchronous="OFF"))
    await engines.start(engine)
    done = [each for each in await migrate.check() if each < "2026-11-28"]
    assert (await run_forwards("materiel", migration_id=done[-1])).success
    capsys.readouterr()
    yield engine
    await engines.stop(engine)


async def _insert(table: str, **values: object) -> None:
    """A raw row: every other column that must hold something gets an empty text, zero or a plausible word."""
    if is_postgres():
        columns = await fetch(
            "SELECT column_name AS name, data_type AS kind, is_nullable AS empty, column_default AS ready"
            f" FROM information_schema.columns WHERE table_name = '{table}'"
        )
        wanted = {row["name"]: row["kind"].upper() for row in columns if row["empty"] == "NO" and row["ready"] is None}
    else:
        columns = await fetch(f"PRAGMA table_info({table})")
        wanted = {row["name"]: row["type"].upper() for row in columns if row["notnull"] and row["dflt_value"] is None}
    filled: dict[str, object] = {}
    for name, kind in wanted.items():
        if kind.startswith(("BOOLEAN", "INTEGER")):
            filled[name] = "FALSE" if kind.startswith("BOOLEAN") else 1
        elif kind.startswith("TIMESTAMP"):
            filled[name] = "'2026-09-10T08:30:00+00:00'"
        elif kind.startswith("DATE"):
            filled[name] = "'2015-04-02'"
        else:
            filled[name] = "''"
    filled |= {name: f"'{value}'" for name, value in values.items()}
    await fetch(f"INSERT INTO {table} ({', '.join(filled)}) VALUES ({', '.join(map(str, filled.values()))})")


async def test_stored_rows_take_the_folding_of_names(former):
    service = {"code": "X", "name": "DSDEN\u200b 35", "kind": "dsden", "renewal_policy": "yearly", "address": "{}"}
    await _insert("managing_service", id=SERVICE, **service)
    await _insert("municipality", insee_code="35016", name="Le Rheu", authority_kind="commune")
    await _insert(
        *("school",), id=SCHOOL, uai="0351234A", name="École Saint-Exupéry", computed_kind="public_primary",
        sector="public", municipality="35016", address="{}", search="  vieux  ",
    )  # fmt: skip
    await _insert(
        "item", id=ITEM, service=SERVICE, inventory_number="2026-0001", designation="Ordi\u00adnateur",
        brand="Œillet", ownership="state", status="in_stock", public_code="A",
        accessories='["Sa\u200bc"]', search="  vieux  ",
    )  # fmt: skip
    await _insert(
        "pupil", id=PUPIL, service=SERVICE, school=SCHOOL, last_name="Yıl\ufeffdız", first_name="Ayşe",
        protection="none", search="  yıldız  ayse  ",
    )  # fmt: skip
    await migrate.upgrade()
    pupil = (await fetch("SELECT last_name, search FROM pupil"))[0]
    assert (pupil["last_name"], pupil["search"]) == ("Yıldız", "  yildiz  ayse  ")
    item = (await fetch("SELECT designation, accessories, search FROM item"))[0]
    assert (item["designation"], item["accessories"]) == ("Ordinateur", '["Sac"]')
    assert "  oeillet  " in item["search"]
    assert "  20260001  " in item["search"]
    school = (await fetch("SELECT search FROM school"))[0]["search"]
    assert "  lerheu  " in school
    assert "  exupery  " in school
    assert (await fetch("SELECT name FROM managing_service"))[0]["name"] == "DSDEN 35"
    if not is_postgres():
        found = await fetch("SELECT rowid FROM item_trigram WHERE item_trigram MATCH '\"oeillet\"'")
        assert len(found) == 1
