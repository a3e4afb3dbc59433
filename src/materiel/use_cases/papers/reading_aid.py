"""What helps to read a document: drawn each time it is asked for, from what the document said when it was issued.

An aid is no document of the record: it has no number, no digest, and nothing keeps it. It bears the bloc-marque that
the document bears.
"""

from __future__ import annotations

from collections.abc import Sequence

from materiel.documents.aids.aid import Aid, aid_to
from materiel.documents.content_json import content_from_json
from materiel.domain.papers.document import Document
from materiel.domain.papers.reading_aid import ReadingAid
from materiel.errors import NotFound
from materiel.store.papers import letterhead as letterheads
from materiel.use_cases.work.drawing import draw_paper


def aid_of(document: Document, kind: ReadingAid) -> Aid:
    """An aid to read what a document says.

    Raises:
        NotFound: `document.no_summary`, it is no agreement.
    """
    aid = aid_to(content_from_json(document.content), kind)
    if aid is None:
        raise NotFound("document.no_summary", "Seules les conventions ont un résumé en mots simples.")
    return aid


async def aid_pdf(document: Document, kind: ReadingAid) -> bytes:
    """An aid on paper, under the bloc-marque of its document.

    Raises:
        NotFound: `document.no_summary`, it is no agreement.
    """
    return await draw_paper(aid_of(document, kind), await letterheads.find(document.letterhead))


def companions(content: str, kinds: Sequence[ReadingAid]) -> list[Aid]:
    """What is printed after a document: those of the aids that the pupil's record asks which this document has.

    Args:
        content: what the document says, as it is stored.
        kinds: those asked, in their order.
    """
    said = content_from_json(content)
    return [aid for kind in kinds if (aid := aid_to(said, kind)) is not None]
