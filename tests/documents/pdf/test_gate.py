"""Every kind of page the engine makes passes the gate, and the gate sees each fault it is meant to see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pikepdf
import pytest
from tests.documents.gate import faults
from tests.documents.sample_contents import (
    FATHER,
    MAYOR,
    MOTHER,
    STATE,
    agreement,
    content,
    equipment_table,
    notice,
    plain,
)

from materiel.documents.content import (
    BulletList,
    Content,
    Details,
    Heading,
    Paragraph,
    Run,
    Signatures,
    WritingSpace,
)
from materiel.documents.pdf import render_pdf

CASES: dict[str, Content] = {
    "one line": content(Paragraph(text=plain("Une seule ligne."))),
    "nothing but a title": content(),
    "agreement": agreement(),
    "four signature boxes": agreement(boxes=(STATE, MOTHER, FATHER, MAYOR)),
    "two signature boxes": agreement(boxes=(STATE, MOTHER)),
    "144 rows": agreement(items=144),
    "letter": notice(),
    "letter of two pages": notice(blocks=tuple(Paragraph(text=plain("Un motif. " * 40)) for _ in range(9))),
    "long words": content(
        Paragraph(text=plain("Anticonstitutionnellement" * 40)),
        Details(caption="", rows=(("Étiquette" * 30, plain("valeur/" * 90)),)),
    ),
    "row taller than a page": content(
        replace(equipment_table(2), rows=(("35-1", "mot " * 900, "", "SN"), ("35-2", "a", "b", "c")))
    ),
    "headings that skip a level": content(
        Heading(level=3, text="Article sans partie"),
        Paragraph(text=plain("Texte.")),
        Heading(level=6, text="Bien plus bas"),
        Paragraph(text=plain("Texte.")),
    ),
    "links": content(
        Paragraph(
            text=(
                Run("Voir "),
                Run("la page du service de l’école inclusive " * 4, url="https://exemple.fr/aide?é=1"),
                Run(" ou écrire à "),
                Run("materiel@exemple.fr", url="mailto:materiel@exemple.fr"),
                Run("."),
            )
        ),
        BulletList(items=(plain("premier"), (Run("lien", url="https://exemple.fr/"),))),
    ),
    "every role and a space to write": content(
        Paragraph(text=plain("Ouverture."), role="lead"),
        Paragraph(text=plain("Encadré. " * 30), role="note"),
        Paragraph(text=plain("Petit."), role="small"),
        WritingSpace(label="Remarques", lines=30),
    ),
    "letters of other alphabets": content(Paragraph(text=plain("Nguyễn Thị Hường, Ольга Ωmega, Łódź ☐ → ½"))),
    "ten signature boxes": content(Signatures(made_at="Fait à Rennes.", boxes=(STATE, MOTHER) * 5)),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_every_document_is_accessible_and_archivable(case: Content) -> None:
    assert faults(render_pdf(case).data) == []


def _elements(pdf: pikepdf.Pdf, kind: str) -> list[pikepdf.Object]:
    return [item for item in pdf.objects if isinstance(item, pikepdf.Dictionary) and item.get("/S") == f"/{kind}"]


def _drop_alternative_text(pdf: pikepdf.Pdf) -> None:
    del _elements(pdf, "Figure")[0].Alt


def _skip_a_heading_level(pdf: pikepdf.Pdf) -> None:
    _elements(pdf, "H2")[0].S = pikepdf.Name.H4


def _drop_scope(pdf: pikepdf.Pdf) -> None:
    for header in _elements(pdf, "TH"):
        del header.A


def _drop_language(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.Lang


def _untag_the_link(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[0].Annots[0].StructParent


def _drop_the_font_program(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[0].Resources.Font["/R"].FontDescriptor.FontFile2


def _add_an_inline_image(pdf: pikepdf.Pdf) -> None:
    image = b"\n/Artifact BMC q 9 0 0 9 9 9 cm BI /W 1 /H 1 /IM true /BPC 1 ID \x80 EI Q EMC"
    pdf.pages[0].Contents.write(pdf.pages[0].Contents.read_bytes() + image)


def _show_text_outside_of_tags(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].Contents.write(pdf.pages[0].Contents.read_bytes() + b"\nBT /R 9 Tf 1 0 0 1 9 9 Tm (x) Tj ET")


def _drop_the_title(pdf: pikepdf.Pdf) -> None:
    with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
        del metadata["dc:title"]


def _drop_the_output_intent(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.OutputIntents


MUTATIONS = [
    _drop_alternative_text,
    _skip_a_heading_level,
    _drop_scope,
    _drop_language,
    _untag_the_link,
    _drop_the_font_program,
    _add_an_inline_image,
    _show_text_outside_of_tags,
    _drop_the_title,
    _drop_the_output_intent,
]


@pytest.mark.parametrize("mutate", MUTATIONS, ids=[mutation.__name__[1:] for mutation in MUTATIONS])
def test_the_gate_sees_a_fault(mutate: Callable[[pikepdf.Pdf], None]) -> None:
    untouched, mutated = BytesIO(), BytesIO()
    with pikepdf.open(BytesIO(render_pdf(agreement()).data)) as pdf:
        pdf.save(untouched)
        mutate(pdf)
        pdf.save(mutated)
    assert faults(untouched.getvalue()) == []
    assert faults(mutated.getvalue()) != []
