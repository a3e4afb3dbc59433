"""A file to import: examined, confirmed once, imported whole by a job that survives its worker, then forgotten."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import msgspec
import pytest
from tests.stage.cut_short import cut, is_cut_short
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

import materiel
from materiel.domain.imports.import_file import KEPT, LARGEST_FILE, ImportFile, ImportKind, ReadingOptions
from materiel.domain.item.item import Item
from materiel.domain.people.person_name import Identity
from materiel.domain.work.housekeeping import Remnant
from materiel.domain.work.job import Job, JobState
from materiel.errors import BadInput, Conflict, NotFound, PermissionDenied
from materiel.exchange.tabular import TableFormat
from materiel.store.engine.database import fetch
from materiel.store.imports import import_file as import_files
from materiel.store.item import item as items
from materiel.store.people import pupil as pupils
from materiel.store.places import school as schools
from materiel.store.work import job as jobs
from materiel.use_cases.imports import import_file as importing
from materiel.use_cases.imports import import_job
from materiel.use_cases.imports.import_file import (
    IMPORT,
    confirm_import,
    examine_file,
    examine_sheet,
    forget_import,
    get_import,
    model_of,
    reported_by,
)
from materiel.use_cases.imports.prepared import LINES_AT_ONCE
from materiel.use_cases.imports.rejected import rejected_of
from materiel.use_cases.item.item import RegisterItem, find_item, register_item
from materiel.use_cases.people.pupil import list_pupils
from materiel.use_cases.retention.housekeeping import forget
from materiel.use_cases.work.job import LEASE, JobOutcome, JobRun, run_next
from materiel.use_cases.worker import HANDLERS

ANNUAIRE = Path(materiel.__file__).parent / "demo_data" / "annuaire-education-35.csv"
ITEMS = "N° d'inventaire;Libellé;Teinte\nIMP-1;Afficheur braille;x\n;Sans numéro;\nIMP-2;Loupe;\n".encode()
PUPILS = (
    "Nom;Prénom;Né le;UAI;Adresse;CP;Ville\nMorvan;Zoé;04/03/2015;0350122T;3 rue des Lilas;35580;Baulon\n"
    "Morvan;Yann;demain;0350122T;3 rue;35580;Baulon\n"
).encode()
MANY_ITEMS = "N° d'inventaire;Libellé\n".encode() + b"".join(
    f"IMP-{n};Loupe\n".encode() for n in range(3 * LINES_AT_ONCE + 1)
)
MANY_PUPILS = "Nom;Prénom;Né le;UAI;Adresse;CP;Ville\n".encode() + b"".join(
    f"Nom{n};Zoé;04/03/2015;0350122T;3 rue;35580;Baulon\n".encode() for n in range(3 * LINES_AT_ONCE + 1)
)


@pytest.fixture(autouse=True)
async def known_world(db: object) -> None:
    await cast.set_up()


async def examined(data: bytes = ITEMS, kind: ImportKind = ImportKind.ITEMS) -> ImportFile:
    return await examine_file(kind, "parc.csv", data, actor=cast.MANAGER, now=cast.NOW)


async def confirmed(file: ImportFile, now: datetime = cast.NOW) -> UUID:
    return await confirm_import(file.id, actor=cast.MANAGER, now=now)


async def run(now: datetime = cast.NOW, worker: str = "w1") -> bool:
    return await run_next(worker, HANDLERS, clock=lambda: now)


async def job(job_id: UUID) -> Job:
    return await jobs.get(job_id, cast.SERVICE)


async def report_of(file: ImportFile):
    found = await get_import(file.id, actor=cast.MANAGER, now=cast.NOW)
    assert found.report is not None
    return found.report


async def test_a_small_file_is_examined_at_once_and_nothing_is_written() -> None:
    report = await report_of(await examined())
    assert (report.created, report.dry_run, report.ignored) == (2, True, ["Teinte"])
    assert [each.line for each in report.rejected] == [3]
    with refused(NotFound, "item.not_found"):
        await find_item("IMP-1", actor=cast.MANAGER)


async def test_a_large_file_is_examined_by_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "AT_ONCE", 10)
    file = await examined()
    assert file.examination is not None
    assert (await get_import(file.id, actor=cast.MANAGER, now=cast.NOW)).report is None
    with refused(Conflict, "import.not_examined"):
        await confirmed(file)
    with refused(Conflict, "import.not_examined"):
        await rejected_of(file.id, TableFormat.CSV, actor=cast.MANAGER, now=cast.NOW)
    assert await run()
    ended = await job(file.examination)
    assert (ended.state, ended.done, ended.total) == (JobState.DONE, 4, 4)
    assert (await report_of(file)).created == 2


async def test_a_large_file_that_is_no_table_is_refused_before_anybody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "AT_ONCE", 10)
    with refused(BadInput, "import.not_csv"):
        await examined(b"<html><body>Nom;Prix</body></html>")
    assert not await run()


async def test_a_large_file_of_unknown_titles_asks_for_them_before_anybody_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importing, "AT_ONCE", 10)
    file = await examined(b"Objet;Prix\nLoupe;3\n")
    assert not await run()
    report = await report_of(file)
    assert (report.missing, report.created) == (["Numéro d'inventaire", "Désignation"], 0)
    assert [(each.title, each.field) for each in report.columns] == [("Objet", ""), ("Prix", "purchase_price_cents")]
    with refused(Conflict, "import.not_examined"):
        await confirmed(file)
    said = ReadingOptions(chosen={"objet": "designation", "prix": "inventory_number"})
    with refused(BadInput, "import.unknown_field"):
        wrong = ReadingOptions(chosen={"objet": "search"})
        await importing.read_again(file.id, wrong, keep=True, actor=cast.MANAGER, now=cast.NOW)
    file = await importing.read_again(file.id, said, keep=True, actor=cast.MANAGER, now=cast.NOW)
    assert await run()
    assert (await report_of(file)).created == 1
    again = await examined(b"Prix;Objet\n3;Loupe\n")
    assert again.options.chosen == said.chosen
    assert await run()
    assert (await report_of(again)).created == 1


async def test_columns_that_were_kept_serve_what_a_job_reads_but_not_what_was_shown_before() -> None:
    data = "N° inventaire;Désignation;Lieu\nIMP-7;Loupe;Armoire 1\n".encode()
    shown = await examined(data)
    file = await examined(data)
    said = ReadingOptions(chosen={"n_inventaire": "inventory_number", "designation": "designation", "lieu": ""})
    await importing.read_again(file.id, said, keep=True, actor=cast.MANAGER, now=cast.NOW)

    for confirmed_unseen in (False, True):
        sent = await examine_file(
            ImportKind.ITEMS,
            "parc.csv",
            data,
            actor=cast.MANAGER,
            now=cast.NOW,
            by_job=True,
            confirmed=confirmed_unseen,
        )
        assert await run()
        assert [each.field for each in (await report_of(sent)).columns] == ["inventory_number", "designation", ""]
        kept = await import_files.get(sent.id, cast.SERVICE, now=cast.NOW)
        assert kept.options.chosen == said.chosen

    await confirmed(shown)
    assert await run()
    assert [each.field for each in (await report_of(shown)).columns][2] == "storage_place"


async def test_a_file_too_large_is_not_even_read() -> None:
    with refused(BadInput, "import.too_large"):
        await examined(bytes(LARGEST_FILE + 1))
    assert await fetch("SELECT id FROM import_file") == []


async def test_a_confirmed_file_is_imported_by_a_job() -> None:
    file = await examined()
    job_id = await confirmed(file)
    assert await run()
    ended = await job(job_id)
    assert ended.state is JobState.DONE
    told = msgspec.json.decode(ended.result or "")
    assert (told["created"], told["rejected"], told["file"]) == (2, 1, str(file.id))
    report = await report_of(file)
    assert (report.created, report.dry_run) == (2, False)
    assert (await find_item("IMP-2", actor=cast.MANAGER)).designation == "Loupe"


async def test_confirming_twice_imports_once() -> None:
    file = await examined()
    answers = await asyncio.gather(*(confirmed(file) for _ in range(4)))
    assert len(set(answers)) == 1
    assert await run()
    assert await confirmed(file) == answers[0]
    assert not await run()


async def test_the_same_content_sent_twice_is_imported_once_at_a_time() -> None:
    first, second = await examined(), await examined()
    job_id = await confirmed(first)
    assert await confirmed(second) == job_id
    assert await run()
    assert await reported_by(await job(job_id), actor=cast.MANAGER, now=cast.NOW) == first.id
    third = await examined()
    assert (await report_of(third)).unchanged == 2


async def test_a_job_holds_no_word_of_the_file() -> None:
    file = await examined(PUPILS, ImportKind.PUPILS)
    job_id = await confirmed(file)
    assert await run()
    ended = await job(job_id)
    assert "Morvan" not in (ended.payload + (ended.result or ""))
    assert "demain" not in (ended.payload + (ended.result or ""))
    assert [each.first_name for each in await list_pupils(actor=cast.MANAGER, q="morvan zoe")] == ["Zoé"]


@pytest.mark.parametrize(
    ("kind", "data", "writes"),
    [(ImportKind.ITEMS, MANY_ITEMS, items), (ImportKind.PUPILS, MANY_PUPILS, pupils)],
    ids=["items", "pupils"],
)
async def test_a_worker_that_dies_half_way_is_followed_by_one_that_finishes_and_tells_of_the_whole(
    kind: ImportKind, data: bytes, writes: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = kind.value.removesuffix("s")
    file = await examined(data, kind)
    job_id = await confirmed(file)
    before = len(await fetch(f"SELECT id FROM {table}"))
    insert_many, batches = writes.insert_many, []

    async def die(*args: Any) -> None:
        if len(batches) == 2:
            # As a kill does: nothing more of this worker reaches the database.
            await cut()
        batches.append(await insert_many(*args))

    monkeypatch.setattr(writes, "insert_many", die)
    await is_cut_short(run(worker="dead"))
    monkeypatch.setattr(writes, "insert_many", insert_many)
    assert len(await fetch(f"SELECT id FROM {table}")) == before + 2 * LINES_AT_ONCE
    assert await run(cast.NOW + LEASE + timedelta(seconds=1), "w2")
    assert (await job(job_id)).state is JobState.DONE
    report = await report_of(file)
    assert (report.read, report.created, report.unchanged) == (3 * LINES_AT_ONCE + 1, 3 * LINES_AT_ONCE + 1, 0)
    told = await fetch("SELECT action FROM journal")
    assert [each["action"] for each in told].count(f"{table}.registered") == report.created
    assert [each["action"] for each in told].count(f"{table}.imported") == 1


async def test_a_batch_that_somebody_overtook_is_compared_anew_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    file = await examined()
    job_id = await confirmed(file)
    compare, meddled = items.by_inventory_numbers, []

    async def meddle(service_id: UUID, numbers: Sequence[str]) -> dict[str, Item]:
        known = await compare(service_id, numbers)
        if not meddled:
            meddled.append(1)
            command = RegisterItem(inventory_number="IMP-1", designation="Saisi à la main")
            await register_item(command, actor=cast.MANAGER, now=cast.NOW)
        return known

    monkeypatch.setattr(items, "by_inventory_numbers", meddle)
    assert await run()
    assert (await job(job_id)).state is JobState.DONE
    report = await report_of(file)
    assert (report.read, report.created, report.updated) == (3, 1, 1)
    assert [each.line for each in report.rejected] == [3]
    assert (await find_item("IMP-1", actor=cast.MANAGER)).designation == "Afficheur braille"


async def test_an_import_overtaken_again_and_again_says_so_and_is_taken_up(monkeypatch: pytest.MonkeyPatch) -> None:
    command = RegisterItem(inventory_number="IMP-1", designation="Saisi à la main")
    await register_item(command, actor=cast.MANAGER, now=cast.NOW)
    file = await examined()
    job_id = await confirmed(file)
    compare = items.by_inventory_numbers

    async def meddle(service_id: UUID, numbers: Sequence[str]) -> dict[str, Item]:
        known = await compare(service_id, numbers)
        await fetch("UPDATE item SET version = version + 1 WHERE inventory_number = 'IMP-1'")
        return known

    monkeypatch.setattr(items, "by_inventory_numbers", meddle)
    assert await run()
    waiting = await job(job_id)
    assert waiting.state is JobState.QUEUED
    assert "import.overtaken" in (waiting.result or "")
    monkeypatch.setattr(items, "by_inventory_numbers", compare)
    assert await run(cast.NOW + timedelta(minutes=1))
    report = await report_of(file)
    assert (report.created, report.updated) == (1, 1)


async def test_the_same_pupils_from_two_files_are_registered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = await examined(PUPILS, ImportKind.PUPILS)
    second = await examined(PUPILS + b"\n", ImportKind.PUPILS)
    await confirmed(first)
    await confirmed(second)
    identities, others = pupils.of_identities, []

    async def meanwhile(service_id: UUID, wanted: set[Identity]) -> list[pupils.PupilIdentity]:
        known = await identities(service_id, wanted)
        if not others:
            others.append(1)
            assert await run(worker="w2")
        return known

    monkeypatch.setattr(pupils, "of_identities", meanwhile)
    assert await run()
    assert len(await list_pupils(actor=cast.MANAGER, q="morvan zoe")) == 1
    assert sorted([(await report_of(first)).created, (await report_of(second)).created]) == [0, 1]
    assert sorted([(await report_of(first)).unchanged, (await report_of(second)).unchanged]) == [0, 1]


async def test_an_annuaire_cut_short_is_taken_up_and_its_report_tells_of_the_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = await examined(ANNUAIRE.read_bytes(), ImportKind.SCHOOLS)
    assert await run()
    known = len(await schools.known())
    job_id = await confirmed(file)
    upsert, batches = schools.upsert, []

    async def die(pending):
        if len(batches) == 2:
            await cut()
        batches.append(await upsert(pending))
        return batches[-1]

    monkeypatch.setattr(schools, "upsert", die)
    await is_cut_short(run(worker="dead"))
    monkeypatch.setattr(schools, "upsert", upsert)
    written = sum(created for created, _ in batches)
    assert len(await schools.known()) == known + written
    assert 0 < (await job(job_id)).done < 996
    assert await run(cast.NOW + LEASE + timedelta(seconds=1), "w2")
    report = await report_of(file)
    assert (report.read, report.created + report.updated + report.unchanged) == (996, 996)
    assert report.created == 993 - known
    assert report.created > written
    rows = await fetch("SELECT created, updated FROM import_file")
    assert rows[0]["created"] == report.created


async def test_a_worker_that_lost_the_annuaire_writes_no_more_of_it() -> None:
    file = await examined(ANNUAIRE.read_bytes(), ImportKind.SCHOOLS)
    assert await run()
    await confirmed(file)
    clock, taken = [cast.NOW], []

    async def slow(run: JobRun) -> JobOutcome:
        advance = run.advance

        async def overtaken(done: int, total: int) -> None:
            if not taken:
                clock[0] += LEASE + timedelta(seconds=1)
                taken.append(await run_next("w2", HANDLERS, clock=lambda: clock[0]))
            await advance(done, total)

        run.advance = overtaken  # type: ignore[method-assign]
        return await import_job.import_(run)

    assert await run_next("w1", {IMPORT: slow}, clock=lambda: clock[0])
    assert taken == [True]
    report = await report_of(file)
    rows = await fetch("SELECT created, updated FROM import_file")
    assert (rows[0]["created"], rows[0]["updated"]) == (report.created, report.updated)


async def test_a_failed_import_may_be_confirmed_again() -> None:
    file = await examined()
    job_id = await confirmed(file)
    claimed = await jobs.claim("w1", now=cast.NOW, lease=LEASE)
    assert claimed is not None
    await jobs.fail(claimed, worker="w1", result='{"code":"x","message":"Panne."}', now=cast.NOW, retry=False)
    assert await confirmed(file) != job_id
    assert await run()
    assert (await report_of(file)).created == 2


async def test_refused_lines_are_given_back_to_be_corrected() -> None:
    file = await examined()
    content = b"".join(
        [piece async for piece in await rejected_of(file.id, TableFormat.CSV, actor=cast.MANAGER, now=cast.NOW)]
    )
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["N° d'inventaire", "Libellé", "Teinte", "Erreur"]
    assert rows[1][:3] == ["", "Sans numéro", ""]
    assert rows[1][3].startswith("Ligne 3")
    corrected = content.replace(b"\r\n;Sans", b"\r\nIMP-3;Sans")
    assert (await report_of(await examined(corrected))).created == 1


async def test_a_file_is_its_services_alone() -> None:
    file = await examined()
    for act in (
        confirm_import(file.id, actor=cast.STRANGER, now=cast.NOW),
        get_import(file.id, actor=cast.STRANGER, now=cast.NOW),
        rejected_of(file.id, TableFormat.CSV, actor=cast.STRANGER, now=cast.NOW),
        forget_import(file.id, actor=cast.STRANGER, now=cast.NOW),
    ):
        with refused(NotFound, "import.expired"):
            await act


async def test_a_reader_imports_nothing() -> None:
    with pytest.raises(PermissionDenied):
        await examine_file(ImportKind.ITEMS, "parc.csv", ITEMS, actor=cast.READER, now=cast.NOW)
    file = await examined()
    job_id = await confirmed(file)
    assert await run()
    assert await reported_by(await job(job_id), actor=cast.READER, now=cast.NOW) is None
    for act in (confirm_import, get_import, forget_import):
        with pytest.raises(PermissionDenied):
            await act(file.id, actor=cast.READER, now=cast.NOW)


async def test_a_file_is_kept_a_day_then_forgotten_whoever_asks() -> None:
    file = await examined()
    late = cast.NOW + KEPT
    with refused(NotFound, "import.expired"):
        await confirmed(file, late)
    assert len(await fetch("SELECT id FROM import_file")) == 1
    assert (await forget(now=late - timedelta(seconds=1))).counts[Remnant.IMPORT] == 0
    assert (await forget(now=late)).counts[Remnant.IMPORT] == 1
    assert await fetch("SELECT id FROM import_file") == []


async def test_a_file_may_be_forgotten_before_its_time_but_not_under_its_import() -> None:
    file = await examined()
    job_id = await confirmed(file)
    with refused(Conflict, "import.under_way"):
        await forget_import(file.id, actor=cast.MANAGER, now=cast.NOW)
    assert await run()
    await forget_import(file.id, actor=cast.MANAGER, now=cast.NOW)
    assert await reported_by(await job(job_id), actor=cast.MANAGER, now=cast.NOW) is None


async def test_a_job_whose_file_is_gone_says_so() -> None:
    file = await examined()
    job_id = await confirmed(file)
    await import_files.forget(file.id)
    assert await run()
    assert "import.expired" in ((await job(job_id)).result or "")


def test_the_annuaire_has_no_model() -> None:
    with refused(NotFound, "import.no_model"):
        model_of(ImportKind.SCHOOLS)


async def test_a_worksheet_that_is_not_there_is_told() -> None:
    file = await examine_file(ImportKind.ITEMS, "parc.csv", ITEMS, actor=cast.MANAGER, now=cast.NOW)
    with refused(NotFound, "import.no_such_sheet"):
        await examine_sheet(file.id, "Ailleurs", actor=cast.MANAGER, now=cast.NOW)
    with refused(NotFound, "import.expired"):
        await examine_sheet(file.id, "Ailleurs", actor=cast.MANAGER, now=cast.NOW + timedelta(days=2))
