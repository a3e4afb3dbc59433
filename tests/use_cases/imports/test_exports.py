import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest

import materiel
from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.service import ManagingService, ServiceKind
from materiel.domain.address import Address
from materiel.domain.item.family import ItemFamily
from materiel.domain.item.item import ItemStatus, Ownership
from materiel.domain.item.twin import looks
from materiel.domain.loan.loan import Loan, LoanItem, LoanStatus
from materiel.domain.usage import Custody, Usage
from materiel.errors import BadInput, PermissionDenied
from materiel.store.accounts import service as services
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.item import item as items
from materiel.store.item import twin as twins
from materiel.store.loan import loan as loans
from materiel.store.places import municipality as municipalities
from materiel.use_cases.history.item import item_history
from materiel.use_cases.imports.exports import export_items, export_loans, export_register
from materiel.use_cases.imports.items import import_items
from materiel.use_cases.imports.pupils import import_pupils
from materiel.use_cases.imports.schools import import_schools
from materiel.use_cases.item.item import find_item, list_items
from materiel.use_cases.people.pupil import list_pupils

ANNUAIRE = Path(materiel.__file__).parent / "demo_data" / "annuaire-education-35.csv"
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SERVICE = ManagingService(
    id=UUID("0193a000-0000-7000-8000-000000000001"),
    code="DSDEN35",
    name="DSDEN d'Ille-et-Vilaine",
    kind=ServiceKind.DSDEN,
    academie="14",
    departement="035",
    address=Address(lines=("1 quai Dujardin",), postcode="35000", city="Rennes"),
)
OTHER = replace(SERVICE, id=UUID("0193a000-0000-7000-8000-000000000002"), code="DSDEN22", departement="022")
MANAGER = Actor("token:manager", Role.MANAGER, SERVICE.id)
READER = Actor("token:reader", Role.READER, SERVICE.id)
STRANGER = Actor("token:stranger", Role.ADMIN, OTHER.id)

ITEMS = """Numéro d'inventaire;Désignation;Marque;N° de série;Accessoires;Propriété;Date d'acquisition;Prix d'achat
mpa-1;Afficheur braille;Exemple;00012;Housse | Câble USB;;12/01/2024;3 490,00 €
MPA-2;Clavier élargi;;;;Loué;;
"""
PUPILS = """Nom;Prénom;Date de naissance;UAI;Adresse;Code postal;Ville;Adresse_2;Code_postal_2;Ville_2;\
Responsable_1_nom;Responsable_1_prenom;Responsable_1_qualite;Responsable_1_domicile;Responsable_1_courriel
Morvan;Léo;04/03/2015;0350122T;3 rue des Lilas;35580;Baulon;Appt 4 | 2 quai Zola;35000;Rennes;\
Morvan;Anne;mère;2;anne@exemple.fr
Le Bihan;Inès;2016-05-06;350165P;1 place;35190;Cardroc;;;;;;;;
"""


@pytest.fixture(autouse=True)
async def known_world(db):
    await services.insert(SERVICE)
    await services.insert(OTHER)
    lines = ANNUAIRE.read_bytes().splitlines(keepends=True)
    await import_schools(b"".join(lines[:5]), actor=MANAGER, now=NOW)


def figures(report):
    return report.read, report.created, report.updated, report.unchanged, len(report.rejected)


def codes(report):
    return [(each.line, each.code) for each in report.rejected]


async def take_items(text, **options):
    return await import_items(text.encode(), actor=MANAGER, now=NOW, **options)


async def take_pupils(text, **options):
    return await import_pupils(text.encode(), actor=MANAGER, now=NOW, **options)


async def exported(chunks):
    content = b"".join([chunk async for chunk in chunks])
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


async def test_items_go_in():
    assert figures(await take_items(ITEMS)) == (2, 2, 0, 0, 0)
    item = await find_item("MPA-1", actor=READER)
    assert (item.brand, item.serial_number, item.accessories) == ("Exemple", "00012", ("Housse", "Câble USB"))
    assert (item.acquired_on, item.purchase_price_cents) == (date(2024, 1, 12), 349000)
    assert (await find_item("MPA-2", actor=READER)).ownership is Ownership.RENTED


