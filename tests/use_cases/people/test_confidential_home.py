"""An address not to be communicated stays out of every paper and page of others; what was issued stays, and is told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.use_cases import loan_cast as cast

from materiel.domain.language.folding import name_key
from materiel.domain.people.confidential_home import hidden_lines, tells_any
from materiel.domain.usage import Custody
from materiel.store.engine.database import write_transaction
from materiel.store.people import pupil as pupils
from materiel.use_cases.imports.pupils import import_pupils
from materiel.use_cases.loan.steps import issue_loan
from materiel.use_cases.people.confidential_home import papers_telling_address

HIDDEN, SHOWN = "2 rue du Puits", "1 rue du Four"


@pytest.fixture(autouse=True)
async def known(db):
    await cast.set_up()


async def hide():
    async with write_transaction():
        pupil = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
        first, second = pupil.homes
        await pupils.save(replace(pupil, homes=(first, replace(second, confidential=True))))


async def issued(custody=Custody.HOME, item=cast.LAPTOP):
    draft = await cast.a_draft(pupil=cast.TWO_HOMES, school=cast.PRIVATE, custody=custody, items=(item,))
    return (await issue_loan(draft, issuer=cast.ISSUER)).made


@pytest.mark.parametrize("custody", list(Custody))
async def test_no_paper_prints_it_and_the_other_home_stays(custody):
    await hide()
    for paper in await issued(custody):
        assert name_key(HIDDEN) not in name_key(paper.content)
    agreement = (await issued(custody, cast.BRAILLE))[0]
    assert name_key(SHOWN) in name_key(agreement.content)
    assert name_key("Adresse connue du service") in name_key(agreement.content)


async def test_what_was_issued_before_stays_and_is_told_to_the_service():
    before = await issued()
    assert await papers_telling_address(cast.TWO_HOMES, actor=cast.READER) == []
    await hide()
    told = await papers_telling_address(cast.TWO_HOMES, actor=cast.READER)
    assert [each.id for each in told] == [each.id for each in before if name_key(HIDDEN) in name_key(each.content)]
    assert told
    assert all(each.content == paper.content for each, paper in zip(told, before, strict=False))


def test_a_line_that_both_homes_share_tells_nothing():
    pupil = cast.a_child_with_two_homes()
    first, second = pupil.homes
    same = replace(pupil, homes=(first, replace(first, confidential=True)))
    assert not tells_any("1 rue du Four, 35000 Rennes", hidden_lines(same))
    hidden = replace(pupil, homes=(first, replace(second, confidential=True)))
    assert tells_any("2\u00a0RUE DU PUITS", hidden_lines(hidden))


async def test_an_import_marks_it():
    table = (
        "Nom;Prénom;Date de naissance;UAI;Adresse;Code postal;Ville;Adresse 2;Code postal 2;Ville 2;"
        "Adresse 2 à ne pas communiquer\n"
        f"Caché;Ulysse;04/03/2015;{cast.BAULON};3 rue A;35580;Baulon;4 rue B;35000;Rennes;OUI\n"
    )
    await import_pupils(table.encode(), actor=cast.MANAGER, now=cast.NOW)
    (pupil,) = await pupils.page(cast.SERVICE, q="cache", limit=2)
    assert [home.confidential for home in pupil.homes] == [False, True]
