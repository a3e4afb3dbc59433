"""The school that a line of a table means: its code, or its name where the annuaire leaves no doubt."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

from materiel.domain.language.identifiers import clean_uai
from materiel.domain.places.school import School
from materiel.domain.places.written_school import (
    MOST_CHOICES,
    NamedSchool,
    SchoolMatch,
    own_words,
    school_as_written,
    school_meant,
)
from materiel.errors import RuleBroken
from materiel.exchange.report import FileReport, SchoolAsked, SchoolChoice
from materiel.store.places import school as schools

MOST_OF_A_WORD = 300
"""Schools that one word of a name leads to, looked at: « Jeanne » leads to some hundreds in the whole country."""

SEARCHED_WORDS = 4

OPEN = ("pupil.school_unclear", "pupil.school_unknown")
"""Refusals of a line whose school somebody may choose."""

_CODE = re.compile(r"[0-9]{7}[A-Z]")


class WrittenSchools:
    """The schools of one file: each text is looked for once."""

    def __init__(self, service_id: UUID, said: Mapping[str, str] = MappingProxyType({})) -> None:
        """For the service whose file it is.

        Args:
            said: which school somebody said that a text means; see `ReadingOptions.schools`.
        """
        self._service = service_id
        self._said = said
        self._found: dict[tuple[str, str], tuple[SchoolMatch, dict[str, School]]] = {}

    async def meant(self, code: str, name: str, municipality: str) -> tuple[str, School | None]:
        """The UAI of a line, and the school when its name told it.

        Args:
            code: what stands where the UAI is expected, which may be a name.
            name: of the school, in its own column.
            municipality: of the school, in its own column.

        Raises:
            RuleBroken: `pupil.school_unclear`, several may be meant, or one that was not named whole;
                `pupil.school_unknown`, none.
        """
        written = code or name
        uai = clean_uai(written)
        if _CODE.fullmatch(uai):
            # A wrong one is refused as any UAI is.
            return uai, None
        if told := self.said(written, municipality):
            return told, None
        if not own_words(written):
            raise RuleBroken(
                "pupil.school_unknown",
                f"« {written[:60]} » ne dit pas quel établissement : écrivez son UAI."
                if written
                else "L'établissement manque : écrivez son UAI, ou son nom et sa commune.",
            )
        match, known = await self._looked_for(written, municipality)
        if match.certain:
            return match.certain, known[match.certain]
        if not match.choices:
            raise RuleBroken(
                "pupil.school_unknown",
                f"Aucun établissement connu ne répond à « {written[:60]} » : écrivez son UAI.",
            )
        listed = ", ".join(f"{known[each].name} ({known[each].municipality_name}, {each})" for each in match.choices)
        raise RuleBroken(
            "pupil.school_unclear",
            f"« {written[:60]} » peut être : {listed}. Écrivez l'UAI de celui-ci, ou son nom entier et sa commune."
            if len(match.choices) == 1
            else f"« {written[:60]} » peut être l'un de ceux-ci : {listed}. Écrivez l'UAI du bon.",
        )

    def said(self, written: str, municipality: str) -> str | None:
        """The UAI that somebody said a text means, with its commune or alone; `""` for none of those offered."""
        text = school_as_written(written, municipality)
        return self._said.get(text, self._said.get(school_as_written(written, "")))

    async def choices(self, written: str, municipality: str) -> Sequence[School]:
        """The schools that a text may mean, the likeliest first; none for a UAI, or for what is no name."""
        if _CODE.fullmatch(clean_uai(written)) or not own_words(written):
            return ()
        return list((await self._looked_for(written, municipality))[1].values())

    async def told(
        self, code: str, name: str, municipality: str, line: int, report: FileReport
    ) -> tuple[str, School | None]:
        """The school of a line, as `meant`; a doubt, or what somebody answered to it, is noted in the report."""
        try:
            found = await self.meant(code, name, municipality)
        except RuleBroken as fault:
            await self.ask(code or name, municipality, line, report, is_open=fault.code in OPEN)
            raise
        await self.ask(code or name, municipality, line, report, is_open=False)
        return found

    async def ask(self, written: str, municipality: str, line: int, report: FileReport, *, is_open: bool) -> None:
        """Note, in the report of an examination, that the school of a line is to be chosen, or was."""
        if not (report.dry_run and written):
            return
        said = self.said(written, municipality)
        if not (is_open or said is not None):
            return
        found = await self.choices(written, municipality)
        choices = tuple(SchoolChoice(each.uai, each.name, each.municipality_name) for each in found)
        report.ask_school(SchoolAsked(school_as_written(written, municipality), choices, line, said=said))

    async def _looked_for(self, written: str, municipality: str) -> tuple[SchoolMatch, dict[str, School]]:
        key = (written, municipality)
        if key not in self._found:
            known: dict[str, School] = {}
            for word in sorted(own_words(written), key=len, reverse=True)[:SEARCHED_WORDS]:
                page = await schools.page(self._service, words=[word], limit=MOST_OF_A_WORD)
                known |= {each.uai: each for each in page}
            named = [NamedSchool(each.uai, each.name, each.municipality_name) for each in known.values()]
            match = school_meant(written, municipality, named)
            kept = {uai: known[uai] for uai in (match.certain, *match.choices[:MOST_CHOICES]) if uai}
            self._found[key] = (match, kept)
        return self._found[key]
