"""Restoring on a server that somebody else administers: what a plain role may and may not; a base that is hurt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest
from tests.cli.conftest import Run
from tests.cli.test_backup import add_rectorat, codes
from tests.conftest import SERVER, drop, run_on_server, url_of
from tests.use_cases.loan_cast import NOW

from materiel.errors import MaterielError
from materiel.use_cases.process.backup import restore

SERVICE = (
    *("service", "create", "--code", "DSDEN35", "--name", "DSDEN d'Ille-et-Vilaine", "--kind", "dsden"),
    *("--academie", "14", "--departement", "35"),
)


def restore_into(url: str, file: Path, folder: Path) -> str:
    """The code of the refusal."""

    async def attempt() -> None:
        said = {"data_dir": folder, "secret_key": "k" * 40, "force": False, "now": NOW}
        await restore(url, file, progress=lambda done, total: None, **said)  # type: ignore[arg-type]

    with pytest.raises(MaterielError) as refusal:
        asyncio.run(attempt())
    return refusal.value.code


if SERVER:
    Execute = Callable[[str], Awaitable[None]]

    class Managed:
        """A base and a role that owns neither it, nor its schema, nor the extension."""

        def __init__(self, name: str) -> None:
            self.database, self.role = f"managed_{name}", f"plain_{name}"
            server = urlsplit(SERVER)
            host = server.netloc.rpartition("@")[2]
            self.url = server._replace(netloc=f"{self.role}@{host}", path=f"/{self.database}").geturl()

        async def run(self, sql: str) -> None:
            """Run something as the administrator of the server."""
            connection = await asyncpg.connect(url_of(self.database))
            try:
                await connection.execute(sql)
            finally:
                await connection.close()

    @pytest.fixture
    async def managed() -> AsyncIterator[Managed]:
        made = Managed(uuid4().hex)
        await run_on_server(f"CREATE ROLE {made.role} LOGIN")
        await run_on_server(f"CREATE DATABASE {made.database}")
        await made.run(f"GRANT USAGE, CREATE ON SCHEMA public TO {made.role}")
        yield made
        await drop(made.database)
        await run_on_server(f"DROP ROLE {made.role}")

    @pytest.fixture
    async def with_extension(managed: Managed) -> Managed:
        await managed.run("CREATE EXTENSION pg_trgm; COMMENT ON SCHEMA public IS 'gérée'")
        return managed

    @pytest.fixture
    def plain(run: Run, with_extension: Managed, monkeypatch: pytest.MonkeyPatch) -> Run:
        monkeypatch.setenv("MATERIEL_DATABASE_URL", with_extension.url)
        assert run("db", "upgrade").code == 0
        assert run(*SERVICE).code == 0
        return run

    def test_a_plain_role_restores(plain: Run, tmp_path: Path) -> None:
        file = tmp_path / "materiel.bak"
        assert plain("backup", file).code == 0
        add_rectorat(plain)
        restored = plain("restore", file, "--force")
        assert restored.code == 0, restored.err
        assert codes(plain) == ["DSDEN35"]
        assert plain("verify").code == 0
        kept = tmp_path / "data" / "postgresql.before-restore"
        assert str(kept) in restored.err
        assert plain("restore", kept, "--force").code == 0
        assert codes(plain) == ["DSDEN35", "RECT14"]

    def test_what_a_superuser_saved_is_restored_by_a_plain_role(
        with_service: Run, with_extension: Managed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "materiel.bak"
        assert with_service("backup", file).code == 0
        monkeypatch.setenv("MATERIEL_DATABASE_URL", with_extension.url)
        restored = with_service("restore", file)
        assert restored.code == 0, restored.err
        assert codes(with_service) == ["DSDEN35"]

    def test_a_missing_extension_is_asked_of_the_administrator(
        with_service: Run, managed: Managed, tmp_path: Path
    ) -> None:
        file = tmp_path / "materiel.bak"
        with_service("backup", file)
        assert restore_into(managed.url, file, tmp_path) == "backup.extension_missing"

    def test_the_tables_of_another_role_are_left(
        with_service: Run, with_extension: Managed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "materiel.bak"
        with_service("backup", file)
        monkeypatch.setenv("MATERIEL_DATABASE_URL", url_of(with_extension.database))
        assert with_service("db", "upgrade", "--new").code == 0
        asyncio.run(with_extension.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {with_extension.role}"))
        asyncio.run(with_extension.run(f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {with_extension.role}"))
        assert restore_into(with_extension.url, file, tmp_path / "data") == "backup.not_owner"

    def test_a_base_of_something_else_is_left(with_service: Run, with_extension: Managed, tmp_path: Path) -> None:
        file = tmp_path / "materiel.bak"
        with_service("backup", file)
        asyncio.run(with_extension.run("CREATE TABLE photos (id INTEGER)"))
        assert restore_into(with_extension.url, file, tmp_path) == "backup.foreign_base"

    def test_a_restoration_that_fails_leaves_the_former_content(plain: Run, tmp_path: Path) -> None:
        file = tmp_path / "materiel.bak"
        plain("backup", file)
        add_rectorat(plain)
        whole = file.read_bytes()
        # The list of the archive is at its start: what is cut is the rows.
        file.write_bytes(whole[: len(whole) - 2000])
        refused = plain("restore", file, "--force")
        assert refused.code == 1
        assert "rien n'a été changé" in refused.err
        assert codes(plain) == ["DSDEN35", "RECT14"]

else:

    def test_a_damaged_base_is_replaced_on_demand_and_kept_as_it_is(
        with_service: Run, migrated_url: str, tmp_path: Path
    ) -> None:
        file = tmp_path / "materiel.bak"
        with_service("backup", file)
        base = Path(migrated_url.removeprefix("sqlite:///"))
        hurt = base.read_bytes()[:5000] + b"\xff" * 20_000
        base.write_bytes(hurt)
        assert restore_into(migrated_url, file, tmp_path) == "backup.target_damaged"
        assert base.read_bytes() == hurt
        restored = with_service("restore", file, "--force")
        assert restored.code == 0, restored.err
        assert "Reprenez les bordereaux" in restored.err
        assert codes(with_service) == ["DSDEN35"]
        assert base.with_name(f"{base.name}.before-restore").read_bytes() == hurt


def test_each_refusal_has_its_code(with_service: Run, migrated_url: str, tmp_path: Path) -> None:
    file = tmp_path / "materiel.bak"
    with_service("backup", file)
    add_rectorat(with_service)
    assert restore_into(migrated_url, file, tmp_path) == "backup.less_history"
