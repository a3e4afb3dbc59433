"""Over the papers of the whole cast: no line ends where it should not, no apostrophe is straight."""

import re
import sys
from dataclasses import replace
from itertools import pairwise

import pypdfium2
import pytest
from tests.documents.cast import CASES, FORMERLY, ISSUED_ON
from tests.documents.reading import composed, texts

from materiel.documents.content_json import content_from_json, content_to_json
from materiel.documents.fonts import SLASHED_ZERO
from materiel.documents.pdf import lines, render_pdf
from materiel.documents.typography import set_content

END = "⏎"
MONTH = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
BAD_ENDS = re.compile(
    rf"(?:[«§]|\b[nN]°s?|\b[aA]rt\.|\bp\.|\bMM?\.|\bMmes?|\bMlles?|\bDr|\b[tT]él\.){END}"
    rf"|{END}[:;?!»%€–]"
    rf"|\d{END}(?:(?:{MONTH}|h|ans?|mois|jours?|pages?|exemplaires?|cm|mm|Go)\b|\d{{3}}(?!\d)|rue\b|avenue\b|place\b)"
    rf"|\b1er{END}(?:{MONTH})|\b(?:{MONTH}){END}\d{{4}}"
    rf"|\b[aA]rticles?{END}\d|\b0\d(?: \d\d)*{END}\d\d\b|\b\d{{5}}{END}[A-Z]|(?i:cedex){END}\d",
)


@pytest.fixture
def ends(monkeypatch):
    """Every end of line that is set, with what is before and after it; whichever module asks for the lines."""
    found = []

    def watched(text, style, width):
        made = genuine(text, style, width)
        told = ["".join(piece.text for piece in line.pieces).replace(SLASHED_ZERO, "0") for line in made]
        found.extend(f"{end.rstrip(' ')}{END}{start}" for end, start in pairwise(told))
        return made

    genuine = lines.set_lines
    for module in list(sys.modules.values()):
        if module.__name__.startswith("materiel.documents") and getattr(module, "set_lines", None) is genuine:
            monkeypatch.setattr(module, "set_lines", watched)
    return found


@pytest.mark.parametrize("day", [FORMERLY, ISSUED_ON], ids=str)
def test_no_line_ends_where_it_should_not(ends, day):
    for case in CASES.values():
        render_pdf(composed(replace(case, issued_on=day)))
    assert len(ends) > 500
    assert [each for each in ends if BAD_ENDS.search(each.replace("\u00a0", " "))] == []


@pytest.mark.parametrize(
    "pair",
    [
        "le 29⏎octobre",
        "octobre⏎2001",
        "M.⏎Le Goff",
        "n°⏎12",
        "l'article⏎1890",
        "02 99⏎25",
        "12⏎rue",
        "35580⏎Baulon",
        "a⏎: b",
    ],
)
def test_a_bad_end_is_seen(pair):
    assert BAD_ENDS.search(pair)


def test_no_apostrophe_is_straight():
    said = [text for case in CASES.values() for text in texts(composed(case))]
    assert [text for text in said if "'" in text and "@" not in text and "://" not in text] == []


@pytest.mark.parametrize("name", CASES)
def test_what_is_set_once_is_set(name):
    content = composed(CASES[name])
    assert set_content(content) == content
    assert content_from_json(content_to_json(content)) == content


def test_zeros_are_slashed_in_codes_alone_and_read_as_zeros():
    pdf = pypdfium2.PdfDocument(render_pdf(composed(CASES["loan_two_homes"])).data)
    read = "".join(page.get_textpage().get_text_range() for page in pdf)
    pdf.close()
    plain = read.replace("\u00a0", " ")
    assert SLASHED_ZERO not in read
    for told in ("35-2026-0001", "2026-2027/0042", "02 99 25 10 20", "35031 RENNES"):
        assert told in " ".join(plain.split()), told
