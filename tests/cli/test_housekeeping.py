"""`materiel forget`: counts only, and a dry run that deletes nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from tests.cli.conftest import Run

from materiel.domain.accounts.attempt import PAIR
from materiel.use_cases.accounts.attempt import count_tries
from materiel.use_cases.process.running import running


def test_forget_tells_counts_and_a_dry_run_leaves_all(with_service: Run, migrated_url: str) -> None:
    async def try_once() -> None:
        async with running(migrated_url, migrate=False):
            await count_tries("essai", [("quelqu'un", PAIR)], now=datetime(2020, 1, 1, tzinfo=UTC))

    asyncio.run(try_once())
    for _ in range(2):
        dry = with_service("forget", "--dry-run", "--json").json
        assert (dry["dry_run"], dry["attempts"], dry["sessions"]) == (True, 1, 0)
    told = with_service("forget")
    assert told.code == 0
    assert "1\tessais comptés" in told.out
    assert "1 élément(s) effacé(s)" in told.err
    assert "0 élément(s) effacé(s)" in with_service("forget").err
