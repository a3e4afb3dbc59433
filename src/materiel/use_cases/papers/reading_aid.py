"""What helps to read a document: drawn each time it is asked for, from what the document said when it was issued.

An aid is no document of the record: it has no number, no digest, and nothing keeps it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from materiel.documents.aids.aid import Aid, aid_to
from materiel.documents.content import Content
from materiel.documents.content_json import content_from_json
from materiel.documents.pdf.render import render_pdf
from materiel.documents.typography import NBSP
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


def companions(content: str, kinds: Sequence[ReadingAid]) -> list[tuple[str, bytes]]:
    """What is printed after a document, each a file of its own with its title: the aids that the pupil's record asks.

    Args:
        content: what the document says, as it is stored.
        kinds: those asked, in their order.
    """
    said = content_from_json(content)
    aids = [aid for kind in kinds if (aid := aid_to(said, kind)) is not None]
    return [(f"{aid.kind.label}{NBSP}: n°{NBSP}{said.number}", render_pdf(aid).data) for aid in aids]
