"""`materiel scans file`: piles of signed pages, read and filed to their documents."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from materiel.cli.french import Group
from materiel.cli.opened import ACTOR_ID, OpenedBase, clock, opened, service_option
from materiel.cli.output import json_option, progress, say, show_json
from materiel.domain.accounts.roles import Actor
from materiel.domain.language.french import long_date
from materiel.domain.work.job import JobState
from materiel.errors import BadInput
from materiel.use_cases.papers.signed_scans import submit_pile
from materiel.use_cases.work.job import get_job, run_next
from materiel.use_cases.worker import HANDLERS

PHOTOGRAPHS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif"})
POLL_SECONDS = 0.2
"""Between two looks at a bundle that another worker reads."""


@click.group(cls=Group, help="Numérisations de documents signés.")
def scans() -> None:
    """The family of commands."""


@scans.command("file", help="Lit des pages signées et classe chaque copie complète à son document.")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FICHIER…",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
)
@service_option
@json_option
@opened
async def file_(opening: OpenedBase, /, *, files: tuple[Path, ...], service_code: str | None, as_json: bool) -> int:
    """File each pile in its turn, the photographs being one; 1 when a page could not be filed."""
    actor = await opening.administrator_of(service_code)
    reports = []
    piles = _piles(files)
    with progress("Numérisations") as advance:
        for done, pile in enumerate(piles, start=1):
            names = ", ".join(str(file) for file in pile)
            reports.append({"file": names} | await _file(pile, actor, opening.now))
            advance(done, len(piles))
    unfiled = sum(len(report["unfiled"]) for report in reports)
    if as_json:
        show_json(reports)
    else:
        for report in reports:
            _tell(report)
    return 1 if unfiled else 0


def _piles(files: Sequence[Path]) -> list[list[Path]]:
    """A PDF or a TIFF is a pile; photographs given together are one, in their order."""
    piles: list[list[Path]] = []
    photographs: list[Path] = []
    for file in files:
        if file.suffix.lower() in PHOTOGRAPHS:
            if not photographs:
                piles.append(photographs)
            photographs.append(file)
        else:
            piles.append([file])
    return piles


async def _file(files: Sequence[Path], actor: Actor, now: datetime) -> dict[str, Any]:
    """Hand the pile in and see it through, here or in the server's own worker if that one is faster."""
    submitted = await submit_pile([file.read_bytes() for file in files], actor=actor, now=now)
    job = await get_job(submitted.pile.job_id, actor=actor)
    while job.state in (JobState.QUEUED, JobState.RUNNING):
        if not await run_next(f"{ACTOR_ID}:{os.getpid()}", HANDLERS, clock=clock):
            await asyncio.sleep(POLL_SECONDS)
        job = await get_job(job.id, actor=actor)
    result: dict[str, Any] = msgspec.json.decode(job.result or "{}")
    if job.state is JobState.FAILED:
        names = ", ".join(str(file) for file in files)
        raise BadInput(str(result.get("code", "scan.failed")), f"{names} : {result.get('message', '')}")
    if submitted.already:
        result["already"] = actor.civil_date(submitted.pile.created_at).isoformat()
    return result


def _tell(report: dict[str, Any]) -> None:
    say(f"{report['file']} : {report['pages']} page(s), {len(report['filed'])} copie(s) classée(s).")
    if "already" in report:
        day = long_date(date.fromisoformat(report["already"]))
        say(f"  Pile déjà déposée le {day} : rien n'a changé.")
    for copy in report["filed"]:
        say(f"  {copy['number']}, pages {_numbers(copy['pages'])}")
    boxes = report.get("boxes", {})
    if any(boxes.values()):
        say(f"  Cases : {boxes['ink']} avec encre, {boxes['none']} sans encre, {boxes['look']} à regarder.")
    for paper in report.get("unsigned", ()):
        say(f"  {paper['number']} : revenu sans toutes ses signatures ({len(paper['signatories'])} manquent).")
    for paper in report.get("missing", ()):
        say(f"  {paper['number']} : il manque la page {_numbers(paper['pages'])}.")
    if report.get("duplicates"):
        say(f"  Pages déjà déposées : {_numbers(report['duplicates'])}.")
    for page in report["unfiled"]:
        say(f"  Page {page['page']} non classée : {page['reason']}")


def _numbers(pages: Sequence[int]) -> str:
    return ", ".join(str(page) for page in pages)
