"""What helps to read a document: drawn each time it is asked for, from what the document said when it was issued.

An aid is no document of the record: it has no number, no digest, and nothing keeps it.
"""

from __future__ import annotations

import asyncio

from materiel.documents.aids.aid import Aid, aid_to
from materiel.documents.content import Content
from materiel.documents.pdf.render import render_pdf
from materiel.domain.papers.reading_aid import ReadingAid
from materiel.errors import NotFound


def aid_of(content: Content, kind: ReadingAid) -> Aid:
    """An aid to read what a document says.

    Raises:
        NotFound: `document.no_summary`, it is no agreement.
    """
    aid = aid_to(content, kind)
    if aid is None:
        raise NotFound("document.no_summary", "Seules les conventions ont un résumé en mots simples.")
    return aid


async def aid_pdf(aid: Aid) -> bytes:
    """An aid on paper."""
    return (await asyncio.to_thread(render_pdf, aid)).data
