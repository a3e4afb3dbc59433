"""« Journal »: sentences, filters, who did what; verified by an administrator, read by no reader."""

from __future__ import annotations

import html
import json
import re

import httpx
import pytest
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, submit, text_of

from materiel.domain.history.sentence import sentence
from materiel.domain.language.folding import fold
from materiel.store.engine.database import fetch, is_postgres, write_transaction
from materiel.store.history import journal
from materiel.use_cases.item.item import RegisterItem, register_item
from materiel.use_cases.loan.steps import issue_loan
from materiel.use_cases.papers.document import mark_sent
from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS
from materiel.web.pages.history.journal import COLUMNS


@pytest.fixture(autouse=True)
async def facts(accounts: Accounts) -> None:
    await register_item(
        RegisterItem(inventory_number="35-2026-07777", designation="Loupe"), actor=cast.MANAGER, now=cast.NOW
    )
    await issue_loan(await cast.a_draft(), issuer=cast.ISSUER)


async def test_entries_are_told_in_sentences(accounts: Accounts) -> None:
    text = text_of(await accounts.manager.get("/journal"))
    assert "Matériel 35-2026-07777 entré à l'inventaire." in text
    assert "Documents d'un prêt émis" in text
    assert "Compte créé." in text
    assert "7 septembre 2026 à 11 h 00" in text
    assert "Prêt de Zoé Exemple" in text
    kept = " ".join(row["details"] for row in await fetch("SELECT details FROM journal"))
    assert "Zoé" not in kept


async def test_the_journal_is_filtered_by_thing_and_by_date(accounts: Accounts) -> None:
    items_only = entries_of(await accounts.manager.get("/journal", params={"objet": "item"}))
    assert "35-2026-07777" in items_only
    assert "Documents d'un prêt émis" not in items_only
    same_day = await accounts.manager.get("/journal", params={"du": "2026-09-07", "au": "2026-09-07"})
    assert "35-2026-07777" in text_of(same_day)
    later = text_of(await accounts.manager.get("/journal", params={"du": "2026-09-08"}))
    assert "Aucune écriture pour ce filtre." in later
    assert "Afficher tout le journal" in later
    wrong = await accounts.manager.get("/journal", params={"du": "2026-09-08", "au": "2026-09-07"})
    assert (wrong.status_code, "La fin précède le début" in text_of(wrong)) == (422, True)


async def test_the_first_and_the_last_days_of_calendars_are_dates(accounts: Accounts) -> None:
    answer = await accounts.manager.get("/journal?du=0001-01-01&au=9999-12-31")
    assert answer.status_code == 200
    assert "35-2026-07777" in text_of(answer)


