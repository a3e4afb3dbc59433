"""The locked dependencies are held against the advisories, offline."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("requirements", "scripts"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def audit(checkout: Path) -> subprocess.CompletedProcess[str]:
    command = [checkout / "scripts" / "audit"]
    return subprocess.run(
        command, env={"PYTHON": sys.executable, "PATH": "/usr/bin:/bin"}, capture_output=True, text=True
    )


def test_no_advisory_is_about_what_is_locked(checkout: Path) -> None:
    told = audit(checkout)
    assert (told.returncode, told.stderr) == (0, "")
    assert "aucune visée" in told.stdout


def test_an_affected_version_is_refused_with_the_one_that_mends_it(checkout: Path) -> None:
    lock = checkout / "requirements" / "base.txt"
    lock.write_text(lock.read_text(encoding="utf-8") + "litestar==2.19.1 \\\n", encoding="utf-8")
    told = audit(checkout)
    assert told.returncode == 1
    assert "litestar 2.19.1 : CVE-2026-25480" in told.stdout
    assert "réparé en 2.20.0" in told.stdout
