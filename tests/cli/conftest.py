"""The command as a person runs it, on a fresh database."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from materiel.cli.main import main


@dataclass(frozen=True)
class Ran:
    """What one run answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def run(migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `materiel` with these arguments."""
    monkeypatch.setenv("MATERIEL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("MATERIEL_DATABASE_URL", migrated_url)

    def call(*arguments: object) -> Ran:
        code = main([str(each) for each in arguments])
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return call


@pytest.fixture
def with_service(run: Run) -> Run:
    """The same, one service being there."""
    created = run(
        *("service", "create", "--code", "DSDEN35", "--name", "DSDEN d'Ille-et-Vilaine", "--kind", "dsden"),
        *("--academie", "14", "--departement", "35"),
    )
    assert created.code == 0, created.err
    return run
