"""What helps to read: letters large enough everywhere, no code of a page, one page for a summary, and the gate."""

import re
from dataclasses import replace
from io import BytesIO

import pikepdf
import pytest
from tests.documents.cast import CASES, a_loan
from tests.documents.gate import faults, reading_text
from tests.documents.letterheads import a_letterhead
from tests.documents.printing import pages, words
from tests.documents.reading import block_texts, composed
from tests.documents.test_compose import AGREEMENT_CASES

from materiel.documents.aids.aid import LEAST, aid_to
from materiel.documents.content import Table
from materiel.documents.pdf.render import render_pdf
from materiel.domain.papers.reading_aid import ReadingAid

INK, BLUE = "0.09 0.09 0.11", "0 0 0.57"
LEADING = 1.3


def drawn(name, kind):
    return render_pdf(aid_to(composed(CASES[name]), kind)).data


def operators(data):
    with pikepdf.open(BytesIO(data)) as pdf:
        return "\n".join(sheet.Contents.read_bytes().decode("latin-1") for sheet in pdf.pages)


def words_of(data):
    return re.sub(r"\s+", " ", " ".join(reading_text(data)).replace("\u00a0", " "))


@pytest.mark.parametrize("name", CASES)
def test_large_print_passes_the_gate(name):
    assert faults(drawn(name, ReadingAid.LARGE_PRINT)) == []


@pytest.mark.parametrize("name", CASES)
def test_no_page_leaves_a_list_its_words_or_its_box_alone(name):
    data = drawn(name, ReadingAid.LARGE_PRINT)
    texts = [words(data, page) for page in range(pages(data))]
    assert not any(re.search(r":\s*N°\s[^ ]+, page", text) for text in texts)
    boxes = [text.count("Datez et signez") for text in texts]
    assert boxes[-1] != 1 or sum(boxes) == 1
    if "salutations distinguées" in "".join(texts):
        assert "salutations distinguées" in " ".join(texts[-1].split())


@pytest.mark.parametrize("name", AGREEMENT_CASES)
def test_a_summary_holds_on_one_page_and_passes_the_gate(name):
    made = render_pdf(aid_to(composed(CASES[name]), ReadingAid.SUMMARY))
    assert made.pages == 1
    assert faults(made.data) == []


@pytest.mark.parametrize("kind", list(ReadingAid))
@pytest.mark.parametrize("name", ["loan_two_homes", "tripartite_commune", "deposit_commune"])
def test_letters_are_large_dark_and_apart(name, kind):
    page = operators(drawn(name, kind))
    sizes = [float(size) for size in re.findall(r"/\w+ ([\d.]+) Tf", page)]
    assert sizes
    assert min(sizes) >= LEAST[kind]
    colours = set(re.findall(r"([\d.]+ [\d.]+ [\d.]+) rg BT", page))
    assert INK in colours
    assert colours <= {INK, BLUE}
    leadings = [abs(float(leading)) for leading in re.findall(r"([\d.]+) TL", page)]
    assert leadings
    assert all(leading >= LEADING * LEAST[kind] - 0.01 for leading in leadings)


@pytest.mark.parametrize("name", ["loan_two_homes", "notice_mayor", "return_reserved", "amendment_swapped"])
def test_large_print_says_every_word_of_the_document(name):
    content = composed(CASES[name])
    said = words_of(drawn(name, ReadingAid.LARGE_PRINT))
    first_columns = {block.header[0] for block in content.blocks if isinstance(block, Table)}
    wanted = [text for block in content.blocks for text in block_texts(block) if text not in first_columns]
    if content.letter is not None:
        wanted += [*content.letter.recipient, content.letter.subject, content.letter.closing]
    for text in wanted:
        assert re.sub(r"\s+", " ", text.replace("\u00a0", " ")).strip() in said


@pytest.mark.parametrize("kind", list(ReadingAid))
def test_an_aid_bears_no_code_and_says_what_it_is(kind):
    content = composed(CASES["loan_two_homes"])
    data = drawn("loan_two_homes", kind)
    said = words_of(data)
    assert said.startswith(
        f"Gros caractères : aide à la lecture, ne remplace pas le document n° {content.number}."
        if kind is ReadingAid.LARGE_PRINT
        else "Résumé en mots simples : une aide, qui ne remplace pas la convention."
    )
    assert f"Vérifier le document : {content.verify_url}" in said
    assert b"/Figure" not in data
    assert f"{content.verify_url}/1" not in said


def test_boxes_to_sign_stand_one_under_the_other():
    page = operators(drawn("tripartite_commune", ReadingAid.LARGE_PRINT))
    boxes = re.findall(r"([\d.]+) [\d.]+ ([\d.]+) [\d.]+ re\s+S", page)
    assert len(boxes) >= 3
    assert {x for x, _ in boxes} == {boxes[0][0]}


def test_a_summary_of_long_names_still_holds_on_one_page():
    case = CASES["tripartite_commune"]
    long = "Communauté de communes du Pays de la Roche aux Fées et de ses environs"
    named = replace(case, custodian=replace(case.custodian, name=long), loan=a_loan(case.pupil, case.loan.custody))
    assert render_pdf(aid_to(composed(named), ReadingAid.SUMMARY)).pages == 1


@pytest.mark.parametrize("name", AGREEMENT_CASES)
def test_an_aid_under_a_bloc_marque_holds_on_as_many_pages_and_passes_the_gate(name):
    ours = a_letterhead()
    for kind in ReadingAid:
        aid = aid_to(composed(CASES[name]), kind)
        made = render_pdf(aid, ours)
        assert made.pages <= render_pdf(aid).pages
        assert faults(made.data) == []
        assert made.data.count(b"/Subtype /Image") == 1


def test_an_aid_says_what_it_is_before_its_title_under_a_bloc_marque():
    content = composed(CASES["loan_two_homes"])
    data = render_pdf(aid_to(content, ReadingAid.LARGE_PRINT), a_letterhead()).data
    said = words_of(data)
    assert said.startswith("Gros caractères : aide à la lecture, ne remplace pas le document")
    assert said.index("aide à la lecture") < said.index(content.title)
    sizes = [float(size) for size in re.findall(r"/\w+ ([\d.]+) Tf", operators(data))]
    assert min(sizes) >= LEAST[ReadingAid.LARGE_PRINT]
