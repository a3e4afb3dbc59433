"""`materiel service`, `user` and `token`."""

from __future__ import annotations

import re

import pytest
from tests.cli.conftest import Run

SECOND = ("service", "create", "--code", "RECT14", "--name", "Rectorat de Rennes", "--kind", "rectorat")


def test_a_service_is_created_and_listed(with_service: Run) -> None:
    assert with_service("service", "list").out == "DSDEN35\tDSDEN d'Ille-et-Vilaine\tdsden\t14\t035\n"
    listed = with_service("service", "list", "--json").json
    assert [(each["code"], each["kind"]) for each in listed] == [("DSDEN35", "dsden")]


def test_a_service_has_its_signatory_and_address(run: Run) -> None:
    created = run(
        *SECOND,
        *("--academie", "14", "--departement", "35", "--signatory-name", "Anne Exemple"),
        *("--signatory-title", "Rectrice", "--address", "96 rue d'Antrain", "--postcode", "35700", "--city", "Rennes"),
        "--json",
    ).json
    assert (created["signatory_name"], created["signatory_title"]) == ("Anne Exemple", "Rectrice")
    assert created["address"] == {"lines": ["96 rue d'Antrain"], "postcode": "35700", "city": "Rennes", "country": ""}


def test_a_service_without_an_address_is_told_that_nothing_can_be_issued(run: Run) -> None:
    created = run(*SECOND, "--academie", "14", "--departement", "35")
    assert created.code == 0
    assert "L'adresse postale du service manque" in created.err
    whole = run(
        *("service", "create", "--code", "DSDEN22", "--name", "DSDEN 22", "--kind", "dsden", "--academie", "14"),
        *("--departement", "22", "--address", "8 rue des Champs", "--postcode", "22000", "--city", "Saint-Brieuc"),
    )
    assert "adresse postale" not in whole.err


def test_the_address_is_asked_at_a_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["96 rue d'Antrain", "35700", "Rennes"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("click.prompt", lambda *_, **__: next(answers))
    created = run(*SECOND, "--academie", "14", "--departement", "35", "--json").json
    assert created["address"]["city"] == "Rennes"


def test_a_wrong_service_names_each_field(run: Run) -> None:
    refused = run(*SECOND, "--academie", "99", "--departement", "35", "--email", "x")
    assert refused.code == 1
    assert "/academie" in refused.err
    assert "/email" in refused.err


def test_the_token_is_alone_on_the_last_line(with_service: Run) -> None:
    made = with_service("token", "create", "--role", "manager", "--service", "DSDEN35", "--expires", "2999-12-31")
    assert made.code == 0
    assert re.fullmatch(r"materiel_[\w-]{43}", made.out.splitlines()[-1])
    assert made.out.splitlines()[-1] not in made.err


def test_a_token_is_listed_without_its_value_then_revoked(with_service: Run) -> None:
    made = with_service("token", "create", "--role", "reader", "--label", "Essai [1]", "--json").json
    listed = with_service("token", "list")
    assert made["token"] not in listed.out
    assert "Essai [1]" in listed.out
    assert with_service("token", "revoke", made["id"]).code == 0
    assert "révoqué" in with_service("token", "list").out
    assert with_service("token", "list", "--json").json[0]["revoked_at"] is not None


def test_with_two_services_one_must_be_named(with_service: Run) -> None:
    with_service(*SECOND, "--academie", "14", "--departement", "35")
    refused = with_service("token", "create", "--role", "reader")
    assert refused.code == 1
    assert "DSDEN35, RECT14" in refused.err
    assert with_service("token", "create", "--role", "reader", "--service", "rect14").code == 0
    assert with_service("token", "create", "--role", "reader", "--service", "DSDEN22").code == 1


def test_an_account_is_created_listed_and_closed(with_service: Run) -> None:
    created = with_service(
        "user", "create", "--email", "A.B@exemple.fr", "--name", "A B", "--role", "manager", "--json"
    )
    assert created.json["email"] == "a.b@exemple.fr"
    assert "/invitation/" in created.json["invitation"]["url"]
    assert with_service("user", "list").out == "a.b@exemple.fr\tA B\tGestionnaire\touvert\n"
    again = with_service("user", "invite", "a.b@exemple.fr", "--forget-second-factor")
    assert again.code == 0
    assert "/invitation/" in again.out
    assert with_service("user", "disable", "a.b@exemple.fr").code == 0
    assert with_service("user", "list", "--json").json[0]["disabled_at"] is not None
    assert with_service("user", "disable", "inconnu@exemple.fr").code == 1


def test_the_site_is_entrusted_to_a_service(with_service: Run) -> None:
    done = with_service("site", "entrust", "dsden35")
    assert done.code == 0, done.err
    assert "Les réglages du site reviennent aux administrateurs de" in done.err
    assert with_service("site", "entrust", "DSDEN99").code == 1
