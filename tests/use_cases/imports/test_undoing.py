"""An import undone: the base as before, nothing that somebody uses taken away, and taken up after a kill."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from tests.stage.cut_short import cut, is_cut_short
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast
from tests.use_cases.import_cast import everything, imported, run, undone

from materiel.domain.imports.import_file import UNDO_KEPT, Dependence, ImportFile, ImportKind, ImportState, RecordKind
from materiel.domain.work.housekeeping import Remnant
from materiel.domain.work.job import JobState
from materiel.errors import Conflict, NotFound, PermissionDenied
from materiel.exchange.tabular import TableFormat
from materiel.store.engine.database import fetch
from materiel.store.imports import import_change as import_changes
from materiel.store.item import item as items
from materiel.store.work import job as jobs
from materiel.use_cases.imports.import_file import (
    confirm_import,
    examine_file,
    forget_import,
    get_import,
    reported_by,
)
from materiel.use_cases.imports.prepared import LINES_AT_ONCE
from materiel.use_cases.imports.rejected import rejected_of
from materiel.use_cases.imports.undoing import look_at_undo, undo_import
from materiel.use_cases.item.item import RegisterItem, UpdateItem, find_item, register_item, update_item
from materiel.use_cases.item.label import PrintLabels, make_labels
from materiel.use_cases.people.pupil import list_pupils
from materiel.use_cases.retention.housekeeping import forget
from materiel.use_cases.work.job import LEASE

HEADER = "Numéro d'inventaire;Désignation;Marque;Prix\n"
PUPILS = (
    "Nom;Prénom;Né le;UAI;Adresse;CP;Ville;Responsable 1 nom;Responsable 1 prénom\n"
    "Morvan;Zoé;04/03/2015;0350122T;3 rue des Lilas;35580;Baulon;Morvan;Anne\n"
    "Morvan;Yann;05/03/2016;0350122T;3 rue des Lilas;35580;Baulon;Morvan;Anne\n"
).encode()


@pytest.fixture(autouse=True)
async def known_world(db: object) -> None:
    await cast.set_up()


def table(*rows: str) -> bytes:
    return (HEADER + "".join(f"{row}\n" for row in rows)).encode()


async def known_item(number: str = "KNOWN-1"):
    command = RegisterItem(inventory_number=number, designation="Tablette", brand="Avant")
    return await register_item(command, actor=cast.MANAGER, now=cast.NOW)


async def state_of(file: ImportFile) -> ImportState:
    return (await get_import(file.id, actor=cast.MANAGER, now=cast.NOW)).state


@pytest.mark.parametrize(
    ("kind", "data", "figures"),
    [
        (ImportKind.ITEMS, table("NEW-1;Loupe;;12,50", "KNOWN-1;Tablette;Après;99", "NEW-2;Souris;x;"), (2, 1)),
        (ImportKind.PUPILS, PUPILS, (2, 0)),
    ],
    ids=["items", "pupils"],
)
async def test_an_undone_import_leaves_the_base_as_it_was(
    kind: ImportKind, data: bytes, figures: tuple[int, int]
) -> None:
    await known_item()
    before = await everything()
    file = await imported(data, kind)
    assert await everything() != before
    assert await state_of(file) is ImportState.IMPORTED
    look = await look_at_undo(file.id, actor=cast.MANAGER, now=cast.NOW)
    assert (look.figures.made, look.figures.corrected, look.is_offered) == (*figures, True)
    assert look.until == cast.NOW + UNDO_KEPT
    entries = len(await fetch("SELECT id FROM journal"))
    job = await undone(file)
    assert job.state is JobState.DONE, job.result
    told = msgspec.json.decode(job.result or "")
    assert (told["removed"], told["restored"], told["left"]) == (*figures, 0)
    assert await everything() == before
    assert await state_of(file) is ImportState.UNDONE
    added = (await fetch("SELECT action FROM journal ORDER BY sequence"))[entries:]
    assert [each["action"] for each in added] == ["import.undone"]
    # Its numbers are free again, and it is done once.
    assert (await get_import(file.id, actor=cast.MANAGER, now=cast.NOW)).report is not None
    assert await undo_import(file.id, actor=cast.MANAGER, now=cast.NOW) == job.id
    again = await imported(data + b"\n", kind)
    report = (await get_import(again.id, actor=cast.MANAGER, now=cast.NOW)).report
    assert report is not None
    assert (report.created, report.updated) == figures


@pytest.mark.parametrize(("kind", "data"), [(ImportKind.ITEMS, table("NEW-1;Loupe;;")), (ImportKind.PUPILS, PUPILS)])
async def test_the_same_file_twice_changes_nothing(kind: ImportKind, data: bytes) -> None:
    await imported(data, kind)
    before, entries = await everything(), await fetch("SELECT action FROM journal")
    file = await imported(data, kind)
    report = (await get_import(file.id, actor=cast.MANAGER, now=cast.NOW)).report
    assert report is not None
    assert (report.created, report.updated, report.unchanged, report.rejected) == (0, 0, report.read, [])
    assert await everything() == before
    added = (await fetch("SELECT action FROM journal ORDER BY sequence"))[len(entries) :]
    assert [each["action"] for each in added] == [f"{kind.value.removesuffix('s')}.imported"]
    with refused(Conflict, "import.nothing_to_undo"):
        await undo_import(file.id, actor=cast.MANAGER, now=cast.NOW)


async def lend(number: str = "NEW-1") -> None:
    item = await find_item(number, actor=cast.MANAGER)
    await cast.a_draft(items=(item.id,))


async def change(number: str) -> None:
    item = await find_item(number, actor=cast.MANAGER)
    command = UpdateItem(item_id=item.id, version=item.version, changes={"brand": "Autre"})
    await update_item(command, actor=cast.MANAGER, now=cast.NOW)


async def label() -> None:
    item = await find_item("NEW-1", actor=cast.MANAGER)
    await make_labels(
        PrintLabels(item_ids=[item.id], sheet="a4_3x8"), actor=cast.MANAGER, now=cast.NOW, base_url="https://x.fr"
    )


@pytest.mark.parametrize(
    ("act", "why", "count"),
    [
        (lend, Dependence.LOAN, 1),
        (lambda: change("NEW-1"), Dependence.CHANGED, 1),
        (lambda: change("KNOWN-1"), Dependence.CHANGED, 1),
        (label, Dependence.LABEL, 1),
    ],
    ids=["lent", "made then changed", "corrected then changed", "labelled"],
)
async def test_what_is_used_keeps_the_whole_import(
    act: Callable[[], Awaitable[None]], why: Dependence, count: int
) -> None:
    await known_item()
    file = await imported(table("NEW-1;Loupe;;", "NEW-2;Loupe;;", "KNOWN-1;Tablette;Après;"))
    await act()
    before = await everything()
    with refused(Conflict, "import.in_use") as caught:
        await undo_import(file.id, actor=cast.MANAGER, now=cast.NOW)
    told = {each["why"]: each["count"] for each in caught.value.facts["in_use"]}
    assert told[why.value] == count
    assert await everything() == before
    assert not await run()
    look = await look_at_undo(file.id, actor=cast.MANAGER, now=cast.NOW)
    assert why in [each.why for each in look.held_back]
    assert not look.is_offered


async def test_a_pupil_in_a_loan_keeps_the_whole_import() -> None:
    file = await imported(PUPILS, ImportKind.PUPILS)
    zoe = (await list_pupils(actor=cast.MANAGER, q="morvan zoe"))[0]
    await cast.a_draft(pupil=zoe.id)
    with refused(Conflict, "import.in_use") as caught:
        await undo_import(file.id, actor=cast.MANAGER, now=cast.NOW)
    assert "Morvan" not in caught.value.message
    assert [each["ids"] for each in caught.value.facts["in_use"]] == [[str(zoe.id)]]


async def test_what_is_used_between_the_asking_and_the_job_refuses_the_whole() -> None:
    file = await imported(table("NEW-1;Loupe;;", "NEW-2;Loupe;;"))
    job_id = await undo_import(file.id, actor=cast.MANAGER, now=cast.NOW)
    await change("NEW-1")
    before = await everything()
    assert await run()
    job = await jobs.get(job_id, cast.SERVICE)
    assert job.state is JobState.FAILED
    assert "import.in_use" in (job.result or "")
    assert await everything() == before
    assert await state_of(file) is ImportState.IMPORTED


async def test_what_is_used_while_it_runs_is_left_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    file = await imported(table(*(f"NEW-{n};Loupe;;" for n in range(2 * LINES_AT_ONCE))))
    last, taken = f"NEW-{2 * LINES_AT_ONCE - 1}", []
    written = import_changes.written

    async def meddle(*args: Any, **asked: Any) -> Any:
        if len(taken) == 1:
            await change(last)
        taken.append(1)
        return await written(*args, **asked)

    monkeypatch.setattr(import_changes, "written", meddle)
    job = await undone(file)
    told = msgspec.json.decode(job.result or "")
    assert (told["removed"], told["left"]) == (2 * LINES_AT_ONCE - 1, 1)
    assert (await find_item(last, actor=cast.MANAGER)).brand == "Autre"
    look = await look_at_undo(file.id, actor=cast.MANAGER, now=cast.NOW)
    assert look.figures.left == 1


MANY_ITEMS = table(*(f"NEW-{n};Loupe;;" for n in range(3 * LINES_AT_ONCE)))
MANY_PUPILS = "Nom;Prénom;Né le;UAI;Adresse;CP;Ville\n".encode() + b"".join(
    f"Nom{n};Zoé;04/03/2015;0350122T;3 rue;35580;Baulon\n".encode() for n in range(3 * LINES_AT_ONCE)
)


@pytest.mark.parametrize(
    ("kind", "data"), [(ImportKind.ITEMS, MANY_ITEMS), (ImportKind.PUPILS, MANY_PUPILS)], ids=["items", "pupils"]
)
async def test_an_undoing_cut_short_is_taken_up(kind: ImportKind, data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    before = await everything()
    file = await imported(data, kind)
    job_id = await undo_import(file.id, actor=cast.MANAGER, now=cast.NOW)
    written, batches = import_changes.written, []

    async def die(*args: Any, **asked: Any) -> Any:
        # The first is of loans, of which there is none.
        if len(batches) == 3:
            # As a kill does: nothing more of this worker reaches the database.
            await cut()
        batches.append(1)
        return await written(*args, **asked)

    monkeypatch.setattr(import_changes, "written", die)
    await is_cut_short(run(worker="dead"))
    monkeypatch.setattr(import_changes, "written", written)
    figures = await import_changes.figures(file.id)
    assert (figures.removed, figures.made) == (2 * LINES_AT_ONCE, LINES_AT_ONCE)
    assert await run(cast.NOW + LEASE + timedelta(seconds=1), "w2")
    job = await jobs.get(job_id, cast.SERVICE)
    assert (job.state, job.done, job.total) == (JobState.DONE, 3 * LINES_AT_ONCE, 3 * LINES_AT_ONCE)
    assert msgspec.json.decode(job.result or "")["removed"] == 3 * LINES_AT_ONCE
    assert await everything() == before


async def test_a_batch_that_fails_takes_nothing_back(monkeypatch: pytest.MonkeyPatch) -> None:
    file = await imported(table("NEW-1;Loupe;;", "NEW-2;Loupe;;"))
    before = await everything()

    async def fail(line_ids: Sequence[UUID], state: str) -> None:
        raise RuntimeError("the disk is full")

    mark = import_changes.mark
    monkeypatch.setattr(import_changes, "mark", fail)
    job = await undone(file)
    assert job.state is JobState.QUEUED
    assert await everything() == before
    monkeypatch.setattr(import_changes, "mark", mark)
    assert await run(cast.NOW + timedelta(minutes=1))
    assert await state_of(file) is ImportState.UNDONE


async def test_imports_are_undone_one_after_the_other_the_last_first() -> None:
    await known_item()
    before = await everything()
    first = await imported(table("KNOWN-1;Tablette;Un;", "NEW-1;Loupe;Un;"))
    between = await everything()
    second = await imported(table("KNOWN-1;Tablette;Deux;", "NEW-1;Loupe;Deux;"))
    with refused(Conflict, "import.in_use"):
        await undo_import(first.id, actor=cast.MANAGER, now=cast.NOW)
    await undone(second)
    assert await everything() == between
    await undone(first)
    assert await everything() == before


async def test_an_import_cut_short_tells_and_undoes_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(2):
        await known_item(f"KNOWN-{n}")
    before = await everything()
    rows = [f"KNOWN-0;Tablette;Après;{''}", *(f"NEW-{n};Loupe;;" for n in range(LINES_AT_ONCE)), "KNOWN-1;Dalle;;"]
    file = await examine_file(ImportKind.ITEMS, "parc.csv", table(*rows), actor=cast.MANAGER, now=cast.NOW)
    await confirm_import(file.id, actor=cast.MANAGER, now=cast.NOW)
    insert_many, batches = items.insert_many, []

    async def die(*args: Any) -> None:
        if batches:
            await cut()
        batches.append(await insert_many(*args))

    monkeypatch.setattr(items, "insert_many", die)
    await is_cut_short(run(worker="dead"))
    monkeypatch.setattr(items, "insert_many", insert_many)
    assert await run(cast.NOW + LEASE + timedelta(seconds=1), "w2")
    report = (await get_import(file.id, actor=cast.MANAGER, now=cast.NOW)).report
    assert report is not None
    assert [(each.line, each.field, each.old, each.new) for each in report.changes] == [
        (2, "Marque", "Avant", "Après"),
        (len(rows) + 1, "Désignation", "Tablette", "Dalle"),
    ]
    assert (report.updated, report.changed_cells) == (2, 2)
    await undone(file)
    assert await everything() == before


async def test_it_is_offered_for_a_month_and_the_file_itself_kept_a_day() -> None:
    file = await imported(table("NEW-1;Loupe;;", ";Sans numéro;;"))
    late = cast.NOW + timedelta(days=2)
    found = await get_import(file.id, actor=cast.MANAGER, now=late)
    assert found.report is not None
    with refused(NotFound, "import.expired"):
        await rejected_of(file.id, TableFormat.CSV, actor=cast.MANAGER, now=late)
    assert (await forget(now=late)).counts[Remnant.IMPORT] == 0
    assert await fetch("SELECT content FROM import_content") == []
    end = cast.NOW + UNDO_KEPT
    assert (await look_at_undo(file.id, actor=cast.MANAGER, now=end - timedelta(seconds=1))).is_offered
    with refused(NotFound, "import.expired"):
        await undo_import(file.id, actor=cast.MANAGER, now=end)
    assert (await forget(now=end)).counts[Remnant.IMPORT] == 1
    assert await fetch("SELECT id FROM import_change") == []


async def test_a_forgotten_import_is_undone_no_more_and_its_traces_go() -> None:
    file = await imported(table("NEW-1;Loupe;;"))
    await forget_import(file.id, actor=cast.MANAGER, now=cast.NOW)
    with refused(NotFound, "import.expired"):
        await undo_import(file.id, actor=cast.MANAGER, now=cast.NOW)
    assert (await forget(now=cast.NOW)).counts[Remnant.IMPORT] == 1
    assert await fetch("SELECT id FROM import_change") == []


async def test_an_item_that_no_import_made_is_kept_for_ever() -> None:
    await known_item()
    file = await imported(table("KNOWN-1;Tablette;Après;"))
    with pytest.raises(Exception, match="item_kept"):
        await fetch("DELETE FROM item WHERE inventory_number = 'KNOWN-1'")
    await undone(file)
    with pytest.raises(Exception, match="item_kept"):
        await fetch("DELETE FROM item WHERE inventory_number = 'KNOWN-1'")


async def test_an_import_is_undone_by_who_may_and_in_its_service() -> None:
    file = await imported(table("NEW-1;Loupe;;"))
    for act in (undo_import, look_at_undo):
        with pytest.raises(PermissionDenied):
            await act(file.id, actor=cast.READER, now=cast.NOW)
        with refused(NotFound, "import.expired"):
            await act(file.id, actor=cast.STRANGER, now=cast.NOW)
    job = await undone(file)
    assert await reported_by(job, actor=cast.MANAGER, now=cast.NOW) == file.id
    with refused(NotFound, "item.not_found"):
        await find_item("NEW-1", actor=cast.MANAGER)


async def test_an_import_under_way_is_not_undone() -> None:
    file = await examine_file(ImportKind.ITEMS, "parc.csv", table("NEW-1;Loupe;;"), actor=cast.MANAGER, now=cast.NOW)
    await confirm_import(file.id, actor=cast.MANAGER, now=cast.NOW)
    with refused(Conflict, "import.under_way"):
        await undo_import(file.id, actor=cast.MANAGER, now=cast.NOW)


def test_every_table_that_refers_to_a_record_has_its_word() -> None:
    referring = {
        source
        for kind in RecordKind
        for source, _ in import_changes.referring_to(kind.value)
        if source not in import_changes.OF_RECORD[kind]
    }
    assert referring == set(import_changes.WHY)


async def test_changes_are_told_with_their_former_value() -> None:
    item = await known_item()
    await items.save(replace(item, purchase_price_cents=42_900))
    file = await examine_file(
        ImportKind.ITEMS, "p.csv", table("KNOWN-1;Tablette;Avant;412,50"), actor=cast.MANAGER, now=cast.NOW
    )
    report = (await get_import(file.id, actor=cast.MANAGER, now=cast.NOW)).report
    assert report is not None
    (only,) = report.changes
    assert (only.line, only.key, only.field) == (2, "KNOWN-1", "Prix d'achat")
    assert (only.old, only.new) == ("429,00\u00a0€", "412,50\u00a0€")
