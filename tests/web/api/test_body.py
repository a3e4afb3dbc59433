from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import msgspec
import pytest

from materiel.domain.language.bounds import Accessories, Uai, filled, several
from materiel.web.api.body import CommandBody, PatchBody

ONE, TWO = UUID(int=1), UUID(int=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    item_id: UUID
    accessories: Accessories | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    loan_id: UUID
    school: Uai
    parts: Annotated[tuple[Part, ...], several(2, least=1)]
    document_ids: tuple[UUID, ...] = ()
    reason: Annotated[str, filled(10)] = "rien"


class PartBody(CommandBody[Part], rename={"item_id": "id"}):
    """Une partie."""


class ActBody(CommandBody[Act], given=("loan_id",)):
    """Un acte."""


class ActPatch(PatchBody[Act], partial=True, given=("loan_id", "parts")):
    """Ce qui change d'un acte."""

    version: int


def read(body: object) -> ActBody:
    return msgspec.convert(body, ActBody)


def test_a_body_has_the_fields_of_its_command_but_those_that_are_given() -> None:
    wanted = [("school", True), ("parts", True), ("documents", False), ("reason", False)]
    assert [(each.encode_name, each.required) for each in msgspec.structs.fields(ActBody)] == wanted


def test_a_body_gives_the_command_and_the_values_in_it() -> None:
    sent = {"school": "0350001A", "parts": [{"id": str(ONE), "accessories": ["Étui"]}], "documents": [str(TWO)]}
    made = read(sent).command(loan_id=TWO)
    assert made == Act(
        loan_id=TWO,
        school="0350001A",
        parts=(Part(item_id=ONE, accessories=("Étui",)),),
        document_ids=(TWO,),
        reason="rien",
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"school": "0350001"},
        {"parts": []},
        {"parts": [{"id": str(ONE)}] * 3},
        {"parts": [{"id": str(ONE), "accessories": [""]}]},
        {"parts": [{"item_id": str(ONE)}]},
        {"reason": "bien trop long"},
        {"loan": str(ONE)},
    ],
)
def test_a_body_keeps_to_the_bounds_and_the_fields_of_its_command(wrong: dict[str, object]) -> None:
    good = {"school": "0350001A", "parts": [{"id": str(ONE)}]}
    read(good)
    with pytest.raises(msgspec.ValidationError):
        read(good | wrong)


def test_corrections_are_what_was_sent_and_what_is_the_bodys_own_comes_first() -> None:
    wanted = [("version", True), ("school", False), ("documents", False), ("reason", False)]
    assert [(each.encode_name, each.required) for each in msgspec.structs.fields(ActPatch)] == wanted
    sent = msgspec.convert({"version": 2, "documents": [str(TWO)]}, ActPatch)
    assert (sent.version, sent.changes()) == (2, {"document_ids": (TWO,)})
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"version": 2, "reason": None}, ActPatch)


def test_two_bodies_share_no_default_list() -> None:
    good = {"school": "0350001A", "parts": [{"id": str(ONE)}]}
    read(good).document_ids.append(ONE)  # type: ignore[attr-defined]
    assert read(good).command(loan_id=TWO).document_ids == ()


def test_a_given_field_that_the_command_has_not_is_refused() -> None:
    with pytest.raises(LookupError, match="loans"):

        class Wrong(CommandBody[Part], given=("loans",)):
            """Rien."""


def test_a_text_without_an_example_is_refused() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Unheard:
        unheard_of: Annotated[str, filled(10)]

    with pytest.raises(LookupError, match=r"Wrong\.unheard_of"):

        class Wrong(CommandBody[Unheard]):
            """Rien."""
