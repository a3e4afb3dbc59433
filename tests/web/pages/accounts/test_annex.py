"""The annex of the service: written, pointed out, seen on the paper, printed by the agreements that follow."""

from __future__ import annotations

from datetime import timedelta

import httpx
from tests.documents.gate import faults, reading_text
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, hidden_of, submit, text_of

from materiel.documents.content import Heading
from materiel.documents.content_json import content_from_json
from materiel.store.engine.database import fetch
from materiel.store.papers import annex as annexes
from materiel.store.papers import document as documents
from materiel.use_cases.loan.steps import issue_loan

PAGE = "/reglages/annexe"
CHARTER = {
    "title": "Charte d'usage du matériel",
    "starts_on": cast.TODAY.isoformat(),
    "everybody": "Prenez-en soin.\n\n- Ni eau\n- Ni choc",
    "computer": "Éteignez-le avant de le ranger.",
    "other": "Rangez-le au sec.",
    "tablet": "Chargez-la chaque soir.",
}
FORBIDDEN = "Un chèque de caution est demandé."


async def test_the_annex_is_for_administrators(accounts: Accounts) -> None:
    assert (await accounts.admin.get(PAGE)).status_code == 200
    assert (await accounts.manager.get(PAGE)).status_code == 403
    assert (await accounts.anonymous.get(PAGE)).status_code == 303


async def test_a_charter_is_kept_shown_and_printed(accounts: Accounts) -> None:
    assert (await submit(accounts.admin, PAGE, **CHARTER)).status_code == 303
    shown = await accounts.admin.get(PAGE)
    said = text_of(shown)
    assert "Annexe enregistrée. Les conventions déjà émises ne changent pas." in said
    assert "« Charte d'usage du matériel », à partir du 7 septembre 2026. Par Alix Administrateur." in said
    assert "C'est celle d'aujourd'hui." in said
    loan_id = await cast.a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    agreement, *others = await documents.of_loan(loan_id)
    blocks = content_from_json(agreement.content).blocks
    headings = [block.text for block in blocks if isinstance(block, Heading)]
    assert headings[-4] == "Annexe\xa0: Charte d’usage du matériel"
    assert headings[-3:] == ["Charte d’usage", "Matériel pédagogique", "Signatures"]
    assert others
    assert not any("Annexe" in each.content for each in others)
    assert "Rangez-le au sec." not in text_of(await accounts.stranger.get(PAGE))


async def test_a_forbidden_sentence_is_corrected_or_kept_with_a_reason(accounts: Accounts) -> None:
    typed = {**CHARTER, "everybody": FORBIDDEN}
    refused = await submit(accounts.admin, PAGE, **typed)
    assert refused.status_code == 422
    said = text_of(refused)
    assert f"« {FORBIDDEN} »" in said
    assert "Code civil, art. 1876" in said
    key = f"deposit_asked:everybody:{FORBIDDEN}"
    assert f'value="{key}"' in refused.text
    assert (await submit(accounts.admin, PAGE, **typed, kept=key)).status_code == 422
    changed = {**typed, "everybody": "Un chèque de caution est exigé.", "kept": key, "reason": "Relue."}
    assert (await submit(accounts.admin, PAGE, **changed)).status_code == 422
    assert await annexes.versions(cast.SERVICE) == []
    kept = {**typed, "kept": key, "reason": "Relue par le pôle juridique."}
    assert (await submit(accounts.admin, PAGE, **kept)).status_code == 303
    assert (await annexes.versions(cast.SERVICE))[0].sections[0].text == FORBIDDEN
    await cast.noted()
    journal = text_of(await accounts.admin.get("/journal"))
    assert "Caution ou dépôt de garantie. Motif : Relue par le pôle juridique." in journal


async def test_words_on_health_are_never_kept(accounts: Accounts) -> None:
    text = "Ce matériel compense un handicap."
    typed = {**CHARTER, "everybody": text, "kept": f"health:everybody:{text}", "reason": "Relue."}
    refused = await submit(accounts.admin, PAGE, **typed)
    assert refused.status_code == 422
    assert "règlement (UE) 2016/679, art. 9" in text_of(refused)
    assert 'name="kept"' not in refused.text


async def test_the_paper_is_seen_before_anything_is_saved(accounts: Accounts) -> None:
    for text in (CHARTER["everybody"], FORBIDDEN):
        shown = await preview(accounts, {**CHARTER, "everybody": text, "title": ""})
        assert shown.headers["content-type"] == "application/pdf"
        assert shown.headers["content-disposition"].startswith("inline")
        assert faults(shown.content) == []
        words = " ".join(reading_text(shown.content))
        for expected in ("SPÉCIMEN", "Alix Exemple", "Annexe\xa0: Charte d’usage", text.split("\n")[0], "Tablette"):
            assert expected in words
    assert await annexes.versions(cast.SERVICE) == []
    assert await documents_issued() == 0


