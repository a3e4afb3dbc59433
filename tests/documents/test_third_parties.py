"""Whatever a service types of an item, a loan or a pupil, a notice says the family alone (domain § 8.1)."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.documents.cast import AGREEMENT, FATHER, LAPTOP, LUCIE, MAYOR, MOTHER, a_loan, facts, lines_of
from tests.documents.reading import body, composed

from materiel.documents.html.document import render_html
from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import TEXTS
from materiel.domain.papers.document import DocumentKind
from materiel.domain.usage import Basis, BasisKind

HOSTILE = ("handicap", "déficience visuelle", "autiste", "malvoyante", "surdité", "dyspraxie", "fauteuil roulant")
TOKEN = "zwxqv"

hostile = st.builds(
    lambda before, word, after: f"{before} {word} {TOKEN} {after}",
    st.text(st.characters(codec="latin-1", categories=["L", "N"]), max_size=12),
    st.sampled_from(HOSTILE),
    st.text(st.characters(codec="latin-1", categories=["L", "N"]), max_size=12),
)


@settings(deadline=None, max_examples=60)
@given(text=hostile, family=st.sampled_from(ItemFamily))
def test_a_notice_says_nothing_of_what_is_typed(text, family):
    item = replace(
        LAPTOP,
        **dict.fromkeys((each.name for each in TEXTS), text),
        accessories=(text,),
        family=family,
    )
    people = tuple(replace(each, reference=text, on_behalf_of=text) for each in (MOTHER, FATHER))
    loan = a_loan(basis=Basis(kind=BasisKind.CDAPH, reference=text), purpose=text, override_reason=text)
    pupil = replace(LUCIE, representatives=people, protection_reference=text)
    case = facts(
        DocumentKind.NOTICE,
        pupil=pupil,
        loan=loan,
        items=lines_of(item, item),
        addressee=MAYOR,
        agreement_number=AGREEMENT,
    )

    content = composed(case)

    assert f"{family.word} (2)" in body(content)
    for told in (body(content), render_html(content), repr(content)):
        assert TOKEN not in told
        assert [word for word in HOSTILE if word in told] == []
