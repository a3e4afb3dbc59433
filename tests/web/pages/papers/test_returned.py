"""« Pages numérisées » in a browser without script: a pile handed in, its boxes confirmed, its loose pages settled."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from tests.scans.bundles import as_pdf, torn
from tests.use_cases.papers.pile_cast import an_agreement, another_agreement, as_jpeg, pages_of
from tests.web.pages.conftest import text_of

from materiel.domain.papers.document import SignatureStatus
from materiel.store.papers import document as documents
from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS


def clock():
    return datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


async def dropped(visitor, *files):
    """The page of a pile that was read."""
    page = "/numerisations"
    sent = [("pages", (f"p{rank}", data, "application/octet-stream")) for rank, data in enumerate(files)]
    answer = await visitor.post(page, data={"_csrf": await visitor.token(page)}, files=sent)
    assert answer.status_code == 303, text_of(answer)
    await run_next("w", HANDLERS, clock=clock)
    return answer.headers["location"]
