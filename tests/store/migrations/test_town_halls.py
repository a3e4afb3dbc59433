"""Contacts typed before the migration `town_halls` come from nobody's file; files sent before it keep their kind."""

from __future__ import annotations

import pytest
from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.migrations.test_item_truth import SERVICE, empty, insert, rows_of_before

from materiel.store.engine import migrate
from materiel.store.engine.database import fetch
from materiel.store.engine.ids import new_id
from materiel.store.places import municipality as municipalities

__all__ = ["empty"]
ID = "2026-11-29T00:01:50:000000"
FIRST_ROWS = "2026-11-28T00:00:50:000000"


async def test_what_was_typed_has_no_source_and_files_keep_their_kind(empty, capsys):
    every = await migrate.check()
    assert ID in every
    for until in (FIRST_ROWS, ID):
        assert (await run_forwards("materiel", migration_id=[each for each in every if each < until][-1])).success
        if until == FIRST_ROWS:
            await rows_of_before()
    capsys.readouterr()
    await fetch("UPDATE municipality_contact SET email = 'mairie@exemple.invalid'")
    for kind in ("schools", "items", "pupils"):
        await insert("import_file", id=new_id(), service=SERVICE, kind=kind)
    await migrate.upgrade()
    known = await municipalities.get("35016", SERVICE)
    assert (known.email, known.source, known.source_on, known.source_fields) == ("mairie@exemple.invalid", "", None, ())
    kinds = sorted(row["kind"] for row in await fetch("SELECT kind FROM import_file"))
    assert kinds == ["items", "pupils", "schools"]
    await fetch("UPDATE import_file SET kind = 'municipalities' WHERE kind = 'items'")
    with pytest.raises(Exception, match=r"(?i)check constraint"):
        await fetch("UPDATE import_file SET kind = 'elsewhere'")
