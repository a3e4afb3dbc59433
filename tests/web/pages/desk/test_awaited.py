"""« Signatures attendues », from the home page to the act of each group."""

from __future__ import annotations

from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors import institution_cast as places
from tests.web.pages.cast import Accounts, submit, text_of

from materiel.domain.papers.document import AGREEMENTS, Party, SignatureStatus
from materiel.store.papers import document as documents
from materiel.store.work import outbox

PAGE = "/signatures"


async def test_each_group_has_its_act(accounts: Accounts) -> None:
    await places.set_up_mailbox()
    loan_id = await places.a_tripartite()
    paper = next(each for each in await documents.of_loan(loan_id) if each.kind in AGREEMENTS)
    home = await accounts.manager.get("/")
    assert home.text.count(f'href="{PAGE}"') == 2
    for concern in ("nos-signatures", "signatures-attendues"):
        assert (await accounts.manager.get(f"/a-faire/{concern}")).headers["location"] == PAGE
    shown = text_of(await accounts.manager.get(PAGE))
    for told in (
        "Nos signatures",
        "Familles",
        "Communes et collectivités",
        paper.number,
        "jamais demandée",
        "à imprimer",
    ):
        assert told in shown
    read = await accounts.reader.get(PAGE)
    assert paper.number in read.text
    assert "Enregistrer nos signatures" not in read.text

    async def do(**fields: str):
        return await submit(accounts.manager, PAGE, PAGE, **fields)

    ours = {"party": "managing_service", "documents": str(paper.id)}
    assert (await do(party="managing_service", action="signer")).status_code == 422
    assert (await do(**ours, action="signer", signed_on="")).status_code == 422
    assert (await do(**ours, action="signer", signed_on="2020-01-01")).status_code == 422
    asked = await do(**ours, action="imprimer")
    assert "Imprimer 1 document" in text_of(asked)
    assert "Recto verso, bord long, 1 exemplaire, taille réelle (100 %)" in text_of(asked)
    assert (await do(**ours, action="signer", signed_on=str(paper.issued_on))).status_code == 303
    signed = await documents.get(paper.id, cast.SERVICE)
    assert {box.status for box in signed.signatures if box.party is Party.MANAGING_SERVICE} == {SignatureStatus.SIGNED}
    assert (await do(party="municipality", documents=str(paper.id), action="envoyer")).status_code == 303
    shown = text_of(await accounts.manager.get(PAGE))
    assert "Message à envoyer pour 1 document." in shown
    assert "À envoyer" in shown
    assert len(await outbox.page(cast.SERVICE, limit=9)) == 1
    assert paper.number not in (await accounts.stranger.get(PAGE)).text


async def test_what_families_signed_on_paper_is_recorded_in_a_pile(accounts: Accounts) -> None:
    await places.set_up_mailbox()
    loan_id = await places.a_home_loan()
    paper = next(each for each in await documents.of_loan(loan_id) if each.kind in AGREEMENTS)
    assert "Enregistrer leurs signatures" in (await accounts.manager.get(PAGE)).text
    fields = {"party": "borrower", "documents": str(paper.id), "action": "signer", "signed_on": str(paper.issued_on)}
    answer = await submit(accounts.manager, PAGE, PAGE, **fields)
    signed = await documents.get(paper.id, cast.SERVICE)
    boxes = [box.status for box in signed.signatures if box.party is Party.BORROWER]
    assert (answer.status_code, boxes) == (303, [SignatureStatus.SIGNED])
    assert "La signature est enregistrée." in text_of(await accounts.manager.get(PAGE))


async def test_nothing_awaited_says_so(accounts: Accounts) -> None:
    assert "Aucune signature n'est attendue" in text_of(await accounts.reader.get(PAGE))
