"""`materiel import` and `export`: reports, dry runs, refused files."""

from __future__ import annotations

import json
from pathlib import Path

import xlsxwriter
from tests.cli.conftest import Run

FILES = Path(__file__).parents[1] / "exchange" / "files"
ANNUAIRE = Path(__file__).parents[2] / "src" / "materiel" / "demo_data" / "annuaire-education-35.csv"


def test_a_second_import_of_the_schools_changes_nothing(with_service: Run) -> None:
    dry = with_service("import", "schools", ANNUAIRE, "--dry-run", "--json").json
    first = with_service("import", "schools", ANNUAIRE, "--json").json
    assert (dry["read"], dry["created"]) == (first["read"], first["created"])
    assert first["created"] > 900
    second = with_service("import", "schools", ANNUAIRE)
    assert second.code == 0
    assert "996 inchangée(s)" in second.err


def test_refused_lines_are_told_and_the_others_go_in(with_service: Run, tmp_path: Path) -> None:
    file = tmp_path / "materiels.csv"
    file.write_text("Numéro d'inventaire;Désignation\nA-1;Ordinateur\n;Sans numéro\nA-3;Tablette\n", encoding="utf-8")
    report = with_service("import", "items", file)
    assert report.code == 1
    assert "2 créée(s)" in report.err
    assert "Ligne 3 refusée" in report.err
    assert with_service("import", "items", file, "--json").json["unchanged"] == 2


def test_a_workbook_is_imported_and_its_refused_lines_given_back(with_service: Run, tmp_path: Path) -> None:
    workbook, back = FILES / "inventaire.xlsx", tmp_path / "refusees.xlsx"
    tried = with_service("import", "items", workbook, "--dry-run", "--json")
    assert (tried.code, tried.json["created"], tried.json["ignored"]) == (1, 296, [])
    assert tried.err == ""
    done = with_service("import", "items", workbook, "--rejected", back)
    assert done.code == 1
    assert "296 créée(s)" in done.err
    again = with_service("import", "items", back, "--json").json
    # Four lines of a number already there: one corrects it now, the others bear it again.
    assert (again["read"], len(again["rejected"])) == (4, 3)


def test_the_command_says_what_the_columns_are(with_service: Run, tmp_path: Path) -> None:
    file, mapping = tmp_path / "parc.csv", tmp_path / "colonnes.json"
    file.write_text("Code;Genre;Note\nA-1;Ordinateur;x\n", encoding="utf-8")
    refused = with_service("import", "items", file, "--json")
    assert (refused.code, refused.json["code"]) == (1, "import.missing_column")
    mapping.write_text('{"Code": "inventory_number", "Genre": "Désignation", "Note": null}', encoding="utf-8")
    for more in (["--dry-run"], []):
        done = with_service("import", "items", file, "--mapping", mapping, *more, "--json")
        assert (done.code, done.json["created"], "import" in done.json) == (0, 1, not more)
    mapping.write_text("[]", encoding="utf-8")
    assert "objet JSON" in with_service("import", "items", file, "--mapping", mapping).err
    assert with_service("import", "schools", ANNUAIRE, "--mapping", mapping).code == 2


def test_the_command_says_the_worksheet_and_the_school(with_service: Run, tmp_path: Path) -> None:
    made = tmp_path / "eleves.xlsx"
    book = xlsxwriter.Workbook(made)
    for name, pupil in (("Avant", "MORVAN Zoé"), ("Cette année", "KERVELLA Tom")):
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, ["Élève", "Né(e) le"])
        sheet.write_row(1, 0, [pupil, "04/03/2015"])
    book.close()
    with_service("import", "schools", ANNUAIRE)
    said = ("--sheet", "Cette année", "--school", "0350122T")
    report = with_service("import", "pupils", made, *said, "--json").json
    assert (report["created"], report["sheet"]) == (1, "Cette année")
    tried = with_service("import", "pupils", made, "--school", "0350122T", "--dry-run", "--json").json
    assert (tried["created"], tried["sheet"]) == (1, "Avant")
    assert "0359999Z" in with_service("import", "pupils", made, "--school", "0359999Z").err


