"""Views are of accounts: a token keeps none, and what is refused says by which rule."""

import pytest
from tests.use_cases.loan_cast import NOW, READER, set_up

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.saved_view import KeptList
from materiel.domain.accounts.user import User
from materiel.errors import MaterielError
from materiel.store.engine.ids import new_id
from materiel.use_cases.accounts.saved_view import SaveView, delete_view, my_views, rename_view, save_view
from materiel.use_cases.accounts.user import CreateUser, create_user

ASKED = SaveView(list=KeptList.PARK, name="Réserve", query="etat=in_stock")


@pytest.fixture
async def account(db) -> Actor:
    await set_up()
    admin = Actor("tests", Role.ADMIN, READER.service_id)
    user: User = await create_user(
        CreateUser(email="lou@exemple.fr", name="Lou", role=Role.READER), actor=admin, now=NOW
    )
    return Actor(f"user:{user.id}", Role.READER, READER.service_id)


async def refused(act) -> str:
    with pytest.raises(MaterielError) as refusal:
        await act
    return refusal.value.code


async def test_a_token_keeps_no_view(account: Actor) -> None:
    token = Actor(f"token:{new_id()}", Role.READER, account.service_id)
    assert await my_views(KeptList.PARK, actor=token) == []
    assert await refused(save_view(ASKED, actor=token, now=NOW)) == "saved_view.no_account"


async def test_what_is_refused_says_by_which_rule(account: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    view = await save_view(ASKED, actor=account, now=NOW)
    assert await my_views(KeptList.PARK, actor=account) == [view]
    assert await my_views(KeptList.LOANS, actor=account) == []
    assert await refused(save_view(ASKED, actor=account, now=NOW)) == "saved_view.name_taken"
    assert await refused(rename_view(view.id, KeptList.PARK, " ", actor=account)) == "saved_view.invalid"
    assert await refused(rename_view(view.id, KeptList.LOANS, "Autre", actor=account)) == "saved_view.not_found"
    assert await refused(delete_view(new_id(), actor=account)) == "saved_view.not_found"
    monkeypatch.setattr("materiel.use_cases.accounts.saved_view.MOST", 1)
    other = SaveView(list=KeptList.PARK, name="Autre", query="etat=lost")
    assert await refused(save_view(other, actor=account, now=NOW)) == "saved_view.too_many"
