"""Whether the process can serve: named checks, each of which says what is wrong by raising it.

To watch one thing more, add it to `CHECKS`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from materiel.errors import MaterielError
from materiel.use_cases.process.loop import Watch
from materiel.use_cases.process.running import check_schema

Check = Callable[[], Awaitable[None]]
"""Raises a `MaterielError` when something is wrong."""

LONGEST_CHECK = 5.0
"""Seconds; a supervisor does not wait for ever either."""


CHECKS: Mapping[str, Check] = {"database": check_schema}
"""What is checked besides the loops, by the name under which it is told."""

_log = logging.getLogger("materiel.health")


@dataclass(frozen=True, slots=True)
class FailedCheck:
    """What is wrong: the name of the check, the code of the error and its French sentence."""

    name: str
    code: str
    detail: str


class Health:
    """The checks of a process; a change of what is wrong is logged once, not at each question."""

    def __init__(
        self,
        watch: Watch,
        checks: Mapping[str, Check] = CHECKS,
        *,
        warned_by: Mapping[str, Check] | None = None,
        within: float = LONGEST_CHECK,
    ) -> None:
        """Of the loops of `watch` and of `checks`, each of which may take `within` seconds.

        What `warned_by` finds does not keep the process from serving: somebody should look at it.
        """
        self._watch = watch
        self._checks = checks
        self._warned_by = warned_by or {}
        self._within = within
        self._asked: dict[str, asyncio.Task[FailedCheck | None]] = {}
        self._told: tuple[str, ...] = ()

    async def faults(self) -> list[FailedCheck]:
        """What is wrong now, in the order of the checks; nothing when the process can serve."""
        faults = await self._found({**self._checks, **self._watch.checks()})
        self._tell(faults)
        return faults

    async def warnings(self) -> list[FailedCheck]:
        """What waits for somebody, in a process that can serve."""
        return await self._found(self._warned_by)

    async def _found(self, checks: Mapping[str, Check]) -> list[FailedCheck]:
        found = await asyncio.gather(*(self._fault(name, check) for name, check in checks.items()))
        return [each for each in found if each is not None]

    async def _fault(self, name: str, check: Check) -> FailedCheck | None:
        # One question at a time: with a database that hangs, each probe would otherwise hold one connection more.
        task = self._asked.get(name)
        if task is None or task.done():
            task = self._asked[name] = asyncio.create_task(_answer(name, check))
        await asyncio.wait({task}, timeout=self._within)
        if not task.done():
            return FailedCheck(name, "check.too_slow", f"aucune réponse en {self._within:g} s.")
        if (error := task.exception()) is not None:
            return FailedCheck(name, "check.error", f"erreur inattendue ({type(error).__qualname__}).")
        return task.result()

    def _tell(self, faults: list[FailedCheck]) -> None:
        told = tuple(f"{fault.name} ({fault.code})" for fault in faults)
        if told != self._told:
            _log.warning("not ready: %s", ", ".join(told)) if told else _log.warning("ready again")
        self._told = told


async def _answer(name: str, check: Check) -> FailedCheck | None:
    try:
        await check()
    except MaterielError as error:
        return FailedCheck(name, error.code, error.message)
    return None