async def test_the_same_items_again_change_nothing():
    await take_items(ITEMS)
    before = await list_items(actor=READER)
    assert figures(await take_items(ITEMS)) == (2, 0, 0, 2, 0)
    assert await list_items(actor=READER) == before


FAMILIES = """Numéro d'inventaire;Désignation;Catégorie;Famille
1;Ordinateur portable;;
2;Plage braille;Déficience visuelle;
3;Ordinateur;;Matériel pédagogique
4;Antidote;;LOGICIEL
5;Loupe;;Optique
6;Tablette;;Nomade
"""


async def test_the_family_is_read_or_guessed_and_the_report_says_which():
    report = await take_items(FAMILIES)
    assert {item.inventory_number: item.family for item in await list_items(actor=MANAGER)} == {
        "1": ItemFamily.COMPUTER,
        "2": ItemFamily.COMPUTER_ACCESSORY,
        "3": ItemFamily.OTHER,
        "4": ItemFamily.SOFTWARE,
        "5": ItemFamily.OTHER,
        "6": ItemFamily.TABLET,
    }
    told = {remark.code: (remark.line, remark.lines) for remark in report.warnings}
    assert told == {
        "item.guessed_computer": (2, 1),
        "item.guessed_computer_accessory": (3, 1),
        "item.guessed_other": (6, 1),
        "item.guessed_tablet": (7, 1),
        "item.family_unknown": (6, 2),
    }
    assert "« ordinateur » devinée" in next(each.detail for each in report.warnings).replace("\u00a0", " ")


async def test_a_family_put_right_survives_an_import_that_does_not_say_it():
    await take_items(FAMILIES)
    report = await take_items("Numéro d'inventaire;Désignation;Famille\n1;Ordinateur de bureau;\n2;Plage;Tablette\n")
    assert report.warnings == []
    assert (await find_item("1", actor=MANAGER)).family is ItemFamily.COMPUTER
    assert (await find_item("2", actor=MANAGER)).family is ItemFamily.TABLET


async def test_a_known_number_is_corrected_and_empty_cells_change_nothing():
    await take_items(ITEMS)
    report = await take_items("Numéro d'inventaire;Désignation;Marque\nMPA-1;Afficheur braille 40;\n")
    assert figures(report) == (1, 0, 1, 0, 0)
    item = await find_item("MPA-1", actor=READER)
    assert (item.designation, item.brand, item.version) == ("Afficheur braille 40", "Exemple", 2)
    assert (await item_history(item.id, actor=READER))[-1].sentence.endswith("désignation.")


async def test_bad_items_are_told_and_good_ones_go_in():
    report = await take_items(
        "Numéro d'inventaire;Désignation;Date d'acquisition;N° de série\n"
        "MPA-1;Bon;;\nMPA-1;Encore;;\nMPÉ;Accent;;\nMPA-3;;;\nMPA-4;x;31/02/2024;\nMPA-5;x;;3,5E+14\nMPA-6;Bon;;1;2\n"
        "MPA-7;Bon;;\n"
    )
    assert codes(report) == [
        (3, "item.duplicate_number"),
        (4, "item.invalid"),
        (5, "item.invalid"),
        (8, "line.columns"),
    ]
    numbers = [item.inventory_number for item in await list_items(actor=READER)]
    assert numbers == ["MPA-1", "MPA-4", "MPA-5", "MPA-7"]
    assert [(each.line, each.column, each.cell) for each in report.left] == [
        (6, "Date d'acquisition", "31/02/2024"),
        (7, "Numéro de série", "3,5E+14"),
    ]


