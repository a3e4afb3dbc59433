"""A manager takes over the park that she keeps in a spreadsheet, from an empty base, reading only the screen."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter
from playwright.sync_api import Page, expect
from tests.browser.conftest import (
    SERVER,
    Demo,
    Site,
    Visit,
    check_accessibility,
    check_no_sideways_scroll,
    drop,
    elsewhere,
    environment,
    free_port,
    materiel,
    run_on_server,
    served,
    url_of,
)
from tests.browser.counter import Counter

import materiel as package
from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.calendar.school_year import school_year
from materiel.domain.papers.document import DocumentStatus, Party, SignatureChannel
from materiel.store.accounts import user as users
from materiel.store.engine.database import fetch
from materiel.use_cases.signing.batch import RecordBatch, record_batch

MANAGER = "inventaire@exemple.invalid"
ANNUAIRE = Path(package.__file__).parent / "demo_data" / "annuaire-education-35.csv"
SECONDS = 1_000
TITLES = (
    *("N° inv.", "Type de matériel", "Marque", "Modèle", "N° série", "Date achat", "Prix TTC", "NOM élève"),
    *("Prénom élève", "Né(e) le", "Établissement", "Commune", "Date de remise", "Fin de convention"),
    *("Notif. MDPH du", "Fin notification", "Convention signée (O/N)", "Observations"),
)
SCHOOLS = (
    ("0352958A", "Rennes"),
    ("Clg René Cassin CANCALE", "Rennes"),
    ("EEPU Jean Rostand - Rennes", "Rennes"),
    # Its commune is another one: nobody may guess.
    ("Collège Pierre Brossolette", "Rennes"),
)
LENT = 60
YEAR = school_year(datetime.now(ZoneInfo("Europe/Paris")).date())
"""The running one: the papers of the park ended in July before it, so that its September is late."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service that has just been installed: one account, the schools, and nothing else."""
    folder = tmp_path_factory.mktemp("empty")
    base_url, database = f"http://127.0.0.1:{free_port()}", str(folder / "empty.sqlite3")
    if SERVER:
        database = f"empty_{uuid4().hex}"
        elsewhere(run_on_server(f"CREATE DATABASE {database}"))
    settings = environment(base_url, url_of(database) if SERVER else f"sqlite:///{database}", folder)
    materiel("db", "upgrade", settings=settings)
    service = ("--code", "DSDEN35", "--name", "DSDEN d'Ille-et-Vilaine", "--kind", "dsden", "--academie", "14")
    where = ("--address", "1 quai Dujardin", "--postcode", "35000", "--city", "Rennes", "--phone", "02 99 00 00 00")
    who = ("--signatory-name", "Camille Durand", "--signatory-title", "Inspectrice d'académie")
    materiel("service", "create", *service, "--departement", "35", *where, *who, settings=settings)
    materiel("user", "create", "--email", MANAGER, "--name", "Ana Kerbrat", "--role", "manager", settings=settings)
    materiel("import", "schools", str(ANNUAIRE), settings=settings)
    with served(Demo(base_url, database, {}), folder) as empty:
        yield empty
    if SERVER:
        elsewhere(drop(database))


def born(number: int) -> date:
    return date(YEAR - 12, 1 + number % 12, 1 + number % 28)


