"""What the benchmarks share: interleaved rounds, medians, rows that name what they are compared with.

Only ratios within one run mean something: the machine may be busy, but it is as busy for everyone, because the
candidates take turns in each round.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from materiel.use_cases.process.collector import spare_the_collector

ROUNDS = 5
SECONDS = 1.0
"""Least CPU time that a candidate is given in each round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure. `ratio` is `value` over that of the row named by `against`, in the same run."""

    what: str
    value: float
    unit: str
    against: str | None = None
    ratio: float | None = None


def rates(
    candidates: Mapping[str, Callable[[int], object]], *, rounds: int = ROUNDS, seconds: float = SECONDS
) -> dict[str, float]:
    """Calls a second of CPU of each candidate: the median of its rounds.

    A candidate is called with a number that grows, so that it cannot answer from memory. It is called once
    before the first round: what is made once a process is not counted. The garbage collector is set as the server sets
    it, for every candidate.
    """
    for candidate in candidates.values():
        candidate(0)
    spare_the_collector()
    found: dict[str, list[float]] = {name: [] for name in candidates}
    serial = 1
    for _ in range(rounds):
        for name, candidate in candidates.items():
            calls = 0
            start = time.process_time()
            while (spent := time.process_time() - start) < seconds or not calls:
                candidate(serial)
                serial += 1
                calls += 1
            found[name].append(calls / spent)
    return {name: median(values) for name, values in found.items()}


def compared(measured: Mapping[str, float], reference: str, unit: str) -> list[Row]:
    """Rows of measured values; `reference` first, compared with each of the others."""
    rows = [Row(what=name, value=round(value, 3), unit=unit) for name, value in measured.items()]
    for name, value in measured.items():
        if name != reference:
            ratio = measured[reference] / value
            rows.append(
                Row(
                    what=f"{reference} / {name}",
                    value=round(measured[reference], 3),
                    unit=unit,
                    against=name,
                    ratio=round(ratio, 2),
                )
            )
    return rows


def own_process(module: str, *arguments: str) -> dict[str, float]:
    """Run `python -m module arguments` and read the JSON object of its last line.

    For memory: the peak of a process is its own only if it does nothing else.
    """
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def peak_megabytes() -> float:
    """Most memory this process has held, in MB (10⁶ bytes).

    Read from the kernel's figure of this program: `ru_maxrss` would count the parent's memory at the fork.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("the kernel does not tell VmHWM")


def machine() -> str:
    """Processor count, system, Python and load: enough to know two reports apart."""
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} CPU, {platform.machine()}, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, load {load:.1f}"
    )


def print_report(name: str, rows: Sequence[Row], *, as_json: bool) -> None:
    """Print the rows as a table, or as the JSON object `{"bench", "machine", "rows"}`."""
    if as_json:
        report = {"bench": name, "machine": machine(), "rows": [asdict(row) for row in rows]}
        print(json.dumps(report, ensure_ascii=False))
        return
    print(f"{name} – {machine()}")
    width = max(len(row.what) for row in rows)
    for row in rows:
        ratio = "" if row.ratio is None else f"  × {row.ratio:g} of « {row.against} »"
        print(f"  {row.what:<{width}}  {row.value:>12,.2f} {row.unit:<14}{ratio}".rstrip())
