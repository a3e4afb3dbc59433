"""A campaign of renewals on a service of many loans: what its examination, its papers and its sending cost."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks.api_base import fill
from benchmarks.lent_base import lend, name_pupils, typed
from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.calendar.civil_day import MAINLAND, civil_date
from materiel.domain.calendar.school_year import last_day, school_year
from materiel.domain.desk.campaign import CampaignKind, Choice
from materiel.domain.work.lot import LineState
from materiel.store.engine.database import fetch
from materiel.use_cases.accounts.service import choose_service
from materiel.use_cases.desk.campaign import OpenCampaign, open_campaign, read_campaign, start_campaign
from materiel.use_cases.desk.campaign_following import follow_campaign
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.process.running import running
from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS

OUT = 0.8
"""Of the loans of the filled base, those that are handed over."""


async def measure(loans: int, url: str) -> dict[str, float | int]:
    """Seconds of processor, memory and counts of a campaign of about so many renewals."""
    lent = round(loans / OUT)
    base = await fill(url, lent, 0)
    told: dict[str, float | int] = {}
    async with running(base.url, migrate=False):
        now = datetime.now(UTC)
        await lend(lent, now)
        await name_pupils(now)
        await _make_renewable(last_day(school_year(civil_date(now, MAINLAND))))
        service = await choose_service(None)
        issuer = Issuer(actor=Actor("measure", Role.ADMIN, service.id), now=now, base_url="https://pret.example.fr")
        command = OpenCampaign(kind=CampaignKind.RENEWAL, school_year=school_year(issuer.today) + 1)
        opened = await open_campaign(command, issuer=issuer)
        told |= {"memory_before_mb": anonymous_mb()} | await _worked("examination")
        await start_campaign(opened.campaign.id, send=False, issuer=issuer)
        told |= await _worked("papers_and_rows")
        report = await read_campaign(opened.campaign.id, actor=issuer.actor)
        told["renewed"] = report.count(state=LineState.DONE, choice=Choice.RENEW)
        told["refused"] = report.count(state=LineState.REFUSED)
        told["loans_examined"] = report.count()
        await fetch("UPDATE campaign_line SET to_send = TRUE WHERE state = 'done'")
        await start_campaign(opened.campaign.id, send=True, issuer=issuer)
        told |= await _worked("sending")
        clock = time.perf_counter()
        await follow_campaign(opened.campaign.id, actor=issuer.actor)
        told["follow_up_read_ms"] = round(1000 * (time.perf_counter() - clock))
        (row,) = await fetch("SELECT count(*) AS found FROM outbox")
        told["messages"] = row["found"]
    return told


async def _worked(part: str) -> dict[str, float | int]:
    """Run the job that waits; its seconds of processor and of clock, the highest memory seen at its end."""
    began, clock = time.process_time(), time.perf_counter()
    if not await run_next("measure", HANDLERS, clock=lambda: datetime.now(UTC)):
        raise LookupError("no job waits")
    return {
        f"{part}_cpu_s": round(time.process_time() - began, 1),
        f"{part}_clock_s": round(time.perf_counter() - clock, 1),
        f"{part}_peak_mb": peak_mb(),
        f"{part}_anonymous_mb": anonymous_mb(),
    }


def anonymous_mb() -> int:
    """The memory of this process alone, without the file of the database."""
    return _status("RssAnon:")


def peak_mb() -> int:
    """The highest memory that this process had, the file of the database included."""
    return _status("VmHWM:")


def _status(name: str) -> int:
    return int(Path("/proc/self/status").read_text().split(name)[1].split()[0]) // 1024


async def _make_renewable(ends_on: date) -> None:
    """Loans of collèges and lycées, a home for each pupil, a mailbox for some families, no decision that ends."""
    term, home = typed(ends_on.isoformat(), "date"), '\'{"lines":["1 rue"],"postcode":"35000","city":"Rennes"}\''
    eligible = "(SELECT id FROM school WHERE computed_kind = 'eple' ORDER BY uai LIMIT 1)"
    for statement in (
        f"UPDATE pupil SET school = {eligible}",
        f"UPDATE loan SET school = {eligible}, basis_valid_until = NULL, ends_on = {term}",
        f"INSERT INTO home (id, pupil, position, address, confidential) SELECT id, id, 0, {home}, FALSE FROM pupil",
        "UPDATE representative SET home = 0",
        "UPDATE representative SET email = 'parent@exemple.fr' WHERE position = 0"
        " AND substr(last_name, length(last_name)) IN ('1', '3', '5', '7', '9')",
        "ANALYZE",
    ):
        await fetch(statement)
