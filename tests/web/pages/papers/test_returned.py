"""« Pages numérisées » in a browser without script: a pile handed in, its boxes confirmed, its loose pages settled."""

from __future__ import annotations

import re

from tests.scans.bundles import as_pdf, torn
from tests.use_cases import loan_cast as cast
from tests.use_cases.papers.pile_cast import an_agreement, as_jpeg, pages_of
from tests.web.pages.cast import Accounts, csrf_of, submit, text_of

from materiel.domain.papers.document import SignatureStatus
from materiel.store.papers import document as documents
from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS

LIST = "/numerisations"


async def dropped(browser, *files, read=True):
    """The address of the page of a pile, read unless told otherwise."""
    sent = [("pages", (f"p{rank}", data, "application/octet-stream")) for rank, data in enumerate(files)]
    answer = await browser.post(LIST, data={"_csrf": csrf_of((await browser.get(LIST)).text)}, files=sent)
    assert answer.status_code == 303, text_of(answer)
    if read:
        await run_next("w", HANDLERS, clock=lambda: cast.NOW)
    return answer.headers["location"]


def boxes_in(page, state=""):
    return re.findall(rf'name="boxes" value="([^"]+)"{state}', page.text)


async def test_a_pile_shows_its_progress_then_its_boxes_ticked_where_ink_is(accounts: Accounts) -> None:
    document = await an_agreement()
    pile = await dropped(accounts.manager, as_pdf(await pages_of(document, signed=(0,))), read=False)
    reading = await accounts.manager.get(pile)
    assert "Lecture de la pile" in text_of(reading)
    assert '<meta http-equiv="refresh" content="5">' in reading.text
    await run_next("w", HANDLERS, clock=lambda: cast.NOW)
    page = await accounts.manager.get(pile)
    assert len(boxes_in(page)) == len(document.signatures)
    assert len(boxes_in(page, " checked")) == 1
    assert "Revenu sans signature de" in text_of(page)
    for source in set(re.findall(r'<img src="([^"]+)"', page.text)):
        picture = await accounts.reader.get(source)
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
        assert (await accounts.stranger.get(source)).status_code == 404


async def test_one_button_records_what_is_ticked_on_the_day_of_the_paper(accounts: Accounts) -> None:
    document = await an_agreement()
    pile = await dropped(accounts.manager, as_pdf(await pages_of(document, signed=(0,))))
    page = await accounts.manager.get(pile)
    (scan,) = re.findall(r'name="papers" value="([^"]+)"', page.text)
    answer = await submit(
        accounts.manager,
        pile,
        f"{pile}/confirmer",
        papers=scan,
        boxes=boxes_in(page, " checked"),
        signed_on=cast.TODAY.isoformat(),
    )
    assert (answer.status_code, answer.headers["location"]) == (303, pile)
    after = await documents.get(document.id, cast.SERVICE)
    assert [box.status is SignatureStatus.SIGNED for box in after.signatures] == [
        rank == 0 for rank in range(len(after.signatures))
    ]
    told = text_of(await accounts.manager.get(pile))
    assert "1 signature enregistrée, sur 1 papier relu." in told
    assert "revenu sans signature de" in told
    sheet = text_of(await accounts.manager.get(f"/documents/{document.id}"))
    assert "Revenu sans signature de" in sheet
    assert "Papier signé numérisé" not in sheet


async def test_a_date_refused_keeps_the_ticks_and_says_which_paper(accounts: Accounts) -> None:
    document = await an_agreement()
    pile = await dropped(accounts.manager, as_pdf(await pages_of(document, signed=(0,))))
    page = await accounts.manager.get(pile)
    (scan,) = re.findall(r'name="papers" value="([^"]+)"', page.text)
    ticked = boxes_in(page)[:2]
    fields = {"papers": scan, "boxes": ticked, "signed_on": "2001-01-01"}
    answer = await submit(accounts.manager, pile, f"{pile}/confirmer", **fields)
    assert answer.status_code == 422
    assert document.number in text_of(answer)
    assert boxes_in(answer, " checked") == ticked
    nothing = await submit(accounts.manager, pile, f"{pile}/confirmer", papers="", signed_on=cast.TODAY.isoformat())
    assert nothing.status_code == 303
    assert "Rien n'était coché" in text_of(await accounts.manager.get(pile))
    undated = await submit(accounts.manager, pile, f"{pile}/confirmer", papers=scan)
    assert undated.status_code == 422


async def test_the_button_of_one_paper_says_that_the_others_are_empty(accounts: Accounts) -> None:
    document = await an_agreement()
    *others, last = await pages_of(document)
    pile = await dropped(accounts.manager, as_pdf([*others, torn(last)]))
    rank = document.pages
    await submit(
        accounts.manager,
        pile,
        f"{pile}/pages/{rank}/classer",
        **{f"number-{rank}": document.number, f"page-{rank}": rank, f"turned-{rank}": 0},
    )
    page = await accounts.manager.get(pile)
    assert "À regarder" in text_of(page)
    (scan,) = re.findall(r'name="papers" value="([^"]+)"', page.text)
    fields = {"papers": scan, "signed_on": cast.TODAY.isoformat(), f"signed_on-{scan}": cast.TODAY.isoformat()}
    await submit(accounts.manager, pile, f"{pile}/confirmer", **fields)
    assert "À regarder" in text_of(await accounts.manager.get(pile))
    await submit(accounts.manager, pile, f"{pile}/confirmer", only=scan, **fields)
    assert "Il ne reste rien à relire" in text_of(await accounts.manager.get(pile))


