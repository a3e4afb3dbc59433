"""An address not to be communicated, at the request of whoever lives there: which issued texts tell it all the same."""

from __future__ import annotations

from materiel.domain.language.folding import name_key
from materiel.domain.people.pupil import Pupil


def tells_hidden_address(content: str, pupil: Pupil) -> bool:
    """Whether an issued text holds a line of a home that is now confidential, however it is typeset."""
    hidden = [home for home in pupil.homes if home.confidential]
    if not hidden:
        return False
    shown = [home.address for home in pupil.homes if not home.confidential]
    public = {name_key(line) for address in shown for line in address.lines}
    text = name_key(content)
    lines = {name_key(line) for home in hidden for line in home.address.lines} - public - {""}
    return any(line in text for line in lines)
