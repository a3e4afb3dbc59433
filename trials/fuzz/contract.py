"""The contract of the API, by Schemathesis: every operation, with each role, with what fits and what does not."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from trials.fuzz.served import ROLES, Served

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
"""What every answer must be. A body that fits may still be refused by a rule, so that no check asks for a 2xx."""

OFTEN = 0.7
"""How often an identifier of an address is one that is there."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What one role was answered: how many requests, and what was wrong, as Schemathesis tells it."""

    role: str
    requests: int
    wrong: str


def configuration(records: Mapping[str, list[str]]) -> str:
    """Schemathesis's own file: where the identifiers of addresses come from."""
    lines = []
    for name, values in records.items():
        if values:
            lines += [f"[dictionaries.{name}]", f"values = {json.dumps(values)}"]
    lines.append("[parameters]")
    lines += [
        f'"path.{name}" = {{ dictionary = "{name}", probability = {OFTEN} }}' for name in records if records[name]
    ]
    return "\n".join(lines) + "\n"


async def try_contract(served: Served, *, examples: int, seed: int, phases: str, seconds: int = 0) -> list[Tried]:
    """Try the contract with each role, all at the same time.

    Args:
        examples: cases for each operation.
        phases: those of Schemathesis, `examples,coverage,fuzzing`.
        seconds: how long, whatever the examples; 0 for as long as the examples last.
    """
    file = served.installation.folder / "schemathesis.toml"
    file.write_text(configuration(served.records), encoding="utf-8")
    runs = (_try(served, file, role, examples=examples, seed=seed, phases=phases, seconds=seconds) for role in ROLES)
    return list(await asyncio.gather(*runs))


async def _try(served: Served, file: Path, role: str, *, examples: int, seed: int, phases: str, seconds: int) -> Tried:
    base_url = served.installation.base_url
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", file, "run", f"{base_url}/api/openapi.json"),
        *("--header", f"Authorization: Bearer {served.tokens[role]}", "--url", base_url),
        *("--phases", phases, "--max-examples", str(examples), "--seed", str(seed), "--checks", ",".join(CHECKS)),
        *("--continue-on-failure", "--no-shrink", "--no-color", "--warnings", "off"),
        *("--suppress-health-check", "all", "--generation-database", "none"),
        *(("--max-time", str(seconds)) if seconds else ()),
        cwd=served.installation.folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    return told(role, process.returncode or 0, out.decode())


def told(role: str, code: int, out: str) -> Tried:
    """What a run says of itself; one that tried nothing is wrong too."""
    found = re.search(r"^\s*([\d ,]+) generated", out, re.MULTILINE)
    requests = int(re.sub(r"\D", "", found[1])) if found else 0
    wrong = "" if code == 0 and requests else out[-6000:]
    return Tried(role, requests, wrong)
