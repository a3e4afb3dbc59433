"""What a version of the annex is refused for, who writes it, and which one an agreement prints."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.use_cases import loan_cast as cast

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.service import NO_ADDRESS
from materiel.domain.item.family import ItemFamily
from materiel.domain.papers.annex import AnnexSection
from materiel.errors import MaterielError
from materiel.store.accounts import service as services
from materiel.store.papers import annex as annexes
from materiel.store.papers import document as documents
from materiel.use_cases.accounts.annex import WriteAnnex, end_annex, list_annexes, read_annex, write_annex
from materiel.use_cases.accounts.annex_specimen import ShowAnnex, show_annex, show_version
from materiel.use_cases.loan.steps import issue_loan

ADMIN = Actor("user:admin", Role.ADMIN, cast.SERVICE)
WANTED = WriteAnnex(known=0, starts_on=cast.TODAY, title="Charte", sections=(AnnexSection(text="Prenez-en soin."),))


@pytest.fixture(autouse=True)
async def _cast(db) -> None:
    await cast.set_up()


def saying(text: str, **changes) -> WriteAnnex:
    return replace(WANTED, sections=(AnnexSection(text=text, family=ItemFamily.TABLET),), **changes)


async def write(command: WriteAnnex = WANTED):
    return await write_annex(command, actor=ADMIN, now=cast.NOW)


async def refusal_of(act) -> MaterielError:
    with pytest.raises(MaterielError) as refusal:
        await act
    return refusal.value


@pytest.mark.parametrize(
    ("command", "code", "pointers"),
    [
        (replace(WANTED, title=" "), "annex.invalid", ["/title"]),
        (replace(WANTED, title="a" * 121), "annex.invalid", ["/title"]),
        (replace(WANTED, starts_on=cast.TODAY - timedelta(days=1)), "annex.invalid", ["/starts_on"]),
        (replace(WANTED, starts_on=date(2100, 1, 1)), "annex.invalid", ["/starts_on"]),
        (replace(WANTED, sections=()), "annex.invalid", []),
        (saying(" \n "), "annex.invalid", ["/everybody"]),
        (saying("a" * 6_001), "annex.invalid", ["/tablet"]),
        (saying("a\x07b"), "annex.invalid", ["/tablet"]),
        (saying("אב"), "text.not_printable", ["/tablet"]),
        (saying("Une caution est demandée. Assurez-la."), "annex.forbidden_clause", ["/tablet"]),
        (replace(WANTED, title="Caution"), "annex.forbidden_clause", ["/title"]),
        (saying("Une caution est demandée à cause du handicap."), "annex.health_words", ["/tablet", "/tablet"]),
    ],
)
async def test_a_version_is_refused_with_its_fields(command: WriteAnnex, code: str, pointers: list[str]) -> None:
    refusal = await refusal_of(write(command))
    assert (refusal.code, [each.pointer for each in refusal.errors]) == (code, pointers)
    assert await annexes.versions(cast.SERVICE) == []


async def test_a_sentence_is_kept_for_a_reason_and_health_never() -> None:
    told = "Une caution est demandée."
    kept = frozenset({f"deposit_asked:tablet:{told}"})
    assert (await refusal_of(write(saying(told, kept=kept)))).errors[0].pointer == "/reason"
    assert (await write(saying(told, kept=kept, reason="Relue."))).sections[0].text == told
    health = "Un handicap."
    stubborn = saying(health, known=1, kept=frozenset({f"health:tablet:{health}"}), reason="Relue.")
    assert (await refusal_of(write(stubborn))).code == "annex.health_words"


async def test_only_an_administrator_writes_and_only_the_own_service_reads() -> None:
    for actor in (cast.MANAGER, cast.READER):
        for act in (
            write_annex(WANTED, actor=actor, now=cast.NOW),
            end_annex(0, cast.TODAY, actor=actor, now=cast.NOW),
            show_annex(ShowAnnex(title="", sections=()), issuer=replace(cast.ISSUER, actor=actor)),
            show_version(1, issuer=replace(cast.ISSUER, actor=actor)),
        ):
            assert (await refusal_of(act)).code == "actor.forbidden"
    await write()
    assert [each.in_force for each in await list_annexes(actor=cast.READER, now=cast.NOW)] == [True]
    assert await list_annexes(actor=cast.STRANGER, now=cast.NOW) == []
    assert (await refusal_of(read_annex(1, actor=cast.STRANGER))).code == "annex.not_found"


async def test_two_who_write_at_once_do_not_overwrite_each_other() -> None:
    await write()
    assert (await refusal_of(write())).code == "annex.changed"
    assert (await write(replace(WANTED, known=1))).rank == 2


async def test_an_end_is_a_version_and_nothing_is_ended_twice() -> None:
    assert (await refusal_of(end_annex(0, cast.TODAY, actor=ADMIN, now=cast.NOW))).code == "annex.none_in_force"
    await write()
    ended = await end_annex(1, cast.TODAY + timedelta(days=1), actor=ADMIN, now=cast.NOW)
    assert (ended.rank, ended.sections) == (2, ())
    again = end_annex(2, cast.TODAY + timedelta(days=2), actor=ADMIN, now=cast.NOW)
    assert (await refusal_of(again)).code == "annex.none_in_force"


async def test_an_agreement_prints_the_version_of_its_day_and_keeps_it() -> None:
    await write(replace(WANTED, starts_on=cast.TODAY))
    await write(replace(WANTED, known=1, title="Plus tard", starts_on=cast.TODAY + timedelta(days=1)))
    loan_id = await cast.a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    (issued, *_) = await documents.of_loan(loan_id)
    assert "Annexe\xa0: Charte" in issued.content
    await end_annex(2, cast.TODAY, actor=ADMIN, now=cast.NOW)
    (kept, *_) = await documents.of_loan(loan_id)
    assert kept.content == issued.content


async def test_no_paper_is_shown_for_a_service_that_could_issue_none() -> None:
    service = await services.get(cast.SERVICE)
    await services.save(replace(service, address=NO_ADDRESS))
    shown = show_annex(ShowAnnex(title="", sections=WANTED.sections), issuer=replace(cast.ISSUER, actor=ADMIN))
    assert (await refusal_of(shown)).code == "service.incomplete"
