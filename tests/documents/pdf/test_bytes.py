"""Same content, same bytes; and what the file says of itself."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from tests.documents.sample_contents import agreement, content, notice, plain

from materiel.documents.content import Heading, Paragraph, Run
from materiel.documents.pdf import render_pdf
from materiel.documents.pdf.canvas import TaggedCanvas, UntaggedTextError

ROOT = Path(__file__).parents[3]
PRINT_DIGESTS = """
import hashlib
from materiel.documents.content import Paragraph
from materiel.documents.pdf import render_pdf
from tests.documents.sample_contents import agreement, content, notice, plain
foreign = content(Paragraph(text=plain("Ольга Nguyễn Ωmega")))
print([hashlib.sha256(render_pdf(made).data).hexdigest() for made in (agreement(), notice(), foreign)])
"""


def _digests(seed: str, zone: str) -> str:
    environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}
    command = [sys.executable, "-c", PRINT_DIGESTS]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def test_three_processes_make_the_same_bytes() -> None:
    first = _digests("0", "UTC")
    assert hashlib.sha256(render_pdf(agreement()).data).hexdigest() in first
    assert first == _digests("1", "Pacific/Auckland") == _digests("2", "America/Cayenne")


def test_another_document_makes_other_bytes() -> None:
    assert render_pdf(agreement(1)).data != render_pdf(agreement(2)).data


def test_drawing_others_in_between_changes_nothing() -> None:
    before = render_pdf(notice()).data
    render_pdf(content(Paragraph(text=plain("Ольга Nguyễn"))))
    assert render_pdf(notice()).data == before


def test_the_file_says_title_author_number_language_and_day_of_issue() -> None:
    made = agreement()
    with pikepdf.open(BytesIO(render_pdf(made).data)) as pdf:
        assert pdf.Root.Lang == "fr-FR"
        assert str(pdf.docinfo.Title) == made.title
        assert str(pdf.docinfo.CreationDate) == "D:20260901000000Z"
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
            assert metadata["dc:title"] == made.title
            assert metadata["dc:creator"] == [made.sender[0]]
            assert metadata["dc:identifier"] == made.number
            assert metadata["xmp:CreateDate"] == "2026-09-01T00:00:00Z"
            assert metadata["pdfuaid:part"] == "1"


def test_a_long_document_has_bookmarks_for_its_headings() -> None:
    made = agreement()
    with pikepdf.open(BytesIO(render_pdf(made).data)) as pdf, pdf.open_outline() as outline:
        (title,) = outline.root
        assert title.title == made.title
        assert [part.title for part in title.children] == [
            block.text for block in made.blocks if isinstance(block, Heading) and block.level == 2
        ]
        assert len(title.children[2].children) == 11


def test_a_page_alone_has_no_bookmarks() -> None:
    with pikepdf.open(BytesIO(render_pdf(notice()).data)) as pdf:
        assert "/Outlines" not in pdf.Root


def test_only_safe_addresses_become_links() -> None:
    urls = ("javascript:app.alert(1)", "file:///etc/passwd", "https://exemple.fr/é")
    made = content(Paragraph(text=tuple(Run(f"lien {rank} ", url=url) for rank, url in enumerate(urls))))
    with pikepdf.open(BytesIO(render_pdf(made).data)) as pdf:
        targets = [str(annotation.A.URI) for annotation in pdf.pages[0].Annots]
    assert targets == ["https://exemple.fr/%C3%A9", made.verify_url]


def test_text_cannot_be_drawn_outside_of_an_element() -> None:
    canvas = TaggedCanvas()
    with pytest.raises(UntaggedTextError):
        canvas.drawString(10, 10, "texte")
    with pytest.raises(UntaggedTextError):
        canvas.drawText(canvas.beginText())


def test_an_agreement_stays_under_45_kb() -> None:
    assert len(render_pdf(agreement()).data) < 45_000
