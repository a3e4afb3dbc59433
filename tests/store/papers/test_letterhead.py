"""The bloc-marque of a service: kept once, frozen, kept for as long as something bears it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.documents.letterheads import a_letterhead
from tests.store.cast import DSDEN_35, given_document, given_item, given_loan

from materiel.domain.papers.letterhead import Letterhead
from materiel.errors import NotFound
from materiel.store.accounts import service as services
from materiel.store.engine.database import fetch
from materiel.store.engine.ids import new_id
from materiel.store.papers import document as documents
from materiel.store.papers import letterhead as letterheads
from materiel.store.papers import printed

OURS = a_letterhead()
OTHER = Letterhead.of(OURS.png, "D’autres mots")


async def kept() -> set[str]:
    return {row["sha256"] for row in await fetch("SELECT sha256 FROM letterhead")}


async def test_a_proposal_is_read_again_whole_and_goes_when_it_is_given_up(settled) -> None:
    await letterheads.propose(OURS, DSDEN_35)
    current, proposed = await letterheads.of_service(DSDEN_35)
    assert current is None
    assert proposed is not None
    assert (proposed.sha256, proposed.alt, proposed.png) == (OURS.sha256, OURS.alt, OURS.png)
    await letterheads.propose(OTHER, DSDEN_35)
    assert await kept() == {OTHER.sha256}
    await letterheads.propose(None, DSDEN_35)
    assert await kept() == set()
    with pytest.raises(NotFound, match=r"letterhead\.not_found"):
        await letterheads.find(OURS.sha256)
    assert await letterheads.of_service(new_id()) == (None, None)


async def test_what_a_paper_or_a_service_bears_neither_changes_nor_goes(settled) -> None:
    for each in (OURS, OTHER):
        await letterheads.propose(each, DSDEN_35)
        service = await services.get(DSDEN_35)
        await services.save(replace(service, letterhead=each.sha256))
        await letterheads.propose(None, DSDEN_35)
    loan = await given_loan(await given_item())
    paper = await given_document(loan, letterhead=OURS.sha256)
    assert (await documents.get(paper.id, DSDEN_35)).letterhead == OURS.sha256
    for each in (OURS, OTHER):
        await letterheads.forget_unused(each.sha256)
    assert await kept() == {OURS.sha256, OTHER.sha256}
    for refused in (
        "UPDATE letterhead SET alt = 'autre'",
        "DELETE FROM letterhead",
        "UPDATE document SET letterhead = NULL",
    ):
        with pytest.raises(Exception, match=r"(?i)frozen|foreign key"):
            await fetch(refused)


async def test_one_that_is_added_is_not_proposed_and_is_read_with_the_words_of_a_paper(settled) -> None:
    for _ in range(2):
        await letterheads.add(OURS)
    assert await kept() == {OURS.sha256}
    assert await letterheads.of_service(DSDEN_35) == (None, None)
    loan = await given_loan(await given_item())
    bare = await given_document(loan)
    ours = await given_document(loan, number="DSDEN35-2026-0002", code="OURS0000000", letterhead=OURS.sha256)
    said = await printed.contents([bare.id, ours.id])
    assert said == {bare.id: (bare.content, None), ours.id: (ours.content, OURS.sha256)}
    papers = await printed.printed_papers([bare.id], DSDEN_35)
    assert papers[bare.id].loan_id == loan.id