def test_the_needs_of_known_pupils_are_imported_and_undone(with_service: Run, tmp_path: Path) -> None:
    with_service("import", "schools", ANNUAIRE)
    made, listed = tmp_path / "eleves.csv", tmp_path / "besoins.csv"
    made.write_text("Nom;Prénom;Né le;UAI\nMorvan;Zoé;04/03/2015;0350122T\n")
    with_service("import", "pupils", made)
    listed.write_text("Nom;Prénom;Né le;Besoin;Notifié le\nMorvan;Zoé;04/03/2015;Loupe;01/06/2026\n")
    assert with_service("import", "needs", listed, "--dry-run", "--json").json["created"] == 1
    done = with_service("import", "needs", listed, "--json")
    assert (done.code, done.json["created"]) == (0, 1)
    assert with_service("import", "needs", listed, "--json").json["unchanged"] == 1
    assert with_service("import", "undo", done.json["import"], "--json").json["removed"] == 1


def test_an_import_of_the_command_is_undone_by_its_number(with_service: Run, tmp_path: Path) -> None:
    file = tmp_path / "materiels.csv"
    file.write_text("Numéro d'inventaire;Désignation\nA-1;Ordinateur\nA-2;Tablette\n", encoding="utf-8")
    told = with_service("import", "items", file).err
    number = told.rpartition("materiel import undo ")[2].strip()
    undone = with_service("import", "undo", number)
    assert (undone.code, "2 fiche(s) retirée(s)" in undone.err) == (0, True)
    assert with_service("import", "items", file, "--dry-run", "--json").json["created"] == 2

    report = with_service("import", "items", file, "--json").json
    assert with_service("import", "undo", report["import"], "--json").json == {"removed": 2, "restored": 0, "left": 0}
    unknown = with_service("import", "undo", "0193b000-0000-7000-8000-000000000001", "--json")
    assert (unknown.code, unknown.json["code"]) == (1, "import.expired")


def test_an_inventory_is_exported_as_a_workbook(with_service: Run, tmp_path: Path) -> None:
    file = tmp_path / "materiels.XLSX"
    with_service("import", "items", FILES / "inventaire.xls")
    assert with_service("export", "items", file).code == 0
    assert with_service("import", "items", file, "--json").json["unchanged"] == 5


def test_the_journal_is_exported_and_says_so(with_service: Run, tmp_path: Path) -> None:
    file = tmp_path / "journal.csv"
    assert with_service("export", "journal", file).code == 0
    assert "Journal exporté." in file.read_text(encoding="utf-8-sig")


def test_a_protected_workbook_is_refused(with_service: Run) -> None:
    refused = with_service("import", "items", FILES / "protege.xlsx")
    assert (refused.code, refused.out) == (1, "")
    assert "mot de passe" in refused.err


def test_a_file_that_is_no_table_is_refused(with_service: Run, tmp_path: Path) -> None:
    file = tmp_path / "image.csv"
    file.write_bytes(b"\x89PNG\r\n")
    refused = with_service("import", "pupils", file)
    assert (refused.code, refused.out) == (1, "")


def test_an_export_to_nowhere_is_refused_and_leaves_nothing(with_service: Run, tmp_path: Path) -> None:
    refused = with_service("export", "items", tmp_path / "absent" / "x.csv")
    assert refused.code == 1
    assert "ne peut pas être écrit" in refused.err
    assert list(tmp_path.glob("**/*.part")) == []
    assert "n'existe pas" in refused.err


def test_a_file_already_there_is_replaced_on_demand_alone(with_service: Run, tmp_path: Path) -> None:
    items, file = tmp_path / "materiels.csv", tmp_path / "x"
    items.write_text("Numéro d'inventaire;Désignation\nA-1;Ordinateur\n;Sans numéro\n", encoding="utf-8")
    file.write_bytes(b"ancien")
    for command in (
        ("export", "items", file),
        ("export", "loans", file),
        ("export", "register", file),
        ("export", "journal", file),
        ("export", "person", "0193b000-0000-7000-8000-00000000000f", file),
        ("import", "items", items, "--rejected", file),
        ("eliminate", "--list", file),
        ("backup", file),
    ):
        refused = with_service(*command)
        assert (refused.code, refused.out, "--force" in refused.err) == (1, "", True), (command, refused.err)
        assert file.read_bytes() == b"ancien"
    # Nothing was done before the refusal: the item of the import is new, and the list is not prepared.
    assert with_service("import", "items", items, "--rejected", file, "--force", "--json").json["created"] == 1
    assert b"Sans num" in file.read_bytes()
    assert with_service("export", "items", file, "--force").code == 0
    labels = ("labels", "A-1", "--sheet", "a4_3x8", "--out", file)
    assert "--force" in with_service(*labels).err
    assert with_service(*labels, "--force").code == 0
    assert file.read_bytes().startswith(b"%PDF")
    assert with_service("backup", file, "--force").code == 0


