"""`python -m trials.soak ENGINE --kills N`: kill, check, and print what was checked; exit 1 at the first loss."""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.harness import Row, print_report

from trials.soak.campaign import Campaign, Loss


def main() -> int:
    """Run the soak named on the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/soak",
        description="Kill -9 a real installation at random while clients write, and check what was acknowledged.",
    )
    parser.add_argument("engine", choices=("sqlite", "postgres"))
    parser.add_argument("--kills", type=int, default=20, metavar="N", help="how many kills (20)")
    parser.add_argument("--seed", type=int, help="the one printed by another run, to kill in the same order")
    parser.add_argument("--folder", type=Path, help="where to work (a temporary folder)")
    parser.add_argument("--keep", action="store_true", help="keep the folder even when nothing is lost")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    asked = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if asked.seed is None else asked.seed
    folder = asked.folder or Path(tempfile.mkdtemp(prefix=f"materiel-soak-{asked.engine}-"))
    folder.mkdir(parents=True, exist_ok=True)
    print(f"soak {asked.engine}: seed {seed}, in {folder}", file=sys.stderr)
    campaign = Campaign(asked.engine, folder, seed)
    try:
        asyncio.run(campaign.run(asked.kills))
    except Loss as loss:
        print("\n".join(loss.wrong[:20]), file=sys.stderr)
        print(f"{len(loss.wrong)} fault(s); seed {seed}; everything is kept in {folder}", file=sys.stderr)
        return 1
    print_report(f"soak {asked.engine}, seed {seed}", rows(campaign), as_json=asked.json)
    if not asked.keep:
        shutil.rmtree(folder)
    return 0


def rows(campaign: Campaign) -> list[Row]:
    """What the soak did and checked; it would have stopped at the first loss, hence the zeros."""
    tally, ledger, kills, received = campaign.tally, campaign.ledger, campaign.kills, campaign.postman.received
    assert tally.base is not None
    held = tally.base.rows
    return [
        *(_row(f"kills: {kind}", number) for kind, number in sorted(tally.kills.items())),
        _row("kills, in all", sum(tally.kills.values())),
        _row("longest start after a kill", tally.longest_start, "s"),
        _row("writes acknowledged", ledger.acknowledged),
        _row("requests asked again, for want of an answer", ledger.asked_again),
        _row("things acknowledged, at the end", ledger.facts.count()),
        _row("things acknowledged, checked after each kill", tally.facts_checked),
        _row("things lost", 0),
        _row("documents, each with its PDF, its digest, its number", len(held["documents"])),
        _row("gaps in the numbers of agreements", 0),
        _row("jobs, each done once", len(held["jobs"])),
        _row("jobs begun more than once", sum(row["attempts"] > 1 for row in held["jobs"])),
        _row("lines imported, none twice", sum(map(len, ledger.facts.imports.values()))),
        _row("answers asked again under their key, the same", tally.replayed),
        _row("messages sent, each with its row", len(received)),
        _row("messages sent more than once, with one Message-ID", sum(number > 1 for number in received.values())),
        _row("backups killed or disturbed: complete", kills.backups["complete"]),
        _row("backups killed: absent", kills.backups["absent"]),
        _row("migrations killed: nothing done", kills.migrations["before"]),
        _row("migrations killed: all done", kills.migrations["after"]),
        _row("journals verified, clean", tally.verified),
    ]


def _row(what: str, value: float, unit: str = "") -> Row:
    return Row(what=what, value=value, unit=unit)


if __name__ == "__main__":
    sys.exit(main())
