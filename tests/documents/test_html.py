import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from tests.documents.cast import CASES, LUCIE, SERVICE, facts
from tests.documents.reading import composed, texts

from materiel.documents.content import Paragraph, Run
from materiel.documents.html.document import render_html

VOID = {"meta", "link"}
HOSTILE = "<script>alert('é')</script> & <b \"Dupont\">"


class Page(HTMLParser):
    """Tags, attributes and text of a page, and whether every element is closed in order."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.attributes, self.words, self.open = [], [], [], []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return squeezed("".join(self.words))


def squeezed(text):
    return re.sub(r"[ \n]+", " ", text)


@pytest.mark.parametrize("name", CASES)
def test_the_page_says_the_same_words_in_the_same_order(name):
    content = composed(CASES[name])
    text = Page(render_html(content)).text.partition(content.number)[2]
    position = 0
    for expected in texts(content):
        found = text.find(squeezed(expected), position)
        assert found >= 0, expected
        position = found + len(expected.rstrip()) - 1 if expected else found


@pytest.mark.parametrize("name", CASES)
def test_the_page_is_well_formed_and_accessible(name):
    source = render_html(composed(CASES[name]), pdf_url="/documents/1/pdf")
    page = Page(source)
    assert page.open == []
    assert ("html", "lang", "fr-FR") in page.attributes
    assert page.tags.count("h1") == 1
    assert page.tags.count("main") == page.tags.count("title") == 1
    assert page.tags.count("caption") == page.tags.count("table")
    assert all(("scope" in re.search(r"<th[^>]*>", th).group()) for th in re.findall(r"<th[ >][^>]*>", source))
    levels = [int(tag[1]) for tag in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [value for _, name_, value in page.attributes if name_ == "id"]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", CASES)
def test_the_page_holds_no_script_and_no_inline_style(name):
    page = Page(render_html(composed(CASES[name])))
    assert not {"script", "style", "iframe", "img", "form"} & set(page.tags)
    assert [
        attribute for attribute in page.attributes if attribute[1] == "style" or attribute[1].startswith("on")
    ] == []
    assert [value for tag, name_, value in page.attributes if tag == "link" and name_ == "href"] == [
        "/static/documents.css"
    ]


def test_what_people_typed_is_text_and_never_markup():
    pupil = replace(LUCIE, last_name=HOSTILE)
    service = replace(SERVICE, name=HOSTILE, address=replace(SERVICE.address, lines=(HOSTILE,)))
    content = composed(facts(CASES["loan_two_homes"].kind, pupil=pupil, service=service))
    page = Page(render_html(replace(content, number=HOSTILE, title=HOSTILE), pdf_url='/x"><script>'))
    assert "script" not in page.tags
    assert "b" not in page.tags
    assert HOSTILE in page.text


def test_only_addresses_that_open_something_become_links():
    content = replace(
        composed(CASES["notice_mayor"]),
        blocks=(
            Paragraph(text=(Run("un piège", url="javascript:alert(1)"), Run("une page", url="https://exemple.fr"))),
        ),
    )
    links = [value for tag, name, value in Page(render_html(content)).attributes if (tag, name) == ("a", "href")]
    assert links == ["https://exemple.fr", content.verify_url]


def test_the_pdf_is_offered_when_there_is_one():
    content = composed(CASES["notice_mayor"])
    assert 'href="/api/documents/1/pdf"' in render_html(content, pdf_url="/api/documents/1/pdf")
    assert "<nav" not in render_html(content)


def test_a_bold_run_is_strong_and_text_is_not_doubled():
    source = render_html(composed(CASES["loan_two_homes"]))
    assert "<strong>31\u00a0août\u00a02027</strong>" in source
    assert source.count("Vos données personnelles") == 1
