"""An agreement in plain words, whole and in eight lines: what the document prints, in every case and wording."""

import tomllib
from dataclasses import replace
from datetime import date

import pytest
from tests.documents.cast import BEFORE_REFERENT, BEFORE_SHORTER, CASES, lines_of
from tests.documents.reading import body, composed, readable, texts
from tests.documents.test_compose import AGREEMENT_CASES, FORMERLY, ISSUED_ON

from materiel.documents.aids.summary import PrintedPage, essentials, plain, summary, summary_wordings
from materiel.documents.content_json import content_from_json, content_to_json
from materiel.documents.wording import wordings_of
from materiel.domain.papers.document import AGREEMENTS, DocumentKind
from materiel.settings import resource_dir

DAYS = [FORMERLY, BEFORE_SHORTER, BEFORE_REFERENT, ISSUED_ON]
SENTENCES = [
    pytest.param(kind, sentence, id=f"{kind.value}: {sentence.text}")
    for kind in sorted(AGREEMENTS)
    for wording in summary_wordings(kind)
    for part in wording.parts
    for sentence in part.sentences
]


def read(name, day=ISSUED_ON):
    return composed(replace(CASES[name], issued_on=day))


def told(content):
    return body(summary(content)).replace("\u00a0", " ").replace("’", "'")


@pytest.mark.parametrize(("kind", "sentence"), SENTENCES)
def test_every_clause_that_a_sentence_restates_is_in_every_wording_that_it_summarises(kind, sentence):
    wordings = [each for each in wordings_of(kind) if sentence.since <= each.in_force_from <= sentence.until]
    assert wordings
    assert sentence.says
    for wording in wordings:
        clauses = {clause.id: clause for section in wording.sections.values() for clause in section.clauses}
        for name in sentence.says:
            clause, _, fact = name.partition("#")
            assert clause in clauses or name in wording.sections, (wording.in_force_from, name)
            facts = {bullet.when for bullet in clauses[clause].bullets if bullet.when} if fact else set()
            assert not facts or fact in facts, (wording.in_force_from, name)


@pytest.mark.parametrize("day", DAYS, ids=str)
@pytest.mark.parametrize("name", AGREEMENT_CASES)
def test_a_sentence_whose_clauses_are_not_printed_is_not_either(name, day):
    content = read(name, day)
    page, said = PrintedPage(content), set(texts(summary(content)))
    (wording,) = summary_wordings(content.kind)
    sentences = [sentence for part in wording.parts for sentence in part.sentences]
    shown = {each.text for each in sentences if any(page.values_of(clause) is not None for clause in each.says)}
    for sentence in sentences:
        if "{{" not in sentence.text and sentence.text not in shown:
            assert sentence.text not in said


@pytest.mark.parametrize("day", DAYS, ids=str)
@pytest.mark.parametrize("name", AGREEMENT_CASES)
def test_what_is_printed_is_read_as_the_facts_made_it(name, day):
    case = replace(CASES[name], issued_on=day)
    content, page = composed(case), PrintedPage(read(name, day))
    dated, undated = page.values_of("term"), page.values_of("no_term")
    assert (dated is None) is (case.loan.ends_on is None)
    assert (undated is None) is (case.loan.ends_on is not None)
    rented = [line.item.ownership.value == "rented" for line in case.items]
    owned = [page.values_of(f"{which}_property") is not None for which in ("state", "rented", "mixed")]
    assert owned == [not any(rented), all(rented), any(rented) and not all(rented)]
    if case.pupil is not None:
        assert page.values_of("object")["pupil_name"] == case.pupil.full_name
    assert content.kind == case.kind


@pytest.mark.parametrize("day", DAYS, ids=str)
@pytest.mark.parametrize("name", AGREEMENT_CASES)
def test_an_agreement_is_told_in_eight_lines(name, day):
    case = CASES[name]
    lines = {readable(label): readable(said) for label, said in essentials(read(name, day))}
    assert len(lines) == 8
    until = lines["Jusqu'à quand"]
    assert ("31 août 2027, ce jour compris" in until) is (case.loan.ends_on is not None)
    assert case.items[0].item.inventory_number in lines["Quoi"]
    if case.kind is not DocumentKind.DEPOSIT_AGREEMENT:
        assert case.pupil.full_name in lines["Pour qui"]
    assert case.service.phone in lines["Qui appeler"]


@pytest.mark.parametrize("name", AGREEMENT_CASES)
def test_it_is_the_same_once_the_document_is_read_back(name):
    content = read(name)
    again = content_from_json(content_to_json(content))
    assert summary(again) == summary(content)
    assert essentials(again) == essentials(content)


def test_it_says_first_that_it_is_a_help():
    said = summary(read("loan_two_homes"))
    mark = plain(said.blocks[0].text).replace("\u00a0", " ")
    assert mark == "Résumé en mots simples : une aide, qui ne remplace pas la convention."
    assert said.number == read("loan_two_homes").number


@pytest.mark.parametrize("name", AGREEMENT_CASES)
def test_it_claims_no_approval(name):
    words = told(read(name)).lower()
    assert "falc" not in words
    assert "valid" not in words


def test_a_book_a_licence_and_a_device_are_told_apart():
    book, licence, device = (told(read(name)) for name in ("loan_book", "loan_licence", "loan_rented"))
    assert "Vous n'écrivez pas dans un livre." in book
    assert "logiciel" not in book
    assert "appareil" not in book
    assert "La clé du logiciel est perdue" in licence
    assert "étiquette" not in licence
    assert "plainte" not in licence
    assert "Vous ne démontez pas un appareil." in device
    assert "livre" not in device


def test_many_items_are_counted_beyond_the_first():
    case = CASES["loan_two_homes"]
    many = composed(replace(case, items=lines_of(*[case.items[0].item] * 5)))
    line = readable(dict(essentials(many))["Quoi"])
    assert line.count("(n°") == 3
    assert "et 2 autres matériels" in line


@pytest.mark.parametrize("name", ["handover_home", "return_clean", "notice_mayor", "amendment_renewal"])
def test_a_paper_that_is_no_agreement_is_read_whole(name):
    assert essentials(read(name)) == ()
    assert summary(read(name)) is None


def test_a_document_of_an_unknown_wording_has_no_sentence():
    content = replace(read("loan_two_homes"), wording=date(2020, 1, 1))
    assert essentials(content) == ()


def test_sentences_are_short():
    for path in (resource_dir("templates") / "wording" / "summary").glob("*.toml"):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        for kind in AGREEMENTS:
            texts = [each["text"] for part in data[kind]["part"] for each in part["sentences"]]
            sentences = [sentence for text in texts for sentence in text.replace("?", ".").split(". ")]
            assert max(len(sentence.split()) for sentence in sentences) <= 22
