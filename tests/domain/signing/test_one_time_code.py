from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from tests.stage.refusals import refused

from materiel.domain.signing.one_time_code import OneTimeCode, check_may_send, check_usable, digits_of, wrong_code
from materiel.errors import Conflict, MaterielError, RuleBroken

NOW = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)


def a_code(**changes: object) -> OneTimeCode:
    values: dict[str, object] = {"attempts": 0, "expires_at": NOW + timedelta(minutes=10), "used_at": None}
    return OneTimeCode(id=UUID(int=1), link_id=UUID(int=2), purpose="sign:x", created_at=NOW, **(values | changes))  # type: ignore[arg-type]


def test_a_code_is_typed_with_or_without_spaces() -> None:
    assert digits_of(" 012 345\u00a0") == "012345"


def test_a_code_may_be_tried_until_it_ends() -> None:
    assert check_usable(a_code(), NOW + timedelta(seconds=599)) == a_code()


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        (None, RuleBroken, "code.never_sent"),
        (a_code(expires_at=NOW), RuleBroken, "code.expired"),
        (a_code(attempts=5), RuleBroken, "code.exhausted"),
        (a_code(used_at=NOW), Conflict, "code.used"),
    ],
    ids=["never sent", "too late", "tried too often", "used"],
)
def test_a_code_that_no_longer_serves_says_why(code: OneTimeCode | None, kind: type[MaterielError], said: str) -> None:
    with pytest.raises(kind) as refusal:
        check_usable(code, NOW)
    assert refusal.value.code == said


def test_a_wrong_code_says_how_many_tries_are_left() -> None:
    assert (wrong_code(4).code, wrong_code(1).code, wrong_code(0).code) == (
        "code.wrong",
        "code.wrong",
        "code.exhausted",
    )
    assert "un essai" in wrong_code(1).message


def sent(minutes_ago: float, **changes: object) -> OneTimeCode:
    return replace(a_code(), created_at=NOW - timedelta(minutes=minutes_ago), **changes)  # type: ignore[arg-type]


def test_codes_are_sent_one_after_another() -> None:
    check_may_send([], "sign:x", NOW)
    check_may_send([sent(0.5)], "sign:x", NOW)
    with refused(RuleBroken, "code.too_soon"):
        check_may_send([sent(0.49)], "sign:x", NOW)


def test_codes_for_other_papers_never_wait_for_each_other() -> None:
    check_may_send([sent(0.1, purpose="sign:y"), sent(0.05, purpose="sign:z")], "sign:x", NOW)


def test_codes_that_signed_count_for_nothing() -> None:
    check_may_send([sent(60 - each, used_at=NOW) for each in range(60)], "sign:x", NOW)


def test_codes_tried_in_vain_are_counted() -> None:
    check_may_send([sent(50, attempts=5, purpose=f"sign:{each}") for each in range(4)], "sign:x", NOW)
    with refused(RuleBroken, "code.too_many"):
        check_may_send([sent(50, attempts=5, purpose=f"sign:{each}") for each in range(5)], "sign:x", NOW)


def test_codes_left_unused_do_not_fill_a_mailbox() -> None:
    check_may_send([sent(50)] * 9, "sign:x", NOW)
    with refused(RuleBroken, "code.too_many"):
        check_may_send([sent(50)] * 10, "sign:x", NOW)
