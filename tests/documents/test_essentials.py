"""What is read before an agreement: eight lines that its own text holds, for every case and every wording."""

from dataclasses import replace

import pytest
from tests.documents.cast import CASES
from tests.documents.reading import composed, readable
from tests.documents.test_compose import AGREEMENT_CASES, FORMERLY, ISSUED_ON

from materiel.documents.content_json import content_from_json, content_to_json
from materiel.documents.essentials import NO_END, essentials
from materiel.domain.papers.document import DocumentKind


def read(name, day=ISSUED_ON):
    return composed(replace(CASES[name], issued_on=day))


@pytest.mark.parametrize("day", [FORMERLY, ISSUED_ON], ids=str)
@pytest.mark.parametrize("name", AGREEMENT_CASES)
def test_an_agreement_is_told_in_eight_lines(name, day):
    case = CASES[name]
    lines = {readable(label): readable(said) for label, said in essentials(read(name, day))}
    assert len(lines) == 8
    until = lines["Jusqu'à quand"]
    ends_on = case.loan.ends_on
    assert until == (f"{NO_END}." if ends_on is None else "Jusqu'au 31 août 2027, ce jour compris.")
    assert case.items[0].item.inventory_number in lines["Quoi"]
    if case.kind is not DocumentKind.DEPOSIT_AGREEMENT:
        assert case.pupil.full_name in lines["Pour qui"]
    assert case.service.phone in lines["Qui appeler"]


def test_they_are_the_same_once_the_document_is_read_back():
    content = read("loan_two_homes")
    assert essentials(content_from_json(content_to_json(content))) == essentials(content)


def test_many_items_are_counted_beyond_the_first():
    case = CASES["loan_two_homes"]
    many = tuple(case.items[0] for _ in range(5))
    told = dict(essentials(composed(replace(case, items=many))))["Quoi"].replace("\u00a0", " ")
    assert told.count("(n°") == 3
    assert "et 2 autres matériels" in told


@pytest.mark.parametrize("name", ["handover_home", "return_clean", "notice_mayor", "amendment_renewal"])
def test_a_paper_that_is_no_agreement_is_read_whole(name):
    assert essentials(read(name)) == ()
