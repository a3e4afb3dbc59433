"""`materiel import` and `export`: reports, dry runs, refused files."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Run

from materiel.cli.output import written_whole
from materiel.errors import BadInput

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
    assert (tried.code, tried.json["created"], tried.json["ignored"]) == (1, 294, ["Observations"])
    assert tried.err == ""
    done = with_service("import", "items", workbook, "--rejected", back)
    assert done.code == 1
    assert "294 créée(s)" in done.err
    assert "laissées de côté : Observations" in done.err
    again = with_service("import", "items", back, "--json").json
    # The four lines of a number already there correct it now; the two that are wrong stay so.
    assert (again["read"], len(again["rejected"])) == (6, 5)


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
    with pytest.raises(BadInput) as unwritable, written_whole(tmp_path / "absent" / "x.csv"):
        pass
    assert unwritable.value.code == "export.unwritable"