async def test_each_agreement_that_prints_it_may_be_seen(accounts: Accounts) -> None:
    assert (await submit(accounts.admin, PAGE, **CHARTER)).status_code == 303
    for paper, title, there, not_there in (
        ("loan_agreement", "Convention de prêt", "Alix Exemple", "Dépositaire"),
        ("tripartite_agreement", "Convention tripartite", "Le maire d’Exempleville", "SANS"),
        ("deposit_agreement", "Convention de dépôt", "Le maire d’Exempleville", "Alix"),
        ("notice", "Convention de prêt", "Alix Exemple", "Dépositaire"),
    ):
        typed = await preview(accounts, {**CHARTER, "paper": paper})
        saved = await accounts.admin.get(f"{PAGE}/versions/1/papier", params={"paper": paper})
        for shown in (typed, saved):
            assert faults(shown.content) == []
            words = " ".join(reading_text(shown.content))
            for expected in (title, there, "Annexe\xa0: Charte d’usage du matériel", "Rangez-le au sec."):
                assert expected in words, (paper, expected)
            assert not_there not in words, paper
    page = (await accounts.admin.get(PAGE)).text
    assert f'href="{PAGE}/versions/1/papier?paper=tripartite_agreement"' in page


async def test_what_no_paper_can_print_is_told_under_its_part(accounts: Accounts) -> None:
    for address in (PAGE, f"{PAGE}/papier"):
        refused = await send(accounts, address, {**CHARTER, "tablet": "\u05d0\u05d1"})
        assert refused.status_code == 422
        assert 'id="f-tablet-fault"' in refused.text


async def test_the_versions_follow_each_other_and_end(accounts: Accounts) -> None:
    later = (cast.TODAY + timedelta(days=30)).isoformat()
    assert (await submit(accounts.admin, PAGE, **CHARTER)).status_code == 303
    second = {**CHARTER, "title": "Charte nouvelle", "starts_on": later}
    assert (await submit(accounts.admin, PAGE, **second)).status_code == 303
    said = text_of(await accounts.admin.get(PAGE))
    assert "Les conventions émises aujourd'hui portent « Charte d'usage du matériel »" in said
    assert "À partir du 7 octobre 2026 : « Charte nouvelle »." in said
    stale = await submit(accounts.admin, PAGE, **{**second, "known": "1"})
    assert stale.status_code == 422
    assert "Une autre version de l'annexe a été enregistrée entre-temps" in text_of(stale)
    assert (await accounts.admin.get(f"{PAGE}/versions/2/papier")).content.startswith(b"%PDF")
    assert (await accounts.admin.get(f"{PAGE}/versions/9/papier")).status_code == 404
    assert (await submit(accounts.admin, PAGE, f"{PAGE}/fin", ends_on="")).status_code == 422
    assert (await submit(accounts.admin, PAGE, f"{PAGE}/fin", ends_on="01/01/2020")).status_code == 422
    assert (await submit(accounts.admin, PAGE, f"{PAGE}/fin", ends_on=later)).status_code == 303
    assert "À partir du 7 octobre 2026 : plus d'annexe." in text_of(await accounts.admin.get(PAGE))
    ending = (await annexes.versions(cast.SERVICE))[0]
    assert await annexes.in_force(cast.SERVICE, cast.TODAY + timedelta(days=31)) == ending


async def test_a_version_begins_today_or_later_and_says_something(accounts: Accounts) -> None:
    for wrong in (
        {"title": ""},
        {"starts_on": "2020-01-01"},
        {"starts_on": ""},
        {"everybody": "", "computer": "", "other": "", "tablet": ""},
        {"everybody": "a" * 6_001},
    ):
        assert (await submit(accounts.admin, PAGE, **{**CHARTER, **wrong})).status_code == 422
    assert await annexes.versions(cast.SERVICE) == []


async def preview(accounts: Accounts, values: dict[str, str]) -> httpx.Response:
    return await send(accounts, f"{PAGE}/papier", values)


async def send(accounts: Accounts, address: str, values: dict[str, str]) -> httpx.Response:
    """The form sent by the button of another address."""
    page = (await accounts.admin.get(PAGE)).text
    return await accounts.admin.post(address, data={**hidden_of(page, PAGE), **values})


async def documents_issued() -> int:
    (row,) = await fetch("SELECT count(*) AS number FROM document")
    return int(row["number"])