async def test_a_cell_that_a_line_may_do_without_never_costs_it():
    report = await take_items(
        "Numéro d'inventaire;Désignation;Prix d'achat;Date d'acquisition;État;Marque\n"
        f"MPA-1;Bon;offert;12/01/1902;Prêté;{'M' * 300}\nMPA-2;Bon;-5;sept. 2023;;\n"
    )
    assert figures(report) == (2, 2, 0, 0, 0)
    assert {(each.line, each.column) for each in report.left} == {
        *((2, column) for column in ("Prix d'achat", "Date d'acquisition", "État", "Marque")),
        *((3, column) for column in ("Prix d'achat", "Date d'acquisition")),
    }
    assert report.left_count == len(report.left)
    assert all(each.cell and each.detail for each in report.left)
    item = await find_item("MPA-1", actor=READER)
    assert (item.purchase_price_cents, item.acquired_on, item.brand) == (None, None, "")


async def test_what_looks_like_another_item_is_told():
    header = "Numéro d'inventaire;Désignation;N° de série\n"
    await take_items(header + "0000123;PC;SN-1\nT04-005;PC;\n")
    lines = ("123;PC;", "T04-O05;PC;", "T04-l05;PC;", "NEUF-1;PC;sn-1", "NEUF-2;PC;DOUBLE", "NEUF-3;PC;double")
    report = await take_items(header + "\n".join((*lines, "T04-006;PC;NC")) + "\n")
    assert figures(report) == (7, 7, 0, 0, 0)
    assert [(each.line, each.number, each.twin) for each in report.twins] == [
        (2, "123", "0000123"),
        (3, "T04-O05", "T04-005"),
        (5, "NEUF-1", "0000123"),
        (7, "NEUF-3", "NEUF-2"),
    ]
    assert "numéro de série" in report.twins[2].detail
    assert [(each.line, each.cell) for each in report.left] == [(8, "NC")]
    again = await take_items(header + "123;PC;\nT04-O05;PC;\n")
    assert again.twins == []


async def test_the_base_and_the_rule_look_at_numbers_alike():
    header = "Numéro d'inventaire;Désignation\n"
    numbers = ["00O1L", "OOI11", "A-0L", "l0", "35-2O26-1", "A.B/C_D"]
    await take_items(header + "".join(f"{number};PC\n" for number in numbers))
    known = [item.inventory_number for item in await list_items(actor=READER)]
    found = await twins.numbers_like(SERVICE.id, known)
    assert set(found) == {looks(number) for number in known}
    assert all(looks(number) == look for look, number in found.items())


async def test_a_dry_run_of_items_writes_nothing():
    before = await fetch("SELECT * FROM journal")
    report = await import_items(ITEMS.encode(), actor=READER, now=NOW, dry_run=True)
    assert figures(report) == (2, 2, 0, 0, 0)
    assert await list_items(actor=READER) == []
    assert await fetch("SELECT * FROM journal") == before


async def test_items_without_their_columns_are_refused():
    with pytest.raises(BadInput, match="Désignation"):
        await take_items("Numéro d'inventaire;Marque\nMPA-1;x\n")


async def test_an_export_of_items_is_imported_unchanged():
    await take_items(ITEMS + "MPA-3;=1+1;+33;-4;@x;;;\n")
    content = b"".join([chunk async for chunk in export_items(actor=READER)])
    assert "'=1+1" in content.decode()
    report = await import_items(content, actor=MANAGER, now=NOW)
    assert figures(report) == (3, 0, 0, 3, 0)


async def test_an_export_holds_one_service_only():
    await take_items(ITEMS)
    assert await exported(export_items(actor=STRANGER)) == []
    assert await exported(export_register(actor=STRANGER)) == []
    assert await exported(export_loans(actor=STRANGER)) == []


async def test_pupils_go_in():
    assert figures(await take_pupils(PUPILS)) == (2, 2, 0, 0, 0)
    leo = (await list_pupils(actor=READER, q="leo"))[0]
    assert (leo.birth_date, leo.school_uai) == (date(2015, 3, 4), "0350122T")
    assert leo.homes[1].address == Address(lines=("Appt 4", "2 quai Zola"), postcode="35000", city="Rennes")
    assert (leo.representatives[0].full_name, leo.representatives[0].home) == ("Anne Morvan", 1)
    assert (await list_pupils(actor=READER, q="ines"))[0].school_uai == "0350165P"


