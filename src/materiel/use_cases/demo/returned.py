"""A pile that came back this morning: signed, half signed, incomplete, twice, stained, and a page that is not ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from materiel.documents.content_json import content_from_json
from materiel.documents.pdf.render import render_pdf
from materiel.domain.accounts.roles import Actor
from materiel.domain.papers.document import Document
from materiel.scans.specimen import Specimen
from materiel.store.papers import awaited
from materiel.store.papers import document as documents
from materiel.use_cases.papers.signed_scans import file_bundle, submit_pile
from materiel.use_cases.work.job import run_at_once

ELSEWHERE = "/v/EXEMPL0000000"
"""The code of no document."""


async def tell_returns(*, actor: Actor, now: datetime) -> None:
    """Hand in a pile that shows each group, and read it."""
    waiting = [*await awaited.oldest(actor.service_id, own=False, limit=30)]
    found = await documents.get_many(waiting, actor.service_id)
    papers = [each for each in found if len(each.signatures) >= 2 and _is_untouched(each)]
    # One of a single page has none to miss.
    incomplete = next((each for each in papers if each.pages > 1), None)
    others = [each for each in papers if each is not incomplete]
    if incomplete is None or len(others) < 3:
        return
    signed, half, stained = others[:3]
    pages = [
        *await _pages(signed, signed=range(len(signed.signatures))),
        *await _pages(half, signed=(0,)),
        *(await _pages(incomplete, signed=(0,)))[:-1],
        *await _pages(stained, signed=(0, 1), stained=stained.pages),
        await _foreign(signed),
    ]
    submitted = await submit_pile([*pages, pages[0]], actor=actor, now=now)
    await run_at_once(submitted.pile.job_id, file_bundle, clock=lambda: now)


def _is_untouched(document: Document) -> bool:
    return not document.has_signature


async def _pages(document: Document, *, signed: Sequence[int], stained: int = 0) -> list[bytes]:
    specimen = Specimen(await documents.pdf(document.id), [box.name for box in document.signatures])
    try:
        return [
            specimen.page(number, signed=signed, stained=number == stained) for number in range(1, document.pages + 1)
        ]
    finally:
        specimen.close()


async def _foreign(like: Document) -> bytes:
    content = content_from_json(like.content)
    address = content.verify_url.partition("/v/")[0] + ELSEWHERE
    specimen = Specimen(render_pdf(replace(content, verify_url=address)).data, [])
    try:
        return specimen.page(1)
    finally:
        specimen.close()
