"""« Installer » of the README, tried as it is written, on an empty folder: it ends with an account that can log in."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import httpx
import pytest
from tests.cli.test_serve import free_port, process, wait_for

import materiel
from materiel.cli.main import main

ROOT = Path(__file__).parents[2]
ANNUAIRE = Path(materiel.__file__).parent / "demo_data" / "annuaire-education-35.csv"
PASSWORD = "un cartable bleu et vert"


def commands() -> list[list[str]]:
    """The `materiel` lines of the section, in order, as a shell reads them."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## Installer\n")[1]
    block = section.split("```")[1].replace("\\\n", " ")
    lines = [shlex.split(line, comments=True) for line in block.splitlines()]
    return [line[1:] for line in lines if line and line[0].endswith("/materiel")]


def csrf_of(page: httpx.Response) -> str:
    found = re.search(r'name="_csrf" value="([0-9a-f]{64})"', page.text)
    assert found, page.text[:500]
    return found[1]


def browser_of(base: str) -> httpx.Client:
    """A browser that sends back a « Secure » cookie to this machine, as Firefox and Chrome do over http."""
    kept: dict[str, str] = {}

    def send(request: httpx.Request) -> None:
        if kept:
            request.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in kept.items())

    def keep(response: httpx.Response) -> None:
        for cookie in response.headers.get_list("set-cookie"):
            name, _, value = cookie.split(";")[0].partition("=")
            kept[name] = value

    return httpx.Client(
        base_url=base,
        follow_redirects=True,
        headers={"Origin": base},
        event_hooks={"request": [send], "response": [keep]},
    )


def test_the_readme_ends_with_an_account_that_can_log_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MATERIEL_DATABASE_URL", raising=False)
    monkeypatch.setenv("MATERIEL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("MATERIEL_BASE_URL", base)
    shutil.copy(ANNUAIRE, tmp_path / "annuaire.csv")
    *before, serve = commands()
    link = ""
    for command in before:
        assert main(command) == 0, command
        printed = capsys.readouterr()
        if command[:2] == ["user", "create"]:
            link = printed.out.splitlines()[-1]
    assert serve == ["serve"]
    assert link.startswith(f"{base}/invitation/")
    email = before[-1][before[-1].index("--email") + 1]
    with process("serve", "--port", str(port)):
        wait_for(f"{base}/healthz", seconds=120)
        with browser_of(base) as browser:
            page = browser.get(link)
            asked = browser.post(
                page.url, data={"_csrf": csrf_of(page), "password": PASSWORD, "password_again": PASSWORD}
            )
            assert "Votre mot de passe est enregistré" in asked.text
            entered = browser.post(asked.url, data={"_csrf": csrf_of(asked), "email": email, "password": PASSWORD})
    assert entered.status_code == 200
    assert "Aujourd’hui" in entered.text
    assert "Se déconnecter" in entered.text
