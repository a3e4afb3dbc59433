"""Many labels: a job that may be stopped, keeps its file for a day, and is noted once whatever kills it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from tests.documents.printing import pages, words
from tests.stage.cut_short import cut, is_cut_short
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.documents.labels.labels import Label, Offset
from materiel.domain.item.item import ItemStatus
from materiel.domain.work.job import Job, JobState
from materiel.errors import BadInput, MaterielError, NotFound, PermissionDenied, RuleBroken
from materiel.store.engine.database import fetch
from materiel.store.history import journal
from materiel.store.item import item as items
from materiel.store.work import job as jobs
from materiel.use_cases.desk.print_together import printed_file
from materiel.use_cases.item import label as labels
from materiel.use_cases.item.label import MOST_LABELS, PrintLabels, make_labels, start_labels
from materiel.use_cases.retention.housekeeping import forget
from materiel.use_cases.work.job import LEASE, run_next, stop_job
from materiel.use_cases.worker import HANDLERS

BASE_URL = "https://materiel.ac-exemple.fr"


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await cast.set_up()


def asked(*item_ids: UUID, **values: Any) -> PrintLabels:
    return PrintLabels(**{"item_ids": item_ids or cast.ITEMS, "sheet": "a4_3x8"} | values)


async def start(command: PrintLabels | None = None) -> Job:
    return await start_labels(command or asked(), actor=cast.MANAGER, now=cast.NOW, base_url=BASE_URL)


async def run(worker: str = "w1", *, later: timedelta = timedelta(0)) -> bool:
    return await run_next(worker, HANDLERS, clock=lambda: cast.NOW + later)


async def result_of(job: Job) -> dict[str, Any]:
    ended = await jobs.get(job.id, cast.SERVICE)
    assert ended.state is JobState.DONE
    return msgspec.json.decode(ended.result or "", type=dict[str, Any])


async def noted() -> list[journal.Entry]:
    return [each for each in await journal.of_subject(cast.SERVICE, cast.SERVICE) if each.action == "label.printed"]


async def test_the_file_is_that_of_labels_printed_at_once_and_is_kept_a_day() -> None:
    command = asked(cast.SPARE, cast.LAPTOP, first_cell=24, offset=Offset(right_mm=1.5))
    job = await start(command)
    assert (job.state, job.total) == (JobState.QUEUED, 2)
    assert (await start(command)).id == job.id
    assert await noted() == []
    assert await run()
    assert await result_of(job) == {"labels": 2, "left": 0}
    file = await printed_file(job.id, actor=cast.READER, now=cast.NOW + timedelta(hours=23))
    data = b"".join([piece async for piece in file.pieces])
    assert (file.name, pages(data)) == ("etiquettes-2.pdf", 2)
    assert data == await make_labels(command, actor=cast.MANAGER, now=cast.NOW, base_url=BASE_URL)
    with refused(NotFound, "job.not_found"):
        await printed_file(job.id, actor=cast.STRANGER, now=cast.NOW)
    by_job, at_once = await noted()
    assert (by_job.actor, dict(by_job.details)) == (cast.MANAGER.id, dict(at_once.details))
    await forget(now=cast.NOW + timedelta(days=1))
    assert await fetch("SELECT id FROM job_output") == []


async def test_one_that_is_killed_is_drawn_anew_and_noted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    job = await start()
    finish = jobs.finish

    async def die(*args: Any, **values: Any) -> bool:
        return False

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "finish", die)
        await run("dead")
    assert await noted() == []
    assert finish is jobs.finish
    tell = jobs.report_progress
    with monkeypatch.context() as patched:

        async def cut_there(*args: Any, **values: Any) -> bool:
            await cut()
            return await tell(*args, **values)

        patched.setattr(jobs, "report_progress", cut_there)
        await is_cut_short(run("cut", later=LEASE + timedelta(seconds=1)))
    assert await run("w2", later=2 * LEASE + timedelta(seconds=2))
    assert (await result_of(job))["labels"] == 8
    assert len(await noted()) == 1


async def test_told_to_stop_it_ends_with_the_labels_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    job = await start()
    draw = labels.labels_pdf

    def stopped_at_the_third(some: Iterator[Label], *args: Any, **values: Any) -> bytes:
        # Somebody presses the button while the thread draws.
        (drawing,) = [each for each in labels_drawing if each]

        def counted() -> Iterator[Label]:
            for rank, label in enumerate(some):
                drawing.stops = rank == 2
                yield label

        return draw(counted(), *args, **values)

    labels_drawing: list[labels.Drawing] = []

    class Watched(labels.Drawing):
        def __init__(self) -> None:
            labels_drawing.append(self)

    monkeypatch.setattr(labels, "Drawing", Watched)
    monkeypatch.setattr(labels, "labels_pdf", stopped_at_the_third)
    assert await run()
    assert await result_of(job) == {"labels": 3, "left": 5}
    file = await printed_file(job.id, actor=cast.READER, now=cast.NOW)
    data = b"".join([piece async for piece in file.pieces])
    assert "35-2026-00003" in words(data)
    assert "35-2026-00004" not in words(data)
    assert [entry.details["labels"] for entry in await noted()] == [3]


async def test_told_to_stop_before_it_began_it_keeps_no_file() -> None:
    job = await start()
    await stop_job(job.id, actor=cast.MANAGER, now=cast.NOW)
    assert await run()
    assert await result_of(job) == {"labels": 0, "left": 8}
    with refused(NotFound, "print.expired"):
        await printed_file(job.id, actor=cast.READER, now=cast.NOW)
    assert await noted() == []


async def test_what_cannot_be_drawn_ends_it_with_its_reason() -> None:
    job = await start()
    await fetch(f"UPDATE managing_service SET name = 'Service 😀' WHERE id = '{cast.SERVICE}'")
    assert await run()
    ended = await jobs.get(job.id, cast.SERVICE)
    assert ended.state is JobState.FAILED
    told = msgspec.json.decode(ended.result or "")
    assert (told["code"], "😀" in told["message"]) == ("text.not_drawable", True)
    assert await noted() == []


@pytest.mark.parametrize(
    ("values", "kind", "code"),
    [
        ({"sheet": "a4_9x9"}, NotFound, "label.unknown_sheet"),
        ({"first_cell": 25}, RuleBroken, "label.first_cell"),
        ({"offset": Offset(down_mm=40)}, RuleBroken, "label.offset"),
        ({"item_ids": []}, RuleBroken, "label.none"),
        ({"item_ids": [UUID(int=1)] * (MOST_LABELS + 1)}, BadInput, "label.too_many"),
        ({"item_ids": [UUID(int=1)]}, NotFound, "item.not_found"),
    ],
)
async def test_what_is_asked_is_checked_before_anything_waits(
    values: dict[str, Any], kind: type[MaterielError], code: str
) -> None:
    with refused(kind, code):
        await start(asked(**values))
    assert await fetch("SELECT id FROM job") == []


async def test_rights_and_scope_hold() -> None:
    with refused(NotFound, "item.not_found"):
        await start_labels(asked(), actor=cast.STRANGER, now=cast.NOW, base_url=BASE_URL)
    with pytest.raises(PermissionDenied):
        await start_labels(asked(), actor=cast.READER, now=cast.NOW, base_url=BASE_URL)
    with refused(RuleBroken, "label.address_too_long"):
        await start_labels(asked(), actor=cast.MANAGER, now=cast.NOW, base_url="https://materiel.academie-de-rennes.fr")
    job = await start()
    await items.set_status([cast.LAPTOP], ItemStatus.LOST)
    assert await run()
    assert (await result_of(job))["labels"] == 8
