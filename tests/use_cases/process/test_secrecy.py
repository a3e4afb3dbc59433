"""How passwords are hashed: the tests replace the hasher by a quick one, except here."""

from argon2 import PasswordHasher

from materiel.use_cases.process import secrecy


def test_a_password_costs_what_rfc_9106_recommends_and_an_unknown_address_as_much(real_hasher: PasswordHasher) -> None:
    parameters = "$argon2id$v=19$m=65536,t=3,p=4$"
    hashed = real_hasher.hash("une phrase de bruyère mauve")
    assert hashed.startswith(parameters)
    assert secrecy._NOBODY.startswith(parameters)
    assert real_hasher.verify(hashed, "une phrase de bruyère mauve")
    assert not real_hasher.check_needs_rehash(secrecy._NOBODY)
