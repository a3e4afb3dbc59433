"""Real documents issued, printed, signed and handed in as piles."""

from __future__ import annotations

import io

from tests.documents.printing import rasterised
from tests.scans.paper import inked, office
from tests.use_cases.loan_cast import ADULT, BRAILLE, CHILD, COLLEGE, ISSUER, LAPTOP, MANAGER, NOW, a_draft

from materiel.domain.papers.document import Document
from materiel.scans.issued import Issued, boxes_of
from materiel.store.papers import document as documents
from materiel.use_cases.loan.steps import issue_loan
from materiel.use_cases.papers.scan_sheet import read_pile
from materiel.use_cases.papers.signed_scans import submit_pile
from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS


async def an_agreement(**asked) -> Document:
    """A document that several people sign."""
    applied = await issue_loan(await a_draft(**(asked or {"items": (LAPTOP,), "pupil": CHILD})), issuer=ISSUER)
    papers = await documents.of_loan(applied.case.loan.id)
    return max(papers, key=lambda each: len(each.signatures))


async def another_agreement() -> Document:
    return await an_agreement(items=(BRAILLE,), pupil=ADULT, school=COLLEGE)


async def pages_of(document, *, signed=(), seed=1, wear=None):
    """Its pages as an office scanner gives them, inked in the boxes of these ranks."""
    pdf = await documents.pdf(document.id)
    issued = Issued(pdf)
    boxes = boxes_of(issued.boxes, [box.name for box in document.signatures])
    assert boxes is not None
    found = []
    for number in range(1, document.pages + 1):
        image = rasterised(pdf, 200, number - 1)
        for rank in signed:
            if boxes[rank].page == number:
                image = inked(image, boxes[rank], seed + rank)
        found.append(office(image, seed * 100 + number))
    issued.close()
    return found


def as_jpeg(image):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=80, dpi=(200, 200))
    return file.getvalue()


async def handed_in(*files, actor=MANAGER, now=NOW):
    """The sheet of a pile that was handed in and read."""
    submitted = await submit_pile(files, actor=actor, now=now)
    await run_next("w1", HANDLERS, clock=lambda: now)
    return await read_pile(submitted.pile.id, actor=actor)
