"""`python -m trials.clients`: serve a demonstration, generate two clients, call it with each; exit 1 on any fault."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

import httpx

from trials.clients.tools import Refused, call_in_python, call_in_typescript, install_python, install_typescript
from trials.database import SQLiteDatabase
from trials.fuzz.served import demonstration


async def call_with_both(folder: Path) -> None:
    """Whatever a generator, a compiler or a call says against the contract is an error."""
    python, typescript = install_python(), install_typescript()
    async with demonstration(folder, SQLiteDatabase(folder)) as served:
        base_url, token = served.installation.base_url, served.tokens["manager"]
        contract = folder / "openapi.json"
        contract.write_bytes(httpx.get(f"{base_url}/api/openapi.json").raise_for_status().content)
        call_in_python(python, contract, base_url, token)
        call_in_typescript(typescript, contract, base_url, token)


def main() -> int:
    """Run it, and keep the folder when something is wrong."""
    folder = Path(tempfile.mkdtemp(prefix="materiel-clients-"))
    try:
        asyncio.run(call_with_both(folder))
    except Refused as refused:
        print(refused, file=sys.stderr)
        print(f"Everything is kept in {folder}", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