async def test_the_pupils_own_address_goes_in():
    header, line, *_ = PUPILS.splitlines()
    own = f"{header};Courriel de l'élève;Téléphone de l'élève\n{line};leo@exemple.fr;612345678\n"
    assert figures(await take_pupils(own)) == (1, 1, 0, 0, 0)
    (leo,) = await list_pupils(actor=READER, q="leo")
    assert (leo.email, leo.phone) == ("leo@exemple.fr", "0612345678")


async def test_the_same_pupils_again_change_nothing():
    await take_pupils(PUPILS)
    assert figures(await take_pupils(PUPILS)) == (2, 0, 0, 2, 0)
    assert len(await list_pupils(actor=READER)) == 2


async def test_bad_pupils_are_told_and_good_ones_go_in():
    header = PUPILS.splitlines()[0]
    lines = [
        "A;B;demain;0350122T;rue;35000;Rennes;;;;;;;;",
        "A;B;04/03/2015;0350122A;rue;35000;Rennes;;;;;;;;",
        "A;B;04/03/2015;0350122T;;;;;;;;;;;",
        "A;B;04/03/2015;0350122T;rue;35000;Rennes;;;;X;Y;oncle;;",
        "A;B;04/03/2015;0350122T;rue;35000;Rennes;;;;X;Y;mère;3;",
        "A;B;04/03/2015;0350122T;rue;35580;Baulon;;;;;;;;",
        "a;b;04/03/2015;0350122T;rue;35000;Rennes;;;;;;;;",
    ]
    report = await take_pupils("\n".join([header, *lines]))
    assert codes(report) == [
        (2, "pupil.unreadable"),
        (3, "pupil.invalid"),
        *((line, "pupil.duplicate") for line in (5, 6, 7, 8)),
    ]
    assert [pupil.homes for pupil in await list_pupils(actor=READER)] == [()]


async def test_a_cell_that_a_pupil_may_do_without_never_costs_the_line():
    header = PUPILS.splitlines()[0] + ";Courriel de l'élève;Téléphone de l'élève"
    lines = [
        "A;B;04/03/2015;0350122T;rue;35000;Rennes;;;;X;Y;oncle;;;;",
        "C;B;04/03/2015;0350122T;rue;35000;Rennes;;;;X;Y;mère;3;;;",
        "D;B;04/03/2015;0350122T;rue;1;Rennes;2 rue;35580;Baulon;X;Y;mère;2;x@y;a b@c;sans",
    ]
    report = await take_pupils("\n".join([header, *lines]))
    assert figures(report) == (3, 3, 0, 0, 0)
    assert {(each.line, each.column, each.cell) for each in report.left} == {
        (2, "Responsable 1 qualité", "oncle"),
        (3, "Responsable 1 domicile", "3"),
        (4, "Courriel de l'élève", "a b@c"),
        (4, "Téléphone de l'élève", "sans"),
        (4, "Adresse", "rue, 1 Rennes"),
        (4, "Responsable 1 courriel", "x@y"),
    }
    (pupil,) = await list_pupils(actor=READER, q="d b")
    assert [home.address.city for home in pupil.homes] == ["Baulon"]
    assert [(each.full_name, each.home, each.email) for each in pupil.representatives] == [("Y X", 0, "")]


async def test_persons_in_one_cell_are_told_apart():
    header = "Nom;Prénom;Né(e) le;UAI;Responsable légal 1;Mail responsable 1;Tél responsable 2\n"
    report = await take_pupils(f"{header}A;B;04/03/2015;0350122T;M. et Mme LE GOFF;ab@exemple.fr;0612345678\n")
    (pupil,) = await list_pupils(actor=READER)
    people = [(each.last_name, each.email) for each in pupil.representatives]
    assert people == [("LE GOFF", "ab@exemple.fr"), ("LE GOFF", "")]
    assert [(each.column, each.cell) for each in report.left] == [("Responsable 2 téléphone", "0612345678")]


