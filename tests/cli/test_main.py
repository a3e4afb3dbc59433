"""The command itself: help, wrong usage, exit codes, all in French."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Run

from materiel import __version__

ENGLISH = ("Usage", "Missing", "Error", "Invalid", "Show this", "No such", "required", "Commands")


def test_help_is_french_from_top_to_bottom(run: Run) -> None:
    for family in ((), ("service",), ("token",), ("service", "create"), ("serve",)):
        page = run(*family, "--help")
        assert page.code == 0
        assert "Utilisation" in page.out
        assert not [word for word in ENGLISH if word in page.out]


def test_no_command_shows_the_help_and_is_wrong_usage(run: Run) -> None:
    shown = run()
    assert shown.code == 2
    assert "Commandes" in shown.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("tokn", "list"), "Commande inconnue : tokn. Vouliez-vous dire token ?"),
        (("token", "list", "--servce", "X"), "Option inconnue : --servce. Vouliez-vous dire --service ?"),
        (("token", "create"), "Il manque l'option --role."),
        (("token", "create", "--role"), "L'option --role attend une valeur."),
        (("token", "create", "--role", "chef"), "choisissez parmi admin, manager, reader, coordinator."),
        (("token", "create", "--role", "reader", "--expires", "demain"), "AAAA-MM-JJ"),
        (("token", "revoke", "abc"), "un identifiant est attendu"),
        (("user", "disable"), "Il manque l'argument ADRESSE."),
        (("user", "list", "de", "trop"), "Argument en trop : de trop."),
        (("serve", "--port", "0"), "un nombre entier entre 1 et 65535 est attendu."),
        (("restore", "absent.bak"), "ce fichier n'existe pas ou ne peut pas être lu."),
    ],
)
def test_wrong_usage_is_told_in_french(run: Run, arguments: tuple[str, ...], sentence: str) -> None:
    refused = run(*arguments)
    assert refused.code == 2
    assert sentence in refused.err.replace("\u00a0", " ").replace("\u202f", " ")
    assert "Aide" in refused.err
    assert refused.out == ""
    assert not [word for word in ENGLISH if word in refused.err]


def test_a_refusal_exits_1_with_its_sentence_alone(run: Run) -> None:
    refused = run("token", "list")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == "Aucun service n'existe encore. Créez-en un par « materiel service create ».\n"


def test_a_wrong_setting_exits_1(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATERIEL_PROT", "8000")
    refused = run("db", "check")
    assert refused.code == 1
    assert "MATERIEL_PROT" in refused.err


def test_the_module_is_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "materiel", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"materiel {__version__}\n"


def test_the_data_folder_is_made_private_and_repaired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "donnees"
    monkeypatch.setenv("MATERIEL_DATA_DIR", str(folder))
    monkeypatch.delenv("MATERIEL_DATABASE_URL", raising=False)

    def run_alone(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "materiel", *arguments], capture_output=True, text=True, check=True
        )
        rights = {f"{each.stat().st_mode & 0o777:o}" for each in folder.iterdir()}
        assert (f"{folder.stat().st_mode & 0o777:o}", rights) == ("700", {"600"}), arguments
        return done.stderr

    assert "Fermé" not in run_alone("db", "upgrade")
    for command in (["db", "check"], ["service", "list"], ["backup", str(tmp_path / "x.bak")]):
        folder.chmod(0o755)
        (folder / "materiel.sqlite3").chmod(0o644)
        told = run_alone(*command).splitlines()[0]
        assert told.startswith("Fermé aux autres comptes de la machine : ")
        assert f"{folder} (0755)" in told
        assert "materiel.sqlite3 (0644)" in told
