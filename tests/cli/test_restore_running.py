"""What a running server does when the base changes under it: restored, emptied, moved, put back to another schema."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from time import monotonic, sleep

import httpx
import pytest
from tests.cli.conftest import Run
from tests.cli.test_restore import LATER, ON_POSTGRES, in_any_base
from tests.cli.test_serve import SOON, free_port, process, wait_for

from materiel.store.engine.database import fetch

LONG = 60.0


def a_token(run: Run) -> str:
    made = run("token", "create", "--role", "manager", "--label", "essai")
    assert made.code == 0, made.err
    return made.out.strip().splitlines()[-1]


class Served:
    """A server under way, and how it answers."""

    def __init__(self, port: int, server: Popen[str]) -> None:
        self.url, self.server = f"http://127.0.0.1:{port}", server

    def get(self, path: str, token: str = "") -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.get(f"{self.url}{path}", headers=headers, timeout=LONG)

    def until(self, path: str, status: int, token: str = "") -> httpx.Response:
        end = monotonic() + LONG
        while (answer := self.get(path, token)).status_code != status:
            assert monotonic() < end, (path, answer.status_code, answer.text[:300])
            sleep(0.2)
        return answer

    def logged(self) -> str:
        self.server.terminate()
        return self.server.communicate(timeout=SOON)[1]


@contextmanager
def served() -> Iterator[Served]:
    port = free_port()
    with process("serve", "--port", str(port)) as server:
        wait_for(f"http://127.0.0.1:{port}/readyz", LONG)
        yield Served(port, server)


def test_a_server_goes_on_with_the_restored_base_and_says_so(with_service: Run, tmp_path: Path) -> None:
    file = tmp_path / "materiel.bak"
    former = a_token(with_service)
    assert with_service("backup", file).code == 0
    later = a_token(with_service)
    with served() as server:
        for token in (former, later):
            assert server.get("/api/items", token).status_code == 200
        restored = with_service("restore", file, "--force")
        assert restored.code == 0, restored.err
        server.until("/api/items", 401, later)
        assert server.until("/api/items", 200, former).json()["items"] == []
        assert server.until("/readyz", 200).text == "ok"
        assert server.logged().count("La base a été restaurée pendant que materiel tournait") == 1


async def drop_a_table() -> None:
    await fetch("ALTER TABLE item RENAME TO item_gone")


async def go_back_a_step() -> None:
    await fetch("DELETE FROM migration WHERE id = (SELECT max(id) FROM migration)")


async def go_on_a_step() -> None:
    await fetch(f"INSERT INTO migration (name, app_name) VALUES ('{LATER}', 'materiel')")


async def empty() -> None:
    await fetch("DELETE FROM migration")


def test_a_statement_that_finds_no_table_is_no_fault_of_the_program(with_service: Run, migrated_url: str) -> None:
    token = a_token(with_service)
    with served() as server:
        assert server.get("/api/items", token).status_code == 200
        in_any_base(migrated_url, drop_a_table)
        answer = server.get("/api/items", token)
        assert (answer.status_code, answer.json()["code"]) == (503, "database.other_schema")
        assert "database.other_schema: La base de données n’a plus le schéma attendu" in server.logged()


@pytest.mark.parametrize(
    ("change", "said"),
    [(go_back_a_step, "n’est pas à jour"), (go_on_a_step, "plus récente"), (empty, "a été vidée")],
)
def test_a_server_whose_base_has_another_schema_is_not_ready(
    with_service: Run, migrated_url: str, change: object, said: str
) -> None:
    with served() as server:
        assert server.get("/readyz").status_code == 200
        in_any_base(migrated_url, change)  # type: ignore[arg-type]
        answer = server.get("/readyz")
        assert answer.status_code == 503
        assert said in answer.text


if not ON_POSTGRES:

    def test_a_base_moved_under_the_server_is_written_no_more(with_service: Run, migrated_url: str) -> None:
        base = Path(migrated_url.removeprefix("sqlite:///"))
        token = a_token(with_service)
        with served() as server:
            body = {"inventory_number": "A-1", "designation": "Ordinateur portable"}
            os.rename(base, base.with_name("aside.sqlite3"))
            answer = httpx.post(
                f"{server.url}/api/items", json=body, headers={"Authorization": f"Bearer {token}"}, timeout=LONG
            )
            assert answer.status_code == 503, answer.text
            assert answer.json()["code"] == "database.replaced"
            assert server.get("/readyz").status_code == 503