async def test_a_missing_page_and_a_loose_one_are_named_and_settled(accounts: Accounts) -> None:
    document = await an_agreement()
    first, *others = await pages_of(document)
    photographs = [as_jpeg(page) for page in others]
    pile = await dropped(accounts.manager, *photographs, as_jpeg(torn(first)))
    rank = document.pages
    told = text_of(await accounts.manager.get(pile))
    assert f"{document.number} : il manque la page 1" in told
    assert f"Page {rank} de la pile" in told
    home = text_of(await accounts.manager.get("/"))
    assert "2 Relire des numérisations" in home
    assert "Il manque la page 1" in home
    empty = await submit(accounts.manager, pile, f"{pile}/pages/{rank}/classer")
    assert empty.status_code == 422
    unknown = await submit(
        accounts.manager, pile, f"{pile}/pages/{rank}/classer", **{f"number-{rank}": "X-1", f"page-{rank}": 1}
    )
    assert unknown.status_code == 422
    assert "Aucun document de votre service ne porte ce numéro" in text_of(unknown)
    far = await submit(
        accounts.manager,
        pile,
        f"{pile}/pages/{rank}/classer",
        **{f"number-{rank}": document.number, f"page-{rank}": 99},
    )
    assert "relisez le numéro de la page" in text_of(far)
    without = await submit(accounts.manager, pile, f"{pile}/pages/{rank}/ecarter")
    assert without.status_code == 422
    gone = await submit(accounts.manager, pile, f"{pile}/pages/{rank}/ecarter", **{f"reason-{rank}": "Floue"})
    assert gone.status_code == 303
    assert "1 Relire des numérisations" in text_of(await accounts.manager.get("/"))


async def test_a_guessed_page_is_confirmed_in_one_press(accounts: Accounts) -> None:
    document = await an_agreement()
    pages = await pages_of(document)
    assert len(pages) >= 3
    pages[1] = torn(pages[1])
    pile = await dropped(accounts.manager, as_pdf(pages))
    page = await accounts.manager.get(pile)
    assert f"Ce serait la page 2 de {document.kind.label} {document.number}" in text_of(page)
    fields = {"number-2": document.number, "page-2": 2}
    assert (await submit(accounts.manager, pile, f"{pile}/pages/2/classer", **fields)).status_code == 303
    assert "1 papier complet" in text_of(await accounts.manager.get(pile))


async def test_the_same_pile_says_when_it_came(accounts: Accounts) -> None:
    document = await an_agreement()
    data = as_pdf(await pages_of(document))
    first = await dropped(accounts.manager, data)
    assert await dropped(accounts.manager, data, read=False) == first
    assert "Cette pile a déjà été déposée le 7 septembre 2026" in text_of(await accounts.manager.get(first))


async def test_what_is_refused_says_why_in_the_page(accounts: Accounts) -> None:
    nothing = await submit(accounts.manager, LIST, LIST)
    assert nothing.status_code == 422
    token = csrf_of((await accounts.manager.get(LIST)).text)
    other = await accounts.manager.post(LIST, data={"_csrf": token}, files={"pages": ("x.exe", b"MZ" + b"\0" * 50)})
    assert other.status_code == 422
    assert "TIFF, WebP ou HEIC" in text_of(other)
    broken = await dropped(accounts.manager, b"%PDF-1.7 broken")
    assert "n'est pas une numérisation lisible" in text_of(await accounts.manager.get(broken))


async def test_pages_of_others_are_told_without_a_word_of_whose(accounts: Accounts) -> None:
    document = await an_agreement()
    pile = await dropped(accounts.stranger, as_pdf(await pages_of(document)))
    page = await accounts.stranger.get(pile)
    assert "qui n'est pas de votre service" in text_of(page)
    assert document.number not in page.text
    assert "<img" not in page.text
    assert (await accounts.stranger.get(f"{pile}/pages/1/image")).status_code == 404
    gone = await submit(accounts.stranger, pile, f"{pile}/pages/1/ecarter", **{"reason-1": "Rendue"})
    assert gone.status_code == 303


async def test_a_reader_reads_and_acts_on_nothing(accounts: Accounts) -> None:
    document = await an_agreement()
    pile = await dropped(accounts.manager, as_pdf(await pages_of(document)))
    page = await accounts.reader.get(pile)
    assert page.status_code == 200
    assert 'name="boxes"' not in page.text
    assert 'type="file"' not in (await accounts.reader.get(LIST)).text
    assert (await accounts.stranger.get(pile)).status_code == 404