def test_a_device_is_no_place_for_an_export(with_service: Run) -> None:
    refused = with_service("export", "items", "/dev/null", "--force")
    assert (refused.code, "fichier ordinaire" in refused.err) == (1, True)
    assert Path("/dev/null").is_char_device()


def test_communes_are_completed_and_what_is_typed_stays_unless_replaced(with_service: Run, tmp_path: Path) -> None:
    with_service("import", "schools", ANNUAIRE)
    file, later = tmp_path / "mairies.json", tmp_path / "plus-tard.json"
    file.write_text(json.dumps([town_hall("02 99 85 33 33"), town_hall("", name="Mairie déléguée")]))
    later.write_text(json.dumps({"results": [town_hall("02 99 00 00 00")]}))
    tried = with_service("import", "municipalities", file, "--dry-run")
    told = tried.err.replace("\xa0", " ")
    assert "Essai, rien n'est écrit" in told
    assert "35016 Baulon, téléphone : « 02 99 85 33 33 »" in told
    assert "Licence Ouverte 2.0, 15/01/2026" in told
    assert "mairie déléguée" in told
    assert with_service("import", "municipalities", file, "--json").json["created"] == 1
    kept = with_service("import", "municipalities", later)
    assert "« 02 99 85 33 33 » → « 02 99 00 00 00 » : laissé tel quel" in kept.err.replace("\xa0", " ")
    assert with_service("import", "municipalities", later, "--replace", "--json").json["updated"] == 1
    assert with_service("import", "municipalities", later, "--json").json["communes"] == []


def test_a_record_that_cannot_be_read_is_told_by_the_command(with_service: Run, tmp_path: Path) -> None:
    with_service("import", "schools", ANNUAIRE)
    file = tmp_path / "mairies.json"
    file.write_text(json.dumps([town_hall("02 99 85 33 33") | {"telephone": "[{"}]))
    refused = with_service("import", "municipalities", file)
    assert refused.code == 1
    assert "Fiche 1 : La fiche « Mairie » ne peut pas être lue" in refused.err.replace("\xa0", " ")


def town_hall(phone: str, name: str = "Mairie") -> dict[str, object]:
    pivot = [{"type_service_local": "mairie", "code_insee_commune": ["35016"]}]
    return {
        "nom": name,
        "pivot": json.dumps(pivot),
        "telephone": json.dumps([{"valeur": phone}]),
        "date_modification": "15/01/2026 10:11:12",
    }


def test_the_pupils_of_a_file_are_moved_on_a_day_and_only_once(with_service: Run, tmp_path: Path) -> None:
    with_service("import", "schools", ANNUAIRE)
    titles, file = "Nom;Prénom;Date de naissance;UAI", tmp_path / "eleves.csv"
    lines = "Exemple;Zoé;04/05/2016;{0}\nModèle;Ilan;15/01/2014;{0}\n"
    file.write_text(f"{titles}\n{lines.format('0350122T')}", encoding="utf-8")
    assert with_service("import", "pupils", file, "--json").json["created"] == 2
    file.write_text(f"{titles}\n{lines.format('0352958A')}", encoding="utf-8")
    told = with_service("import", "pupils", file)
    assert (told.code, "2 élève(s) connu(s) dans un autre établissement" in told.err) == (0, True)
    dry = with_service("import", "pupils", file, "--move-on", "2026-09-01", "--dry-run", "--json").json
    assert (dry["moving"], dry["moved"]["records"], dry["moved"]["refused"]) == (2, 2, [])
    future = with_service("import", "pupils", file, "--move-on", "2099-09-01")
    assert (future.code, "0 élève(s) changé(s)" in future.err, "Ligne 2, changement refusé" in future.err) == (
        1,
        True,
        True,
    )
    done = with_service("import", "pupils", file, "--move-on", "2026-09-01")
    assert (done.code, "2 élève(s) changé(s) d'établissement, 0 document(s)" in done.err) == (0, True)
    again = with_service("import", "pupils", file, "--move-on", "2026-09-01", "--json").json
    assert (again["unchanged"], again["moving"], again["moved"]["records"]) == (2, 0, 0)
