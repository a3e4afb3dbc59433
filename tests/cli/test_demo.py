"""The demonstration from the command line, and what can be done with it."""

from __future__ import annotations

import asyncio
import csv
import io
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.stage.held import held
from tests.stage.tampering import alter_document, alter_journal

from materiel.store.engine import database as engines

DSDEN = ("--service", "DEMO35")


@pytest.fixture
async def demo(run: Run, migrated_url: str, tmp_path: Path) -> Run:
    """The same, the demonstration being there, with the key that it was made with."""
    secret = tmp_path / "data" / "secret.key"

    async def make() -> bytes:
        made = await asyncio.to_thread(run, "demo")
        assert made.code == 0, made.err
        return secret.read_bytes()

    engine = engines.bind(engines.build_engine(migrated_url, synchronous="OFF"))
    await engines.start(engine)
    key = await held("the demonstration of the command", make)
    await engines.stop(engine)
    secret.parent.mkdir(mode=0o700, exist_ok=True)
    secret.write_bytes(key)
    secret.chmod(0o600)
    return run


def test_the_demonstration_tells_what_to_try(run: Run) -> None:
    first = run("demo")
    assert first.code == 0
    assert "http://127.0.0.1:8000/Q/" in first.out
    assert first.out.count("materiel_") >= 3
    again = run("demo", "--json")
    assert again.json["filled"] is False
    assert set(again.json["tokens"]) == {"admin", "manager", "reader", "coordinator"}
    # Nothing that was signed in its story waits: a server on it is whole from its first second.
    assert run("seal", "check", "--json").json["waiting"] == 0


def test_no_demonstration_in_production(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATERIEL_PRODUCTION", "oui")
    monkeypatch.setenv("MATERIEL_BASE_URL", "https://materiel.exemple.fr")
    monkeypatch.setenv("MATERIEL_SECRET_KEY", "x" * 40)
    refused = run("demo", "--json")
    assert (refused.code, refused.json["code"]) == (1, "demo.in_production")
    assert run("service", "list").out == ""


def test_an_unaltered_installation_verifies(demo: Run) -> None:
    verified = demo("verify", "--json")
    assert verified.code == 0
    assert verified.json["fault"] is None
    assert verified.json["documents"] > 50


@pytest.mark.parametrize("alter", [alter_document, alter_journal])
def test_what_was_altered_is_named(demo: Run, alter: Callable[[str], str]) -> None:
    named = alter(os.environ["MATERIEL_DATABASE_URL"])
    refused = demo("verify")
    assert refused.code == 1
    assert named in refused.err


def test_the_register_has_every_item_and_no_pupil(demo: Run, tmp_path: Path) -> None:
    file = tmp_path / "registre.csv"
    assert demo("export", "register", file, *DSDEN).code == 0
    text = file.read_text(encoding="utf-8-sig")
    assert len(list(csv.reader(io.StringIO(text), delimiter=";"))) == 62
    assert "Double-Foyer" not in text
    loans = tmp_path / "prets.csv"
    demo("export", "loans", loans, *DSDEN)
    assert "Double-Foyer" in loans.read_text(encoding="utf-8-sig")


def test_exported_items_import_unchanged(demo: Run, tmp_path: Path) -> None:
    file = tmp_path / "materiels.csv"
    demo("export", "items", file, *DSDEN)
    report = demo("import", "items", file, *DSDEN, "--json")
    assert report.code == 0, report.out
    assert (report.json["read"], report.json["unchanged"]) == (61, 61)


def test_labels_are_laid_from_a_cell_on(demo: Run, tmp_path: Path) -> None:
    file = tmp_path / "etiquettes.pdf"
    laid = demo(
        "labels", "--sheet", "a4_3x8", "--first-cell", "5", "--out", file, *DSDEN, "demo-ord-001", "DEMO-TAB-001"
    )
    assert laid.code == 0, laid.err
    assert file.read_bytes().startswith(b"%PDF-")
    unknown = demo("labels", "--sheet", "a4_3x8", "--out", tmp_path / "x.pdf", *DSDEN, "ABSENT-1")
    assert unknown.code == 1
    assert not (tmp_path / "x.pdf").exists()


def test_a_dry_renewal_announces_what_the_real_one_does(demo: Run) -> None:
    announced = demo("renew", "--school-year", "2027", "--dry-run", *DSDEN, "--json")
    done = demo("renew", "--school-year", "2027", *DSDEN, "--json")
    assert announced.code == done.code == 1
    assert [each["agreement"] for each in announced.json["renewed"]] == [
        each["agreement"] for each in done.json["renewed"]
    ]
    assert announced.json["refused"] == done.json["refused"]
    assert {each["code"] for each in done.json["refused"]} == {
        *("loan.basis_expired", "loan.lease_over", "loan.refused", "pupil.deceased"),
    }
    assert all(each["amendment"] for each in done.json["renewed"])
    again = demo("renew", "--school-year", "2027", *DSDEN, "--json").json
    assert again["renewed"] == []


def test_a_campaign_is_foreseen_then_run_once(demo: Run) -> None:
    foreseen = demo("campaign", "renewal", "--school-year", "2027", "--dry-run", *DSDEN, "--json")
    assert foreseen.code == 0
    outcomes = Counter(each["outcome"] for each in foreseen.json["loans"])
    assert {"renew", "basis_ended", "not_renewable", "nothing"} <= set(outcomes)
    assert demo("campaign", "renewal", "--school-year", "2027", "--dry-run", *DSDEN).code == 0
    ran = demo("campaign", "renewal", "--school-year", "2027", *DSDEN, "--json")
    assert ran.code == 0, ran.err
    done = [each for each in ran.json["counts"] if each["state"] == "done"]
    assert [(each["outcome"], each["loans"]) for each in done] == [("renew", outcomes["renew"])]
    again = demo("campaign", "renewal", "--school-year", "2027", "--no-mail", *DSDEN, "--json")
    assert again.json == ran.json
    assert "à décider" in demo("campaign", "renewal", "--school-year", "2027", *DSDEN).err
    assert demo("campaign", "renewal", *DSDEN).code == 2


def test_reminders_are_listed_and_nothing_is_sent(demo: Run) -> None:
    listed = demo("remind", *DSDEN, "--json").json
    codes = {alert["code"] for each in listed["reminders"] for alert in each["alerts"]}
    assert {"handed_over_unsigned", "expired", "recalled", "signature_awaited"} <= codes
    assert listed["sent"] == 0
    assert demo("remind", *DSDEN).out.count("\t") >= 2 * len(listed["reminders"])


def test_the_data_of_nobody_are_refused(demo: Run, tmp_path: Path) -> None:
    file = tmp_path / "donnees.zip"
    refused = demo("export", "person", "0193b000-0000-7000-8000-00000000000f", file, *DSDEN)
    assert refused.code == 1
    assert not file.exists()
