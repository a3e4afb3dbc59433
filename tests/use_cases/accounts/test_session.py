"""Connections closed by their owner alone."""

from __future__ import annotations

import pytest
from tests.stage.refusals import refused
from tests.use_cases.accounts import account_cast as cast

from materiel.domain.accounts.roles import Role
from materiel.domain.accounts.session import SubjectKind
from materiel.errors import NotFound
from materiel.use_cases.accounts.session import open_session, resume_session, revoke_session
from materiel.use_cases.accounts.session_notes import SessionNotes
from materiel.use_cases.links.access_link import enter_by

pytestmark = pytest.mark.usefixtures("db")


async def test_a_connection_is_closed_once_and_by_its_owner_alone() -> None:
    camille = await cast.set_up()
    other = await cast.an_account("alix@exemple.fr", Role.ADMIN)
    opened = await open_session(SubjectKind.ACCOUNT, camille.id, cast.SERVICE, now=cast.NOW)
    with refused(NotFound, "session.not_found"):
        await revoke_session(opened.session.id_hash, account_id=other.id)
    assert await resume_session(opened.secret, now=cast.NOW, notes=SessionNotes(enter_by)) == opened.session
    await revoke_session(opened.session.id_hash, account_id=camille.id)
    assert await resume_session(opened.secret, now=cast.NOW, notes=SessionNotes(enter_by)) is None
    with refused(NotFound, "session.not_found"):
        await revoke_session(opened.session.id_hash, account_id=camille.id)