def a_park(file: Path) -> Path:
    """Sixty items, each at a pupil's home, as offices keep them: a title, groups, everything typed in every way."""
    rows: list[list[object]] = []
    for n in range(1, LENT + 1):
        school, commune = SCHOOLS[n % len(SCHOOLS)]
        rows.append(
            [
                f"35-26-{n:04}",
                ("ORDI", "Plage braille", "clavier")[n % 3],
                "Marque",
                f"Modèle {n % 7}",
                f"SN{n:05}" if n % 4 else "1,23457E+14",
                date(YEAR - 2, 1 + n % 12, 1 + n % 28) if n % 9 else "mars 2022",
                ("1 249,00 €", 549.9, "offert")[n % 3],
                f"NOM{n}",
                f"Prénom{n}",
                born(n),
                school,
                commune,
                date(YEAR - 1, 9 + n % 4, 1 + n % 28) if n != 17 else f"rentrée {YEAR - 1}",
                date(YEAR, 7, 4),
                date(YEAR - 2, 1, 15),
                date(YEAR + 3, 8, 31),
                ("O", "N", "")[n % 3],
                "écran fêlé" if n % 5 == 0 else "",
            ]
        )
    rows[7][0] = rows[3][0]
    rows[9][0] = ""
    rows[20][1] = ""
    with xlsxwriter.Workbook(str(file), {"default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet("PARC")
        bold = book.add_format({"bold": True})
        sheet.write(0, 0, "SUIVI DU MATÉRIEL – année scolaire 2026-2027", bold)
        for first, last, group in ((0, 6, "MATÉRIEL"), (7, 11, "ÉLÈVE"), (12, 17, "PRÊT")):
            sheet.merge_range(1, first, 1, last, group, bold)
        sheet.write_row(2, 0, TITLES, bold)
        for rank, row in enumerate([*rows, ["TOTAL"]]):
            sheet.write_row(3 + rank, 0, row)
        stock = book.add_worksheet("Stock")
        stock.write_row(0, 0, ("inv", "type"))
        stock.write_row(1, 0, ("35-26-9001", "Ordi"))
    return file


def examined(page: Page, journey: Counter, file: Path) -> None:
    """Choose the file of the park and have it examined."""
    chooser = page.get_by_label("Fichier (inventaire avec les élèves et leurs prêts en cours)")
    chooser.set_input_files(file)
    journey.tally["fichiers"] += 1
    journey.click(page.get_by_role("button", name="Examiner : Inventaire avec les élèves et leurs prêts en cours"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ce que l’import ferait")


def figure(page: Page, term: str) -> str:
    """What the page says beside a term."""
    return " ".join(page.locator("dt", has_text=term).first.locator("xpath=../dd").inner_text().split())


def test_a_park_is_taken_over_from_an_empty_base_and_undone(
    visit: Visit, count: Callable[[str, int], Counter], tmp_path: Path
) -> None:
    journey = count("Reprendre un parc de 61 matériels prêtés, puis défaire", 12)
    page = visit("/", account=MANAGER)
    journey.click(page.get_by_role("link", name="Imports et exports"))
    examined(page, journey, a_park(tmp_path / "parc.xlsx"))
    check_accessibility(page)
    # The text that leaves a doubt is asked once, with the school that it may be.
    choice = page.get_by_label("« Collège Pierre Brossolette, Rennes » est", exact=True)
    journey.choose(choice, choice.locator("option").nth(1).inner_text())
    journey.click(page.get_by_role("button", name="Relire avec ces établissements"))
    expect(page.get_by_role("heading", name="Établissements choisis")).to_be_visible()
    assert figure(page, "Lues") == "61 lignes"
    assert figure(page, "À créer") == "58 : 58 matériels, 58 élèves, 58 prêts repris"
    assert figure(page, "Refusées") == "3"
    refused = page.get_by_role("table", name="Lignes refusées")
    expect(refused.get_by_text("figure déjà à la ligne 7")).to_be_visible()
    expect(refused.get_by_text("Indiquez le numéro d")).to_be_visible()
    expect(refused.get_by_text("est un total")).to_be_visible()
    expect(
        page.get_by_text(f"« rentrée {YEAR - 1} » est lu comme une remise le 1er septembre {YEAR - 1}")
    ).to_be_visible()
    journey.click(page.get_by_role("button", name="Importer 58 lignes"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Import terminé", timeout=60 * SECONDS)
    check_accessibility(page)
    journey.click(page.get_by_role("link", name="Voir les prêts"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Prêts et dépôts")
    expect(page.get_by_text("58 prêts").first).to_be_visible()
    page.go_back()
    # The other worksheet is at hand, without the file being chosen again; what it holds is one item in stock.
    journey.click(page.get_by_role("button", name="Examiner la feuille « Stock »"))
    journey.click(page.get_by_role("button", name="Importer 1 ligne"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Import terminé", timeout=60 * SECONDS)
    page.goto("/imports")
    journey.click(page.get_by_role("link", name="parc.xlsx").last)
    journey.fill(page.get_by_label("Pour confirmer, écrivez le nombre de fiches"), "174")
    journey.click(page.get_by_role("button", name="Défaire l’import de 174 fiches"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Import défait", timeout=60 * SECONDS)
    page.goto("/materiels")
    expect(page.get_by_role("link", name="35-26-9001")).to_be_visible()
    expect(page.get_by_role("link", name="35-26-0001")).to_have_count(0)


def test_its_pages_hold_on_a_telephone(visit: Visit, count: Callable[[str, int], Counter], tmp_path: Path) -> None:
    page = visit("/imports", account=MANAGER, width=320, scheme="dark")
    examined(page, count("Examiner un parc au téléphone", 3), a_park(tmp_path / "parc.xlsx"))
    check_accessibility(page)
    check_no_sideways_scroll(page)


def addresses(file: Path) -> Path:
    """What the schools export of the same pupils: an address and a person responsible, half of them with a mailbox."""
    lines = ["Nom;Prénom;Né le;UAI;Adresse;CP;Ville;Responsable 1 nom;Responsable 1 prénom;Responsable 1 courriel"]
    for n in range(1, LENT + 1):
        school = {0: "0352958A", 1: "0350003N"}.get(n % len(SCHOOLS))
        if school is not None:
            mailbox = f"famille{n}@exemple.invalid" if n % 2 else ""
            lines.append(f"NOM{n};Prénom{n};{born(n):%d/%m/%Y};{school};{n} rue;35000;Rennes;NOM{n};Anne;{mailbox}")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def every_paper_is_signed(site: Site) -> None:
    """What the year between two Septembers does: each party signs what awaits it, on paper."""
    account = site.run(lambda: users.find_by_email(MANAGER))
    assert account is not None
    actor, now = Actor(str(account.id), Role.MANAGER, account.service_id), datetime.now(UTC)

    async def sign() -> None:
        for party in (Party.MANAGING_SERVICE, Party.BORROWER):
            rows = await fetch(
                "SELECT DISTINCT signature.document FROM signature JOIN document ON document.id = signature.document"
                f" WHERE signature.party = '{party.value}' AND signature.status = 'pending'"
                f" AND document.status = '{DocumentStatus.IN_FORCE.value}' AND document.kind <> 'handover_receipt'"
            )
            wanted = tuple(row["document"] for row in rows)
            command = RecordBatch(
                document_ids=wanted, party=party, signed_on=actor.civil_date(now), channel=SignatureChannel.PAPER
            )
            await record_batch(command, actor=actor, now=now)

    site.run(sign)


def september(page: Page, journey: Counter, year: int) -> str:
    """Examine the loans for a year, run what is decided, and say what was announced."""
    page.goto("/")
    journey.click(page.get_by_role("link", name=re.compile("^Rentrée")))
    if page.get_by_label("Année scolaire").count() == 0:
        journey.click(page.get_by_role("link", name="Autre année"))
    journey.choose(page.get_by_label("Année scolaire"), f"{year}-{year + 1}")
    journey.click(page.get_by_role("button", name="Examiner les prêts en cours"))
    launch = page.get_by_role("button", name=re.compile("^Lancer pour"))
    expect(launch).to_be_visible(timeout=60 * SECONDS)
    announced = " ".join(launch.inner_text().split())
    journey.click(launch)
    expect(page.get_by_role("heading", name="Rien à lancer")).to_be_visible(timeout=60 * SECONDS)
    return announced


def test_two_septembers_of_a_park_that_was_taken_over(
    visit: Visit, site: Site, count: Callable[[str, int], Counter], tmp_path: Path
) -> None:
    for kind, file in (("inventory", a_park(tmp_path / "p.xlsx")), ("pupils", addresses(tmp_path / "onde.csv"))):
        # Some lines are refused, which the command tells by its status.
        environ = {**site.settings, "PYTHONUTF8": "1"}
        subprocess.run(
            [sys.executable, "-m", "materiel", "import", kind, str(file)], env=environ, check=False, capture_output=True
        )
    page = visit("/", account=MANAGER)
    first, second = count("Une rentrée, de l’examen au lancement", 5), count("La rentrée suivante", 6)
    announced = september(page, first, YEAR)
    check_accessibility(page)
    expect(page.get_by_role("heading", name="Où en est ce qui est fait")).to_be_visible()
    every_paper_is_signed(site)
    assert september(page, second, YEAR + 1) == announced
    # A second run of the same September finds nothing to do.
    page.get_by_role("button", name="Examiner de nouveau").click()
    expect(page.get_by_role("heading", name="Rien à lancer")).to_be_visible(timeout=60 * SECONDS)
    check_accessibility(page)
