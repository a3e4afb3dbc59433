"""`python -m trials.fuzz`: serve a demonstration, ask of it what nobody meant; exit 1 when an answer is wrong."""

from __future__ import annotations

import argparse
import asyncio
import math
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.harness import Row, print_report

from trials.database import PostgresDatabase, SQLiteDatabase
from trials.fuzz.contract import Tried, try_contract
from trials.fuzz.forms import Tally, try_forms
from trials.fuzz.served import demonstration

SHORT = "examples,fuzzing"
WHOLE = "examples,coverage,fuzzing"


async def fuzz(asked: argparse.Namespace, folder: Path) -> tuple[list[Tried], Tally, list[str]]:
    """Try both; what each role was answered, what the forms were, and what is wrong with the log."""
    database = SQLiteDatabase(folder) if asked.engine == "sqlite" else PostgresDatabase(folder)
    async with demonstration(folder, database) as served:
        forms_seconds = asked.seconds / 3 if asked.seconds else math.inf
        tally = await try_forms(
            served, examples=asked.examples, seed=asked.seed, seconds=forms_seconds, short=asked.short
        )
        tried = await try_contract(
            served,
            examples=asked.examples,
            seed=asked.seed,
            phases=SHORT if asked.short else WHOLE,
            seconds=math.ceil(asked.seconds * 2 / 3),
        )
        return tried, tally, served.log_faults()


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="scripts/fuzz",
        description="Send generated requests to every operation of the API, and generated values to every form.",
    )
    parser.add_argument("engine", nargs="?", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--examples", type=int, default=20, metavar="N", help="for each operation, each form (20)")
    parser.add_argument("--seconds", type=int, default=0, metavar="S", help="at most, and the contract until then")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="no systematic variation, each form once")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="materiel-fuzz-"))
    tried, tally, logged = asyncio.run(fuzz(asked, folder))
    wrong = [*(f"{each.role}: {each.wrong}" for each in tried if each.wrong), *tally.wrong, *logged]
    print_report(f"fuzz {asked.engine}, seed {asked.seed}", rows(tried, tally, len(wrong)), as_json=asked.json)
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        print(f"Everything is kept in {folder}", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    return 0


def rows(tried: list[Tried], tally: Tally, wrong: int) -> list[Row]:
    """What was asked."""
    return [
        *(_row(f"requests to the API, as {each.role}", each.requests) for each in tried),
        _row("pages read", tally.pages),
        _row("kinds of forms", tally.forms),
        _row("forms sent", tally.sent),
        _row("… with a wrong token, refused", tally.with_wrong_token),
        *(_row(f"… answered {status}", number) for status, number in sorted(tally.statuses.items())),
        _row("wrong answers", wrong),
    ]


def _row(what: str, value: float) -> Row:
    return Row(what=what, value=value, unit="")


if __name__ == "__main__":
    sys.exit(main())
