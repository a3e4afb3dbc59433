"""`materiel scans file`: bundles of signed pages, read and filed to their documents."""

from __future__ import annotations

import asyncio
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from materiel.cli.french import Group
from materiel.cli.opened import ACTOR_ID, OpenedBase, clock, opened, service_option
from materiel.cli.output import json_option, progress, say, show_json
from materiel.domain.accounts.roles import Actor
from materiel.domain.work.job import JobState
from materiel.errors import BadInput
from materiel.use_cases.papers.signed_scans import submit_scans
from materiel.use_cases.work.job import get_job, run_next
from materiel.use_cases.worker import HANDLERS

POLL_SECONDS = 0.2
"""Between two looks at a bundle that another worker reads."""


@click.group(cls=Group, help="Numérisations de documents signés.")
def scans() -> None:
    """The family of commands."""


@scans.command("file", help="Lit des piles de pages signées et classe chaque copie complète à son document.")
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
    """File each bundle in its turn; 1 when a page could not be filed."""
    actor = await opening.administrator_of(service_code)
    reports = []
    with progress("Numérisations") as advance:
        for done, file in enumerate(files, start=1):
            reports.append({"file": str(file)} | await _file(file, actor, opening.now))
            advance(done, len(files))
    unfiled = sum(len(report["unfiled"]) for report in reports)
    if as_json:
        show_json(reports)
    else:
        for report in reports:
            _tell(report)
    return 1 if unfiled else 0


async def _file(file: Path, actor: Actor, now: datetime) -> dict[str, Any]:
    """Hand the bundle in and see it through, here or in the server's own worker if that one is faster."""
    job = await submit_scans(file.read_bytes(), actor=actor, now=now)
    while job.state in (JobState.QUEUED, JobState.RUNNING):
        if not await run_next(f"{ACTOR_ID}:{os.getpid()}", HANDLERS, clock=clock):
            await asyncio.sleep(POLL_SECONDS)
        job = await get_job(job.id, actor=actor)
    result: dict[str, Any] = msgspec.json.decode(job.result or "{}")
    if job.state is JobState.FAILED:
        raise BadInput(str(result.get("code", "scan.failed")), f"{file} : {result.get('message', '')}")
    return result


def _tell(report: dict[str, Any]) -> None:
    say(f"{report['file']} : {report['pages']} page(s), {len(report['filed'])} copie(s) classée(s).")
    for copy in report["filed"]:
        say(f"  {copy['number']}, pages {', '.join(str(page) for page in copy['pages'])}")
    for page in report["unfiled"]:
        say(f"  Page {page['page']} non classée : {page['reason']}")
