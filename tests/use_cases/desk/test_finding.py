"""One search: every kind of thing by its words or its number, in one order, within the service and the role."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.accounts.roles import Actor
from materiel.domain.desk.finding import LONGEST, SHOWN, Findings, Hit, HitKind, UsualAct
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.language import states
from materiel.domain.loan.steps import HandedItem
from materiel.domain.papers.document import AGREEMENTS, Document
from materiel.errors import BadInput
from materiel.store.engine.database import write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.item import item as items
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.people import removal
from materiel.store.retention import erasure
from materiel.use_cases.desk.finding import find
from materiel.use_cases.item.label import replace_label
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await cast.set_up()


async def test_a_label_that_was_replaced_finds_the_item_that_bore_it():
    await replace_label(cast.LAPTOP, 1, actor=cast.MANAGER, now=cast.NOW)
    exact = (await searched("https://pret.example.fr/Q/ABCDEFGHJKM01")).exact
    assert exact is not None
    assert exact.key == str(cast.LAPTOP)
    assert (await searched("ABCDEFGHJKM01", cast.STRANGER)).exact is None


async def searched(q: str, actor: Actor = cast.MANAGER) -> Findings:
    return await find(q, actor=actor, now=cast.NOW)


async def hits(q: str, kind: HitKind, actor: Actor = cast.MANAGER) -> list[Hit]:
    return [hit for group in (await searched(q, actor)).groups if group.kind is kind for hit in group.hits]


async def names(q: str, kind: HitKind) -> list[str]:
    return [hit.name for hit in await hits(q, kind)]


async def an_issued_loan() -> tuple[UUID, Document]:
    loan_id = await cast.a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    return loan_id, next(each for each in await documents.of_loan(loan_id) if each.kind in AGREEMENTS)


async def rename(item_id: UUID, **changes: object) -> None:
    async with write_transaction():
        await items.save(replace(await items.get(item_id, cast.SERVICE), **changes))  # type: ignore[arg-type]


async def test_the_kinds_come_in_one_order() -> None:
    loan_id, _ = await an_issued_loan()
    found = await searched("exemple")
    assert [group.kind for group in found.groups] == [
        HitKind.PUPIL,
        HitKind.REPRESENTATIVE,
        HitKind.LOAN,
        HitKind.DOCUMENT,
    ]
    assert found.exact is None
    assert not found.more
    assert found.total == 1 + 3 + 1 + len(await documents.of_loan(loan_id))
    assert [group.kind for group in (await searched("baulon")).groups] == [
        HitKind.LOAN,
        HitKind.DOCUMENT,
        HitKind.SCHOOL,
        HitKind.MUNICIPALITY,
    ]


async def test_a_pupil_is_found_with_age_and_school_to_be_lent_to() -> None:
    (hit,) = await hits("ZOE  exemple", HitKind.PUPIL)
    assert hit == Hit(
        kind=HitKind.PUPIL,
        key=str(cast.CHILD),
        name="Exemple Zoé",
        detail="10 ans",
        place=hit.place,
        act=UsualAct.LEND,
        pupil_id=cast.CHILD,
    )
    assert hit.place.endswith(", Baulon")
    assert await hits("zoe exemple", HitKind.PUPIL) == await hits("Exemple Zoé", HitKind.PUPIL) == [hit]
    assert await hits("zoe fictif", HitKind.PUPIL) == []


async def test_nobody_lends_to_a_pupil_who_died() -> None:
    async with write_transaction():
        await pupils.save(replace(await pupils.get(cast.CHILD, cast.SERVICE), died_on=cast.TODAY))
    (hit,) = await hits("zoé", HitKind.PUPIL)
    assert hit.act is None


async def test_a_representative_leads_to_the_pupil_and_a_hidden_home_is_not_told() -> None:
    (mother,) = await hits("lise exemple", HitKind.REPRESENTATIVE)
    assert (mother.name, mother.detail, mother.place) == ("Exemple Lise", "mère de l'élève Noé Fictif", "Baulon")
    assert (mother.pupil_id, mother.act) == (cast.TWO_HOMES, None)
    pupil = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
    homes = (replace(pupil.homes[0], confidential=True), pupil.homes[1])
    async with write_transaction():
        await pupils.save(replace(pupil, homes=homes))
    (mother,) = await hits("lise", HitKind.REPRESENTATIVE)
    assert mother.place == ""
    assert await names("exemple", HitKind.REPRESENTATIVE) == ["Exemple Anne", "Exemple Lise", "Exemple Paul"]


async def test_who_is_corrected_moved_or_deleted_is_found_as_they_are_now() -> None:
    pupil = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
    people = (replace(pupil.representatives[0], last_name="Le Goff"), pupil.representatives[1])
    async with write_transaction():
        await pupils.save(replace(pupil, last_name="Imaginé", representatives=people))
        await removal.add_person(pupil.representatives[1].id, cast.CHILD, 5)
    assert await names("fictif", HitKind.PUPIL) == []
    assert await names("imagine", HitKind.PUPIL) == ["Imaginé Noé"]
    assert await names("legoff", HitKind.REPRESENTATIVE) == ["Le Goff Lise"]
    (moved,) = await hits("paul", HitKind.REPRESENTATIVE)
    assert moved.pupil_id == cast.CHILD
    async with write_transaction():
        await removal.delete(cast.TWO_HOMES)
    assert (await searched("imagine")).groups == ()
    assert await names("legoff", HitKind.REPRESENTATIVE) == []
    await erasure.scrub()
    assert await names("paul", HitKind.REPRESENTATIVE) == ["Exemple Paul"]


async def test_an_item_has_the_act_of_its_state() -> None:
    (stock,) = await hits("2026-00001", HitKind.ITEM)
    assert (stock.name, stock.detail, stock.act) == ("35-2026-00001", "Ordinateur portable", UsualAct.LEND)
    loan_id = await cast.a_draft()
    (drafted,) = await hits("2026-00001", HitKind.ITEM)
    assert (drafted.act, drafted.loan_id) == (UsualAct.RESUME, loan_id)
    await issue_loan(loan_id, issuer=cast.ISSUER)
    (reserved,) = await hits("2026-00001", HitKind.ITEM)
    assert (reserved.act, reserved.shown) == (UsualAct.HAND_OVER, states.RESERVED)
    await handed(loan_id)
    (lent,) = await hits("2026-00001", HitKind.ITEM)
    assert (lent.act, lent.loan_id, lent.pupil_id) == (UsualAct.TAKE_BACK, loan_id, cast.CHILD)
    assert lent.place.startswith("Exemple Zoé, ")
    await rename(cast.SPARE, status=ItemStatus.TO_PREPARE)
    (back,) = await hits("2026-00007", HitKind.ITEM)
    assert back.act is UsualAct.PREPARE
    await rename(cast.SPARE, status=ItemStatus.LOST)
    (lost,) = await hits("2026-00007", HitKind.ITEM)
    assert lost.act is None


async def handed(loan_id: UUID) -> None:
    given = (HandedItem(item_id=cast.LAPTOP, condition=Condition.GOOD, accessories=("Chargeur", "Housse")),)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=given), issuer=cast.ISSUER)


async def test_a_loan_is_found_by_its_pupil_its_school_both_and_its_number() -> None:
    loan_id = await cast.a_draft()
    (draft,) = await hits("exemple", HitKind.LOAN)
    assert (draft.name, draft.act) == ("Brouillon du 7 septembre 2026", UsualAct.RESUME)
    await issue_loan(loan_id, issuer=cast.ISSUER)
    for q in ("zoe", "baulon", "baulon exemple", "2026-00001", "00001"):
        assert [hit.key for hit in await hits(q, HitKind.LOAN)] == [str(loan_id)], q
    (issued,) = await hits("zoé", HitKind.LOAN)
    assert (issued.name, issued.detail) == ("DSDEN35-2026-00001", "1 matériel, Exemple Zoé")
    assert issued.place.endswith(", ramené au domicile")
    assert (issued.state, issued.act) == ("issued", UsualAct.HAND_OVER)
    assert await hits("fictif baulon", HitKind.LOAN) == []
    await handed(loan_id)
    (handed_over,) = await hits("zoé", HitKind.LOAN)
    assert handed_over.act is UsualAct.TAKE_BACK


async def test_words_too_common_are_looked_for_among_the_newest_loans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("materiel.store.desk.finding.RARE", 0)
    loan_id, _ = await an_issued_loan()
    for q in ("zoe", "baulon exemple"):
        assert [hit.key for hit in await hits(q, HitKind.LOAN)] == [str(loan_id)], q
    monkeypatch.setattr("materiel.store.desk.finding.RARE", 1)
    other = await cast.a_draft(pupil=cast.ADULT, school=cast.COLLEGE, items=(cast.SPARE,))
    third = await cast.a_draft(pupil=cast.CHILD, items=(cast.LAST,))
    assert [hit.key for hit in await hits("modele ilan", HitKind.LOAN)] == [str(other)]
    assert [hit.key for hit in await hits("zoe", HitKind.LOAN)] == [str(third), str(loan_id)]
    assert await hits("zoe modele", HitKind.LOAN) == []


async def test_papers_that_await_a_signature_come_first() -> None:
    _, agreement = await an_issued_loan()
    first, second = await hits("exemple", HitKind.DOCUMENT)
    assert first.key == str(agreement.id)
    assert (first.shown, first.act, first.place) == (states.SIGNATURE_AWAITED, UsualAct.SIGN, "Exemple Zoé")
    assert first.name == "Convention de prêt DSDEN35-2026-00001"
    assert (second.shown, second.act) == (states.NOTICE_TO_SEND, None)


async def test_an_exact_number_opens_its_sheet() -> None:
    await rename(cast.SPARE, serial_number="SN 42-É7")
    loan_id, agreement = await an_issued_loan()
    notice = next(each for each in await documents.of_loan(loan_id) if each.id != agreement.id)
    expected = {
        " 35-2026-00008 ": (HitKind.ITEM, cast.LAST),
        "sn42e7": (HitKind.ITEM, cast.SPARE),
        "sn 42-e7": (HitKind.ITEM, cast.SPARE),
        "abcdefghjkm03": (HitKind.ITEM, cast.KEYBOARD),
        "https://pret.example.fr/Q/ABCDEFGHJKM03": (HitKind.ITEM, cast.KEYBOARD),
        "dsden35-2026-00001": (HitKind.DOCUMENT, agreement.id),
        notice.number: (HitKind.DOCUMENT, notice.id),
        f"https://pret.example.fr/V/{notice.code}": (HitKind.DOCUMENT, notice.id),
        "0350122t": (HitKind.SCHOOL, cast.BAULON),
    }
    for q, (kind, key) in expected.items():
        found = await searched(q)
        assert found.exact is not None, q
        assert (found.exact.kind, found.exact.key, found.groups) == (kind, str(key), ()), q
    assert (await searched("35-2026-0000")).exact is None


async def test_a_number_borne_by_two_things_opens_none() -> None:
    await rename(cast.SPARE, serial_number="35-2026-00008")
    found = await searched("35-2026-00008")
    assert found.exact is None
    assert {hit.key for group in found.groups for hit in group.hits} == {str(cast.SPARE), str(cast.LAST)}


async def test_a_kind_shows_a_few_and_says_that_there_are_more() -> None:
    twins = [replace(cast.a_child(), id=new_id(), representatives=(), first_name=f"Zoé{n}") for n in range(SHOWN)]
    async with write_transaction():
        await pupils.insert_many(twins, cast.NOW)
    (group,) = [each for each in (await searched("zoe exemple")).groups if each.kind is HitKind.PUPIL]
    assert (len(group.hits), group.more) == (SHOWN, True)
    (group,) = [each for each in (await searched("zoe1")).groups if each.kind is HitKind.PUPIL]
    assert (len(group.hits), group.more) == (1, False)
    (group,) = [each for each in (await searched("ordinateur")).groups if each.kind is HitKind.ITEM]
    assert (len(group.hits), group.more) == (7, False)


async def test_too_little_is_refused_and_too_much_is_cut() -> None:
    for q in ("", " ", "z", "%%", "--", "é"):
        with refused(BadInput, "search.too_short"):
            await searched(q)
    found = await searched("zoé " * 100)
    assert len(found.q) <= LONGEST
    assert found.total > 0


async def test_a_reader_sees_the_same_without_the_acts() -> None:
    await an_issued_loan()
    for q in ("exemple", "2026-00001", "2026-00007"):
        mine, read = await searched(q), await searched(q, cast.READER)
        assert [hit.key for group in mine.groups for hit in group.hits] == [
            hit.key for group in read.groups for hit in group.hits
        ]
        assert {hit.act for group in read.groups for hit in group.hits} == {None}
        assert {hit.act for group in mine.groups for hit in group.hits} != {None}


async def test_another_service_finds_schools_and_communes_alone() -> None:
    _, agreement = await an_issued_loan()
    for q in ("exemple", "zoe", "ordinateur", "00001", "35-2026-00008", agreement.number, "ABCDEFGHJKM03"):
        found = await searched(q, cast.STRANGER)
        assert (found.exact, found.groups) == (None, ()), q
    assert {group.kind for group in (await searched("baulon", cast.STRANGER)).groups} == {
        HitKind.SCHOOL,
        HitKind.MUNICIPALITY,
    }