@pytest.mark.parametrize(
    ("written", "commune", "uai"),
    [
        ("0350122T", "", "0350122T"),
        ("Clg René Cassin CANCALE", "Rennes", "0350003N"),
        ("EEPU Jean Rostand - Rennes", "", "0352158F"),
    ],
)
async def test_a_school_is_told_by_its_name(written, commune, uai):
    await import_schools(ANNUAIRE, actor=MANAGER, now=NOW)
    header = "Nom;Prénom;Né(e) le;Établissement;Commune de l'établissement\n"
    report = await take_pupils(f"{header}A;B;04/03/2015;{written};{commune}\n")
    assert figures(report) == (1, 1, 0, 0, 0)
    assert (await list_pupils(actor=READER))[0].school_uai == uai
    told = [each.detail for each in report.warnings]
    assert told == [] if written == uai else written in told[0]


@pytest.mark.parametrize(
    ("written", "code", "told"),
    [
        ("Collège Pierre Brossolette", "pupil.school_unclear", "0350002M"),
        ("Jean Rostand", "pupil.school_unclear", "Rennes, 0352158F"),
        ("Collège des Sirènes", "pupil.school_unknown", "Écrivez"),
        ("Collège", "pupil.school_unknown", "UAI"),
        ("", "pupil.school_unknown", "nom et sa commune"),
    ],
)
async def test_a_school_that_may_be_another_is_asked(written, code, told):
    await import_schools(ANNUAIRE, actor=MANAGER, now=NOW)
    report = await take_pupils(f"Nom;Prénom;Né(e) le;Établissement\nA;B;04/03/2015;{written}\n")
    assert codes(report) == [(2, code)]
    assert told.lower() in report.rejected[0].detail.lower()


async def test_a_line_without_its_code_is_told_by_the_name_beside():
    await import_schools(ANNUAIRE, actor=MANAGER, now=NOW)
    report = await take_pupils(
        "Nom;Prénom;Né(e) le;Etablissement;UAI\nA;B;04/03/2015;Collège René Cassin Cancale;\n"
        "C;D;04/03/2015;Collège René Cassin Cancale;0350122T\n"
    )
    assert figures(report) == (2, 2, 0, 0, 0)
    assert {each.last_name: each.school_uai for each in await list_pupils(actor=READER)} == {
        "A": "0350003N",
        "C": "0350122T",
    }


HOMES = "Nom;Prénom;Date de naissance;UAI;Adresse;Code postal;Ville;Pays;Adresse 2;Code postal 2;Ville 2;Pays 2"


async def homes_taken(*lines: str):
    """The report of pupils A, B… with these homes, and the homes that went in."""
    people = [f"{chr(65 + rank)};X;04/03/2015;0350122T;{line}" for rank, line in enumerate(lines)]
    report = await take_pupils("\n".join([HOMES, *people]))
    kept = sorted(await list_pupils(actor=READER), key=lambda pupil: pupil.last_name)
    return report, [[home.address for home in pupil.homes] for pupil in kept]


async def test_a_zero_is_given_back_only_to_a_commune_of_that_departement():
    await municipalities.insert_names({"01053": "Bourg-en-Bresse", "35238": "Rennes"})
    report, kept = await homes_taken(
        "1 rue;1000;bourg en bresse;;;;;",
        "1 rue;1201;Genève;;;;;",
        "1 rue;7500;Tournai;;;;;",
        "1 rue;1000;Rennes;;;;;",
        "1 rue;;Rennes;;;;;",
    )
    assert [[each.postcode for each in homes] for homes in kept] == [["01000"], [], [], [], []]
    assert [(each.code, each.line, each.lines) for each in report.warnings] == [("pupil.postcode_zero_restored", 2, 1)]
    assert [(each.line, each.column) for each in report.left] == [(line, "Adresse") for line in (3, 4, 5, 6)]
    assert all("indiquez le pays" in each.detail for each in report.left)


