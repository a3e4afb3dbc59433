"""The letter of the post is where it is needed: after a return, before a meeting, on the page of reminders."""

from __future__ import annotations

from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors import institution_cast as places
from tests.web.pages.cast import Accounts, text_of

from materiel.domain.item.item import Condition
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.use_cases.loan.steps import HandOver, TakeBack, hand_over, take_back


async def test_it_is_offered_at_each_step(accounts: Accounts) -> None:
    await places.set_up_mailbox()
    loan_id = await places.a_home_loan(uai=cast.BAULON)
    letter, page = f"/prets/{loan_id}/lettre?objet=", f"/prets/{loan_id}"
    for address in ("/signatures", "/signatures/relances"):
        assert f'href="{letter}letter_reminder"' in (await accounts.manager.get(address)).text
        assert "/lettre" not in (await accounts.reader.get(address)).text
    told = text_of(await accounts.reader.get("/signatures/relances"))
    assert "1 prêt à rappeler par la poste" in told
    assert f'href="{letter}letter_appointment"' in (await accounts.manager.get(f"{page}/remise")).text
    assert "letter_quitus" not in (await accounts.manager.get(page)).text
    handed = (HandedItem(item_id=cast.LAPTOP),)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=handed), issuer=cast.ISSUER)
    assert f'href="{letter}letter_appointment"' in (await accounts.manager.get(f"{page}/retour")).text
    back = (ReturnedItem(item_id=cast.LAPTOP, condition=Condition.GOOD),)
    await take_back(TakeBack(loan_id=loan_id, returned_on=cast.TODAY, items=back), issuer=cast.ISSUER)
    assert f'href="{letter}letter_quitus"' in (await accounts.manager.get(page)).text
    chosen = (await accounts.manager.get(f"{letter}letter_quitus")).text
    assert 'value="letter_quitus" checked' in chosen
