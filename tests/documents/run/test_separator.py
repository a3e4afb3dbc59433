"""The sheet before a pile says what it holds, and cannot be taken for a page of a document."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pypdfium2
import zxingcpp
from tests.documents.gate import faults
from tests.documents.letterheads import a_letterhead
from tests.domain.papers.test_printing import paper

from materiel.documents.pdf import render_pdf
from materiel.documents.run.separator import SeparatorSheet, compose_separator
from materiel.domain.papers.printing import PaperPile
from materiel.domain.papers.reading_aid import ReadingAid


def sheet(count: int) -> bytes:
    papers = [paper(f"35-2026-{rank:05}", f"Exemple Zoé {rank}") for rank in range(count)]
    asked = SeparatorSheet(
        pile=PaperPile(name="École élémentaire Jules-Ferry", town="Évran", papers=papers),
        rank=3,
        count=12,
        copies=[each.announced for each in papers],
        sender=("Service de l’école inclusive", "1, quai Dujardin", "35000 Rennes"),
        day=date(2026, 11, 30),
    )
    return render_pdf(compose_separator(asked)).data


def words(data: bytes) -> str:
    return " ".join(" ".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data)).split())


def test_it_tells_whose_the_pile_is_and_what_it_must_hold() -> None:
    told = words(sheet(2))
    for each in (
        "École élémentaire Jules-Ferry",
        "Évran, pile 3 sur 12",
        "Service de l’école inclusive",
        "30 novembre 2026 : 2 documents, 4 exemplaires, 4 feuilles sans celle-ci",
        "35-2026-00000 Convention de prêt Exemple Zoé 0 2 2",
        "ni à signer ni à renvoyer",
    ):
        assert each.replace("’", "'") in told.replace("’", "'")
    assert "N°" not in told


def test_it_has_no_code_and_passes_the_gate() -> None:
    for count in (1, 80):
        data = sheet(count)
        assert faults(data) == []
        for page in pypdfium2.PdfDocument(data):
            assert zxingcpp.read_barcodes(page.render(scale=2).to_pil().convert("L")) == []


def test_letters_and_aids_that_lie_in_the_pile_are_counted_and_listed_in_their_order() -> None:
    first, second = (paper(f"35-2026-0000{rank}", "Exemple Zoé") for rank in range(2))
    helped = replace(first, aids=tuple(ReadingAid))
    asked = SeparatorSheet(
        pile=PaperPile(name="E", papers=[helped, second], letters={0: "Anne Exemple"}),
        rank=1,
        count=1,
        copies=[2, 2],
        aids={helped.id: [(ReadingAid.LARGE_PRINT, 5), (ReadingAid.SUMMARY, 1)]},
        sender=("Service de l’école inclusive", "1, quai Dujardin", "35000 Rennes"),
        day=date(2026, 11, 30),
    )
    data = render_pdf(compose_separator(asked), a_letterhead()).data
    told = words(data).replace("’", "'")
    # Four copies of a sheet each, a letter, three sheets in large print and one summary.
    assert "2 documents, 4 exemplaires, 1 lettre, 2 aides à la lecture, 9 feuilles sans celle-ci" in told
    lines = [
        "Lettre Anne Exemple 1 1",
        "35-2026-00000 Convention de prêt Exemple Zoé 2 2",
        "35-2026-00000 En gros caractères Exemple Zoé 5 1",
        "35-2026-00000 Résumé en mots simples Exemple Zoé 1 1",
        "35-2026-00001 Convention de prêt Exemple Zoé 2 2",
    ]
    assert " ".join(lines) in told
    assert faults(data) == []
