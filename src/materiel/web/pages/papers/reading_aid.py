"""What helps to read a document, as a page and as a PDF: the same pages for accounts, families and institutions.

Whoever may read the document may read its aids, and nobody else: each audience says how it comes to it.
"""

from __future__ import annotations

from collections.abc import Iterator

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import SkipValidation

from materiel.documents.html.document import render_html
from materiel.domain.papers.document import Document
from materiel.domain.papers.reading_aid import ReadingAid
from materiel.use_cases.papers.reading_aid import aid_of, aid_pdf
from materiel.web.pages.acting import pdf_answer

SLUGS = {ReadingAid.LARGE_PRINT: "gros-caracteres", ReadingAid.SUMMARY: "resume"}


def aid_pages(place: str, prefix: str) -> Iterator[HTTPRouteHandler]:
    """Both pages of both aids, for a router that provides `paper`, the document.

    Args:
        place: address of the document, below that of the router.
        prefix: begins the names of the routes.
    """
    for kind in ReadingAid:
        yield _page(kind, place, prefix)
        yield _pdf(kind, place, prefix)


def _page(kind: ReadingAid, place: str, prefix: str) -> HTTPRouteHandler:
    @get(f"{place}/{SLUGS[kind]}", name=f"{prefix}:{kind.value}", media_type=MediaType.HTML)
    async def show(paper: NamedDependency[SkipValidation[Document]]) -> str:
        """The aid to read on a screen, its PDF first."""
        # Its own address without its last part: the PDF stands beside it, whoever reads.
        return render_html(aid_of(paper, kind), pdf_url=f"{SLUGS[kind]}.pdf")

    return show


def _pdf(kind: ReadingAid, place: str, prefix: str) -> HTTPRouteHandler:
    @get(f"{place}/{SLUGS[kind]}.pdf", name=f"{prefix}:{kind.value}_pdf")
    async def show(paper: NamedDependency[SkipValidation[Document]]) -> Response[bytes]:
        """The aid to print."""
        return pdf_answer(await aid_pdf(paper, kind), f"{paper.number}-{SLUGS[kind]}")

    return show
