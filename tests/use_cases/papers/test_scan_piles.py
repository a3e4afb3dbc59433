"""What comes back: boxes seen, confirmed by a person, pages missing, foreign, twice, filed by hand, set aside."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.scans.bundles import as_pdf, blank, torn
from tests.use_cases import loan_cast
from tests.use_cases.loan_cast import MANAGER, NOW, READER, SERVICE, STRANGER, set_up
from tests.use_cases.papers.pile_cast import an_agreement, another_agreement, as_jpeg, handed_in, pages_of

from materiel.domain.desk.dashboard import Concern
from materiel.domain.papers.document import SignatureChannel, SignatureStatus
from materiel.domain.papers.scan_pile import InkVerdict, PageProblem, PageState, PileState
from materiel.errors import BadInput, Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.engine.database import fetch
from materiel.store.history import journal
from materiel.store.papers import document as documents
from materiel.store.papers import scan as scans
from materiel.store.papers import scan_pile as piles
from materiel.use_cases.desk.dashboard import tallies
from materiel.use_cases.desk.today import things_of
from materiel.use_cases.papers.scan_settling import FilePage, discard_page, file_page
from materiel.use_cases.papers.scan_sheet import (
    PaperGroup,
    left_to_read,
    list_piles,
    read_box_picture,
    read_page_picture,
    read_pile,
    unsigned_scans,
)
from materiel.use_cases.papers.signed_scans import submit_pile
from materiel.use_cases.signing.returned import ConfirmPaper, confirm_paper

LATER = NOW + timedelta(hours=1)
TODAY = MANAGER.civil_date(NOW)


@pytest.fixture(autouse=True)
async def cast(db):
    await set_up()


def confirmation(sheet, paper, *, signed, left=(), on=TODAY):
    return ConfirmPaper(
        pile_id=sheet.pile.id,
        scan_id=paper.scan_id,
        signed=tuple(box.box.id for box in signed),
        left=tuple(box.box.id for box in left),
        signed_on=on,
    )


async def counted(actor=MANAGER):
    await loan_cast.noted()
    return next(each.count for each in await tallies(actor=actor, now=NOW) if each.concern is Concern.SCANS)


async def test_ink_is_seen_in_its_box_and_signs_nothing():
    document = await an_agreement()
    sheet = await handed_in(as_pdf(await pages_of(document, signed=(0,))))
    (paper,) = sheet.papers
    assert [box.box.verdict for box in paper.boxes] == [
        InkVerdict.INK if rank == 0 else InkVerdict.NONE for rank in range(len(document.signatures))
    ]
    assert [box.signature.name for box in paper.boxes] == [box.name for box in document.signatures]
    after = await documents.get(document.id, SERVICE)
    assert all(box.status is not SignatureStatus.SIGNED for box in after.signatures)
    required = [box.name for box in document.signatures[1:] if box.status is SignatureStatus.PENDING]
    assert paper.unsigned_by == required
    assert paper.group is PaperGroup.UNSIGNED
    box = paper.boxes[0]
    picture = await read_box_picture(sheet.pile.id, box.page.rank, box.box.id, actor=READER)
    assert picture.startswith(b"\xff\xd8\xff")


async def test_a_person_confirms_and_the_paper_is_settled():
    document = await an_agreement()
    everybody = range(len(document.signatures))
    sheet = await handed_in(as_pdf(await pages_of(document, signed=everybody)))
    (paper,) = sheet.papers
    assert paper.group is PaperGroup.COMPLETE
    assert await counted() == 1
    await confirm_paper(confirmation(sheet, paper, signed=paper.boxes), actor=MANAGER, now=LATER)
    after = await documents.get(document.id, SERVICE)
    assert {(box.status, box.channel, box.signed_on) for box in after.signatures} == {
        (SignatureStatus.SIGNED, SignatureChannel.PAPER, TODAY)
    }
    (again,) = (await read_pile(sheet.pile.id, actor=MANAGER)).papers
    assert again.group is PaperGroup.SETTLED
    assert await counted() == 0
    assert await unsigned_scans(after, [paper.scan_id], actor=READER) == {paper.scan_id: []}
    with pytest.raises(NotFound) as gone:
        await read_box_picture(sheet.pile.id, paper.boxes[0].page.rank, paper.boxes[0].box.id, actor=MANAGER)
    assert gone.value.code == "scan_box.not_found"
    with pytest.raises(NotFound) as emptied:
        await read_page_picture(sheet.pile.id, 1, actor=MANAGER)
    assert emptied.value.code == "scan_page.no_image"
    assert (await journal.verify()).fault is None


async def test_a_paper_left_unsigned_is_told_so_and_asked_no_more():
    document = await an_agreement()
    sheet = await handed_in(as_pdf(await pages_of(document, signed=())))
    (paper,) = sheet.papers
    await confirm_paper(confirmation(sheet, paper, signed=(), left=paper.boxes), actor=MANAGER, now=LATER)
    required = [box.name for box in document.signatures if box.status is SignatureStatus.PENDING]
    assert await unsigned_scans(document, [paper.scan_id], actor=READER) == {paper.scan_id: required}
    assert await counted() == 0
    # Said twice, it is noted once.
    await confirm_paper(confirmation(sheet, paper, signed=(), left=paper.boxes), actor=MANAGER, now=LATER)
    rows = await fetch("SELECT action FROM journal WHERE action = 'scan.left_unsigned'")
    assert len(rows) == 1


async def test_a_refused_date_leaves_the_whole_paper_as_it_was():
    document = await an_agreement()
    sheet = await handed_in(as_pdf(await pages_of(document, signed=(0, 1))))
    (paper,) = sheet.papers
    before = document.issued_on - timedelta(days=1)
    with pytest.raises(RuleBroken):
        await confirm_paper(confirmation(sheet, paper, signed=paper.boxes[:2], on=before), actor=MANAGER, now=LATER)
    (again,) = (await read_pile(sheet.pile.id, actor=MANAGER)).papers
    assert all(box.waits for box in again.boxes)


async def test_a_box_of_another_paper_is_not_found():
    one, other = await an_agreement(), await another_agreement()
    sheet = await handed_in(as_pdf([*await pages_of(one), *await pages_of(other, seed=2)]))
    first, second = sheet.papers
    with pytest.raises(NotFound) as refusal:
        await confirm_paper(confirmation(sheet, first, signed=second.boxes), actor=MANAGER, now=LATER)
    assert refusal.value.code == "scan_box.not_found"


async def test_a_paper_of_another_pile_is_not_found():
    one, other = await an_agreement(), await another_agreement()
    here = await handed_in(as_pdf(await pages_of(one)))
    there = await handed_in(as_pdf(await pages_of(other, seed=2)), now=LATER)
    with pytest.raises(NotFound) as refusal:
        await confirm_paper(confirmation(here, there.papers[0], signed=()), actor=MANAGER, now=LATER)
    assert refusal.value.code == "scan.not_found"


async def test_photographs_given_together_are_one_pile():
    document = await an_agreement()
    sheet = await handed_in(*[as_jpeg(page) for page in await pages_of(document)])
    assert sheet.pile.files == document.pages
    assert [paper.document.id for paper in sheet.papers] == [document.id]


async def test_a_page_that_comes_later_completes_the_copy():
    document = await an_agreement()
    *others, last = await pages_of(document, signed=(0,))
    first = await handed_in(as_pdf(others))
    (incomplete,) = first.incomplete
    assert (incomplete.document.id, incomplete.missing) == (document.id, (document.pages,))
    assert await counted() == 1
    assert await scans.of_document(document.id) == []
    second = await handed_in(as_pdf([last]), now=LATER)
    (paper,) = second.papers
    assert len(paper.pages) == document.pages
    assert len(await scans.of_document(document.id)) == 1
    assert (await read_pile(first.pile.id, actor=MANAGER)).incomplete == ()


async def test_the_same_pile_twice_changes_nothing():
    document = await an_agreement()
    data = as_pdf(await pages_of(document))
    first = await handed_in(data)
    again = await submit_pile([data], actor=MANAGER, now=LATER)
    assert again.already
    assert again.pile == first.pile
    assert len(await scans.of_document(document.id)) == 1
    assert len(await list_piles(actor=MANAGER)) == 1


async def test_the_same_page_twice_is_one():
    document = await an_agreement()
    pages = [as_jpeg(page) for page in await pages_of(document)]
    sheet = await handed_in(*pages, pages[0])
    assert [loose.page.rank for loose in sheet.duplicates] == [len(pages) + 1]
    assert len(sheet.papers) == 1
    later = await handed_in(pages[0], now=LATER)
    assert [(loose.page.state, loose.came_at) for loose in later.duplicates] == [(PageState.DUPLICATE, NOW)]


async def test_nothing_is_kept_nor_told_of_another_services_page():
    document = await an_agreement()
    sheet = await handed_in(as_pdf(await pages_of(document)), actor=STRANGER)
    assert {loose.page.problem for loose in sheet.foreign} == {PageProblem.UNKNOWN}
    assert len(sheet.foreign) == document.pages
    kept = await fetch("SELECT document, number, length(content) + length(preview) AS size FROM scan_page")
    assert {(row["document"], row["number"], row["size"]) for row in kept} == {(None, None, 0)}
    command = FilePage(pile_id=sheet.pile.id, rank=1, page=1, document_id=document.id)
    with pytest.raises(Conflict) as refusal:
        await file_page(command, actor=STRANGER, now=LATER)
    assert refusal.value.code == "scan_page.foreign"
    await discard_page(sheet.pile.id, 1, reason="Remise à la DSDEN", actor=STRANGER, now=LATER)
    assert len((await read_pile(sheet.pile.id, actor=STRANGER)).foreign) == document.pages - 1


async def test_an_unread_page_is_filed_by_hand_beside_its_picture():
    document = await an_agreement()
    *others, last = await pages_of(document, signed=(0,))
    sheet = await handed_in(as_pdf([*others, torn(last)]))
    (loose,) = sheet.by_hand
    assert loose.has_picture
    assert await counted() == 2
    command = FilePage(pile_id=sheet.pile.id, rank=loose.page.rank, page=document.pages, number=document.number)
    await file_page(command, actor=MANAGER, now=LATER)
    (paper,) = (await read_pile(sheet.pile.id, actor=MANAGER)).papers
    # Where its boxes lie is not known: a person looks.
    assert {box.box.verdict for box in paper.boxes} == {InkVerdict.LOOK}
    assert len(await scans.of_document(document.id)) == 1
    with pytest.raises(Conflict) as refusal:
        await file_page(command, actor=MANAGER, now=LATER)
    assert refusal.value.code == "scan_page.settled"


async def test_a_page_is_never_filed_by_hand_to_another_services_document():
    document, mine = await an_agreement(), await another_agreement()
    *_, last = await pages_of(mine)
    sheet = await handed_in(as_jpeg(torn(last)), actor=STRANGER)
    for asked in ({"document_id": document.id}, {"number": document.number}):
        with pytest.raises(NotFound) as refusal:
            await file_page(FilePage(pile_id=sheet.pile.id, rank=1, page=1, **asked), actor=STRANGER, now=LATER)
        assert refusal.value.code == "document.not_found"


async def test_a_page_set_aside_leaves_its_reason_alone_and_may_come_again():
    document = await an_agreement()
    first, *_ = await pages_of(document)
    sheet = await handed_in(as_jpeg(torn(first)))
    page = await discard_page(sheet.pile.id, 1, reason="Illisible", actor=MANAGER, now=LATER)
    assert (page.state, page.reason) == (PageState.DISCARDED, "Illisible")
    (row,) = await fetch("SELECT length(content) + length(preview) AS size FROM scan_page")
    assert row["size"] == 0
    again = await handed_in(as_pdf([torn(first)]), now=LATER)
    assert [loose.page.state for loose in again.by_hand] == [PageState.UNREAD]
    assert await counted() == 1


async def test_a_file_that_cannot_be_read_takes_its_place_among_the_others():
    document = await an_agreement()
    pages = [as_jpeg(page) for page in await pages_of(document)]
    sheet = await handed_in(pages[0], b"\xff\xd8\xff broken", *pages[1:])
    assert sheet.pile.state is PileState.READ
    assert [(loose.page.rank, loose.page.problem) for loose in sheet.by_hand] == [(2, PageProblem.DAMAGED)]
    assert len(sheet.papers) == 1
    command = FilePage(pile_id=sheet.pile.id, rank=2, page=1, document_id=document.id)
    with pytest.raises(Conflict) as refusal:
        await file_page(command, actor=MANAGER, now=LATER)
    assert refusal.value.code == "scan_page.no_picture"


async def test_a_pile_that_cannot_be_read_may_be_tried_again():
    sheet = await handed_in(b"%PDF-1.7 broken")
    assert sheet.pile.state is PileState.FAILED
    again = await submit_pile([b"%PDF-1.7 broken"], actor=MANAGER, now=LATER)
    assert not again.already


async def test_blank_backs_need_nobody():
    document = await an_agreement()
    pages = [each for page in await pages_of(document) for each in (page, blank(page.width))]
    sheet = await handed_in(as_pdf(pages))
    assert sheet.by_hand == ()
    assert sum(page.state is PageState.BLANK for page in sheet.pages) == document.pages


async def test_the_home_page_lists_what_is_left_of_this_service():
    document = await an_agreement()
    await handed_in(as_pdf((await pages_of(document))[:-1]))
    (thing,) = await things_of(Concern.SCANS, actor=READER, now=NOW, limit=5)
    assert (thing.number, thing.there) == (document.number, tuple(range(1, document.pages)))
    assert await left_to_read(actor=STRANGER) == []
    assert await counted(STRANGER) == 0


async def test_a_reader_sees_and_does_nothing_and_a_stranger_finds_nothing():
    document = await an_agreement()
    sheet = await handed_in(as_pdf(await pages_of(document)))
    (paper,) = sheet.papers
    for act in (
        confirm_paper(confirmation(sheet, paper, signed=()), actor=READER, now=NOW),
        discard_page(sheet.pile.id, 1, reason="x", actor=READER, now=NOW),
        file_page(FilePage(pile_id=sheet.pile.id, rank=1, page=1), actor=READER, now=NOW),
    ):
        with pytest.raises(PermissionDenied):
            await act
    assert (await read_pile(sheet.pile.id, actor=READER)).papers
    for act in (
        read_pile(sheet.pile.id, actor=STRANGER),
        read_page_picture(sheet.pile.id, 1, actor=STRANGER),
        confirm_paper(confirmation(sheet, paper, signed=()), actor=STRANGER, now=NOW),
        discard_page(sheet.pile.id, 1, reason="x", actor=STRANGER, now=NOW),
        file_page(FilePage(pile_id=sheet.pile.id, rank=1, page=1), actor=STRANGER, now=NOW),
    ):
        with pytest.raises(NotFound) as refusal:
            await act
        assert refusal.value.code == "scan_pile.not_found"
    with pytest.raises(NotFound) as refusal:
        await read_page_picture(sheet.pile.id, 99, actor=MANAGER)
    assert refusal.value.code == "scan_page.not_found"


async def test_too_many_files_are_refused():
    with pytest.raises(BadInput) as refusal:
        await submit_pile([b"%PDF-"] * 101, actor=MANAGER, now=NOW)
    assert refusal.value.code == "scan.too_many_files"


async def test_two_people_do_not_settle_the_same_page():
    document = await an_agreement()
    first, *_ = await pages_of(document)
    sheet = await handed_in(as_jpeg(torn(first)))
    before = sheet.by_hand[0].page
    await discard_page(sheet.pile.id, 1, reason="Illisible", actor=MANAGER, now=LATER)
    after = replace(before, state=PageState.WAITING, document_id=document.id, number=1)
    for act in (piles.place(before, after), piles.discard(before, after)):
        with pytest.raises(Conflict) as refusal:
            await act
        assert refusal.value.code == "scan_page.changed"
