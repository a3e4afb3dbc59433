"""The service's own words on a paper: after the articles, before the signatures, never instead of a clause."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from tests.documents.cast import CASES, SERVICE, an_id
from tests.documents.gate import faults, reading_text
from tests.documents.printing import words
from tests.documents.reading import body, composed

from materiel.documents.aids.aid import aid_to
from materiel.documents.conditions import families_of
from materiel.documents.content import BulletList, Heading, Paragraph, Signatures
from materiel.documents.content_json import content_from_json, content_to_json
from materiel.documents.html.document import render_html
from materiel.documents.pdf import render_pdf
from materiel.domain.item.family import ItemFamily
from materiel.domain.papers.annex import Annex, AnnexSection
from materiel.domain.papers.document import AGREEMENTS
from materiel.domain.papers.reading_aid import ReadingAid

AGREED = [name for name, case in CASES.items() if case.kind in AGREEMENTS]
OTHERS = [name for name, case in CASES.items() if case.kind not in AGREEMENTS]
CHARTER = AnnexSection(text="Prenez-en soin.\n\nChaque soir :\n- éteignez-le\n- rangez-le <b>au sec</b>")
ANNEX = Annex(
    id=an_id(900),
    service_id=SERVICE.id,
    rank=1,
    starts_on=date(2026, 9, 1),
    title="Charte d'usage",
    sections=(CHARTER, *(AnnexSection(text=f"Consigne {each.value}.", family=each) for each in ItemFamily)),
    written_at=datetime(2026, 9, 1, tzinfo=UTC),
    written_by="user:1",
)
LONG = replace(ANNEX, sections=(AnnexSection(text="\n\n".join([CHARTER.text, "Prenez-en grand soin. " * 9] * 14)),))


def annexed(name, annex=ANNEX):
    return composed(replace(CASES[name], annex=annex))


def start_of(content):
    """Where the heading of the annex is."""
    return content.blocks.index(Heading(level=2, text="Annexe\xa0: Charte d’usage"))


@pytest.mark.parametrize("name", AGREED)
def test_it_stands_between_the_articles_and_the_signatures_and_takes_no_word_away(name):
    plain, with_annex = composed(CASES[name]), annexed(name)
    start = start_of(with_annex)
    added = len(with_annex.blocks) - len(plain.blocks)
    assert (*with_annex.blocks[:start], *with_annex.blocks[start + added :]) == plain.blocks
    assert with_annex.blocks[start + added] == Heading(level=2, text="Signatures")
    articles = [i for i, each in enumerate(with_annex.blocks) if isinstance(each, Heading) and each.numbered]
    assert max(articles) < start < next(i for i, each in enumerate(with_annex.blocks) if isinstance(each, Signatures))
    assert content_from_json(content_to_json(with_annex)) == with_annex


@pytest.mark.parametrize("name", AGREED)
def test_a_family_is_spoken_of_only_where_an_item_is_of_it(name):
    said = body(annexed(name))
    families = families_of(CASES[name])
    assert families
    assert {each for each in ItemFamily if f"Consigne {each.value}." in said} == families


@pytest.mark.parametrize("name", OTHERS)
def test_no_other_paper_bears_it(name):
    assert annexed(name) == composed(CASES[name])


def test_it_says_its_date_its_rank_and_its_text_as_typed():
    content = annexed("loan_bare")
    start = start_of(content)
    dated, heading, first, lead, bullets = content.blocks[start + 1 : start + 6]
    assert isinstance(dated, Paragraph)
    assert dated.text[0].text.startswith(
        "En vigueur depuis le 1er\xa0septembre\xa02026. Cette annexe complète les articles"
    )
    assert heading == Heading(level=3, text="Charte d’usage")
    assert [each.text[0].text for each in (first, lead)] == ["Prenez-en soin.", "Chaque soir\xa0:"]
    assert isinstance(bullets, BulletList)
    assert [each[0].text for each in bullets.items] == ["éteignez-le", "rangez-le <b>au sec</b>"]
    assert "rangez-le &lt;b&gt;au sec&lt;/b&gt;" in render_html(content)


def test_the_large_print_says_it_too():
    aid = aid_to(annexed("loan_bare"), ReadingAid.LARGE_PRINT)
    assert aid is not None
    assert "Prenez-en soin." in body(aid.content)


def test_nothing_is_printed_where_no_part_concerns_what_is_lent():
    only_books = replace(ANNEX, sections=(AnnexSection(text="Couvrez-le.", family=ItemFamily.BOOK_OR_DOCUMENT),))
    ended = replace(ANNEX, title="", sections=())
    for annex in (only_books, ended):
        assert annexed("loan_bare", annex) == composed(CASES["loan_bare"])
    assert "Couvrez-le." in body(annexed("loan_book", only_books))


@pytest.mark.parametrize("name", ["loan_two_homes", "tripartite_commune", "deposit_college", "loan_book"])
@pytest.mark.parametrize("annex", [ANNEX, LONG], ids=["short", "long"])
def test_the_paper_stays_accessible_and_is_read_in_order(name, annex):
    drawn = render_pdf(annexed(name, annex))
    assert faults(drawn.data) == []
    read = reading_text(drawn.data)
    assert read.index("Annexe\xa0: Charte d’usage") < read.index("rangez-le <b>au sec</b>") < read.index("Signatures")


@pytest.mark.parametrize("annex", [ANNEX, LONG], ids=["short", "long"])
@pytest.mark.parametrize("name", AGREED)
def test_words_of_the_text_stand_above_the_signatures(name, annex):
    drawn = render_pdf(annexed(name, annex))
    signed = [text for page in range(drawn.pages) if "Datez et signez" in (text := words(drawn.data, page))]
    assert len(signed) == 1
    assert len(signed[0].partition("Signatures")[0]) > 160, signed