async def test_pages_of_the_journal_follow_each_other(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = re.findall(r"écriture ([0-9]+)", (await accounts.manager.get("/journal")).text)
    monkeypatch.setattr("materiel.web.pages.history.journal.PAGE", 2)
    page, seen = await accounts.manager.get("/journal"), list[str]()
    while True:
        seen += re.findall(r"écriture ([0-9]+)", page.text)
        following = re.search(r'href="\?avant=([^"]+)"', page.text)
        if following is None:
            break
        page = await accounts.manager.get("/journal", params={"avant": following[1]})
    assert seen == whole


async def test_the_journal_is_read_from_its_beginning_too(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    newest = await accounts.manager.get("/journal")
    whole = re.findall(r"écriture ([0-9]+)", newest.text)
    assert 'aria-sort="descending"><a href="?tri=date">' in newest.text
    monkeypatch.setattr("materiel.web.pages.history.journal.PAGE", 2)
    seen, query = list[str](), "?tri=date"
    while query:
        page = await accounts.manager.get(f"/journal{query}")
        seen += re.findall(r"écriture ([0-9]+)", page.text)
        following = re.search(r'href="([^"]+)" rel="next"', page.text)
        query = following[1].replace("&amp;", "&") if following else ""
    assert seen == whole[::-1]
    monkeypatch.setattr("materiel.use_cases.history.list.COUNTED_AT_ONCE", 3)
    assert "Plus de 3 écritures" in text_of(await accounts.manager.get("/journal"))


def cells_of(page: str, column: int) -> list[str]:
    """What the lines say in a column, from 0, folded as they are sorted."""
    body = page.partition("<tbody")[2].partition("</tbody>")[0]
    told = []
    for row in body.split("<tr")[1:]:
        cell = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)[column]
        hidden = re.sub(r'<span class="fr-sr-only">.*?</span>', "", cell)
        told.append(fold(html.unescape(re.sub(r"<[^>]+>", "", hidden)).replace("\u202f", " ").strip()))
    return told


@pytest.mark.parametrize(("name", "column"), [("fait", 1), ("sujet", 2), ("auteur", 3)])
async def test_a_short_journal_is_sorted_by_each_of_its_columns(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch, name: str, column: int
) -> None:
    page = await accounts.manager.get(f"/journal?tri={name}")
    assert f'aria-sort="ascending"><a href="?tri=-{name}">' in page.text
    assert page.text.count("aria-sort=") == 1
    whole = re.findall(r"écriture ([0-9]+)", (await accounts.manager.get("/journal")).text)
    told = [each for each in cells_of(page.text, column) if each]
    assert told == sorted(told)
    assert len(set(told)) > 1
    backwards = await accounts.manager.get(f"/journal?tri=-{name}")
    assert 'aria-sort="descending"' in backwards.text
    assert [each for each in cells_of(backwards.text, column) if each] == told[::-1]
    monkeypatch.setattr("materiel.web.pages.history.journal.PAGE", 2)
    seen, query = list[str](), f"?tri={name}"
    while query:
        page = await accounts.manager.get(f"/journal{query}")
        seen += re.findall(r"écriture ([0-9]+)", page.text)
        following = re.search(r'href="([^"]+)" rel="next"', page.text)
        query = following[1].replace("&amp;", "&") if following else ""
        assert "zoe" not in query.casefold(), "a place in the list holds no name"
    assert sorted(seen) == sorted(whole)


async def test_a_long_journal_is_sorted_by_its_date_alone(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    for each in COLUMNS[1:]:
        monkeypatch.setattr(type(each), "few", property(lambda self: 2))
    page = await accounts.manager.get("/journal?tri=auteur")
    assert re.search(
        r"Une vue de [0-9]+ lignes ne se trie pas par « Par ». Filtrez-la d'abord : 2 au plus.", text_of(page)
    )
    assert 'aria-sort="descending"><a href="?tri=date">Date</a>' in page.text
    assert 'href="?tri=auteur"' not in page.text
    monkeypatch.setattr("materiel.use_cases.history.list.COUNTED_AT_ONCE", 3)
    assert "Une vue de plus de 3 lignes ne se trie pas" in text_of(await accounts.manager.get("/journal?tri=fait"))
    oldest = await accounts.manager.get("/journal?tri=date")
    assert 'aria-sort="ascending"' in oldest.text
    unknown = await accounts.manager.get("/journal?tri=poids")
    assert "ne se trie pas" not in text_of(unknown)
    few = await accounts.manager.get("/journal?tri=auteur&objet=item")
    assert 'aria-sort="ascending"' in few.text


async def test_another_service_reads_its_own_journal(accounts: Accounts) -> None:
    assert "35-2026-07777" not in text_of(await accounts.stranger.get("/journal"))


def entries_of(answer: httpx.Response) -> str:
    """What the page says below its filters, which name the acts too."""
    return text_of(answer).partition("Filtrer")[2]


async def filtered(accounts: Accounts, **asked: str) -> str:
    return entries_of(await accounts.manager.get("/journal", params=asked))


async def test_the_journal_of_one_pupil_holds_her_loans_and_their_papers(accounts: Accounts) -> None:
    await issue_loan(await cast.a_draft(pupil=cast.ADULT, school=cast.COLLEGE, items=(cast.SPARE,)), issuer=cast.ISSUER)
    hers = await filtered(accounts, sur=f"pupil:{cast.CHILD}")
    assert "Ce qui concerne Zoé Exemple" in hers
    sheet = await accounts.manager.get(f"/eleves/{cast.CHILD}")
    assert f'href="/journal?sur=pupil:{cast.CHILD}"' in sheet.text
    assert "Prêt de Zoé Exemple" in hers
    assert "Convention de prêt" in hers
    assert "Ilan" not in hers
    assert "35-2026-07777" not in hers
    by_name = await filtered(accounts, q="zoe exemple")
    assert "Ce qui concerne Zoé Exemple" in by_name
    several = await filtered(accounts, q="exemple")
    assert "De qui, ou de quoi, s'agit-il ?" in several
    assert "Anne Exemple, pour Zoé Exemple (représentant légal)" in several
    assert "ne répond à « introuvable »" in await filtered(accounts, q="introuvable")


async def test_the_journal_is_filtered_by_item_school_act_and_account(accounts: Accounts) -> None:
    laptop = await filtered(accounts, sur=f"item:{cast.LAPTOP}")
    assert "Ce qui concerne 35-2026-00001" in laptop
    assert "Documents d'un prêt émis" in laptop
    assert "35-2026-07777" not in laptop
    school = await filtered(accounts, sur=f"school:{cast.BAULON}")
    assert "Documents d'un prêt émis" in school
    assert "Aucune écriture" in await filtered(accounts, sur=f"school:{cast.CARDROC}")
    created = await filtered(accounts, acte="loan.created")
    assert "Prêt préparé." in created
    assert "Documents d'un prêt émis." not in created
    rows = await fetch("SELECT id FROM app_user WHERE email = 'gestion@exemple.fr'")
    await submit(accounts.manager, f"/eleves/{cast.CHILD}/deces", died_on="2026-09-06")
    mine = await filtered(accounts, sur=f"user:{rows[0]['id']}")
    assert "Décès d'un élève enregistré." in mine
    assert "Documents d'un prêt émis." not in mine


async def test_a_target_of_another_service_or_unreadable_shows_nothing_of_it(accounts: Accounts) -> None:
    other = entries_of(await accounts.stranger.get("/journal", params={"sur": f"pupil:{cast.CHILD}"}))
    assert "Zoé" not in other
    assert "Documents d'un prêt émis" not in other
    assert "Documents d'un prêt émis" in await filtered(accounts, sur="pupil:rien")


async def test_sentences_say_to_whom(accounts: Accounts) -> None:
    rows = await fetch("SELECT id FROM document WHERE kind = 'notice'")
    await mark_sent(rows[0]["id"], actor=cast.MANAGER, now=cast.NOW)
    rows = await fetch("SELECT id, loan FROM document WHERE kind = 'loan_agreement'")
    box = (await fetch("SELECT id FROM signature WHERE party = 'borrower'"))[0]
    details = {"letters": 1, "signatories": [str(box["id"])]}
    document, loan = str(rows[0]["id"]), str(rows[0]["loan"])
    async with write_transaction():
        by = journal.by(cast.MANAGER, cast.NOW)
        await by.note("document.sent_for_signature", document, details)
        await by.note("loan.recalled", loan)
    text = await filtered(accounts)
    assert "Document envoyé par la poste : Le maire de Baulon." in text
    assert "Signature d'un document demandée : Anne Exemple." in text
    assert "Retour demandé à l'emprunteur." in text


async def test_the_journal_is_taken_away_filtered_and_the_export_is_noted(accounts: Accounts) -> None:
    answer = await submit(
        accounts.manager, f"/journal?sur=pupil:{cast.CHILD}", "/journal/export", format="csv", sur=f"pupil:{cast.CHILD}"
    )
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="journal.csv"'
    assert "Prêt de Zoé Exemple" in answer.text
    assert "35-2026-07777" not in answer.text
    assert "Journal exporté." in await filtered(accounts, acte="journal.exported")
    noted = await fetch("SELECT details FROM journal WHERE action = 'journal.exported'")
    assert json.loads(noted[0]["details"]) == {"form": "csv", "target": f"pupil:{cast.CHILD}"}
    workbook = await submit(accounts.manager, "/journal", "/journal/export", format="xlsx")
    assert workbook.content.startswith(b"PK")
    wrong = await submit(accounts.manager, "/journal", "/journal/export", format="pdf")
    assert wrong.status_code == 400  # journal.export_filter
    assert "Ce filtre ne se lit pas" in text_of(wrong)


async def verified(accounts: Accounts) -> str:
    answer = await submit(accounts.admin, "/journal", "/journal/verification")
    progress = answer.headers["location"]
    assert "Actualiser" in text_of(await accounts.admin.get(progress))
    await run_next("tests", HANDLERS, clock=lambda: cast.NOW)
    return text_of(await accounts.admin.get(progress))


async def test_an_administrator_verifies_the_journal(accounts: Accounts) -> None:
    text = await verified(accounts)
    assert "Rien n'a été altéré." in text
    assert "documents comparés à leur empreinte" in text


async def test_an_altered_entry_is_named(accounts: Accounts) -> None:
    if is_postgres():
        await fetch("ALTER TABLE journal DISABLE TRIGGER ALL")
    else:
        for row in await fetch("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'journal'"):
            await fetch(f"DROP TRIGGER {row['name']}")
    await fetch(f"UPDATE journal SET action = 'item.updated' WHERE chain = '{cast.SERVICE}' AND sequence = 2")
    text = await verified(accounts)
    assert "Une altération a été trouvée" in text
    assert "Écriture n° 2 : l'écriture a été modifiée." in text


async def test_a_manager_verifies_nothing_and_a_reader_reads_nothing(accounts: Accounts) -> None:
    page = await accounts.manager.get("/journal")
    assert "Vérifier le journal" not in page.text
    token = re.search(r'name="_csrf" value="([^"]+)"', page.text)
    assert token
    refused = await accounts.manager.post("/journal/verification", data={"_csrf": token[1]})
    assert refused.status_code == 403
    assert (await accounts.reader.get("/journal")).status_code == 403


@pytest.mark.parametrize(
    ("action", "details", "told"),
    [
        ("label.printed", {"labels": 1}, "1 étiquette imprimée."),
        ("label.printed", {"labels": 24}, "24 étiquettes imprimées."),
        (
            "item.status_changed",
            {"from": "in_stock", "to": "lost", "reason": "Bus"},
            "État d'un matériel passé de « En réserve » à « Perdu » : Bus",
        ),
        ("item.updated", {"fields": ["brand", "model"]}, "Fiche d'un matériel corrigée : marque et modèle."),
        ("loan.handed_over", {"documents": ["B-1", "B-2"]}, "Matériel remis : B-1 et B-2."),
        (
            "document.signed",
            {"signed_on": "2026-09-01", "channel": "paper"},
            "Signature du 1er septembre 2026 enregistrée, sur papier.",
        ),
        ("future.action", {}, "Action « future.action »."),
    ],
)
def test_each_action_has_its_sentence(action: str, details: dict[str, object], told: str) -> None:
    assert sentence(action, details) == told
