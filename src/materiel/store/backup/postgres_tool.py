"""PostgreSQL's own tools: `pg_dump` writes an archive, `pg_restore` turns one into the SQL that we run ourselves.

Run by us, in one transaction of ours, that SQL may follow the removal of what the base held and come before the
migrations that it lacks; and a role that owns neither the extension, nor the schema, may run it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

from materiel.errors import BadInput, Unavailable
from materiel.postgres_url import read_postgres_url

POSTGRES_TOOLS = Path("/usr/lib/postgresql")
"""Where Debian keeps each version's tools."""

COPY = re.compile(rb"COPY (?:\S+\.)?(\S+) \((.*)\) FROM stdin;\n")
END_OF_COPY = b"\\.\n"
NOT_OURS = re.compile(r"\d+; \d+ \d+ (EXTENSION|SCHEMA|COMMENT|ACL|DEFAULT ACL|SECURITY LABEL) ")
"""Lines of an archive's list that only an owner of more than the tables may restore, and that the base has already."""


def dump(database_url: str, file: Path) -> None:
    """Write the archive of a base.

    Raises:
        Unavailable: `backup.failed`, `backup.tool_missing`.
    """
    parts = urlsplit(read_postgres_url(database_url).dsn)
    # The password goes through the environment: the command line of a process is public.
    environ = {**os.environ, "PGPASSWORD": unquote(parts.password or ""), "PGCONNECT_TIMEOUT": "10"}
    address = f"{parts.username}@{parts.netloc.rpartition('@')[2]}" if parts.username else parts.netloc
    public_url = parts._replace(netloc=address).geturl()
    command = [postgres_tool("pg_dump"), f"--dbname={public_url}", "--format=custom", f"--file={file}"]
    result = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise Unavailable("backup.failed", f"pg_dump a échoué : {result.stderr.strip()[-500:]}")


def copied(file: Path, *tables: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """The rows of these tables in an archive: the table, its columns, the values as PostgreSQL writes them."""
    with script(file, "--data-only", *(f"--table={table}" for table in tables)) as lines:
        for line in lines:
            if found := COPY.fullmatch(line):
                table, columns = found[1].decode(), found[2].decode().replace('"', "").split(", ")
                for row in lines:
                    if row == END_OF_COPY:
                        break
                    yield table, columns, row.decode().removesuffix("\n").split("\t")


@contextmanager
def script(file: Path, *options: str) -> Iterator[IO[bytes]]:
    """The SQL of an archive, read as it is made; nothing of what the role may not own.

    Raises:
        BadInput: `backup.damaged`.
        Unavailable: `backup.tool_missing`.
    """
    tool = postgres_tool("pg_restore")
    command = [tool, "--file=-", "--no-owner", "--no-privileges", "--no-comments", *options, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        assert running.stdout is not None
        try:
            yield running.stdout
            if running.wait() != 0:
                raise damaged(file)
        finally:
            running.kill()


@contextmanager
def list_of_ours(file: Path) -> Iterator[Path]:
    """A file that lists what to restore of an archive. Raises what `script` raises."""
    tool = postgres_tool("pg_restore")
    result = subprocess.run([tool, "--list", str(file)], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise damaged(file)
    with tempfile.NamedTemporaryFile("w", suffix=".list") as kept:
        kept.writelines(f"{line}\n" for line in result.stdout.splitlines() if not NOT_OURS.match(line))
        kept.flush()
        yield Path(kept.name)


def damaged(file: Path) -> BadInput:
    """The refusal of a file that cannot be restored: `backup.damaged`."""
    return BadInput(
        "backup.damaged", f"{file} est abîmé ou n'est pas une sauvegarde de materiel ; rien n'a été changé."
    )


def postgres_tool(name: str) -> str:
    """The path of a tool, the most recent where several are installed.

    Raises:
        Unavailable: `backup.tool_missing`.
    """
    installed = [str(folder / name) for folder in sorted(POSTGRES_TOOLS.glob("*/bin"), reverse=True)]
    for candidate in (name, *installed):
        if found := shutil.which(candidate):
            return found
    raise Unavailable("backup.tool_missing", f"La commande {name} manque. Installez le paquet postgresql-client.")