async def test_a_home_abroad_keeps_its_postcode_and_its_country():
    await municipalities.insert_names({"01053": "Bourg-en-Bresse"})
    report, kept = await homes_taken(
        "1 rue;1201;Genève;Suisse;;;;France",
        "1 rue;35000;Rennes;france;9 rue Haute;L-1234;Luxembourg;Luxembourg",
        "1 rue;1000;Bourg-en-Bresse;Belgique;;;;",
        "1 rue;35000;Rennes;;;;;Belgique",
    )
    assert [[(each.postcode, each.country) for each in homes] for homes in kept] == [
        [("1201", "Suisse")],
        [("35000", ""), ("L-1234", "Luxembourg")],
        [("1000", "Belgique")],
        [("35000", "")],
    ]
    assert [(each.line, each.column) for each in report.left] == [(5, "Adresse 2")]
    assert report.warnings == []


async def test_a_pupil_is_not_moved_by_an_import():
    await take_pupils(PUPILS)
    report = await take_pupils(PUPILS.replace("0350122T", "0350165P"))
    assert (codes(report), len(report.moves)) == ([], 1)
    assert (await list_pupils(actor=READER, q="leo"))[0].school_uai == "0350122T"


async def test_a_pupil_written_otherwise_is_the_one_already_known():
    await take_pupils(PUPILS)
    known = [f"{each.last_name} {each.first_name}" for each in await list_pupils(actor=READER)]
    report = await take_pupils(PUPILS.replace("Léo", "LEO").replace("Morvan", "Mor\u00advan"))
    assert figures(report) == (2, 0, 0, 2, 0)
    assert [f"{each.last_name} {each.first_name}" for each in await list_pupils(actor=READER)] == known


async def test_a_reader_imports_nothing():
    with pytest.raises(PermissionDenied):
        await import_items(ITEMS.encode(), actor=READER, now=NOW)
    with pytest.raises(PermissionDenied):
        await import_pupils(PUPILS.encode(), actor=READER, now=NOW)


async def a_loan_of_the_first_item():
    await take_items(ITEMS)
    await take_pupils(PUPILS)
    item = await find_item("MPA-1", actor=READER)
    pupil = (await list_pupils(actor=READER, q="leo"))[0]
    loan = Loan(
        id=new_id(),
        service_id=SERVICE.id,
        usage=Usage.INDIVIDUAL,
        custody=Custody.HOME,
        school_uai=pupil.school_uai,
        pupil_id=pupil.id,
        status=LoanStatus.DRAFT,
        starts_on=date(2026, 11, 21),
        ends_on=date(2027, 8, 31),
        purpose="Travail scolaire",
        items=(LoanItem(item_id=item.id, added_on=date(2026, 11, 21)),),
        created_at=NOW,
    )
    async with write_transaction():
        await loans.insert(loan, "{}")
        await items.set_status([item.id], ItemStatus.RESERVED)
    return item


async def test_loans_are_exported_with_their_items():
    await a_loan_of_the_first_item()
    rows = await exported(export_loans(actor=READER))
    assert len(rows) == 1
    assert (rows[0]["Nom"], rows[0]["UAI"], rows[0]["Matériels"]) == ("Morvan", "0350122T", "MPA-1")
    assert (rows[0]["État"], rows[0]["Début"], rows[0]["Émis le"]) == ("Brouillon", "21/11/2026", "")


async def test_the_register_says_where_and_names_nobody():
    item = await a_loan_of_the_first_item()
    async with write_transaction():
        await items.save(replace(await items.get(item.id, SERVICE.id), note="chez Morvan"))
    rows = await exported(export_register(actor=READER))
    assert [(row["Numéro d'inventaire"], row["État"], row["UAI"]) for row in rows] == [
        ("MPA-1", "Réservé", "0350122T"),
        ("MPA-2", "En réserve", ""),
    ]
    assert "Morvan" not in str(rows)


async def test_the_history_of_an_item_tells_its_loans():
    item = await a_loan_of_the_first_item()
    lines = await item_history(item.id, actor=READER)
    assert [line.action for line in lines] == ["item.registered", "loan.item_added"]
    assert "0350122T" in lines[1].sentence
    assert not any("Morvan" in line.sentence for line in lines)
