"""Files sent before a migration that lets others be sent keep their kind, and their bytes."""

from __future__ import annotations

import pytest
from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.migrations.test_item_truth import SERVICE, empty, insert, rows_of_before

from materiel.store.engine import migrate
from materiel.store.engine.database import fetch, is_postgres
from materiel.store.engine.ids import new_id
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.imports import import_file as import_files
from materiel.store.places import municipality as municipalities
from materiel.store.tables import ImportContentRow

__all__ = ["empty"]
ID = "2026-11-29T00:01:50:000000"
IMPORT_LOANS = "2026-11-29T00:50:00:000000"
IMPORT_NEEDS = "2026-11-30T11:10:00:000000"
IMPORT_CONTENTS = "2026-11-30T00:10:00:000000"
KINDS = ("items", "municipalities", "pupils", "schools")
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


@pytest.mark.parametrize("before", [IMPORT_LOANS, IMPORT_NEEDS])
async def test_files_keep_their_kind_when_others_may_be_sent(empty, capsys, before):
    every = await migrate.check()
    assert before in every
    for until in (FIRST_ROWS, before):
        assert (await run_forwards("materiel", migration_id=[each for each in every if each < until][-1])).success
        if until == FIRST_ROWS:
            await rows_of_before()
    capsys.readouterr()
    for kind in KINDS:
        await insert("import_file", id=new_id(), service=SERVICE, kind=kind)
    await migrate.upgrade()
    assert sorted(row["kind"] for row in await fetch("SELECT kind FROM import_file")) == sorted(KINDS)
    await fetch("UPDATE import_file SET kind = 'inventory' WHERE kind = 'items'")
    await fetch("UPDATE import_file SET kind = 'needs' WHERE kind = 'schools'")
    with pytest.raises(Exception, match=r"(?i)check constraint"):
        await fetch("UPDATE import_file SET kind = 'elsewhere'")
    loans = await fetch("SELECT id FROM loan")
    assert loans
    for table, column in (("loan_item", "loan"), ("loan_school", "loan")):
        await fetch(f"DELETE FROM {table} WHERE {column} = '{loans[0]['id']}'")
    with pytest.raises(Exception, match="loan_kept"):
        await fetch(f"DELETE FROM loan WHERE id = '{loans[0]['id']}'")


async def test_the_bytes_of_a_file_that_was_sent_are_read_where_they_are_and_forgotten(empty, capsys):
    every = await migrate.check()
    assert IMPORT_CONTENTS in every
    for until in (FIRST_ROWS, IMPORT_CONTENTS):
        assert (await run_forwards("materiel", migration_id=[each for each in every if each < until][-1])).success
        if until == FIRST_ROWS:
            await rows_of_before()
    capsys.readouterr()
    former, sent = new_id(), new_id()
    await insert("import_file", id=former, service=SERVICE, kind="items", expires_at="2026-11-30 10:00:00+00:00")
    written = "'\\x616263'::bytea" if is_postgres() else "X'616263'"
    await fetch(f"UPDATE import_file SET content = {written}")
    await migrate.upgrade()
    await insert("import_file", id=sent, service=SERVICE, kind="items", expires_at="2026-11-30 10:00:00+00:00")
    await insert_rows(ImportContentRow, {"id": new_id(), "import_file": sent, "content": b"def"})
    assert [await import_files.content(each) for each in (former, sent)] == [b"abc", b"def"]
    await import_files.forget(former)
    await import_files.forget(sent)
    assert await fetch("SELECT id FROM import_content") == []
    assert await fetch("SELECT id FROM import_file") == []
