"""Spaces that do not break and curled apostrophes: done once, touching neither addresses nor codes."""

import pytest

from materiel.domain.language.typography import bound, bound_html, typeset

SET = {
    "l'article 1890": "l’article~1890",
    "29 octobre 2001": "29~octobre~2001",
    "1er janvier": "1er~janvier",
    "19 oct. 2026": "19~oct.~2026",
    "02.99.25.10.20": "02~99~25~10~20",
    "tél. 02 99 25 10 20, puis": "tél.~02~99~25~10~20, puis",
    "M. Le Goff et Mme D'Arc": "M.~Le Goff et Mme~D’Arc",
    "de 9 h 30 à 12 h": "de 9~h~30 à 12~h",
    "12 345 678,50 €": "12~345~678,50~€",
    "12 bis, rue du Pré, 35580 Baulon": "12 bis,~rue du Pré, 35580~Baulon",
    "CS 44000, RENNES CEDEX 7": "CS~44000, RENNES CEDEX~7",
    "Quoi ? « oui » ; non : 5 % !": "Quoi~? «~oui~»~; non~: 5~%~!",
    "art. L. 212-1, § 3, p. 4, n° 5 – fin": "art.~L.~212-1, §~3, p.~4, n°~5~– fin",
    "l'« État » et l'1": "l’«~État~» et l’1",
    "écran 15 pouces, 8 Go": "écran 15~pouces, 8~Go",
}
LEFT = [
    *("35-2026-0001", "SN 0042X", "2026 123", "5' 10\"", "'mot'", "Laptop.Pro", "10:30", "ratio 16:9"),
    *("jean.d'arc@exemple.fr", "https://exemple.fr/l'ete?a=b;c", "a" * 30),
]


@pytest.mark.parametrize("typed", SET)
def test_a_text_is_set_as_french_is(typed):
    made = typeset(typed)
    assert made.replace("\u00a0", "~") == SET[typed]
    assert typeset(made) == made


@pytest.mark.parametrize("text", LEFT)
def test_codes_and_addresses_are_left(text):
    assert typeset(text) == text


def test_an_address_keeps_its_apostrophe_among_words_that_are_set():
    assert bound("l'adresse d'eau@l'ile.fr n'est") == "l’adresse d'eau@l'ile.fr n’est"


def test_lines_are_joined_or_kept():
    assert typeset(" un \n  deux\t") == "un deux"
    assert bound(" n° 5 :\n  deux ") == " n°\u00a05\u00a0:\n  deux "


def test_texts_of_a_page_are_set_and_what_was_typed_is_left():
    page = (
        "<p title=\"l'été : oui\">L&#39;été&nbsp;: c'est « là », n° <b>5</b></p>"
        "<textarea>l'été : oui</textarea><pre>l'été : oui</pre><code>n° 5</code> n° 6"
        "<script>f('l')</script><input value=\"l'été : oui\"><p>d'<b>Arc</b> &lt;M. Le Goff&gt;</p>"
    )
    made = bound_html(page)
    assert made == (
        '<p title="l\'été : oui">L’été~: c’est «~là~», n°~<b>5</b></p>'
        "<textarea>l'été : oui</textarea><pre>l'été : oui</pre><code>n° 5</code> n°~6"
        "<script>f('l')</script><input value=\"l'été : oui\"><p>d’<b>Arc</b> &lt;M.~Le Goff&gt;</p>"
    ).replace("~", "\u00a0")
    assert bound_html(made) == made


def test_a_code_shown_is_the_code_to_copy():
    """A key whose groups look like a number of thousands, an inventory number in the manner of some services."""
    page = '<span class="m-code">AB34 567X</span><a class="m-code m-nw" href="/x">12 345 L\'a</a><p>12 345 l\'a</p>'
    made = bound_html(page)
    assert made == page.replace("<p>12 345 l'a", "<p>12\u00a0345 l’a")
