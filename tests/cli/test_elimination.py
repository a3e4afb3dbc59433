"""`materiel eliminate`: nothing without a list, nothing without a visa, then everything."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.stage import retention_cast as old

from materiel.domain.calendar.civil_day import MAINLAND, civil_date
from materiel.errors import Conflict
from materiel.use_cases.process.running import running
from materiel.use_cases.retention.elimination import KIND
from materiel.use_cases.work.job import JobOutcome


@pytest.fixture
def years_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("materiel.cli.opened.clock", lambda: old.LONG_AFTER)


@pytest.fixture
def with_loans(run: Run, migrated_url: str, years_later: None) -> Run:
    async def fill() -> None:
        async with running(migrated_url, migrate=False):
            await old.set_up()
            await old.an_old_loan()

    asyncio.run(fill())
    return run


def test_eliminate_asks_for_a_list_then_for_a_visa(with_loans: Run, tmp_path: Path) -> None:
    ours = ("--service", "DSDEN35")
    visa = (
        "eliminate",
        *ours,
        "--visa-date",
        f"{civil_date(old.LONG_AFTER, MAINLAND)}",
        "--visa-reference",
        "AD35 n° 7",
    )
    assert with_loans("eliminate", *ours).code == 2
    assert with_loans("eliminate", *ours, "--dry-run", "--json").json == {
        "loans": 1,
        "held": 0,
        "returned": 0,
        "pupils": 2,
    }
    assert "1 prêt(s) échu(s), dont 0 retenu(s)" in with_loans("eliminate", *ours, "--dry-run").err
    early = with_loans(*visa, "--json")
    assert (early.code, early.json["code"]) == (1, "elimination.none_prepared")

    file = tmp_path / "bordereau.csv"
    listed = with_loans("eliminate", *ours, "--list", file)
    assert listed.code == 0, listed.err
    assert "Fiches d'élèves sans prêt" in listed.out
    text = file.read_text(encoding="utf-8-sig")
    assert with_loans("eliminate", *ours, "--list", file, "--force", "--json").json["loan_years"] == 5
    assert file.read_text(encoding="utf-8-sig") == text
    assert not any(name in text for name in old.NAMES)

    assert with_loans(*visa[:3], "--visa-date", "2033-01-10").code == 1
    done = with_loans(*visa, "--json")
    assert (done.code, done.json) == (0, {"loans": 1, "documents": 4, "pupils": 3})
    verified = with_loans("verify")
    assert verified.code == 0
    assert "4 document(s) éliminé(s) sous visa" in verified.err
    assert with_loans(*visa).code == 1


async def stop(run: object) -> JobOutcome:
    # What is busy is tried again later; this ends the work.
    raise Conflict("test.stopped", "Le travail s'arrête.")


def test_a_work_that_stops_is_told_and_taken_up_again(
    with_loans: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = ("eliminate", "--service", "DSDEN35")
    with_loans(*ours, "--list", tmp_path / "bordereau.csv")
    visa = (*ours, "--visa-date", "2033-01-10", "--visa-reference", "AD35 n° 7")
    with monkeypatch.context() as broken:
        broken.setattr("materiel.cli.elimination.HANDLERS", {KIND: stop})
        stopped = with_loans(*visa, "--json")
    assert (stopped.code, stopped.json["code"]) == (1, "elimination.stopped")
    resumed = with_loans(*visa)
    assert resumed.code == 0, resumed.err
    assert "1 prêt(s), 4 document(s) et 3 élève(s) éliminés" in resumed.err
